//! The action that decides an approval that an agent asks for.

use async_trait::async_trait;
use azure::id::AgentId;
use tfplugin::schema::Validator;
use tfplugin::{Attribute, Diagnostic, Diagnostics, Schema, Value};

use super::data_plane::{Call, DataPlaneAction, Failure};
use crate::conversation::{self, Asked, Decision, Trouble};

const APPROVE: &str = "approve";
const REJECT: &str = "reject";

/// The action `azuresre_approval`.
pub(super) struct Approval;

/// Returns the pending approval with an id, or the only one.
fn choose<'a>(pending: &'a [Asked], id: Option<&str>, thread: &str) -> Result<&'a Asked, Trouble> {
    let listed = || {
        let lines = pending
            .iter()
            .map(|one| format!("\n- {}: {}", one.id, one.title));
        lines.collect::<String>()
    };
    let found = match (id, pending) {
        (Some(id), _) => pending.iter().find(|one| one.id.eq_ignore_ascii_case(id)),
        (None, [one]) => Some(one),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        Trouble::Told(match (id, pending) {
            (_, []) => format!(
                "No approval is pending in thread {thread}. Either it is already decided, or the \
                 agent did not ask for one."
            ),
            (Some(id), _) => format!(
                "The approval {id} is not pending in thread {thread}. Pending approvals:{}",
                listed()
            ),
            (None, _) => format!(
                "Several approvals are pending in thread {thread}. Choose one with \
                 `approval_id`:{}",
                listed()
            ),
        })
    })
}

#[async_trait]
impl DataPlaneAction for Approval {
    fn name(&self) -> &'static str {
        "azuresre_approval"
    }

    fn schema(&self) -> Schema {
        Schema {
            description:
                "Approves or rejects what an agent asks for in a thread: a command of the Azure \
                 CLI or the use of a tool. You need the SRE Agent Administrator role. Use the data \
                 source `azuresre_approvals` to list pending approvals. The provider sends a \
                 decision only once."
                    .to_owned(),
            ..Schema::from([
                (
                    "thread_id",
                    Attribute::string("ID of the thread in which the agent asks for approval.")
                        .required()
                        .validator(Validator::not_empty()),
                ),
                (
                    "approval_id",
                    Attribute::string(
                        "ID of the approval to decide. Defaults to the only pending approval in \
                         the thread.",
                    )
                    .validator(Validator::not_empty()),
                ),
                (
                    "decision",
                    Attribute::string("Decision. Possible values are `approve` and `reject`.")
                        .required()
                        .validator(Validator::one_of(&["approve", "reject"], false)),
                ),
                (
                    "reason",
                    Attribute::string(
                        "Reason for the rejection, which the agent uses to continue. Required if \
                         `decision` is `reject`, because the service treats a rejection without a \
                         reason as an approval. Not allowed otherwise.",
                    )
                    .validator(Validator::not_empty()),
                ),
            ])
        }
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        let (decision, reason) = (config.get("decision").as_str(), config.get("reason"));
        let problem = match decision {
            Some(REJECT) if reason.is_null() => "`reason` is required if `decision` is `reject`.",
            Some(APPROVE) if !reason.is_null() => {
                "`reason` is allowed only if `decision` is `reject`."
            }
            _ => return,
        };
        diagnostics.push(Diagnostic::error("Invalid decision", problem).at("reason"));
    }

    fn purpose(&self, _config: &Value, agent: &AgentId) -> String {
        format!("decide the approval of {}", agent.name())
    }

    async fn run(&self, call: Call<'_>) -> Result<(), Failure> {
        let thread = call.text("thread_id").unwrap_or_default();
        let decision = match call.text("decision") {
            Some(REJECT) => Decision::Rejected(call.text("reason").unwrap_or_default()),
            _ => Decision::Approved,
        };
        let pending = conversation::read(call.plane, thread, call.budget).await?;
        let pending = pending.asked();
        let asked = choose(&pending, call.text("approval_id"), thread)?;
        conversation::decide(call.plane, thread, asked, decision, call.budget).await?;
        let done = match decision {
            Decision::Approved => "approved",
            Decision::Rejected(_) => "rejected",
        };
        call.progress.tell(format!("{done}: {}", asked.title));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::conversation::What;

    fn asked(id: &str) -> Asked {
        Asked {
            id: id.to_owned(),
            what: What::Command,
            title: format!("do {id}"),
        }
    }

    #[rstest]
    #[case(&["a"], None, Ok("a"))]
    #[case(&["a", "b"], Some("B"), Ok("b"))]
    #[case(&["a", "b"], None, Err("- b: do b"))]
    #[case(&["a"], Some("c"), Err("c is not pending"))]
    #[case(&[], Some("c"), Err("No approval is pending"))]
    #[case(&[], None, Err("No approval is pending"))]
    fn one_pending_approval_is_decided(
        #[case] pending: &[&str],
        #[case] id: Option<&str>,
        #[case] expected: Result<&str, &str>,
    ) {
        let pending: Vec<Asked> = pending.iter().map(|id| asked(id)).collect();
        match (choose(&pending, id, "t"), expected) {
            (Ok(found), Ok(id)) => assert_eq!(found.id, id),
            (Err(error), Err(told)) => assert!(error.to_string().contains(told), "{error}"),
            (found, _) => panic!("{found:?}"),
        }
    }
}
