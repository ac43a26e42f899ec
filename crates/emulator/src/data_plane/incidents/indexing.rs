//! Which past incidents the agent learns from, and requests before a platform is connected.

use serde_json::{Map, Value, json};

use super::super::fallback;
use crate::context::Context;
use crate::documents::text;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

const CONFIGURATION: &str = "incidentIndexing";
/// The platforms. The one with its own configuration comes last.
const PLATFORMS: [&str; 3] = ["AzMonitor", "PagerDuty", SERVICE_NOW];
const SERVICE_NOW: &str = "ServiceNow";
/// The headers with the address and credentials of ServiceNow, because nothing may be connected
/// yet.
const HEADERS: [&str; 3] = [
    "x-servicenow-endpoint",
    "x-servicenow-username",
    "x-servicenow-password",
];
/// Sample groups of ServiceNow.
const GROUPS: [&str; 4] = ["Database", "Network", "Service Desk", "Software"];

/// Answers a request. `rest` contains the segments below `/api/v2/incidents/indexing`, in lower
/// case.
pub(in super::super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", [platform, "configuration"]) => {
            let known = connected(agent, platform)?;
            if known == SERVICE_NOW {
                let stored: Option<Value> = tx.get(&key(agent))?;
                let none = || json!({ "assignmentGroup": "", "lookbackDays": 0 });
                return Ok(Answer::ok(stored.unwrap_or_else(none)));
            }
            Ok(Answer::ok(json!({
                "name": known,
                "type": "IncidentIndexingConfiguration",
                "properties": { "incidentPlatform": known, "isEnabled": true },
            })))
        }
        ("PUT", ["servicenow", "configuration"]) => {
            connected(agent, SERVICE_NOW)?;
            let sent = cx.call.json_object()?;
            // Nobody has shown how to stop reading a group; an empty one is accepted here.
            let group = sent.get("assignmentGroup").and_then(Value::as_str);
            let group = group.ok_or_else(|| Refusal::invalid("assignmentGroup is required."))?;
            if !text(&sent, "providerType").is_some_and(|ty| ty.eq_ignore_ascii_case(SERVICE_NOW)) {
                return Err(Refusal::invalid("providerType must be servicenow.").into());
            }
            let days = sent.get("lookbackDays").and_then(Value::as_u64);
            let days = days.ok_or_else(|| Refusal::invalid("lookbackDays is required."))?;
            let stored = json!({ "assignmentGroup": group, "lookbackDays": days });
            tx.put(&key(agent), &stored)?;
            Ok(Answer::ok(stored))
        }
        ("GET", ["servicenow", "assignment-groups"]) => groups(cx),
        _ => Ok(fallback::unknown(cx)),
    }
}

/// `POST /api/v1/incidentPlatformValidation/servicenow`: returns whether a sign-in would work.
/// Every complete request does.
pub(in super::super) fn validate(cx: Context<'_>) -> Handled {
    let sent = cx.call.json_object()?;
    let complete = |sent: &Map<String, Value>| {
        ["endpoint", "username", "password"]
            .iter()
            .all(|member| text(sent, member).is_some())
    };
    let result = if complete(&sent) { "valid" } else { "invalid" };
    Ok(Answer::ok(json!({ "result": result })))
}

fn groups(cx: Context<'_>) -> Handled {
    if let Some(missing) = HEADERS
        .iter()
        .find(|header| cx.call.header(**header).is_none_or(str::is_empty))
    {
        return Err(Refusal::invalid(format!("The header {missing} is required.")).into());
    }
    let search = cx.call.query("search").unwrap_or_default().to_lowercase();
    let found = GROUPS
        .iter()
        .enumerate()
        .filter(|(_, name)| name.to_lowercase().contains(&search))
        .map(|(at, name)| json!({ "name": name, "sys_id": format!("{at:032x}") }));
    Ok(Answer::ok(found.collect()))
}

/// Returns the platform under its own name, if it is connected.
fn connected(agent: &AgentRecord, platform: &str) -> Result<&'static str, Refusal> {
    PLATFORMS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(platform) && agent.platform == *known)
        .ok_or_else(|| {
            Refusal::not_found(format!(
                "The incident platform '{platform}' is not configured."
            ))
        })
}

fn key(agent: &AgentRecord) -> Key {
    Key::singleton(&agent.uid, CONFIGURATION)
}
