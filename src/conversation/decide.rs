//! Decisions on approvals that the agent asks for. Like messages, they are sent only once.

use azure::poll::{Schedule, Step, poll_until};
use azure::{Budget, DataPlane, ErrorKind, Request};
use serde_json::{Value as Json, json};
use std::time::Duration;

use super::{Asked, Trouble, What, read};

/// The user who decides, as the portal displays it.
const USER: &str = "terraform";

/// How often and how long to check whether an ambiguous decision has arrived.
const TAKEN: Schedule = Schedule::every(Duration::from_secs(3)).at_most(Duration::from_secs(20));

/// A decision on an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision<'a> {
    Approved,
    /// A rejection with a reason for the agent. The service treats a rejection without a reason as
    /// an approval.
    Rejected(&'a str),
}

/// Decides an approval that the agent asks for in a thread.
pub(crate) async fn decide(
    plane: &DataPlane,
    thread: &str,
    asked: &Asked,
    decision: Decision<'_>,
    budget: &Budget,
) -> Result<(), Trouble> {
    let join =
        |base: &str, segment: &str| azure::id::join(base, segment).map_err(azure::Error::from);
    let sent = match asked.what {
        What::Elsewhere => {
            return Err(Trouble::Told(format!(
                "You can decide `{}` only in the portal, because it requires a person to sign in \
                 or an interface that only the portal has.",
                asked.title
            )));
        }
        // This is the request of the portal. Only an administrator of the agent may send it.
        What::Command => {
            let path = join(&join("/api/v1/azCliExecution", thread)?, &asked.id)?;
            let action = match decision {
                Decision::Approved => "run",
                Decision::Rejected(_) => "cancel",
            };
            let body = json!({ "action": action, "user": USER, "ApproveScope": "none" });
            let request = Request::post(format!("{path}/action")).json(body);
            plane.send(request, budget).await
        }
        What::Approval => {
            let path = join(&join("/api/v1/approvals", thread)?, &asked.id)?;
            let request = Request::post(format!("{path}/decision")).json(body(decision));
            let sent = plane.send(request, budget).await;
            match (sent, decision) {
                // Microsoft's own client uses another route, which only supports approvals.
                (Err(error), Decision::Approved) if is_unknown_route(&error) => {
                    let path = join("/api/v1/approvals", &asked.id)?;
                    let request = Request::post(format!("{path}/approve"));
                    let sent = plane
                        .send(request.json(json!({ "user": USER })), budget)
                        .await;
                    sent.map_err(|_| error)
                }
                (sent, _) => sent,
            }
        }
    };
    match sent {
        Ok(_) => Ok(()),
        Err(error) if error.may_have_been_applied() && budget.ended().is_none() => {
            let taken = poll_until(&TAKEN, budget, || async {
                let pending = read(plane, thread, budget).await?.asked();
                Ok(match pending.iter().any(|one| one.id == asked.id) {
                    true => Step::again("the approval is still pending"),
                    false => Step::Done(()),
                })
            });
            taken.await.map_err(|_: Trouble| {
                Trouble::Told(format!(
                    "The provider does not know whether the service received the decision. It did \
                     not send the decision again.\n\n{}",
                    error.detail()
                ))
            })
        }
        Err(error) => Err(error.into()),
    }
}

fn body(decision: Decision<'_>) -> Json {
    match decision {
        Decision::Approved => json!({ "decision": "Approved", "user": USER }),
        Decision::Rejected(reason) => {
            json!({ "decision": "Rejected", "reason": reason, "user": USER })
        }
    }
}

/// Returns whether a request had no effect because the route does not exist.
fn is_unknown_route(error: &azure::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::MethodNotAllowed | ErrorKind::NotJson
    )
}
