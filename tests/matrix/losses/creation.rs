//! Objects whose creation is disturbed.

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use plugin_host::{Failure, Severity};
use rstest::rstest;
use tfplugin6::tfplugin6 as proto;

use super::{Case, NAME};
use crate::kinds::{self, Kind, per_store};

per_store!(objects_of_other_owners_are_not_adopted);

#[rstest]
#[case::agent("agent")]
#[case::data_connector("data_connector")]
#[tokio::test(start_paused = true)]
async fn interrupted_creation_continues_in_the_next_run(#[case] kind: &str) -> Result<()> {
    let kind = kinds::named(kind);
    let mut case = Case::new(&kind, "arm").await?;
    let polled = case
        .world
        .emulator
        .fault(Fault::on("GET", "/operationStatuses/").hold())?;
    let (mut resource, config) = (case.resource.clone(), case.config.clone());
    let applying = tokio::spawn(async move { (resource.apply(config).await, resource) });
    polled.held().await;
    let request = proto::stop_provider::Request {};
    case.world.session.client().stop_provider(request).await?;
    let (applied, resource) = applying.await?;
    polled.remove();
    let warnings = applied?.diagnostics;
    ensure!(
        warnings
            .iter()
            .any(|warning| warning.summary.contains("not complete")),
        "{warnings:?}"
    );
    case.resource = resource;
    ensure!(
        case.resource.state().is_some() && !case.resource.is_tainted(),
        "it is lost"
    );
    case.in_a_new_run().await?;
    let config = case.config.clone();
    case.converges(&config).await
}

#[tokio::test(start_paused = true)]
async fn connector_at_its_deadline_is_saved_with_a_warning() -> Result<()> {
    let profile = Profile {
        connector_polls: 1_000_000,
        ..Profile::acceptance()
    };
    let kind = kinds::named("data_connector");
    let mut case = Case::with(&kind, "arm", profile).await?;
    let config = case.with_timeouts(&case.config);
    let applied = case.resource.apply(config.clone()).await?;
    ensure!(
        applied
            .diagnostics
            .iter()
            .any(|one| one.severity == Severity::Warning),
        "{:?}",
        applied.diagnostics
    );
    ensure!(!case.resource.is_tainted(), "it is tainted");
    let refreshed = case.resource.refresh().await?.state.context("it is gone")?;
    ensure!(
        refreshed["provisioning_state"] == "InProgress",
        "{refreshed}"
    );
    ensure!(
        case.resource.plan(config).await?.is_empty(),
        "something is left to do"
    );
    case.exists_once()
}

#[tokio::test(start_paused = true)]
async fn agent_at_its_deadline_is_an_error_that_names_untaint() -> Result<()> {
    let kind = kinds::named("agent");
    let mut case = Case::new(&kind, "arm").await?;
    case.world
        .emulator
        .change_profile(|profile| profile.agent_polls = 1_000_000);
    let config = case.with_timeouts(&case.config);
    let failure = Failure::of(case.resource.apply(config.clone()).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("terraform untaint"), "{error}");
    ensure!(case.resource.is_tainted(), "it is not tainted");
    case.resource.set_tainted(false);
    case.exists_once()?;
    ensure!(case.resource.refresh().await?.state.is_some(), "it is gone");
    Ok(())
}

async fn objects_of_other_owners_are_not_adopted(kind: &Kind, plane: &'static str) -> Result<()> {
    if kind.storage.is_permanent() {
        return Ok(());
    }
    let mut case = Case::new(kind, plane).await?;
    case.resource.apply(case.config.clone()).await?;
    case.resource.refresh().await?;
    let before = case.kind.document(&case.world, NAME)?;
    case.in_a_new_run().await?;
    let mut second = case.world.resource(case.kind.type_name)?;
    let failure = Failure::of(second.apply(case.changed()).await)?;
    let error = failure.errors().next().context("no error")?;
    let block = format!("to = {}.example", case.kind.type_name);
    ensure!(error.detail.contains(&block), "{error}");
    ensure!(second.state().is_none(), "there is a state");
    ensure!(
        case.kind.document(&case.world, NAME)? == before,
        "it was changed"
    );
    let id = error.detail.split('"').nth(1).context("no id")?.to_owned();
    second.import(id.as_str()).await?;
    Ok(())
}
