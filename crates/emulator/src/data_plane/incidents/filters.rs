//! Incident filters in the form of the first version: flat, identified by `id`, bound
//! case-insensitively, and of the connected platform.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::{fallback, objects};
use super::platform;
use crate::context::Context;
use crate::documents::member;
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::INCIDENT_FILTERS;
use crate::objects::{Envelope, Objects};
use crate::store::{AgentRecord, ObjectRecord, Tx};

/// A member that clients cannot set, because the platform follows from the agent.
const PLATFORM: &str = "incidentPlatform";
/// Known members without defaults.
const OTHER_MEMBERS: [&str; 1] = ["maxAttempts"];

/// Answers a request. `rest` contains the segments below `filters`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    if cx.call.is_write() && cx.profile.v1_filters_405 {
        return Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let agent = if cx.call.is_write() {
        platform::look(tx, agent)?
    } else {
        agent.clone()
    };
    let filters = Objects::shared(cx, &agent, &INCIDENT_FILTERS);
    let id = cx.call.last_segments(rest.len()).first();
    match (cx.call.method.as_str(), rest, id) {
        ("GET", [], _) => Ok(Answer::ok(filters.list(tx)?.iter().map(show).collect())),
        ("GET", [_], Some(id)) => match filters.read(tx, id)? {
            Some(record) => Ok(Answer::ok(show(&record))),
            None => Err(missing(id)),
        },
        ("PUT" | "POST", [_], Some(id)) => write(tx, &filters, id),
        ("POST", [_, switch @ ("enable" | "disable")], Some(id)) => {
            enable(tx, &filters, id, *switch == "enable")
        }
        ("DELETE", [_], Some(id)) => {
            if filters.delete(tx, id)? {
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            } else {
                Err(missing(id))
            }
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Creates or replaces a filter by PUT, or updates an existing one by POST.
fn write(tx: &mut Tx<'_>, filters: &Objects<'_>, id: &str) -> Handled {
    let cx = filters.cx;
    let sent = cx.call.json_object()?;
    if member(&sent, PLATFORM).is_some_and(|platform| !platform.is_null()) {
        // As for every body that cannot be bound, the answer is that of a missing route.
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "incidentPlatform is not a member of this version.",
        )
        .into());
    }
    let existing = filters.current(tx, id)?;
    if existing.is_none() && cx.call.method == "POST" {
        return Err(missing(id));
    }
    if existing.is_some() && cx.call.method == "PUT" && cx.profile.v1_filter_conflicts {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "Conflict",
            format!("Incident filter '{id}' already exists."),
        )
        .into());
    }
    let mut properties = bind(&sent);
    properties.insert(PLATFORM.to_owned(), json!(filters.agent.platform));
    let (record, created) = filters.write(tx, id, envelope(existing.as_ref(), properties))?;
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(Answer::json(status, show(&record)))
}

fn enable(tx: &mut Tx<'_>, filters: &Objects<'_>, id: &str, enabled: bool) -> Handled {
    let Some(existing) = filters.current(tx, id)? else {
        return Err(missing(id));
    };
    let mut properties = existing.properties.clone();
    properties.insert("isEnabled".to_owned(), json!(enabled));
    let (record, _) = filters.write(tx, id, envelope(Some(&existing), properties))?;
    Ok(Answer::ok(show(&record)))
}

/// Returns the members that the service knows, under their own names. It ignores all others.
fn bind(sent: &Map<String, Value>) -> Map<String, Value> {
    let defaults = INCIDENT_FILTERS.default_members();
    let known = defaults
        .keys()
        .map(String::as_str)
        .chain(OTHER_MEMBERS)
        .filter_map(|name| Some((name.to_owned(), member(sent, name)?.clone())));
    known.collect()
}

fn envelope(existing: Option<&ObjectRecord>, properties: Map<String, Value>) -> Envelope {
    let (tags, owner) = existing.map_or_else(
        || (json!([]), json!("")),
        |existing| (existing.tags.clone(), existing.owner.clone()),
    );
    Envelope {
        object_type: INCIDENT_FILTERS.types.concat(),
        tags,
        owner,
        properties,
    }
}

fn show(record: &ObjectRecord) -> Value {
    let mut body = Map::new();
    body.insert("id".to_owned(), json!(record.name));
    body.extend(record.properties.clone());
    for name in ["name", PLATFORM] {
        body.shift_remove(name);
    }
    body.insert("isDeleted".to_owned(), json!(false));
    Value::Object(body)
}

fn missing(id: &str) -> crate::http::Failure {
    objects::missing(&INCIDENT_FILTERS, id).into()
}
