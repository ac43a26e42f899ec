//! Incident filters, and the platform that they need.

use anyhow::{Context as _, Result, ensure};
use emulator::Fault;
use plugin_host::Failure;
use rstest::rstest;

use crate::json;
use crate::kinds;
use crate::object::Object;
use crate::world::World;

const NAME: &str = "triage";

fn refusal() -> Fault {
    let path = format!("/incidentfilters/{NAME}$");
    Fault::on("PUT", &format!("(?i){path}")).error(400, "BadRequest", "No platform.")
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn refusal_shortly_before_the_platform_exists_is_retried(
    #[values("arm", "data_plane")] plane: &'static str,
) -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("incident_filter");
    let mut filter = Object::new(&world, &kind, plane, NAME).await?;
    let refused = world.emulator.fault(refusal())?;
    filter.apply(kind.minimal()).await?;
    ensure!(refused.status().hits == 1, "{:?}", refused.status());
    Ok(())
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn refusal_that_the_platform_does_not_explain_is_reported(
    #[values("arm", "data_plane")] plane: &'static str,
) -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("incident_filter");
    let mut filter = Object::new(&world, &kind, plane, NAME).await?;
    let refused = world.emulator.fault(refusal().forever())?;
    let config = json::merged(kind.minimal(), &filter.key);
    let failure = Failure::of(filter.resource.apply(config).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("No platform."), "{error}");
    ensure!(filter.resource.state().is_none(), "there is a state");
    ensure!(refused.status().hits == 2, "{:?}", refused.status());
    Ok(())
}
