//! Approvals: what an agent asks for, and what users decide.

use axum::http::StatusCode;
use serde_json::json;

use super::record::{Approval, Message, Status, Thread};
use super::{Threads, not_found, script, stream};
use crate::context::Context;
use crate::data_plane::fallback;
use crate::documents::text;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Tx};

/// The user who decides if the request names none.
const USER: &str = "user";

/// Answers a request. `rest` contains the segments below `approvals`, in lower case.
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
            let thread = thread.ok_or_else(not_found)?;
            let decided = decide(tx, &threads, thread, id, USER, None)?;
            Ok(Answer::ok(decided.show()))
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
            let decided = decide(tx, &threads, thread, id, USER, rejected)?;
            Ok(Answer::ok(decided.show()))
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Decides an approval, and lets the agent continue. `rejected` contains the reason of a rejection.
pub(super) fn decide(
    tx: &mut Tx<'_>,
    threads: &Threads<'_>,
    mut thread: Thread,
    id: &str,
    user: &str,
    rejected: Option<&str>,
) -> Handled<Approval> {
    let message = position(&thread, id).and_then(|at| thread.messages.get_mut(at));
    let Some(approval) = message.and_then(|message| message.approval.as_mut()) else {
        return Err(not_found().into());
    };
    if approval.status != Status::Pending {
        let message = format!("The approval '{id}' is decided already.");
        return Err(Refusal::new(StatusCode::CONFLICT, "Conflict", message).into());
    }
    approval.end(rejected.is_none(), user);
    let decided = approval.clone();
    let answer = script::follow_up(threads.cx, threads.agent, &decided, rejected);
    threads.tell(tx, stream::decision(&thread.id, &answer, &decided));
    threads.add_answer(tx, &mut thread, answer);
    threads.save(tx, &thread)?;
    Ok(decided)
}

/// Returns the position of the approval in a thread.
pub(super) fn position(thread: &Thread, id: &str) -> Option<usize> {
    let is = |message: &Message| {
        message
            .approval
            .as_ref()
            .is_some_and(|approval| approval.id.eq_ignore_ascii_case(id))
    };
    thread.messages.iter().position(is)
}
