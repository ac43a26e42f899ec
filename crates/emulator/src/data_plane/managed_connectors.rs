//! Managed connectors, `/api/v2/connectorV2`: connections to the APIs of a catalog, and MCP servers
//! that offer their operations.
//!
//! Most APIs use OAuth, which needs a person and a browser. A connection waits for that.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{fallback, objects};
use crate::context::Context;
use crate::documents;
use crate::http::{Answer, Failure, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

const CONNECTIONS: &str = "connections";
const SERVERS: &str = "mcpservers";
/// A part of the catalog: the name of the API, its display name, and the parameter that it accepts
/// instead of OAuth.
const APIS: [(&str, &str, Option<&str>); 6] = [
    ("jira", "Jira", None),
    ("slack", "Slack", None),
    ("office365", "Office 365 Outlook", None),
    ("teams", "Microsoft Teams", None),
    ("sendgrid", "SendGrid", Some("apiKey")),
    ("zendesk", "Zendesk", Some("apiToken")),
];

/// Answers a request. `rest` contains the segments below `connectorV2`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", ["managedapis"]) => Ok(objects::listed(cx, APIS.iter().map(api).collect())),
        ("GET", ["connectors", name, "operations"]) => {
            let known = APIS.iter().any(|(known, _, _)| known == name);
            let operations = [
                ("ListItems", "List items"),
                ("CreateItem", "Create an item"),
            ];
            let operations = operations
                .iter()
                .map(
                    |(name, shown)| json!({ "name": name, "displayName": shown, "parameters": [] }),
                )
                .collect();
            known
                .then(|| objects::listed(cx, operations))
                .ok_or_else(|| missing("API", name))
        }
        ("GET", [collection @ (CONNECTIONS | SERVERS)]) => {
            let all: Vec<(Key, Value)> = tx.scan(&Key::items(&agent.uid, collection))?;
            let items = all.into_iter().map(|(_, item)| show(item)).collect();
            Ok(objects::listed(cx, items))
        }
        ("GET", [collection @ (CONNECTIONS | SERVERS), name]) => {
            let item = tx.get(&Key::item(&agent.uid, collection, name))?;
            item.map(|item| Answer::ok(show(item)))
                .ok_or_else(|| missing(collection, name))
        }
        ("PUT", [CONNECTIONS, _]) => {
            let name = cx.call.last_segments(1).concat();
            let connection = connection(cx, &name)?;
            put(tx, agent, CONNECTIONS, &name, connection)
        }
        ("PUT", [SERVERS, _]) => {
            let name = cx.call.last_segments(1).concat();
            let server = server(cx, &name)?;
            put(tx, agent, SERVERS, &name, server)
        }
        ("PUT", [CONNECTIONS, name, "accesspolicies", _]) => grant(tx, cx, agent, name),
        ("DELETE", [collection @ (CONNECTIONS | SERVERS), name]) => {
            if tx.remove(&Key::item(&agent.uid, collection, name))? {
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            } else {
                Err(missing(collection, name))
            }
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

fn api((name, shown, parameter): &(&str, &str, Option<&str>)) -> Value {
    json!({
        "name": name,
        "displayName": shown,
        "authenticationType": if parameter.is_some() { "ApiKey" } else { "OAuth" },
    })
}

fn put(tx: &mut Tx<'_>, agent: &AgentRecord, collection: &str, name: &str, item: Value) -> Handled {
    let key = Key::item(&agent.uid, collection, &name.to_lowercase());
    let status = match tx.get::<Value>(&key)? {
        Some(_) => StatusCode::OK,
        None => StatusCode::CREATED,
    };
    tx.put(&key, &item)?;
    Ok(Answer::json(status, show(item)))
}

/// Returns a connection with its status. Its members may be at the top level or in `properties`.
/// Without the name of an API, the connection uses the API with its own name.
fn connection(cx: Context<'_>, name: &str) -> Result<Value, Refusal> {
    let mut properties = cx.call.json_object()?;
    if let Some(Value::Object(inner)) = properties.shift_remove("properties") {
        documents::merge_object(&mut properties, &inner, documents::Nulls::Keep);
    }
    properties.shift_remove("name");
    let api = properties
        .get("connectorName")
        .and_then(Value::as_str)
        .filter(|api| !api.is_empty())
        .unwrap_or(name)
        .to_lowercase();
    let parameter = APIS
        .iter()
        .find(|(known, _, _)| *known == api)
        .and_then(|(_, _, parameter)| *parameter);
    let status = match parameter {
        Some(parameter) if values(&properties, parameter) => "Connected",
        Some(_) => "Error",
        None if cx.profile.oauth_consent => "Connected",
        None => "Unauthenticated",
    };
    documents::fill(
        &mut properties,
        &Map::from_iter([
            ("displayName".to_owned(), json!(name)),
            ("connectorName".to_owned(), json!(api)),
        ]),
    );
    properties.insert("overallStatus".to_owned(), json!(status));
    Ok(json!({ "name": name, "properties": properties }))
}

/// Returns whether a connection has a parameter, in either of the two possible places.
fn values(properties: &Map<String, Value>, parameter: &str) -> bool {
    let plain = properties.get("parameterValues");
    let set = properties
        .get("parameterValueSet")
        .and_then(|set| set.get("values"));
    [plain, set]
        .into_iter()
        .flatten()
        .any(|values| values.get(parameter).is_some())
}

fn server(cx: Context<'_>, name: &str) -> Result<Value, Refusal> {
    let mut server = cx.call.json_object()?;
    let connectors = server
        .get("properties")
        .and_then(|properties| properties.get("connectors"))
        .and_then(Value::as_array)
        .ok_or_else(|| Refusal::invalid("properties.connectors must be an array."))?;
    for connector in connectors {
        for member in ["name", "connectionName"] {
            if !connector.get(member).is_some_and(Value::is_string) {
                return Err(Refusal::invalid(format!(
                    "Every connector needs a {member}."
                )));
            }
        }
    }
    if let Some(Value::Object(properties)) = server.get_mut("properties") {
        let defaults = [("description", json!("")), ("state", json!("Enabled"))];
        documents::fill(
            properties,
            &defaults
                .into_iter()
                .map(|(name, default)| (name.to_owned(), default))
                .collect(),
        );
    }
    server.insert("name".to_owned(), json!(name));
    Ok(Value::Object(server))
}

/// Grants access to a connection.
fn grant(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, name: &str) -> Handled {
    let key = Key::item(&agent.uid, CONNECTIONS, name);
    let Some(mut connection) = tx.get::<Value>(&key)? else {
        return Err(missing(CONNECTIONS, name));
    };
    let policy = cx.call.last_segments(1).concat();
    let sent = Value::Object(cx.call.json_object()?);
    let change = json!({ "accessPolicies": { policy: sent } });
    documents::merge(&mut connection, &change, documents::Nulls::Keep);
    tx.put(&key, &connection)?;
    Ok(Answer::ok(change))
}

/// Returns an item without its parameter values, which may be secret.
fn show(mut item: Value) -> Value {
    if let Some(Value::Object(properties)) = item.get_mut("properties") {
        properties.shift_remove("parameterValues");
        if let Some(Value::Object(set)) = properties.get_mut("parameterValueSet") {
            set.shift_remove("values");
        }
    }
    item
}

fn missing(what: &str, name: &str) -> Failure {
    Refusal::not_found(format!("'{name}' was not found in {what}.")).into()
}
