//! Documents of which an agent has exactly one. They always exist, and cannot be deleted.

use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{fallback, objects};
use crate::context::Context;
use crate::documents;
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::SUBAGENTS;
use crate::objects::Objects;
use crate::store::{AgentRecord, Key, Tx};

const CUSTOM_INSTRUCTIONS: &str = "customInstructions";
const SETTINGS: &str = "settings";
const SUBAGENT_PERMISSIONS: &str = "subagentPermissions";
/// The lists of tool permissions, and the maximum number of patterns in each.
const PERMISSIONS: [&str; 3] = ["allow", "ask", "deny"];
const PATTERNS: usize = 1000;

/// `/api/v2/agent/customInstructions`: `{instructions}`.
pub(super) fn custom_instructions(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
) -> Handled {
    let key = Key::singleton(&agent.uid, CUSTOM_INSTRUCTIONS);
    match cx.call.method.as_str() {
        "GET" => {
            let stored: Option<Value> = tx.get(&key)?;
            Ok(Answer::ok(
                stored.unwrap_or_else(|| json!({ "instructions": "" })),
            ))
        }
        "PUT" => {
            let sent = cx.call.json_object()?;
            let Some(Value::String(instructions)) = sent.get("instructions") else {
                return Err(Refusal::invalid("instructions is required.").into());
            };
            let mut document = json!({ "instructions": instructions });
            if cx.profile.crlf {
                documents::to_crlf(&mut document, "/instructions");
            }
            tx.put(&key, &document)?;
            Ok(Answer::ok(document))
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// `/api/v2/agent/settings/global`: `{permissions: {allow, ask, deny}}` with an ETag, which does
/// not exist before the first write.
pub(super) fn settings(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let key = Key::singleton(&agent.uid, SETTINGS);
    permissions(tx, cx, &key, &PERMISSIONS)
}

/// `/api/v2/extendedAgent/{name}/permissions`: the same for a subagent, which can only allow.
pub(super) fn subagent_permissions(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    name: &str,
) -> Handled {
    if Objects::shared(cx, agent, &SUBAGENTS)
        .current(tx, name)?
        .is_none()
    {
        return Err(objects::missing(&SUBAGENTS, name).into());
    }
    let key = Key::item(&agent.uid, SUBAGENT_PERMISSIONS, &name.to_lowercase());
    permissions(tx, cx, &key, &["allow"])
}

/// Returns the lists of the global permissions.
pub(super) fn global_permissions(tx: &Tx<'_>, agent: &AgentRecord) -> Handled<Map<String, Value>> {
    stored_permissions(tx, &Key::singleton(&agent.uid, SETTINGS))
}

/// Returns the lists of a subagent's own permissions.
pub(super) fn permissions_of_subagent(
    tx: &Tx<'_>,
    agent: &AgentRecord,
    name: &str,
) -> Handled<Map<String, Value>> {
    let key = Key::item(&agent.uid, SUBAGENT_PERMISSIONS, &name.to_lowercase());
    stored_permissions(tx, &key)
}

fn stored_permissions(tx: &Tx<'_>, key: &Key) -> Handled<Map<String, Value>> {
    let stored: Option<Value> = tx.get(key)?;
    let permissions = stored.and_then(|stored| stored.get("permissions")?.as_object().cloned());
    Ok(permissions.unwrap_or_default())
}

/// Answers a request for a document of permissions with these lists.
fn permissions(tx: &mut Tx<'_>, cx: Context<'_>, key: &Key, lists: &[&str]) -> Handled {
    let stored: Option<Value> = tx.get(key)?;
    match cx.call.method.as_str() {
        "GET" => Ok(match stored {
            Some(document) => with_etag(document),
            None => {
                let none: Map<String, Value> = lists
                    .iter()
                    .map(|list| ((*list).to_owned(), json!([])))
                    .collect();
                Answer::ok(json!({ "permissions": none }))
            }
        }),
        "PUT" => {
            check_match(cx, stored.as_ref())?;
            let mut sent = cx.call.json_object()?;
            let permissions = complete(sent.get("permissions"), lists)?;
            sent.insert("permissions".to_owned(), Value::Object(permissions));
            let document = Value::Object(sent);
            tx.put(key, &document)?;
            Ok(with_etag(document))
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

fn check_match(cx: Context<'_>, stored: Option<&Value>) -> Result<(), Refusal> {
    match (cx.call.header(header::IF_MATCH), stored) {
        (None, _) => Err(Refusal::new(
            StatusCode::PRECONDITION_REQUIRED,
            "PreconditionRequired",
            "The If-Match header is required.",
        )),
        (Some("*"), _) => Ok(()),
        (Some(sent), Some(stored)) if sent == etag(stored) => Ok(()),
        _ => Err(Refusal::new(
            StatusCode::PRECONDITION_FAILED,
            "PreconditionFailed",
            "The settings have changed since they were read.",
        )),
    }
}

/// Returns the permissions, with empty lists for those that were omitted.
fn complete(sent: Option<&Value>, lists: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let invalid = |message: String| Refusal::invalid(message);
    let mut permissions = match sent {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(permissions)) => permissions.clone(),
        Some(_) => return Err(invalid("permissions must be an object.".to_owned())),
    };
    let other = PERMISSIONS
        .into_iter()
        .find(|name| !lists.contains(name) && permissions.contains_key(*name));
    if let Some(other) = other {
        return Err(invalid(format!("{other} is not possible in this scope.")));
    }
    for name in lists {
        match permissions.entry(*name).or_insert(Value::Null) {
            list @ Value::Null => *list = json!([]),
            Value::Array(patterns) if patterns.len() > PATTERNS => {
                return Err(invalid(format!(
                    "{name} has more than {PATTERNS} patterns."
                )));
            }
            Value::Array(patterns) if patterns.iter().all(Value::is_string) => {}
            _ => return Err(invalid(format!("{name} must be an array of strings."))),
        }
    }
    Ok(permissions)
}

fn with_etag(document: Value) -> Answer {
    let etag = etag(&document);
    Answer::ok(document).with("ETag", &etag)
}

fn etag(document: &Value) -> String {
    let digest = Sha256::digest(document.to_string());
    let short: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{short}\"")
}
