//! What remains of the first version of the extended agent: `/api/v1/extendedAgent`, and the flags
//! of `/api/v1/Feature`.

use serde_json::{Value, json};

use super::{apply, catalog, fallback, objects};
use crate::context::Context;
use crate::http::{Answer, Handled};
use crate::kinds::{CONNECTORS, SKILLS, SUBAGENTS, TOOLS};
use crate::objects::Objects;
use crate::store::{AgentRecord, ObjectRecord, Tx};

/// The default number of objects on a page.
const PAGE: usize = 200;

/// Answers a request. `rest` contains the segments below `extendedAgent`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", ["skills"]) => objects::route(tx, cx, agent, &SKILLS, None),
        ("GET", ["agents"]) if cx.call.query("page").is_some() => agents(tx, cx, agent),
        ("GET", ["agents"]) => objects::route(tx, cx, agent, &SUBAGENTS, None),
        ("GET", ["tools"]) => tools(tx, cx, agent),
        ("GET", ["systemtools"]) => Ok(Answer::ok(catalog::system())),
        ("GET", ["dataconnectors"]) => connectors(tx, cx, agent),
        ("DELETE", ["tools", _]) => {
            let name = cx.call.last_segments(1).concat();
            objects::route(tx, cx, agent, &TOOLS, Some(&name))
        }
        ("PUT", ["apply"]) => apply::apply(tx, cx, agent),
        _ => Ok(fallback::unknown(cx)),
    }
}

/// `GET /api/v1/Feature/status/{flag}`: returns whether the agent's experimental settings enable
/// the flag.
pub(super) fn feature(agent: &AgentRecord, flag: &str) -> Handled {
    let enabled = agent
        .properties
        .get("experimentalSettings")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .any(|(name, value)| name.eq_ignore_ascii_case(flag) && value == &json!(true));
    Ok(Answer::ok(json!({ "enabled": enabled })))
}

/// Returns a page of the custom tools, in the envelope of this version.
fn tools(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let tools = Objects::shared(cx, agent, &TOOLS).list(tx)?;
    Ok(Answer::ok(json!({ "data": { "tools": page(cx, tools) } })))
}

/// Returns a page of the subagents. If no page is requested, they have the envelope of the second
/// version.
fn agents(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let agents = Objects::shared(cx, agent, &SUBAGENTS).list(tx)?;
    Ok(Answer::ok(page(cx, agents)))
}

/// Returns the connectors, without envelopes.
fn connectors(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let connectors = Objects::shared(cx, agent, &CONNECTORS).list(tx)?;
    let items = connectors.into_iter().map(|connector| {
        json!({
            "name": connector.name,
            "connectorType": connector.properties.get("dataConnectorType"),
        })
    });
    Ok(Answer::ok(items.collect()))
}

/// Returns the objects of the requested page, flat.
fn page(cx: Context<'_>, objects: Vec<ObjectRecord>) -> Value {
    let number = |name: &str, default: usize| {
        cx.call
            .query(name)
            .and_then(|number| number.parse::<usize>().ok())
            .filter(|number| *number > 0)
            .unwrap_or(default)
    };
    let (page, limit) = (number("page", 1), number("limit", PAGE));
    let total = objects.len();
    let data: Vec<Value> = objects
        .into_iter()
        .skip((page - 1).saturating_mul(limit))
        .take(limit)
        .map(|object| {
            let mut properties = object.properties;
            properties.insert("name".to_owned(), json!(object.name));
            Value::Object(properties)
        })
        .collect();
    json!({ "data": data, "page": page, "limit": limit, "total": total })
}
