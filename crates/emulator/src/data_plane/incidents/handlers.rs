//! Incident handlers, which instruct the agent about the incidents of a filter.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::fallback;
use crate::context::Context;
use crate::documents::{self, member};
use crate::http::{Answer, Failure, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

const HANDLERS: &str = "handlers";
/// The members that are texts, and the members that are lists.
const TEXTS: [&str; 4] = [
    "name",
    "description",
    "incidentFilterId",
    "customInstructions",
];
const LISTS: [&str; 3] = ["incidentProcessingGuide", "tools", "incidents"];

/// Answers a request. `rest` contains the segments below `handlers`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let id = cx.call.last_segments(rest.len()).first();
    match (cx.call.method.as_str(), rest, id) {
        ("GET", [], _) => Ok(Answer::ok(Value::Array(all(tx, agent)?))),
        ("GET", [_], Some(id)) => find(tx, agent, id)?
            .map(Answer::ok)
            .ok_or_else(|| missing(id)),
        ("PUT" | "POST", [_], Some(id)) => write(tx, cx, agent, id),
        ("DELETE", [_], Some(id)) => {
            if tx.remove(&key(agent, id))? {
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            } else {
                Err(missing(id))
            }
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// `GET /api/v2/extendedAgent/incidentHandlers`: returns the handlers in envelopes.
pub(in super::super) fn list(tx: &Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let items = all(tx, agent)?
        .into_iter()
        .map(|handler| {
            json!({
                "name": handler.get("id"),
                "type": "IncidentHandler",
                "tags": [],
                "owner": "",
                "properties": handler,
            })
        })
        .collect();
    Ok(super::super::objects::listed(cx, items))
}

/// Creates a handler by PUT, or updates one by POST. A switch decides whether PUT updates too.
fn write(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, id: &str) -> Handled {
    let sent = cx.call.json_object()?;
    let handler = complete(cx, id, &sent)?;
    let exists = find(tx, agent, id)?.is_some();
    let creates = cx.call.method == "PUT";
    if exists && creates && cx.profile.handler_conflicts {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "Conflict",
            format!("Incident handler '{id}' already exists."),
        )
        .into());
    }
    if !exists && !creates {
        return Err(missing(id));
    }
    tx.put(&key(agent, id), &handler)?;
    let status = if exists {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(Answer::json(status, handler))
}

/// Returns the handler with all its members, in the service's order.
fn complete(cx: Context<'_>, id: &str, sent: &Map<String, Value>) -> Result<Value, Refusal> {
    let mut handler = Map::new();
    handler.insert("id".to_owned(), json!(id));
    for name in TEXTS {
        let text = match member(sent, name) {
            None | Some(Value::Null) => json!(""),
            Some(text @ Value::String(_)) => text.clone(),
            Some(_) => return Err(Refusal::invalid(format!("{name} must be a string."))),
        };
        handler.insert(name.to_owned(), text);
    }
    for name in LISTS {
        let list = match member(sent, name) {
            None | Some(Value::Null) => json!([]),
            Some(list @ Value::Array(_)) => list.clone(),
            Some(_) => return Err(Refusal::invalid(format!("{name} must be an array."))),
        };
        handler.insert(name.to_owned(), list);
    }
    if handler.get("incidentFilterId") == Some(&json!("")) {
        return Err(Refusal::invalid("incidentFilterId is required."));
    }
    let mut handler = Value::Object(handler);
    if cx.profile.crlf {
        documents::to_crlf(&mut handler, "/customInstructions");
    }
    Ok(handler)
}

fn all(tx: &Tx<'_>, agent: &AgentRecord) -> Handled<Vec<Value>> {
    let handlers = tx.scan(&Key::items(&agent.uid, HANDLERS))?;
    Ok(handlers.into_iter().map(|(_, handler)| handler).collect())
}

fn find(tx: &Tx<'_>, agent: &AgentRecord, id: &str) -> Handled<Option<Value>> {
    Ok(tx.get(&key(agent, id))?)
}

fn key(agent: &AgentRecord, id: &str) -> Key {
    Key::item(&agent.uid, HANDLERS, &id.to_lowercase())
}

fn missing(id: &str) -> Failure {
    Refusal::not_found(format!("Incident handler '{id}' was not found.")).into()
}
