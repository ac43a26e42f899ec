//! Actions of Terraform 1.14, which have no state.

mod approval;
mod azure_devops;
mod data_plane;
mod message;
mod power;
mod probe;
mod run;

use std::sync::Arc;
use std::time::Duration;

use azure::id::AgentId;
use tfplugin::{Action, Diagnostic, Value};

use self::approval::Approval;
use self::azure_devops::AzureDevopsAuth;
use self::data_plane::{DataPlaneAction, OnDataPlane};
use self::message::Ask;
use self::power::AgentPower;
use self::probe::{Probe, Subject};
use self::run::{Run, TASK, TRIGGER};
use crate::session::SessionHandle;

/// The time limit of an action, including the wait for a data plane that starts.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Returns all actions in a session.
pub fn actions(session: &SessionHandle) -> Vec<Arc<dyn Action>> {
    vec![
        on_data_plane(Ask, session),
        on_data_plane(Approval, session),
        Arc::new(AgentPower::new(session.clone())),
        on_data_plane(AzureDevopsAuth, session),
        on_data_plane(Probe(Subject::DataConnector), session),
        on_data_plane(Probe(Subject::Repo), session),
        on_data_plane(Run(&TRIGGER), session),
        on_data_plane(Run(&TASK), session),
    ]
}

fn on_data_plane(action: impl DataPlaneAction, session: &SessionHandle) -> Arc<dyn Action> {
    let session = session.clone();
    Arc::new(OnDataPlane { action, session })
}

/// Returns the agent of a configuration.
fn agent_of(config: &Value) -> Result<AgentId, Diagnostic> {
    let id = config.get("agent_id").as_str().unwrap_or_default();
    AgentId::parse(id)
        .map_err(|error| Diagnostic::error("Invalid agent_id", format!("{error}.")).at("agent_id"))
}
