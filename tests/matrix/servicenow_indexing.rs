//! The indexing of ServiceNow, which belongs to a platform and may stay after a destroy.

use anyhow::{Context as _, Result, ensure};
use emulator::Fault;
use reqwest::Method;
use serde_json::json;

use crate::json;
use crate::kinds;
use crate::object::Object;
use crate::world::World;

const PATH: &str = "/api/v2/incidents/indexing/servicenow/configuration";

#[tokio::test(start_paused = true)]
async fn settings_that_the_service_does_not_empty_stay_with_a_warning() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("servicenow_indexing");
    let mut indexing = Object::new(&world, &kind, "data_plane", "stays").await?;
    indexing.apply(kind.minimal()).await?;
    let refusal = Fault::on("PUT", &format!("(?i){PATH}$")).error(400, "BadRequest", "No group.");
    world.emulator.fault(refusal.forever())?;
    let destroyed = indexing.resource.destroy().await?;
    let warning = destroyed.diagnostics.first().context("no warning")?;
    ensure!(warning.summary.contains("was not emptied"), "{warning}");
    ensure!(warning.detail.contains("No group."), "{warning}");
    ensure!(indexing.resource.state().is_none(), "there is a state");
    let document = indexing.document()?;
    ensure!(document["assignmentGroup"] == "Service Desk", "{document}");
    Ok(())
}

/// The platform hides the settings until it is connected, and they are not overwritten unseen.
#[tokio::test(start_paused = true)]
async fn settings_of_a_platform_that_is_connecting_are_shown_before_they_go() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("servicenow_indexing");
    let mut indexing = Object::new(&world, &kind, "data_plane", "hidden").await?;
    let agent = indexing.agent.clone();
    let theirs = json!({
        "providerType": "servicenow",
        "assignmentGroup": "Network",
        "lookbackDays": 9,
    });
    let sent = world.data_plane(&agent, Method::PUT, PATH, theirs);
    sent.await?.success()?;
    world.connect_platform(&agent, "PagerDuty").await?;
    let platform = json!({ "type": "ServiceNow", "connectionKey": "key" });
    let patch = json!({ "properties": { "incidentManagementConfiguration": platform } });
    world.arm(Method::PATCH, &agent, patch).await?.success()?;
    world.agent_settled(&agent).await?;
    let config = json::merged(kind.minimal(), &indexing.key);
    let applied = indexing.resource.apply(config).await?;
    let warning = applied.diagnostics.first().context("no warning")?;
    ensure!(warning.summary.contains("was replaced"), "{warning}");
    ensure!(warning.detail.contains("Network"), "{warning}");
    Ok(())
}
