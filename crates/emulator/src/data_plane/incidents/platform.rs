//! The incident platform that the data plane works with: it follows the agent's configuration
//! after some requests.

use serde_json::json;

use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

/// `GET /api/v1/incidentPlayground/incidentPlatformType`.
pub(super) fn show(tx: &mut Tx<'_>, agent: &AgentRecord) -> Handled {
    let agent = look(tx, agent)?;
    Ok(Answer::ok(
        json!({ "incidentPlatformType": agent.platform }),
    ))
}

/// `GET /api/v2/incidents/indexing/{platform}/configuration`: which incidents the agent learns
/// from. It follows the connected platform, and cannot be written.
pub(in super::super) fn indexing(agent: &AgentRecord, platform: &str) -> Handled {
    let known = ["AzMonitor", "PagerDuty", "ServiceNow"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(platform));
    let Some(known) = known else {
        return Err(
            Refusal::not_found(format!("There is no incident platform '{platform}'.")).into(),
        );
    };
    Ok(Answer::ok(json!({
        "name": known,
        "type": "IncidentIndexingConfiguration",
        "properties": { "incidentPlatform": known, "isEnabled": agent.platform == known },
    })))
}

/// The agent as this request sees it. A request that still sees the old platform brings the new
/// one closer.
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
