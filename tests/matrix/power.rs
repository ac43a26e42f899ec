//! Stopped agents, and their objects.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use plugin_host::{Diagnostic, Failure, Resource};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use crate::kinds::agent_id;
use crate::world::World;

const NAME: &str = "stopped";
/// The limit for "immediately", on a clock that runs only while something waits.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Returns the configuration of the agent.
fn agent(power_state: &str) -> Json {
    json!({
        "name": NAME,
        "resource_group_name": "rg-sre",
        "location": "swedencentral",
        "power_state": power_state,
    })
}

fn skill(name: &str, description: &str) -> Json {
    json!({
        "agent_id": agent_id(NAME),
        "name": name,
        "plane": "data_plane",
        "description": description,
        "content": "# Triage\n\nCompare the last hour with the same hour yesterday, then the day.\n",
    })
}

/// Creates a running agent with skills.
async fn running(world: &World, skills: usize) -> Result<(Resource, Vec<Resource>)> {
    let mut resource = world.resource("azuresre_agent")?;
    resource.apply(agent("Running")).await?;
    let mut children = Vec::new();
    for n in 0..skills {
        let mut child = world.resource("azuresre_skill")?;
        child.apply(skill(&format!("s{n}"), "Before.")).await?;
        children.push(child);
    }
    Ok((resource, children))
}

/// Stops the agent as another client, and continues in another run.
async fn stop(world: &mut World, resources: &mut [&mut Resource]) -> Result<()> {
    let path = format!("{}/stop", agent_id(NAME));
    world
        .arm(Method::POST, &path, Json::Null)
        .await?
        .success()?;
    world.agent_settled(&agent_id(NAME)).await?;
    go_on(world, resources).await
}

/// Continues in another run.
async fn go_on(world: &mut World, resources: &mut [&mut Resource]) -> Result<()> {
    world.renew_plugin().await?;
    for resource in resources {
        **resource = resource.in_session(&world.session)?;
    }
    Ok(())
}

async fn power(world: &World) -> Result<Json> {
    let agent = world.agent_settled(&agent_id(NAME)).await?;
    Ok(agent["properties"]["powerState"].clone())
}

fn has_skill(world: &World, name: &str) -> Result<bool> {
    let state = world.emulator.state()?;
    Ok(state.iter().any(|(key, value)| {
        key.ends_with(&format!("skills/{name}")) && value["deleted"] != json!(true)
    }))
}

fn titles(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|one| one.summary.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn objects_of_a_stopped_agent_are_kept_with_one_warning() -> Result<()> {
    let mut world = World::new().await?;
    let (_, mut skills) = running(&world, 3).await?;
    let mut all: Vec<&mut Resource> = skills.iter_mut().collect();
    stop(&mut world, &mut all).await?;
    let start = Instant::now();
    let mut warnings = Vec::new();
    for skill in &mut skills {
        let before = skill.state();
        warnings.extend(skill.refresh().await?.diagnostics);
        ensure!(skill.state() == before, "{:?}", skill.state());
    }
    ensure!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    ensure!(
        titles(&warnings) == ["The agent \"stopped\" is stopped"],
        "{warnings:?}"
    );

    // An import has no state to keep.
    let mut imported = world.resource("azuresre_skill")?;
    let failure = Failure::of(
        imported
            .import(format!("{}/skills/s0", agent_id(NAME)).as_str())
            .await,
    );
    ensure!(failure?.to_string().contains("power_state"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_run_starts_an_agent_and_changes_its_objects() -> Result<()> {
    let mut world = World::new().await?;
    let (mut resource, mut skills) = running(&world, 1).await?;
    stop(&mut world, &mut [&mut resource, &mut skills[0]]).await?;
    let plan = resource.plan(agent("Running")).await?;
    ensure!(plan.changed().contains("power_state"), "{plan:?}");
    let changed = skill("s0", "After.");
    let planned = skills[0].plan(changed.clone()).await?;
    go_on(&mut world, &mut [&mut resource, &mut skills[0]]).await?;
    resource.apply_plan(&plan, agent("Running")).await?;
    skills[0].apply_plan(&planned, changed.clone()).await?;
    ensure!(skills[0].plan(changed).await?.is_empty());
    let mut new = world.resource("azuresre_skill")?;
    new.apply(skill("new", "New.")).await?;
    ensure!(power(&world).await? == "Running");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn writes_to_a_stopped_agent_fail_immediately() -> Result<()> {
    let mut world = World::new().await?;
    let (_, mut skills) = running(&world, 1).await?;
    stop(&mut world, &mut [&mut skills[0]]).await?;
    let start = Instant::now();
    let mut new = world.resource("azuresre_skill")?;
    let before = skills[0].state();
    let failures = [
        Failure::of(new.apply(skill("new", "New.")).await)?,
        Failure::of(skills[0].apply(skill("s0", "After.")).await)?,
        Failure::of(skills[0].destroy().await)?,
    ];
    ensure!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    for (n, failure) in failures.iter().enumerate() {
        let error = failure.errors().next().context("no error")?;
        ensure!(error.detail.contains("is stopped"), "{error}");
        // The advice appears once, and again only if it differs.
        let advice = [
            "power_state",
            "For the remedy, see",
            "also deletes everything",
        ][n];
        ensure!(error.detail.contains(advice), "{error}");
    }
    ensure!(new.state().is_none() && skills[0].state() == before);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn stopped_agent_is_destroyed_with_its_objects() -> Result<()> {
    let mut world = World::new().await?;
    let (mut resource, mut skills) = running(&world, 1).await?;
    stop(&mut world, &mut [&mut resource, &mut skills[0]]).await?;
    // Everything is refreshed, and then planned by another process, dependents first.
    skills[0].refresh().await?;
    go_on(&mut world, &mut [&mut resource, &mut skills[0]]).await?;
    let skill = skills[0].plan_destroy_all().await?;
    let agent = resource.plan_destroy_all().await?;
    go_on(&mut world, &mut [&mut resource, &mut skills[0]]).await?;
    let applied = skills[0].apply_plan(&skill, Json::Null).await?;
    let title = "Objects in the agent \"stopped\" are deleted together with it";
    ensure!(titles(&applied.diagnostics) == [title], "{applied:?}");
    ensure!(skills[0].state().is_none());
    resource.apply_plan(&agent, Json::Null).await?;
    ensure!(!has_skill(&world, "s0")?);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn discarded_plan_does_not_affect_the_next() -> Result<()> {
    let mut world = World::new().await?;
    let (mut resource, mut skills) = running(&world, 1).await?;
    stop(&mut world, &mut [&mut resource, &mut skills[0]]).await?;
    resource.plan_destroy().await?;
    skills[0].plan_destroy().await?;
    // The agent is not destroyed after all.
    resource.plan(agent("Stopped")).await?;
    Failure::of(skills[0].destroy().await)?;
    ensure!(has_skill(&world, "s0")?);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn objects_of_an_agent_that_is_created_stopped_are_created() -> Result<()> {
    let mut world = World::new().await?;
    let mut resource = world.resource("azuresre_agent")?;
    resource.apply(agent("Stopped")).await?;
    ensure!(power(&world).await? == "Stopped");
    let mut skills = Vec::new();
    for _ in 0..3 {
        skills.push(world.resource("azuresre_skill")?);
    }
    world.take_requests();
    let applied = skills
        .iter_mut()
        .enumerate()
        .map(|(n, resource)| resource.apply(skill(&format!("s{n}"), "New.")));
    for applied in futures::future::join_all(applied).await {
        let applied = applied?;
        ensure!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
    }
    ensure!(power(&world).await? == "Stopped");
    let turns: Vec<String> = world
        .take_requests()
        .into_iter()
        .filter(|line| line.ends_with("/start") || line.ends_with("/stop"))
        .collect();
    ensure!(turns.len() == 2, "{turns:?}");
    for n in 0..3 {
        ensure!(has_skill(&world, &format!("s{n}"))?);
    }
    // The same run deletes one of them, and the next has nothing to do.
    skills[2].destroy().await?;
    ensure!(!has_skill(&world, "s2")? && power(&world).await? == "Stopped");
    go_on(&mut world, &mut [&mut resource, &mut skills[0]]).await?;
    ensure!(resource.plan(agent("Stopped")).await?.is_empty());
    ensure!(skills[0].plan(skill("s0", "New.")).await?.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn agent_that_could_not_be_stopped_again_appears_in_the_next_plan() -> Result<()> {
    let mut world = World::new().await?;
    let mut resource = world.resource("azuresre_agent")?;
    resource.apply(agent("Stopped")).await?;
    world.emulator.fault(
        Fault::on("POST", "/stop$")
            .error(400, "BadRequest", "no")
            .times(1),
    )?;
    let mut child = world.resource("azuresre_skill")?;
    let applied = child.apply(skill("s0", "New.")).await?;
    ensure!(
        titles(&applied.diagnostics) == ["The agent \"stopped\" is still running"],
        "{applied:?}"
    );
    go_on(&mut world, &mut [&mut resource]).await?;
    let plan = resource.plan(agent("Stopped")).await?;
    ensure!(plan.changed().contains("power_state"), "{plan:?}");
    resource.apply_plan(&plan, agent("Stopped")).await?;
    ensure!(power(&world).await? == "Stopped");
    Ok(())
}

fn platform(power_state: &str) -> Json {
    let mut config = agent(power_state);
    config["incident_management"] = json!({ "type": "AzMonitor", "remove_quickstart_plan": true });
    config
}

#[tokio::test(start_paused = true)]
async fn agent_is_started_while_its_platform_changes() -> Result<()> {
    let mut world = World::new().await?;
    let (mut resource, _) = running(&world, 0).await?;
    stop(&mut world, &mut [&mut resource]).await?;
    world.take_requests();
    let applied = resource.apply(platform("Running")).await?;
    ensure!(applied.diagnostics.is_empty(), "{applied:?}");
    let lines = world.take_requests();
    let at = |method: &str, end: &str| {
        let mut lines = lines.iter();
        lines.position(|line| line.starts_with(method) && line.ends_with(end))
    };
    let (start, patch) = (at("POST", "/start"), at("PATCH", NAME));
    ensure!(start.is_some() && start < patch, "{lines:#?}");
    ensure!(
        lines.iter().filter(|line| line.ends_with("/start")).count() == 1,
        "{lines:#?}"
    );

    resource.apply(agent("Stopped")).await?;
    let lines = world.take_requests();
    let at = |method: &str, end: &str| {
        let mut lines = lines.iter();
        lines.position(|line| line.starts_with(method) && line.ends_with(end))
    };
    ensure!(
        at("PATCH", NAME).is_some() && at("PATCH", NAME) < at("POST", "/stop"),
        "{lines:#?}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn quickstart_plan_is_removed_by_the_next_run_after_a_failure() -> Result<()> {
    let mut world = World::with(Profile::acceptance()).await?;
    let mut resource = world.resource("azuresre_agent")?;
    let config = platform("Running");
    let removal = "DELETE";
    world.emulator.fault(
        Fault::on(removal, "/incidentFilters/quickstart")
            .error(400, "BadRequest", "no")
            .times(1),
    )?;
    let applied = resource.apply(config.clone()).await?;
    let title = "Cannot complete remove_quickstart_plan of the agent \"stopped\"";
    ensure!(
        titles(&applied.diagnostics) == [title],
        "{:?}",
        applied.diagnostics
    );
    go_on(&mut world, &mut [&mut resource]).await?;
    let plan = resource.plan(config.clone()).await?;
    ensure!(plan.changed().contains("incident_management"), "{plan:?}");
    let applied = resource.apply_plan(&plan, config.clone()).await?;
    ensure!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
    go_on(&mut world, &mut [&mut resource]).await?;
    ensure!(resource.plan(config).await?.is_empty());
    let state = world.emulator.state()?;
    let left = state
        .iter()
        .find(|(key, value)| key.contains("quickstart") && value["deleted"] != json!(true));
    ensure!(left.is_none(), "{left:?}");
    Ok(())
}
