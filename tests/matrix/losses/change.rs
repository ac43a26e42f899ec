//! Objects that are updated and deleted, whatever happens meanwhile.

use anyhow::{Context as _, Result, ensure};
use plugin_host::Failure;
use rstest::rstest;
use serde_json::{Value as Json, json};

use super::{Case, NAME};
use crate::json;
use crate::kinds::{self, Kind, per_store};

per_store!(
    update_that_fails_keeps_the_state_before,
    deletion_that_fails_keeps_the_state,
);

async fn update_that_fails_keeps_the_state_before(kind: &Kind, plane: &'static str) -> Result<()> {
    let mut case = Case::new(kind, plane).await?;
    let before = case.with_timeouts(&case.config);
    let create = json::merged(&before, &json!({ "timeouts": { "create": "1m" } }));
    case.resource.apply(create.clone()).await?;
    let agent = case.config["agent_id"].as_str().unwrap_or_default();
    case.kind.settled(&case.world, agent, NAME).await?;
    case.resource.refresh().await?;
    let state = case.resource.state();
    let broken = case
        .on_update()
        .error(500, "InternalServerError", "Oops.")
        .forever();
    let broken = case.world.emulator.fault(broken)?;
    let changed = json::merged(&create, &case.changed());
    let failure = Failure::of(case.resource.apply(changed.clone()).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("Oops."), "{error}");
    ensure!(
        case.resource.state() == state,
        "the state is {:?}",
        case.resource.state()
    );
    broken.remove();
    let patient = json::merged(&changed, &json!({ "timeouts": { "update": "1m" } }));
    case.converges(&patient).await
}

async fn deletion_that_fails_keeps_the_state(kind: &Kind, plane: &'static str) -> Result<()> {
    let mut case = Case::new(kind, plane).await?;
    let config = json::merged(&case.config, &json!({ "timeouts": { "delete": "2s" } }));
    case.resource.apply(config.clone()).await?;
    case.resource.refresh().await?;
    for status in [405, 409, 500] {
        let fault = case.on_delete().error(status, "Refused", "Not now.");
        let fault = case.world.emulator.fault(fault.forever())?;
        let plan = case.resource.plan_destroy().await?;
        let failure = Failure::of(case.resource.apply_plan(&plan, Json::Null).await)?;
        let error = failure.errors().next().context("no error")?;
        ensure!(error.detail.contains("Not now."), "{status}: {error}");
        let state = case.resource.state().context("no state")?;
        ensure!(state == plan.before, "{status}: the state is {state}");
        fault.remove();
    }
    case.converges(&case.config.clone()).await?;
    case.resource.destroy().await?;
    ensure!(
        case.kind.remains(&case.world, NAME)?.is_none(),
        "it is still there"
    );
    Ok(())
}

#[rstest]
#[case::skill_on_arm("skill", "arm")]
#[case::skill("skill", "data_plane")]
#[case::repo("repo", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletion_ends_when_the_object_cannot_be_seen_any_more(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let kind = kinds::named(kind);
    let mut case = Case::new(&kind, plane).await?;
    case.resource.apply(case.config.clone()).await?;
    case.resource.refresh().await?;
    case.world.taken_requests();
    case.resource.destroy().await?;
    let taken = case.world.taken_requests();
    let deleted = taken
        .iter()
        .position(|request| request.starts_with("DELETE"));
    let looks = taken.len() - 1 - deleted.context("nothing was deleted")?;
    ensure!(looks == 3, "{taken:?}");
    Ok(())
}
