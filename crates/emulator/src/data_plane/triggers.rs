//! HTTP triggers, with ids that the service generates and names that need not be unique.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fallback;
use super::threads::{self, Run};
use crate::context::Context;
use crate::documents::text;
use crate::http::{Answer, Handled, Refusal};
use crate::profile::ExecutionShape;
use crate::store::{AgentRecord, Key, TriggerRecord, Tx, now};

/// The members that a client may set.
const MEMBERS: [&str; 6] = [
    "name",
    "description",
    "agentPrompt",
    "agent",
    "agentMode",
    "threadId",
];
/// How many executions are kept.
const HISTORY: usize = 100;

/// Answers a request. `rest` contains the segments below `httptriggers`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", []) => list(tx, cx, agent),
        ("POST", ["create"]) => create(tx, cx, agent),
        ("POST", ["trigger", id]) => {
            let trigger = find(tx, agent, id)?;
            if !trigger.enabled {
                return Err(missing(id).into());
            }
            execute(tx, cx, agent, trigger)
        }
        ("GET", [id]) => Ok(Answer::ok(show(cx, agent, &find(tx, agent, id)?))),
        ("PUT", [id]) => update(tx, cx, agent, id),
        ("DELETE", [id]) => {
            find(tx, agent, id)?;
            tx.remove(&Key::trigger(&agent.uid, id))?;
            Ok(Answer::ok(
                json!({ "message": "HTTP trigger deleted successfully" }),
            ))
        }
        ("POST", [id, switch @ ("enable" | "disable")]) => {
            let trigger = TriggerRecord {
                enabled: *switch == "enable",
                modified: now(),
                ..find(tx, agent, id)?
            };
            tx.put(&Key::trigger(&agent.uid, id), &trigger)?;
            Ok(Answer::ok(show(cx, agent, &trigger)))
        }
        ("POST", [id, "execute"]) => {
            let trigger = find(tx, agent, id)?;
            execute(tx, cx, agent, trigger)
        }
        ("GET", [id, "executions"]) => {
            Ok(Answer::ok(Value::Array(find(tx, agent, id)?.executions)))
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

fn list(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let mut triggers: Vec<TriggerRecord> = tx
        .scan(&Key::triggers(&agent.uid))?
        .into_iter()
        .map(|(_, trigger)| trigger)
        .collect();
    triggers.sort_by_key(|trigger| trigger.sequence);
    Ok(Answer::ok(
        triggers
            .iter()
            .map(|trigger| show(cx, agent, trigger))
            .collect(),
    ))
}

fn create(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let members = members(cx)?;
    let counter = Key::trigger_count(&agent.uid);
    let sequence: u64 = tx.get(&counter)?.unwrap_or(0);
    tx.put(&counter, &(sequence + 1))?;
    let moment = now();
    let trigger = TriggerRecord {
        id: Uuid::new_v4().to_string(),
        sequence,
        members,
        enabled: true,
        created: moment.clone(),
        modified: moment,
        executions: Vec::new(),
    };
    tx.put(&Key::trigger(&agent.uid, &trigger.id), &trigger)?;
    Ok(Answer::json(
        StatusCode::CREATED,
        json!({
            "triggerId": trigger.id,
            "triggerUrl": webhook(cx, agent, &trigger.id),
            "message": "HTTP trigger created successfully",
        }),
    ))
}

fn update(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, id: &str) -> Handled {
    let existing = find(tx, agent, id)?;
    let trigger = TriggerRecord {
        members: members(cx)?,
        modified: now(),
        ..existing
    };
    tx.put(&Key::trigger(&agent.uid, id), &trigger)?;
    Ok(Answer::ok(show(cx, agent, &trigger)))
}

fn execute(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    mut trigger: TriggerRecord,
) -> Handled {
    let members = &trigger.members;
    let run = Run {
        source: "HttpTrigger",
        by: (&trigger.id, text(members, "name").unwrap_or_default()),
        thread: text(members, "threadId"),
        prompt: prompt(cx, members),
        subagent: text(members, "agent"),
        mode: text(members, "agentMode"),
    };
    let thread = threads::run(tx, cx, agent, run)?;
    let execution = json!({ "executionTime": now(), "threadId": thread, "success": true });
    trigger.executions.push(execution.clone());
    let surplus = trigger.executions.len().saturating_sub(HISTORY);
    trigger.executions.drain(..surplus);
    tx.put(&Key::trigger(&agent.uid, &trigger.id), &trigger)?;

    let message = "HTTP trigger execution initiated successfully";
    let body = match (cx.profile.execution_shape, execution) {
        (ExecutionShape::Flat, Value::Object(mut flat)) => {
            flat.insert("message".to_owned(), json!(message));
            Value::Object(flat)
        }
        (_, execution) => json!({ "message": message, "execution": execution }),
    };
    Ok(Answer::json(StatusCode::ACCEPTED, body))
}

/// Returns the prompt for the agent, in which `{payload.a.b}` is replaced by the member of the
/// request's body.
fn prompt(cx: Context<'_>, members: &Map<String, Value>) -> String {
    let payload: Value = serde_json::from_slice(&cx.call.body).unwrap_or_default();
    let template = text(members, "agentPrompt").unwrap_or_default();
    let mut parts = template.split("{payload.");
    let mut prompt = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((path, rest)) = part.split_once('}') else {
            prompt.push_str("{payload.");
            prompt.push_str(part);
            continue;
        };
        match payload.pointer(&format!("/{}", path.replace('.', "/"))) {
            Some(Value::String(text)) => prompt.push_str(text),
            Some(value) => prompt.push_str(&value.to_string()),
            None => {}
        }
        prompt.push_str(rest);
    }
    prompt
}

/// Returns the members of a request, with defaults. Requires a name and a prompt.
fn members(cx: Context<'_>) -> Result<Map<String, Value>, Refusal> {
    let sent = cx.call.json_object()?;
    for member in ["name", "agentPrompt"] {
        if sent
            .get(member)
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(Refusal::invalid(format!("{member} is required.")));
        }
    }
    Ok(MEMBERS
        .into_iter()
        .map(|name| {
            let default = if name == "agentMode" {
                json!("Autonomous")
            } else {
                Value::Null
            };
            let value = sent.get(name).filter(|value| !value.is_null()).cloned();
            (name.to_owned(), value.unwrap_or(default))
        })
        .collect())
}

fn show(cx: Context<'_>, agent: &AgentRecord, trigger: &TriggerRecord) -> Value {
    let mut body = Map::new();
    body.insert("id".to_owned(), json!(trigger.id));
    body.extend(trigger.members.clone());
    body.insert("enabled".to_owned(), json!(trigger.enabled));
    body.insert(
        "triggerUrl".to_owned(),
        json!(webhook(cx, agent, &trigger.id)),
    );
    body.insert("createdAt".to_owned(), json!(trigger.created));
    body.insert("updatedAt".to_owned(), json!(trigger.modified));
    body.insert("executionCount".to_owned(), json!(trigger.executions.len()));
    Value::Object(body)
}

fn webhook(cx: Context<'_>, agent: &AgentRecord, id: &str) -> String {
    let endpoint = cx.call.base.endpoint(agent);
    format!("{endpoint}/api/v1/httptriggers/trigger/{id}")
}

fn find(tx: &Tx<'_>, agent: &AgentRecord, id: &str) -> Handled<TriggerRecord> {
    tx.get(&Key::trigger(&agent.uid, id))?
        .ok_or_else(|| missing(id).into())
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("HTTP trigger '{id}' was not found."))
}
