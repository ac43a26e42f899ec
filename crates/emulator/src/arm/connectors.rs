//! Connectors, under both names of their collection.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{AgentPath, body, check_name, not_found, operations, paging};
use crate::context::Context;
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::CONNECTORS;
use crate::objects::{Envelope, Objects};
use crate::store::{
    Action, AgentRecord, Key, ObjectRecord, ObjectStore, OperationRecord, ProvisioningState, Tx,
};

/// Properties that the service sets.
const READ_ONLY: [&str; 3] = ["provisioningState", "deploymentError", "source"];

/// Answers a request to the collection `segment`, or to the connector `name` of it.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    segment: &str,
    name: Option<&str>,
    rest: &[&str],
) -> Handled {
    let agent = path.require(tx, true)?;
    match (cx.call.method.as_str(), name, rest) {
        ("GET", None, []) => {
            let records = objects(cx, &agent).list(tx)?;
            let items = records
                .iter()
                .map(|record| connector(cx, &agent, record, segment, false))
                .collect();
            paging::page(cx, items)
        }
        ("GET", Some(name), [_]) => get(tx, cx, path, name, segment),
        ("PUT", Some(name), [_]) => put(tx, cx, path, name, segment),
        ("DELETE", Some(name), [_]) => delete(tx, cx, path, name, segment),
        ("POST", Some(name), [_, "listsecrets"]) => {
            Ok(match objects(cx, &agent).read(tx, name)? {
                Some(record) => Answer::ok(connector(cx, &agent, &record, segment, true)),
                None => not_found(cx),
            })
        }
        _ => Err(super::method_not_allowed(cx)),
    }
}

/// Returns all connectors of an agent, with their secrets.
pub(super) fn list_with_secrets(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>) -> Handled {
    let agent = path.require(tx, false)?;
    let records = objects(cx, &agent).list(tx)?;
    let items = records
        .iter()
        .map(|record| connector(cx, &agent, record, CONNECTORS.name, true))
        .collect();
    paging::page(cx, items)
}

/// Returns the connectors of an agent.
pub(super) fn objects<'a>(cx: Context<'a>, agent: &'a AgentRecord) -> Objects<'a> {
    Objects {
        cx,
        agent,
        kind: &CONNECTORS,
        store: ObjectStore::Shared,
    }
}

/// Returns the connector as the result of an operation.
pub(super) fn result(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    name: &str,
    segment: &str,
) -> Handled {
    Ok(match objects(cx, agent).current(tx, name)? {
        Some(record) => Answer::ok(connector(cx, agent, &record, segment, false)),
        None => Answer::empty(StatusCode::NO_CONTENT),
    })
}

/// Applies the result of a finished operation to its connector.
pub(super) fn finish(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    mut agent: AgentRecord,
    name: &str,
    operation: &OperationRecord,
) -> Handled<()> {
    if agent.connector_operation.as_ref() == Some(&operation.id) {
        agent.connector_operation = None;
        tx.put(&Key::agent(&agent.key()), &agent)?;
    }
    let connectors = objects(cx, &agent);
    let Some(mut record) = connectors.current(tx, name)? else {
        return Ok(());
    };
    if record.operation.as_ref() != Some(&operation.id) {
        return Ok(());
    }
    record.operation = None;
    match &operation.error {
        Some(error) => {
            record.provisioning = ProvisioningState::Failed;
            record.deployment_error = Some(error.message.clone());
        }
        None if operation.action == Action::Delete => return connectors.forget(tx, name),
        None => record.provisioning = ProvisioningState::Succeeded,
    }
    connectors.save(tx, &record)
}

fn get(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    name: &str,
    segment: &str,
) -> Handled {
    let agent = path.require(tx, true)?;
    if let Some(operation) = objects(cx, &agent)
        .current(tx, name)?
        .and_then(|record| record.operation)
    {
        operations::advance(tx, cx, &operation)?;
    }
    Ok(match objects(cx, &agent).read(tx, name)? {
        Some(record) => Answer::ok(connector(cx, &agent, &record, segment, false)),
        None => not_found(cx),
    })
}

fn put(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    name: &str,
    segment: &str,
) -> Handled {
    check_name("connector", name)?;
    let sent = cx.call.json_object()?;
    let mut properties = match sent.get("properties") {
        Some(Value::Object(properties)) => properties.clone(),
        _ => {
            return Err(Refusal::bad_request(
                "InvalidRequestContent",
                "The request content was invalid: properties is required.",
            )
            .into());
        }
    };
    for member in READ_ONLY {
        properties.shift_remove(member);
    }
    if let Some(busy) = operations::busy(tx, cx, path)? {
        return Ok(busy);
    }
    let mut agent = path.require(tx, true)?;
    let existing = objects(cx, &agent).current(tx, name)?;
    let envelope = Envelope {
        object_type: existing.map_or_else(
            || "AgentConnector".to_owned(),
            |existing| existing.object_type,
        ),
        tags: json!([]),
        owner: json!(""),
        properties,
    };
    let (mut record, created) = objects(cx, &agent).write(tx, name, envelope)?;
    // Operations already take time here, so reads are not late as well.
    record.lag = 0;
    record.before = None;
    let action = if created {
        Action::Create
    } else {
        Action::Update
    };
    let mut operation =
        operations::start_connector(tx, cx, &mut agent, &mut record, segment, action)?;
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = Answer::json(status, connector(cx, &agent, &record, segment, false));
    operations::finish_now(tx, cx, &mut operation)?;
    Ok(operations::announced(answer, cx, &operation, false))
}

fn delete(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    name: &str,
    segment: &str,
) -> Handled {
    if let Some(busy) = operations::busy(tx, cx, path)? {
        return Ok(busy);
    }
    let mut agent = path.require(tx, true)?;
    let Some(mut record) = objects(cx, &agent).current(tx, name)? else {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    record.lag = 0;
    record.before = None;
    let mut operation =
        operations::start_connector(tx, cx, &mut agent, &mut record, segment, Action::Delete)?;
    operations::finish_now(tx, cx, &mut operation)?;
    Ok(operations::announced(
        Answer::empty(StatusCode::ACCEPTED),
        cx,
        &operation,
        true,
    ))
}

/// Returns a connector as ARM returns it, under the name of the requested collection.
fn connector(
    cx: Context<'_>,
    agent: &AgentRecord,
    record: &ObjectRecord,
    segment: &str,
    secrets: bool,
) -> Value {
    let collection = if segment.eq_ignore_ascii_case("DataConnectors") {
        "DataConnectors"
    } else {
        "connectors"
    };
    let mut properties = record.properties.clone();
    if !secrets && cx.profile.mask_connectors {
        mask(&mut properties);
    }
    properties.insert(
        "provisioningState".to_owned(),
        json!(record.provisioning.as_str()),
    );
    if let Some(error) = &record.deployment_error {
        properties.insert("deploymentError".to_owned(), json!(error));
    }
    json!({
        "id": format!("{}/{collection}/{}", agent.id(), record.name),
        "name": record.name,
        "type": format!("Microsoft.App/agents/{collection}"),
        "systemData": body::system_data(&record.created, &record.modified),
        "properties": properties,
    })
}

fn mask(properties: &mut Map<String, Value>) {
    if let Some(source) = properties.get_mut("dataSource") {
        *source = Value::Null;
    }
    if let Some(Value::Object(extended)) = properties.get_mut("extendedProperties") {
        for value in extended.values_mut() {
            *value = Value::Null;
        }
    }
}
