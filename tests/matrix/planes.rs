//! Two planes with one shared store, or with two.

use anyhow::{Context as _, Result, ensure};
use emulator::Profile;
use emulator::profile::{StoreModel, Tenant};
use plugin_host::Failure;
use plugin_host::core::Action;
use plugin_host::value::unknown;
use serde_json::json;

use crate::json;
use crate::kinds::{self, Kind, per_dual_plane};
use crate::object::Object;
use crate::world::{World, for_each};

/// Returns the stores of the emulator that contain an object.
fn stores(world: &World, name: &str) -> Result<Vec<String>> {
    let state = world.emulator.state()?;
    let of_name = state
        .iter()
        .filter(|(_, record)| record["name"] == name && record["deleted"] == false);
    let stores = of_name.filter_map(|(key, _)| key.split('/').nth(2).map(str::to_owned));
    Ok(stores.collect())
}

fn skill() -> Kind {
    kinds::named("skill")
}

per_dual_plane!(objects_move_to_the_other_plane);

async fn objects_move_to_the_other_plane(kind: &Kind, from: &'static str) -> Result<()> {
    let cases = [StoreModel::One, StoreModel::Two].map(|store| (format!("{store:?}"), store));
    for_each(cases, |store| moves(kind, from, store)).await
}

async fn moves(kind: &Kind, from: &str, store: StoreModel) -> Result<()> {
    let to = if from == "arm" { "data_plane" } else { "arm" };
    let profile = Profile {
        store,
        ..Profile::acceptance()
    };
    let world = World::with(profile).await?;
    let agent = kind.agent(&world, "moved").await?;
    let config = |plane| json::merged(&kind.variants[0].full(0), &kind.key(&agent, "moved", plane));
    let mut resource = world.resource(kind.type_name)?;
    resource.apply(config(from)).await?;
    resource.refresh().await?;
    let applied = resource.apply(config(to)).await?;
    ensure!(applied.action == Action::Update, "{}", applied.action);
    ensure!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
    resource.refresh().await?;
    let plan = resource.plan(config(to)).await?;
    ensure!(
        plan.is_empty(),
        "the plan is to {} {:?}",
        plan.action,
        plan.changed()
    );
    let found = stores(&world, "moved")?;
    let shared = store == StoreModel::One || to == "data_plane" || kind.noun() == "data_connector";
    ensure!(
        found == [if shared { "shared" } else { "arm" }],
        "it is in {found:?}"
    );
    resource.destroy().await?;
    ensure!(stores(&world, "moved")?.is_empty(), "it is still there");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn move_to_a_shared_object_keeps_what_only_that_plane_shows() -> Result<()> {
    let profile = Profile {
        silent_drops: false,
        store: StoreModel::One,
        ..Profile::acceptance()
    };
    let world = World::with(profile).await?;
    let kind = skill();
    let mut object = Object::new(&world, &kind, "arm", "moved").await?;
    object.apply(kind.minimal()).await?;
    object.drift("/$envelope/tags", json!(["team-a"])).await?;
    object.drift("/$envelope/owner", json!("ops")).await?;
    object.resource.refresh().await?;
    object.plane = "data_plane";
    object.key = kind.key(&object.agent, "moved", "data_plane");
    object.apply(kind.minimal()).await?;
    let around = &object.document()?["$envelope"];
    let wanted = json!({ "tags": ["team-a"], "owner": "ops" });
    ensure!(*around == wanted, "the envelope is {around}");
    object.destroy().await
}

#[tokio::test(start_paused = true)]
async fn objects_follow_the_plane_of_the_provider_block() -> Result<()> {
    let world = World::new().await?;
    let agent = world.shared_agent().await?;
    let kind = skill();
    let config = json::merged(kind.minimal(), &kind.key(agent, "triage", ""));
    let mut resource = world.resource(kind.type_name)?;
    resource.apply(config.clone()).await?;
    resource.refresh().await?;
    ensure!(
        resource.state().context("no state")?["plane"] == "arm",
        "it is not on ARM"
    );

    world.configure(json!({ "plane": "data_plane" })).await?;
    let plan = resource.plan(config.clone()).await?;
    ensure!(
        plan.action == Action::Update,
        "the plan is to {}",
        plan.action
    );
    ensure!(
        plan.changed() == ["plane".to_owned()].into(),
        "{:?}",
        plan.changed()
    );
    resource.apply_plan(&plan, config.clone()).await?;
    ensure!(
        resource.plan(config).await?.is_empty(),
        "something is left to do"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn error_in_tenants_without_children_on_arm_suggests_the_other_plane() -> Result<()> {
    let profile = Profile {
        tenant: Tenant::External,
        ..Profile::acceptance()
    };
    let world = World::with(profile).await?;
    let agent = world.shared_agent().await?;
    let kind = skill();
    let config = |plane| json::merged(kind.minimal(), &kind.key(agent, "triage", plane));
    let mut resource = world.resource(kind.type_name)?;
    let failure = Failure::of(resource.apply(config("arm")).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("plane = \"data_plane\""), "{error}");
    ensure!(
        error
            .path
            .as_ref()
            .is_some_and(|path| path.to_string() == "plane"),
        "{error}"
    );
    resource.apply(config("data_plane")).await?;
    ensure!(
        resource.plan(config("data_plane")).await?.is_empty(),
        "something is left to do"
    );
    Ok(())
}

/// States contain both.
#[tokio::test(start_paused = true)]
async fn unknown_planes_and_subscriptions_do_not_affect_existing_objects() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("agent");
    let mut agent = Object::new(&world, &kind, "arm", "known").await?;
    agent.apply(kind.minimal()).await?;
    let (kind, id) = (skill(), agent.id()?);
    let config = json::merged(kind.minimal(), &json!({ "agent_id": id, "name": "known" }));
    let mut resource = world.resource(kind.type_name)?;
    resource.apply(config.clone()).await?;

    world
        .configure(json!({ "plane": unknown(), "subscription_id": unknown() }))
        .await?;
    resource.refresh().await?;
    agent.resource.refresh().await?;
    let plan = resource.plan(config.clone()).await?;
    ensure!(plan.action != Action::Replace, "{plan:?}");
    let new = world.resource(kind.type_name)?.plan(config).await?;
    ensure!(new.after["plane"] == unknown(), "{new:?}");
    // Without a state, the missing value is reported.
    let all = json!({ "agent_id": id });
    let failure = Failure::of(world.session.read_data_source("azuresre_skills", all).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(
        error.detail.contains("plane, subscription_id")
            || error.detail.contains("subscription_id, plane"),
        "{error}"
    );
    resource.destroy().await?;
    agent.destroy().await
}
