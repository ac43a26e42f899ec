//! Commands that the agent runs or asks to run: `/api/v1/azCliExecution`, by which clients decide
//! about them.

use serde_json::Value;

use super::approvals::{decide, position};
use super::record::Message;
use super::{Threads, not_found};
use crate::context::Context;
use crate::data_plane::fallback;
use crate::documents::text;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Tx};

/// Answers a request. `rest` contains the segments below `azCliExecution`, in lower case.
pub(in crate::data_plane) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let threads = Threads { cx, agent };
    match (cx.call.method.as_str(), rest) {
        ("GET", [_, id, "status"]) => {
            let thread = threads.seen(tx, threads.segment())?;
            let message = position(&thread, id).and_then(|at| thread.messages.get(at));
            let execution = message.map(Message::show);
            let execution = execution
                .as_ref()
                .and_then(|shown| shown.get("azCliExecution"));
            match execution {
                Some(execution @ Value::Object(_)) => Ok(Answer::ok(execution.clone())),
                _ => Err(not_found().into()),
            }
        }
        ("POST", [_, id, "action"]) => {
            let thread = threads.find(tx, threads.segment())?;
            let sent = cx.call.json_object()?;
            let rejected = match text(&sent, "action").unwrap_or_default() {
                "run" => None,
                "cancel" => Some(""),
                _ => {
                    return Err(Refusal::invalid("action must be 'run' or 'cancel'.").into());
                }
            };
            let message = position(&thread, id).and_then(|at| thread.messages.get(at));
            let approval = message.and_then(|message| message.approval.as_ref());
            if !approval.is_some_and(|approval| approval.has_command()) {
                return Err(not_found().into());
            }
            let user = text(&sent, "user").unwrap_or("user");
            let decided = decide(tx, &threads, thread, id, user, rejected)?;
            Ok(Answer::ok(decided.show_execution()))
        }
        _ => Ok(fallback::unknown(cx)),
    }
}
