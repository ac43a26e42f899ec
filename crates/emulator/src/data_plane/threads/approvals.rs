//! Leave to act: what an agent asks for, and what people decide.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::record::{Message, Status, Thread};
use super::{Threads, script};
use crate::data_plane::fallback;
use crate::documents::text;
use crate::http::{Answer, Handled, Refusal};
use crate::services::Context;
use crate::store::{AgentRecord, Tx};

/// Answers a request; `rest` are the segments below `approvals`, in lower case.
pub(in crate::data_plane) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let threads = Threads { cx, agent };
    match (cx.call.method.as_str(), rest) {
        ("GET", [_]) => {
            let thread = threads.seen(tx, threads.segment())?;
            let mut pending = Vec::new();
            for message in thread
                .messages
                .iter()
                .filter(|message| message.is_pending())
            {
                pending.extend(message.approval.as_ref().map(|approval| approval.show()));
            }
            Ok(Answer::ok(json!({ "value": pending })))
        }
        ("POST", [id, "approve"]) => {
            let all = threads.all(tx)?;
            let thread = all
                .into_iter()
                .find(|thread| position(thread, id).is_some());
            let thread = thread.ok_or_else(|| missing(id))?;
            decide(tx, &threads, thread, id, None)
        }
        ("POST", [_, id, "decision"]) => {
            let thread = threads.find(tx, threads.segment())?;
            let sent = cx.call.json_object()?;
            let decision = text(&sent, "decision").unwrap_or_default().to_lowercase();
            let rejected = match decision.as_str() {
                "approved" | "approve" => None,
                "rejected" | "reject" => Some(text(&sent, "reason").unwrap_or_default()),
                _ => {
                    let message = "decision must be 'Approved' or 'Rejected'.";
                    return Err(Refusal::invalid(message).into());
                }
            };
            decide(tx, &threads, thread, id, rejected)
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Settles an approval, and lets the agent go on; `rejected` has the reason.
fn decide(
    tx: &mut Tx<'_>,
    threads: &Threads<'_>,
    mut thread: Thread,
    id: &str,
    rejected: Option<&str>,
) -> Handled {
    let message = position(&thread, id).and_then(|at| thread.messages.get_mut(at));
    let Some(approval) = message.and_then(|message| message.approval.as_mut()) else {
        return Err(missing(id).into());
    };
    if approval.status != Status::Pending {
        let message = format!("The approval '{id}' is decided already.");
        return Err(Refusal::new(StatusCode::CONFLICT, "Conflict", message).into());
    }
    approval.status = match rejected {
        None => Status::Approved,
        Some(_) => Status::Rejected,
    };
    let (shown, follow_up): (Value, Message) = (
        approval.show(),
        script::follow_up(threads.cx, threads.agent, approval, rejected),
    );
    thread.add(follow_up);
    threads.save(tx, &thread)?;
    Ok(Answer::ok(shown))
}

/// Where in a thread the approval is.
fn position(thread: &Thread, id: &str) -> Option<usize> {
    let is = |message: &Message| {
        message
            .approval
            .as_ref()
            .is_some_and(|approval| approval.id == id)
    };
    thread.messages.iter().position(is)
}

fn missing(id: &str) -> Refusal {
    Refusal::not_found(format!("Approval '{id}' was not found."))
}
