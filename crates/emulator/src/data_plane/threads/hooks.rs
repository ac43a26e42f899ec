//! The hooks of a thread.

use serde_json::{Value, json};

use super::Threads;
use super::record::Thread;
use crate::context::Context;
use crate::data_plane::fallback;
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::HOOKS;
use crate::objects::Objects;
use crate::store::{AgentRecord, ObjectRecord, Tx};

/// Answers a request. `rest` contains the segments below `{thread}/hooks`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    threads: &Threads<'_>,
    mut thread: Thread,
    rest: &[&str],
) -> Handled {
    let (cx, agent) = (threads.cx, threads.agent);
    match (cx.call.method.as_str(), rest) {
        ("GET", []) => {
            let hooks = Objects::shared(cx, agent, &HOOKS).all_current(tx)?;
            let hooks: Vec<Value> = hooks.iter().map(|hook| show(hook, &thread)).collect();
            Ok(Answer::ok(json!({ "hooks": hooks })))
        }
        ("POST", [name, switch @ ("activate" | "deactivate")]) => {
            let hook = Objects::shared(cx, agent, &HOOKS).current(tx, name)?;
            let hook = hook
                .ok_or_else(|| Refusal::not_found(format!("GlobalHook '{name}' was not found.")))?;
            if !on_demand(&hook) {
                return Err(
                    Refusal::invalid(format!("The hook '{name}' is always active.")).into(),
                );
            }
            if *switch == "activate" {
                thread.hooks.insert(hook.name.clone());
            } else {
                thread.hooks.remove(&hook.name);
            }
            threads.save(tx, &thread)?;
            Ok(Answer::ok(show(&hook, &thread)))
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Returns the hooks that are active in a thread.
pub(super) fn active(
    tx: &Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    thread: &Thread,
) -> Handled<Vec<ObjectRecord>> {
    let mut hooks = Objects::shared(cx, agent, &HOOKS).all_current(tx)?;
    hooks.retain(|hook| is_active(hook, thread));
    Ok(hooks)
}

fn show(hook: &ObjectRecord, thread: &Thread) -> Value {
    let of = |name: &str| hook.properties.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "name": hook.name,
        "eventType": of("eventType"),
        "activationMode": of("activationMode"),
        "description": of("description"),
        "isActive": is_active(hook, thread),
        "isSystemHook": false,
        "canModify": on_demand(hook),
    })
}

fn is_active(hook: &ObjectRecord, thread: &Thread) -> bool {
    !on_demand(hook) || thread.hooks.contains(&hook.name)
}

fn on_demand(hook: &ObjectRecord) -> bool {
    let mode = hook.properties.get("activationMode");
    let mode = mode.and_then(Value::as_str).unwrap_or_default();
    mode.replace('-', "").eq_ignore_ascii_case("onDemand")
}
