//! The named objects of an agent, in their envelopes.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{fallback, knowledge};
use crate::context::Context;
use crate::documents::{self, Nulls};
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::{CONNECTORS, INCIDENT_FILTERS, Kind, REPOSITORIES};
use crate::objects::{Envelope, Objects};
use crate::profile::ListShape;
use crate::store::{AgentRecord, ObjectRecord, Tx};

/// Answers a request to a collection, or to the object `name` in it.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    kind: &'static Kind,
    name: Option<&str>,
) -> Handled {
    let agent = &with_platform(tx, cx, agent, kind)?;
    let objects = Objects::shared(cx, agent, kind);
    match (cx.call.method.as_str(), name) {
        ("GET", None) => {
            let records = objects.list(tx)?;
            let search = cx.call.query("search").unwrap_or_default().to_lowercase();
            let items: Vec<Value> = records
                .iter()
                .filter(|record| record.name.to_lowercase().contains(&search))
                .map(|record| envelope(cx, kind, record))
                .collect();
            Ok(listed(cx, items))
        }
        ("GET", Some(name)) => match objects.read(tx, name)? {
            Some(record) => Ok(Answer::ok(envelope(cx, kind, &record))),
            None => Err(missing(kind, name).into()),
        },
        ("PUT", Some(name)) => {
            let sent = cx.call.json_object()?;
            put(tx, &objects, name, &sent)
        }
        ("PATCH", Some(name)) => patch(tx, &objects, name),
        ("DELETE", Some(name)) => {
            if objects.delete(tx, name)? {
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            } else {
                Err(missing(kind, name).into())
            }
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

fn put(
    tx: &mut Tx<'_>,
    objects: &Objects<'_>,
    name: &str,
    sent: &serde_json::Map<String, Value>,
) -> Handled {
    let (cx, kind) = (objects.cx, objects.kind);
    if sent
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(|sent| !sent.is_empty() && !sent.eq_ignore_ascii_case(name))
    {
        return Err(Refusal::bad_request(
            "ObjectNameMismatch",
            format!("The name in the body is not that in the path, '{name}'."),
        )
        .into());
    }
    let object_type = kind.envelope_type(sent.get("type"), cx.profile)?;
    let properties = match sent.get("properties") {
        Some(Value::Object(properties)) => properties.clone(),
        _ => {
            return Err(Refusal::invalid("properties is required.").into());
        }
    };
    let member = |name: &str, default: Value| match sent.get(name) {
        None | Some(Value::Null) => default,
        Some(value) => value.clone(),
    };
    let owner = member("owner", json!(""));
    let tags = match cx.profile.silent_drops && !kind.keeps_tags {
        true => Value::Null,
        false => member("tags", json!([])),
    };
    let wanted = Envelope {
        object_type,
        tags,
        owner,
        properties,
    };
    if is_dry_run(cx) {
        let record = objects.tried(tx, name, wanted)?;
        return Ok(Answer::ok(envelope(cx, kind, &record)));
    }
    let (record, created) = objects.write(tx, name, wanted)?;
    if kind.name == REPOSITORIES && cx.profile.repo_put_405 {
        return Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let status = match (created, StatusCode::from_u16(kind.created)) {
        (true, Ok(status)) => status,
        (false, Ok(StatusCode::ACCEPTED)) => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    Ok(Answer::json(status, envelope(cx, kind, &record)))
}

/// Returns whether to check a write without storing it.
fn is_dry_run(cx: Context<'_>) -> bool {
    let flag = cx.call.query("dryRun");
    flag.is_some_and(|flag| flag.eq_ignore_ascii_case("true"))
}

/// Merges the body into the stored envelope.
fn patch(tx: &mut Tx<'_>, objects: &Objects<'_>, name: &str) -> Handled {
    let change = objects.cx.call.json_object()?;
    let Some(record) = objects.current(tx, name)? else {
        return Err(missing(objects.kind, name).into());
    };
    let mut document = json!({
        "name": record.name,
        "type": record.object_type,
        "tags": record.tags,
        "owner": record.owner,
        "properties": record.properties,
    });
    documents::merge(&mut document, &Value::Object(change), Nulls::Remove);
    let Value::Object(document) = document else {
        return Err(missing(objects.kind, name).into());
    };
    put(tx, objects, name, &document)
}

/// Returns a list of the second version. Older builds return it without its envelope.
pub(super) fn listed(cx: Context<'_>, items: Vec<Value>) -> Answer {
    Answer::ok(match cx.profile.lists {
        ListShape::Enveloped => json!({ "value": items, "nextLink": null }),
        ListShape::Bare => Value::Array(items),
    })
}

/// Returns the object as the data plane returns it: with its secrets, unless the profile masks
/// some.
pub(super) fn envelope(cx: Context<'_>, kind: &Kind, record: &ObjectRecord) -> Value {
    let mut properties = record.properties.clone();
    if kind.name == CONNECTORS.name {
        properties.insert(
            "provisioningState".to_owned(),
            json!(record.provisioning.as_str()),
        );
        knowledge::describe(record, &mut properties);
        if cx.profile.mask_bearer_tokens
            && let Some(Value::Object(extended)) = properties.get_mut("extendedProperties")
            && let Some(token) = extended.get_mut("bearerToken")
        {
            *token = Value::Null;
        }
    }
    if cx.profile.null_lists {
        documents::null_lists(&mut properties);
    }
    json!({
        "name": record.name,
        "type": record.object_type,
        "tags": record.tags,
        "owner": record.owner,
        "properties": properties,
    })
}

/// Returns the refusal for a missing object.
pub(super) fn missing(kind: &Kind, name: &str) -> Refusal {
    let what = kind.types.first().copied().unwrap_or_default();
    Refusal::not_found(format!("{what} '{name}' was not found."))
}

/// Returns the agent with the incident platform that this request sees. A write to filters brings
/// the configured platform one request closer.
fn with_platform(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    kind: &Kind,
) -> Handled<AgentRecord> {
    if kind.name == INCIDENT_FILTERS.name && cx.call.is_write() {
        super::incidents::look(tx, agent)
    } else {
        Ok(agent.clone())
    }
}
