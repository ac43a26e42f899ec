//! Concurrent runs: two of them on the same agent, and one with a slow service.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, FaultHandle, Profile};
use plugin_host::{Applied, Failure, Resource};
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::json;
use crate::kinds;
use crate::object::Object;
use crate::run::Run;
use crate::world::{World, at_a_time};

/// An object in the state of two runs, one of which is about to write it.
struct Contested {
    /// The run that writes first.
    quick: Resource,
    /// The run whose write is held, and its result.
    slow: tokio::task::JoinHandle<(Result<Applied>, Resource)>,
    held: FaultHandle,
}

/// The state after both have written.
struct Resolved {
    quick: Resource,
    slow: Resource,
    /// The result of the held write.
    outcome: Result<Applied>,
}

impl Contested {
    /// Starts a second run, and holds its write of `config`.
    async fn new(object: &Object<'_>, config: &Json) -> Result<Self> {
        let run = Run::new(&object.world.emulator, json!({})).await?;
        let (method, path) = object.kind.storage.update(&object.name);
        let held = object
            .world
            .emulator
            .fault(Fault::on(method, &path).hold())?;
        let mut resource = run.session.resource(object.kind.type_name)?;
        resource.set_stored(object.resource.stored().cloned());
        let config = json::merged(config, &object.key);
        let slow = tokio::spawn(async move { (resource.apply(config).await, resource) });
        held.held().await;
        Ok(Self {
            quick: object.resource.clone(),
            slow,
            held,
        })
    }

    /// Lets the first run write `config`, and then releases the second one.
    async fn resolve(self, object: &Object<'_>, config: &Json) -> Result<Resolved> {
        let Self {
            mut quick,
            slow,
            held,
        } = self;
        quick.apply(json::merged(config, &object.key)).await?;
        held.release();
        let (outcome, slow) = slow.await?;
        Ok(Resolved {
            quick,
            slow,
            outcome,
        })
    }
}

#[tokio::test(start_paused = true)]
async fn no_update_is_lost_if_the_service_has_versions() -> Result<()> {
    let (world, kind) = (World::new().await?, kinds::named("tool_permissions"));
    let mut object = Object::new(&world, &kind, "data_plane", "versions").await?;
    object.apply(&json!({ "allow": ["First"] })).await?;
    kind.settled(&world, &object.agent, &object.name).await?;
    let contested = Contested::new(&object, &json!({ "allow": ["Slow"] })).await?;
    let quick = json!({ "allow": ["Quick"] });
    let mut both = contested.resolve(&object, &quick).await?;
    let failure = Failure::of(both.outcome)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(
        error.summary.contains("Cannot update the tool permissions"),
        "{error}"
    );
    let stored = object.document()?;
    ensure!(
        stored["permissions"]["allow"] == json!(["Quick"]),
        "{stored}"
    );
    // The next plan of the refused run is correct.
    kind.settled(&world, &object.agent, &object.name).await?;
    both.slow.refresh().await?;
    let config = json::merged(&json!({ "allow": ["Slow"] }), &object.key);
    let plan = both.slow.plan(config).await?;
    ensure!(plan.before["allow"] == json!(["Quick"]), "{}", plan.before);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn without_versions_the_last_update_wins_and_the_other_run_detects_it() -> Result<()> {
    let (world, kind) = (World::new().await?, kinds::named("skill"));
    let mut object = Object::new(&world, &kind, "arm", "no-versions").await?;
    object.apply(kind.minimal()).await?;
    kind.settled(&world, &object.agent, &object.name).await?;
    let says = |text: &str| json::merged(kind.minimal(), &json!({ "description": text }));
    let contested = Contested::new(&object, &says("slow")).await?;
    let mut both = contested.resolve(&object, &says("quick")).await?;
    both.outcome?;
    kind.settled(&world, &object.agent, &object.name).await?;
    both.quick.refresh().await?;
    let plan = both
        .quick
        .plan(json::merged(&says("quick"), &object.key))
        .await?;
    ensure!(plan.before["description"] == "slow", "{}", plan.before);
    ensure!(
        plan.changed().contains("description"),
        "{:?}",
        plan.changed()
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn two_runs_fill_the_same_agent() -> Result<()> {
    let world = World::new().await?;
    let other = Run::new(&world.emulator, json!({})).await?;
    let kinds = ["data_connector", "skill", "common_prompt"].map(kinds::named);
    let agent = world.shared_agent().await?.to_owned();
    let cases = kinds
        .iter()
        .flat_map(|kind| (0..20).map(move |n| (format!("{} {n}", kind.noun()), (kind, n))));
    let (first, other, agent) = (&world.session, &other.session, agent.as_str());
    at_a_time(20, cases, |(kind, n)| async move {
        // Taken in turns, so that both runs work on the same kinds at the same time.
        let session = if n % 2 == 0 { first } else { other };
        let name = format!("shared-{n}");
        let key = kind.key(agent, &name, kind.planes[0]);
        let mut resource = session.resource(kind.type_name)?;
        resource.apply(json::merged(kind.minimal(), &key)).await?;
        Ok(())
    })
    .await?;
    for kind in &kinds {
        for n in 0..20 {
            let found = kind.records(&world, &format!("shared-{n}"))?.len();
            ensure!(found == 1, "{} of {} {n}", found, kind.noun());
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn long_operations_delay_nothing_else() -> Result<()> {
    let (world, connector) = (World::new().await?, kinds::named("data_connector"));
    let agent = world.shared_agent().await?.to_owned();
    let polls = Fault::on("GET", "/operationStatuses/").hold().forever();
    let polls = world.emulator.fault(polls)?;
    let key = connector.key(&agent, "slow", "arm");
    let config = json::merged(connector.minimal(), &key);
    let mut slow = world.resource(connector.type_name)?;
    let slow = tokio::spawn(async move { slow.apply(config).await });
    polls.held().await;
    for (noun, plane) in [
        ("skill", "arm"),
        ("common_prompt", "data_plane"),
        ("hook", "arm"),
    ] {
        let kind = kinds::named(noun);
        let mut object = Object::new(&world, &kind, plane, "meanwhile").await?;
        object.apply(kind.minimal()).await.with_context(|| noun)?;
        object.destroy().await.with_context(|| noun)?;
    }
    ensure!(!slow.is_finished(), "the operation is not held");
    polls.remove();
    slow.await??;
    let found = connector.records(&world, "slow")?.len();
    ensure!(found == 1, "there are {found} connectors");
    Ok(())
}

/// Returns how many seconds four connectors take whose installation takes about eight seconds each,
/// and how many times one was refused because of another.
async fn four_installations(connector_conflicts: bool) -> Result<(u64, usize)> {
    let profile = Profile {
        connector_conflicts,
        connector_polls: 3,
        retry_after_seconds: 2,
        ..Profile::default()
    };
    let (world, connector) = (World::with(profile).await?, kinds::named("data_connector"));
    let agent = world.agent("installing").await?;
    let (world, connector, agent) = (&world, &connector, agent.as_str());
    let start = Instant::now();
    let cases = (0..4).map(|n| format!("installed-{n}"));
    at_a_time(
        4,
        cases.map(|name| (name.clone(), name)),
        |name| async move {
            let key = connector.key(agent, &name, "arm");
            let mut resource = world.resource(connector.type_name)?;
            let applied = resource
                .apply(json::merged(connector.minimal(), &key))
                .await?;
            ensure!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
            let found = connector.records(world, &name)?.len();
            ensure!(found == 1, "there are {found} of them");
            Ok(())
        },
    )
    .await?;
    let seconds = start.elapsed().as_secs();
    let requests = world.emulator.requests();
    let refused = requests.iter().filter(|one| one.status == Some(409));
    Ok((seconds, refused.count()))
}

#[tokio::test(start_paused = true)]
async fn connectors_are_installed_concurrently_if_the_service_allows_it() -> Result<()> {
    let (beside, refused) = four_installations(false).await?;
    ensure!((6..=10).contains(&beside), "all take {beside} s");
    ensure!(refused == 0, "{refused} were refused");
    let (in_turn, refused) = four_installations(true).await?;
    // They run one after the other, with short gaps. Each is sent once before they wait for each
    // other.
    ensure!(
        in_turn <= 4 * beside + 4,
        "{in_turn} s in turn, {beside} s beside"
    );
    ensure!(
        in_turn > 3 * beside,
        "{in_turn} s in turn, {beside} s beside"
    );
    ensure!(refused <= 3, "{refused} were refused");
    Ok(())
}

/// A host works on ten objects at a time, so most of the referenced ones are still in its queue.
#[tokio::test(start_paused = true)]
async fn mutual_references_of_subagents_cause_no_warning() -> Result<()> {
    const ALL: usize = 25;
    let world = World::new().await?;
    let agent = world.agent("mesh").await?;
    let kind = kinds::named("subagent");
    let name = |n: usize| format!("agent-{n}");
    let configs: Vec<Json> = (0..ALL)
        .map(|n| {
            let others: Vec<String> = (0..ALL).filter(|other| *other != n).map(name).collect();
            let named = json!({ "name": name(n), "agent_id": agent, "plane": "data_plane", "handoffs": others });
            json::merged(kind.minimal(), &named)
        })
        .collect();
    let world = &world;
    let cases = configs
        .iter()
        .enumerate()
        .map(|(n, config)| (name(n), config));
    at_a_time(10, cases, |config: &Json| async move {
        let mut resource = world.resource(kind.type_name)?;
        let applied = resource.apply(config.clone()).await?;
        ensure!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
        Ok(())
    })
    .await?;
    let state = world.emulator.state()?;
    let stored = state.iter().filter(|(key, _)| key.contains("/subagents/"));
    let handoffs =
        stored.map(|(_, value)| value["properties"]["handoffs"].as_array().map(Vec::len));
    let handoffs: Vec<_> = handoffs.collect();
    ensure!(handoffs == [Some(ALL - 1); ALL], "{handoffs:?}");
    Ok(())
}

/// An apply that takes longer than the tolerance for late reads, followed by a plan of another
/// process: the created objects are found, and nothing is left to do.
#[tokio::test(start_paused = true)]
async fn large_apply_is_followed_by_an_empty_plan() -> Result<()> {
    const ALL: usize = 224;
    let world = World::new().await?;
    let agent = world.agent("large").await?;
    let kinds = ["skill", "common_prompt"].map(kinds::named);
    let objects: Vec<(&kinds::Kind, Json)> = (0..ALL)
        .map(|n| {
            let kind = &kinds[n % 2];
            let plane = kind.planes[n / 2 % kind.planes.len()];
            let key = kind.key(&agent, &format!("large-{n}"), plane);
            (kind, json::merged(kind.minimal(), &key))
        })
        .collect();
    let created = Mutex::new(BTreeMap::new());
    let numbered = || (0..ALL).map(|n| (n.to_string(), n));
    let (world, agent, all, states) = (&world, agent.as_str(), &objects, &created);
    at_a_time(10, numbered(), |n| async move {
        let (kind, config) = &all[n];
        let mut resource = world.resource(kind.type_name)?;
        let applied = resource.apply(config.clone()).await?;
        ensure!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
        states.lock().await.insert(n, resource.stored().cloned());
        kind.settled(world, agent, &format!("large-{n}")).await
    })
    .await?;
    let next = Run::new(&world.emulator, json!({})).await?;
    let (session, states) = (&next.session, &created.into_inner());
    at_a_time(10, numbered(), |n| async move {
        let (kind, config) = &all[n];
        let mut resource = session.resource(kind.type_name)?;
        resource.set_stored(states[&n].clone());
        let refreshed = resource.refresh().await?;
        ensure!(refreshed.state.is_some(), "it is gone");
        let plan = resource.plan(config.clone()).await?;
        ensure!(plan.is_empty(), "{:?}", plan.changed());
        Ok(())
    })
    .await
}
