//! Providers that are killed: the host heard nothing, and the service may or may not have.
//!
//! Each operation is ended at each of its requests, before the request arrives, and after what it
//! asked for was done. The next run has nothing but the state from before.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use emulator::Fault;
use plugin_host::core::Action;
use plugin_host::value::unknown;
use plugin_host::{Failure, Plugin, Resource};
use serde_json::Value as Json;

use super::{Case, NAME};
use crate::json;
use crate::kinds::{Home, Kind, per_store};
use crate::world::for_each;

per_store!(
    creation_that_is_killed_is_mended_by_an_import,
    update_that_is_killed_shows_in_the_next_plan,
    deletion_that_is_killed_shows_in_the_next_plan,
);

/// Objects of which a second document is written.
mod with_a_second_document {
    use super::*;
    use crate::kinds::tests;

    tests! { creation_that_is_killed_is_mended_by_an_import incident_filter: data_plane; }
    tests! { update_that_is_killed_shows_in_the_next_plan incident_filter: data_plane; }
    tests! { deletion_that_is_killed_shows_in_the_next_plan incident_filter: data_plane; }
}

/// What becomes of the request at which the provider is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// It never arrives.
    Lost,
    /// It is carried out, and nobody hears the answer.
    CarriedOut,
}

/// What the host does.
#[derive(Clone, Copy, PartialEq)]
enum Run {
    Create,
    Update,
    Delete,
}

impl Run {
    /// The configuration that it is made with: all that can be set, and then all with other values.
    fn config(self, case: &Case<'_>) -> Json {
        let variant = &case.kind.variants[0];
        match self {
            Self::Create => json::merged(&case.config, &variant.full(0)),
            Self::Update => json::merged(&case.config, &variant.full(1)),
            Self::Delete => Json::Null,
        }
    }

    async fn perform(self, resource: &mut Resource, config: Json) -> Result<()> {
        match self {
            Self::Delete => resource.destroy().await?,
            Self::Create | Self::Update => resource.apply(config).await?,
        };
        Ok(())
    }
}

async fn creation_that_is_killed_is_mended_by_an_import(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    at_every_request(kind, plane, Run::Create, async |case| {
        ensure!(case.resource.state().is_none(), "there is a state");
        let exists = !kind.home.is_permanent() && kind.document(&case.world, NAME)?.is_some();
        let config = Run::Create.config(case);
        if exists {
            let failure = Failure::of(case.resource.apply(config.clone()).await)?;
            let error = failure.errors().next().context("no error")?;
            let id = error.detail.split('"').nth(1).context("no id")?.to_owned();
            let to = kind.type_name;
            let block = format!("import {{\n  to = {to}.example\n  id = \"{id}\"\n}}");
            ensure!(error.detail.contains(&block), "no {block} in {error}");
            case.resource.import(id.as_str()).await?;
            let imported = case.resource.state().context("it was not imported")?;
            ensure!(imported["id"] == id, "{id} was imported as {imported}");
        }
        case.converges(&config).await
    })
    .await
}

async fn update_that_is_killed_shows_in_the_next_plan(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    at_every_request(kind, plane, Run::Update, async |case| {
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
        // Nobody can read what is in a file.
        let unseen = matches!(kind.home, Home::Files);
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
    })
    .await
}

async fn deletion_that_is_killed_shows_in_the_next_plan(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    at_every_request(kind, plane, Run::Delete, async |case| {
        let exists = |case: &Case<'_>| {
            let document = kind.document(&case.world, NAME)?;
            anyhow::Ok(kind.home.is_permanent() || document.is_some())
        };
        let before = exists(case)?;
        let plan = case.resource.plan_destroy().await?;
        // Reading may bring an operation that was started to its end.
        let after = exists(case)?;
        ensure!(
            match plan.action {
                Action::NoOp => !after,
                action => before && action == Action::Delete,
            },
            "it was there: {before}, and the plan is to {}",
            plan.action
        );
        case.resource.apply_plan(&plan, Json::Null).await?;
        let left = kind.remains(&case.world, NAME)?;
        ensure!(left.is_none(), "{left:?} is left");
        Ok(())
    })
    .await
}

/// Kills the provider at every request of a run, and checks what the next one finds.
async fn at_every_request(
    kind: &Kind,
    plane: &'static str,
    run: Run,
    check: impl AsyncFn(&mut Case<'_>) -> Result<()>,
) -> Result<()> {
    let (mut case, _plugin) = prepared(kind, plane, run).await?;
    case.world.emulator.clear_requests();
    let config = run.config(&case);
    run.perform(&mut case.resource, config).await?;
    let requests = case.world.emulator.requests();
    let cases = requests.iter().enumerate().flat_map(|(n, request)| {
        let name = |fate| {
            format!(
                "{} {} as request {n} is {fate:?}",
                request.method, request.path
            )
        };
        let fates = match request.method.as_str() {
            // Nothing comes of it either way.
            "GET" => &[Fate::Lost][..],
            _ => &[Fate::Lost, Fate::CarriedOut],
        };
        fates
            .iter()
            .map(move |fate| (name(*fate), (n, *fate)))
            .collect::<Vec<_>>()
    });
    let cases: Vec<_> = cases.collect();
    let check = &check;
    for_each(cases, |(n, fate)| async move {
        let (mut case, plugin) = prepared(kind, plane, run).await?;
        let _plugin = killed(&mut case, plugin, run, n, fate).await?;
        check(&mut case).await
    })
    .await
}

/// An object as it is before a run, in a new process.
async fn prepared<'a>(kind: &'a Kind, plane: &str, run: Run) -> Result<(Case<'a>, Plugin)> {
    let mut case = Case::new(kind, plane).await?;
    if run != Run::Create {
        case.resource.apply(Run::Create.config(&case)).await?;
        case.calm().await?;
        case.resource.refresh().await?;
    }
    let plugin = case.in_a_new_run().await?;
    Ok((case, plugin))
}

/// Kills the process at a request; another one goes on.
async fn killed(
    case: &mut Case<'_>,
    mut plugin: Plugin,
    run: Run,
    n: usize,
    fate: Fate,
) -> Result<Plugin> {
    let at = Fault::on_path("").skip(u32::try_from(n)?);
    let held = case.world.emulator.fault(match fate {
        Fate::Lost => at.hold().reset(),
        Fate::CarriedOut => at.hold_applied(),
    })?;
    let config = run.config(case);
    let mut resource = case.resource.clone();
    let mut running = tokio::spawn(async move {
        let result = run.perform(&mut resource, config).await;
        (resource, result)
    });
    tokio::select! {
        () = held.held() => {}
        ended = &mut running => {
            ended?.1?;
            bail!("it ended before this request");
        }
    }
    plugin.signal("KILL").await?;
    plugin.wait(Duration::from_secs(60)).await?;
    let (resource, result) = running.await?;
    ensure!(result.is_err(), "nobody noticed");
    held.remove();
    case.resource = resource;
    case.calm().await?;
    case.in_a_new_run().await
}

/// Whether a plan changes a value, and does more than leave something of it open.
fn is_changed(before: &Json, after: &Json) -> bool {
    match (before, after) {
        (_, after) if *after == unknown() => false,
        (Json::Object(before), Json::Object(after)) => after.iter().any(|(name, after)| {
            let before = before.get(name).unwrap_or(&Json::Null);
            is_changed(before, after)
        }),
        // Saying nothing is the same as having none.
        (before, after) => {
            let is_nothing = |value: &Json| *value == false || json::is_nothing(Some(value));
            before != after && !(is_nothing(before) && is_nothing(after))
        }
    }
}
