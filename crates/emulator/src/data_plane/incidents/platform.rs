//! The incident platform that the data plane uses, which follows the agent's configuration after
//! some requests.

use serde_json::json;

use crate::http::{Answer, Handled};
use crate::store::{AgentRecord, Key, Tx};

/// `GET /api/v1/incidentPlayground/incidentPlatformType`.
pub(super) fn show(tx: &mut Tx<'_>, agent: &AgentRecord) -> Handled {
    let agent = look(tx, agent)?;
    Ok(Answer::ok(
        json!({ "incidentPlatformType": agent.platform }),
    ))
}

/// Returns the agent as this request sees it. A request that still sees the old platform brings the
/// new one closer.
pub(in super::super) fn look(tx: &mut Tx<'_>, agent: &AgentRecord) -> Handled<AgentRecord> {
    let mut agent = agent.clone();
    if agent.platform_lag == 0 {
        return Ok(agent);
    }
    let seen = agent.platform.clone();
    agent.platform_lag -= 1;
    if agent.platform_lag == 0 {
        agent.platform = agent.effective_platform().to_owned();
    }
    tx.put(&Key::agent(&agent.key()), &agent)?;
    Ok(AgentRecord {
        platform: seen,
        ..agent
    })
}
