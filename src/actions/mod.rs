//! Actions of Terraform 1.14, which have no state.

mod approval;
mod azure_devops;
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
        Arc::new(Ask::new(session.clone())),
        Arc::new(Approval::new(session.clone())),
        Arc::new(AgentPower::new(session.clone())),
        Arc::new(AzureDevopsAuth::new(session.clone())),
        Arc::new(Probe::new(Subject::DataConnector, session.clone())),
        Arc::new(Probe::new(Subject::Repo, session.clone())),
        Arc::new(Run::new(&TRIGGER, session.clone())),
        Arc::new(Run::new(&TASK, session.clone())),
    ]
}

/// Returns the agent of a configuration.
fn agent_of(config: &Value) -> Result<AgentId, Diagnostic> {
    let id = config.get("agent_id").as_str().unwrap_or_default();
    AgentId::parse(id)
        .map_err(|error| Diagnostic::error("Invalid agent_id", format!("{error}.")).at("agent_id"))
}
