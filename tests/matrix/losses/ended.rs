//! Runs that end at any of their requests: by a kill, after which the host has received nothing and
//! continues with the previous state, or by Ctrl-C.

use anyhow::{Context as _, Result, ensure};
use plugin_host::Failure;
use plugin_host::core::Action;
use plugin_host::value::unknown;
use rstest::rstest;
use serde_json::Value as Json;

use super::ending::{Ended, Ending, Provider, Run, at_every_request};
use super::{Case, NAME};
use crate::json;
use crate::kinds::{self, Kind, Storage, per_store};

per_store!(run_ended_at_any_request_loses_nothing);

/// Kinds with a second document.
mod with_a_second_document {
    use super::*;
    use crate::kinds::tests;

    tests! { run_ended_at_any_request_loses_nothing incident_filter: data_plane; }
}

/// Covers the same with processes that are really killed.
#[rstest]
#[case::agent("agent", "arm")]
#[case::skill("skill", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_killed_at_any_request_loses_nothing(
    #[case] kind: &str,
    #[case] plane: &'static str,
) -> Result<()> {
    loses_nothing(&kinds::named(kind), plane, Provider::Process).await
}

async fn run_ended_at_any_request_loses_nothing(kind: &Kind, plane: &'static str) -> Result<()> {
    loses_nothing(kind, plane, Provider::Here).await
}

async fn loses_nothing(kind: &Kind, plane: &'static str, provider: Provider) -> Result<()> {
    at_every_request(kind, plane, provider, async |case, ended| {
        is_saved(case, &ended)?;
        match ended.run {
            Run::Create => creation_goes_on(case).await,
            Run::Update => update_goes_on(case, plane).await,
            Run::Delete => deletion_goes_on(case).await,
        }
    })
    .await
}

/// Fails unless the host has its previous state if it received nothing, and everything that exists
/// otherwise.
fn is_saved(case: &Case<'_>, ended: &Ended) -> Result<()> {
    let saved = case.resource.state().is_some();
    let told = &ended.result;
    match (ended.ending, ended.run) {
        (Ending::Kill, run) => ensure!(saved == (run != Run::Create), "saved: {saved}"),
        (Ending::Stop, run) => {
            ensure!(saved || !ended.exists, "it is lost: {told:?}");
            ensure!(
                !case.resource.is_tainted(),
                "it would be replaced: {told:?}"
            );
            let is_silent = match run {
                Run::Create | Run::Update => !saved && told.is_ok(),
                Run::Delete => saved == told.is_ok(),
            };
            ensure!(!is_silent, "nobody is told: {told:?}");
        }
    }
    Ok(())
}

/// The next run creates what does not exist. If the object exists but is not in the state,
/// it is refused with an import block.
async fn creation_goes_on(case: &mut Case<'_>) -> Result<()> {
    let config = Run::Create.config(case);
    if case.exists()? && case.resource.state().is_none() {
        let failure = Failure::of(case.resource.apply(config.clone()).await)?;
        let error = failure.errors().next().context("no error")?;
        let id = error.detail.split('"').nth(1).context("no id")?.to_owned();
        let to = case.kind.type_name;
        let block = format!("import {{\n  to = {to}.example\n  id = \"{id}\"\n}}");
        ensure!(error.detail.contains(&block), "no {block} in {error}");
        case.resource.import(id.as_str()).await?;
        let imported = case.resource.state().context("it was not imported")?;
        ensure!(imported["id"] == id, "{id} was imported as {imported}");
    }
    case.converges(&config).await
}

/// The next plan contains what is left to do.
async fn update_goes_on(case: &mut Case<'_>, plane: &str) -> Result<()> {
    let kind = case.kind;
    let config = Run::Update.config(case);
    let held = kind.document(&case.world, NAME)?;
    let plan = case.resource.plan(config.clone()).await?;
    ensure!(
        plan.is_empty() || plan.action == Action::Update,
        "the plan is to {}",
        plan.action
    );
    case.converges(&config).await?;
    let is_done = held == kind.document(&case.world, NAME)?;
    // The content of a file cannot be read.
    let unseen = matches!(kind.storage, Storage::Files);
    let variant = &kind.variants[0];
    let unreadable = |name: &String| {
        let mut rows = variant.rows.iter().filter(|row| row.top() == name);
        rows.any(|row| !row.is_readable(plane))
    };
    let mut changed = plan.changed();
    changed.retain(|name| is_changed(&plan.before[name], &plan.after[name]));
    ensure!(
        match plan.is_empty() {
            true => is_done,
            false => !is_done || unseen || changed.iter().all(unreadable),
        },
        "done: {is_done}, and the plan is to {} {changed:?}",
        plan.action
    );
    Ok(())
}

/// The next plan deletes what still exists.
async fn deletion_goes_on(case: &mut Case<'_>) -> Result<()> {
    let is_permanent = case.kind.storage.is_permanent();
    let before = case.exists()? || is_permanent;
    let plan = case.resource.plan_destroy().await?;
    // A read may complete an operation that was started.
    let after = case.exists()?;
    ensure!(
        match plan.action {
            Action::NoOp => !after,
            action => before && action == Action::Delete,
        },
        "it was there: {before}, and the plan is to {}",
        plan.action
    );
    case.resource.apply_plan(&plan, Json::Null).await?;
    let left = case.kind.remains(&case.world, NAME)?;
    ensure!(left.is_none(), "{left:?} is left");
    Ok(())
}

/// Returns whether a plan changes a value, beyond making a part of it unknown.
fn is_changed(before: &Json, after: &Json) -> bool {
    match (before, after) {
        (_, after) if *after == unknown() => false,
        (Json::Object(before), Json::Object(after)) => after.iter().any(|(name, after)| {
            let before = before.get(name).unwrap_or(&Json::Null);
            is_changed(before, after)
        }),
        // An absent value and an empty one are equivalent.
        (before, after) => {
            let is_nothing = |value: &Json| *value == false || json::is_nothing(Some(value));
            before != after && !(is_nothing(before) && is_nothing(after))
        }
    }
}
