//! Objects in stopped agents.
//!
//! The data plane of a stopped agent does not respond. If this run has stopped an agent, the
//! provider starts it while it writes objects in it. Otherwise, objects could not be written to an
//! agent that is created as stopped, because Terraform creates the agent first.

use std::sync::Arc;

use azure::{Budget, ErrorKind};
use serde_json::Value as Json;
use tfplugin::plan::replacements;
use tfplugin::{ApplyResponse, Diagnostic, PlanRequest, ReadResponse, Value};

use super::notes::{note, put};
use super::object::display_name;
use super::operation::Operation;
use super::report::{Verb, report};
use crate::kind::{Address, Key, Kind, Plane};
use crate::session::SessionHandle;
use crate::session::agents::Resting;
use crate::stores::{StoreError, act_on_agent};

/// The name of the note that an object is deleted together with its agent.
const NOTE: &str = "goes_with_agent";

/// Keeps an agent running that is otherwise stopped.
pub(super) struct Awake(Option<Arc<Resting>>);

/// Starts an agent that this run has stopped, if the object needs it for writes.
pub(super) async fn awake(operation: &Operation<'_>) -> Result<Awake, StoreError> {
    let object = &operation.object;
    let needs_it = object.target.plane == Plane::DataPlane
        || object.kind.companion.is_some()
        || object.kind.prerequisite.is_some();
    let agent = &object.target.agent;
    let resting = operation.session.agents.resting(agent);
    let Some(resting) = resting.filter(|_| needs_it && object.kind.key() != Key::Agent) else {
        return Ok(Awake(None));
    };
    let mut writers = resting.lock().await;
    if *writers == 0 {
        turn(operation, "start", &operation.budget).await?;
    }
    *writers += 1;
    drop(writers);
    Ok(Awake(Some(resting)))
}

impl Awake {
    /// Stops the agent again after the last writer.
    pub(super) async fn rest(
        self,
        operation: &Operation<'_>,
        response: ApplyResponse,
    ) -> ApplyResponse {
        let Some(resting) = self.0 else {
            return response;
        };
        let mut writers = resting.lock().await;
        *writers -= 1;
        // This run has started the agent for good in the meantime.
        let agent = &operation.object.target.agent;
        let rests = operation.session.agents.resting(agent).is_some();
        if *writers > 0 || !rests {
            return response;
        }
        // Stopping has its own time limit, because the write may have used up its own.
        let budget = operation.full_budget();
        match turn(operation, "stop", &budget).await {
            Ok(()) => response,
            Err(error) => response.with_diagnostics([left_running(operation, &error)]),
        }
    }
}

/// Records the result of an action on an agent for the objects in it.
pub(super) fn acted(operation: &Operation<'_>, action: &str) {
    let agent = &operation.object.target.agent;
    if operation.object.kind.key() == Key::Agent {
        operation
            .session
            .agents
            .set_resting(agent, action == "stop");
    }
}

/// Returns whether an operation failed because the agent is stopped.
pub(super) fn is_stopped(error: &StoreError) -> bool {
    matches!(error, StoreError::Azure(error) if error.kind() == ErrorKind::Stopped)
}

/// Keeps the state of an object that cannot be read because its agent is stopped.
pub(super) fn kept(operation: &Operation<'_>, prior: &Value) -> ReadResponse {
    let agent = &operation.object.target.agent;
    let mut response = ReadResponse::found(prior.clone());
    if operation.session.agents.is_news(agent, "not read") {
        response.diagnostics.push(Diagnostic::warning(
            format!("The agent {:?} is stopped", agent.name()),
            format!(
                "The data plane of a stopped agent does not respond, so the provider could not \
                 read the objects in the agent. Their state is unchanged, and the plan does not \
                 show changes that others have made. To see these changes, start the agent. You \
                 can set `power_state = \"Running\"` on its `azuresre_agent` in the same apply in \
                 which you change the objects.\n\nAgent: {agent}"
            ),
        ));
    }
    response
}

/// Adds a note to the plan of an object that is deleted together with its agent.
///
/// This applies if the agent is planned to be replaced, which Terraform plans before the objects
/// that refer to it. It also applies to a destroy of everything, which plans the agent last.
pub(super) fn plan(kind: &Kind, session: &SessionHandle, request: &mut PlanRequest) {
    let Ok(session) = session.get() else { return };
    // Without a prior state, the plan is for a new object, or the second half of a replacement.
    let subscription = session.subscription_id.as_deref();
    let Ok(Address { agent, .. }) = kind.address(&request.prior, subscription) else {
        return;
    };
    if kind.key() == Key::Agent {
        let attributes = &kind.resource_schema().attributes;
        let PlanRequest {
            config,
            prior,
            planned,
            replace,
            ..
        } = request;
        let is_replaced =
            || !replace.is_empty() || !replacements(attributes, config, prior, planned).is_empty();
        let departs = planned.is_null() || is_replaced();
        session.agents.set_departing(agent, departs);
        return;
    }
    let is_end_of_all = request.planned.is_null() && !session.agents.refreshes();
    let goes = is_end_of_all || session.agents.is_departing(&agent);
    put(&mut request.private, NOTE, goes.then_some(Json::Bool(true)));
}

/// Returns whether the plan has noted that the object is deleted together with its agent.
pub(super) fn is_deleted_with_agent(private: &[u8]) -> bool {
    note(private, NOTE).is_some()
}

/// Ends the management of an object that is deleted together with its agent.
pub(super) fn left_to_agent(operation: &Operation<'_>) -> ApplyResponse {
    let (kind, agent) = (operation.object.kind, &operation.object.target.agent);
    let id = operation.object.target.id(kind);
    // Hosts group warnings with equal titles and show only one of them.
    let warning = Diagnostic::warning(
        format!(
            "Objects in the agent {:?} are deleted together with it",
            agent.name()
        ),
        format!(
            "The agent is stopped and its data plane does not respond, so the provider did not \
             delete this {} separately. The service deletes it together with the agent, which this \
             run also destroys. If the agent is not destroyed, for example because of `-target`, \
             the object still exists. In that case, start the agent and delete the object \
             there.\n\nObject: {id}",
            kind.title
        ),
    );
    ApplyResponse::gone().with_diagnostics([warning])
}

async fn turn(operation: &Operation<'_>, action: &str, budget: &Budget) -> Result<(), StoreError> {
    let (session, agent) = (&operation.session, &operation.object.target.agent);
    let _lock = session.locks.hold(&agent.to_string(), budget).await?;
    act_on_agent(&session.client, agent, action, budget).await
}

fn left_running(operation: &Operation<'_>, error: &StoreError) -> Diagnostic {
    let agent = &operation.object.target.agent;
    let subject = operation.object.subject(display_name(&Value::Null));
    let cause = report(Verb::Update, &subject, error).detail;
    Diagnostic::warning(
        format!("The agent {:?} is still running", agent.name()),
        format!(
            "The provider started the agent to write the objects in it, and could not stop it \
             again: {cause}\n\nThe next plan shows the difference, and the next apply stops the \
             agent."
        ),
    )
}
