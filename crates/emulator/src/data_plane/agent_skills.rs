//! `/api/v2/agent/skills`: a store of skills separate from that of the extended agent, each a set
//! of files. The contents of the files are not returned.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{fallback, objects};
use crate::context::Context;
use crate::documents::text;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

const SKILLS: &str = "agentSkills";

/// Answers a request. `rest` contains the segments below `skills`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let missing = |name: &str| Refusal::not_found(format!("Skill '{name}' was not found."));
    match (cx.call.method.as_str(), rest) {
        ("GET", []) => {
            let all: Vec<(Key, Value)> = tx.scan(&Key::items(&agent.uid, SKILLS))?;
            let limit = cx.call.query("limit").and_then(|limit| limit.parse().ok());
            let items = all.into_iter().map(|(_, skill)| skill);
            let items = items.take(limit.unwrap_or(usize::MAX)).collect();
            Ok(objects::listed(cx, items))
        }
        ("POST", []) => {
            let sent = cx.call.json_object()?;
            let name = text(&sent, "name").ok_or_else(|| Refusal::invalid("name is required."))?;
            let files = sent.get("files").and_then(Value::as_array);
            let named = |file: &Value| file.get("fileName").is_some_and(Value::is_string);
            if !files.is_some_and(|files| !files.is_empty() && files.iter().all(named)) {
                return Err(Refusal::invalid("files must name at least one file.").into());
            }
            let skill = json!({
                "name": name,
                "description": text(&sent, "description").unwrap_or_default(),
            });
            let key = Key::item(&agent.uid, SKILLS, &name.to_lowercase());
            let status = match tx.get::<Value>(&key)? {
                Some(_) => StatusCode::OK,
                None => StatusCode::CREATED,
            };
            tx.put(&key, &skill)?;
            Ok(Answer::json(status, skill))
        }
        ("GET", [name]) => {
            let skill: Option<Value> = tx.get(&Key::item(&agent.uid, SKILLS, name))?;
            Ok(Answer::ok(skill.ok_or_else(|| missing(name))?))
        }
        ("GET", [name, ..]) => Err(missing(name).into()),
        ("DELETE", [name]) => {
            if tx.remove(&Key::item(&agent.uid, SKILLS, name))? {
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            } else {
                Err(missing(name).into())
            }
        }
        _ => Ok(fallback::unknown(cx)),
    }
}
