//! Whether an object is gone, or only unreachable.

use anyhow::{Context as _, Result, bail, ensure};
use emulator::{Fault, Profile};
use plugin_host::core::Action;
use plugin_host::{Failure, Resource};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind, agent_id, per_plane, per_store};
use crate::object::Object;
use crate::run::Run;
use crate::world::World;

per_plane!(
    objects_deleted_by_other_clients_are_gone_and_planned_again,
    objects_deleted_by_other_clients_can_be_destroyed,
    data_sources_show_existing_objects,
    lists_contain_objects_of_every_shape,
);
per_store!(
    inconclusive_answers_keep_the_state,
    objects_of_a_missing_agent_are_gone,
);

const NAME: &str = "read";

async fn object<'a>(world: &'a World, kind: &'a Kind, plane: &'static str) -> Result<Object<'a>> {
    let mut object = Object::new(world, kind, plane, NAME).await?;
    object.apply(kind.minimal()).await?;
    Ok(object)
}

/// Returns the resource in a later run, which knows nothing about agents.
async fn in_a_later_run(object: &Object<'_>) -> Result<Resource> {
    let run = Run::new(&object.world.emulator, json!({})).await?;
    let mut again = run.session.resource(object.kind.type_name)?;
    let mut stored = object.resource.stored().context("no state")?.clone();
    // Make the last write look old, because a young object is looked up twice.
    stored.private.clear();
    again.set_stored(Some(stored));
    Ok(again)
}

async fn inconclusive_answers_keep_the_state(kind: &Kind, plane: &'static str) -> Result<()> {
    let world = World::new().await?;
    let mut object = object(&world, kind, plane).await?;
    let on = || Fault::on("GET", &kind.storage.reading(NAME)).forever();
    let empty = |status| {
        let mut fault = on();
        fault.status = Some(status);
        fault
    };
    for (answer, fault) in [
        ("html 404", on().html(404, "<html>Nothing here.</html>")),
        ("html 405", on().html(405, "<html>Not so.</html>")),
        ("html 200", on().html(200, "<html>The portal.</html>")),
        ("empty 404", empty(404)),
        ("empty 403", empty(403)),
    ] {
        let fault = world.emulator.fault(fault)?;
        let state = object.resource.state();
        let failure = Failure::of(object.resource.refresh().await).context(answer)?;
        ensure!(failure.errors().count() == 1, "{answer}: {failure}");
        ensure!(
            object.resource.state() == state,
            "{answer}: the state is {:?}",
            object.resource.state()
        );
        fault.remove();
        let refreshed = object.resource.refresh().await.context(answer)?;
        ensure!(refreshed.state.is_some(), "{answer}: it is gone");
    }
    Ok(())
}

async fn objects_deleted_by_other_clients_are_gone_and_planned_again(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    if kind.storage.is_permanent() {
        return Ok(());
    }
    let world = World::new().await?;
    let mut object = object(&world, kind, plane).await?;
    object.delete_remotely().await?;
    let resource = in_a_later_run(&object).await?;
    object.resource = resource;
    let refreshed = object.resource.refresh().await?;
    ensure!(refreshed.state.is_none(), "it is still there");
    let applied = object.apply(kind.minimal()).await?;
    ensure!(applied.action == Action::Create, "{}", applied.action);
    object.destroy().await
}

async fn objects_deleted_by_other_clients_can_be_destroyed(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    if kind.storage.is_permanent() {
        return Ok(());
    }
    let world = World::new().await?;
    let mut object = object(&world, kind, plane).await?;
    let plan = object.resource.plan_destroy().await?;
    object.delete_remotely().await?;
    object.resource.apply_plan(&plan, Json::Null).await?;
    ensure!(
        object.resource.state().is_none(),
        "there is a state after destroy"
    );
    Ok(())
}

async fn objects_of_a_missing_agent_are_gone(kind: &Kind, plane: &'static str) -> Result<()> {
    let world = World::new().await?;
    let object = object(&world, kind, plane).await?;
    world.delete_agent(&object.agent).await?;
    let mut resource = in_a_later_run(&object).await?;
    let refreshed = resource.refresh().await?;
    ensure!(refreshed.state.is_none(), "it is still there");
    Ok(())
}

async fn data_sources_show_existing_objects(kind: &Kind, plane: &'static str) -> Result<()> {
    let world = World::new().await?;
    for variant in &kind.variants {
        let name = format!("d-{}", variant.name.replace('_', "-"));
        let mut object = Object::new(&world, kind, plane, &name).await?;
        object.apply(&variant.full(0)).await?;
        let state = object.resource.state().context("no state")?;
        let seen = world.session.read_data_source(kind.type_name, object.key);
        let seen = seen.await.context(variant.name)?;
        ensure!(seen["id"] == state["id"], "{}: {seen}", variant.name);
        for row in variant.together() {
            if !row.is_readable(plane) || row.own || row.beside && plane == "arm" {
                continue;
            }
            let (found, wanted) = (seen.pointer(&row.pointer()), state.pointer(&row.pointer()));
            ensure!(
                found
                    .zip(wanted)
                    .is_some_and(|(found, wanted)| json::alike(found, wanted)),
                "{}: the data source has {found:?} and the resource {wanted:?}",
                row.path
            );
        }
    }
    Ok(())
}

/// Lists contain objects with full and with minimal configurations. All elements of a list have one
/// type, and a host crashes if they do not.
async fn lists_contain_objects_of_every_shape(kind: &Kind, plane: &'static str) -> Result<()> {
    if !kind.storage.is_listed() {
        return Ok(());
    }
    let world = World::new().await?;
    let mut ids = Vec::new();
    let mut given = json!({});
    for variant in &kind.variants {
        for (shape, config) in [
            ("full", variant.full(0)),
            ("least", variant.minimal.clone()),
        ] {
            let name = format!("{shape}-{}", variant.name.replace('_', "-"));
            let mut object = Object::new(&world, kind, plane, &name).await?;
            object.apply(&config).await?;
            ids.push(object.id()?);
            given = object.key.clone();
        }
    }
    if let Some(given) = given.as_object_mut() {
        given.remove("name");
    }
    // Some objects are the only ones in their agent.
    let agent = given["agent_id"].as_str().unwrap_or_default();
    ids.retain(|id| id.starts_with(agent));
    let list = format!("{}s", kind.type_name);
    let mut listed = Vec::new();
    // A list may be late.
    for _ in 0..5 {
        let seen = world.session.read_data_source(&list, given.clone()).await?;
        let items = seen["items"].as_array().cloned().unwrap_or_default();
        listed = items.iter().map(|item| item["id"].clone()).collect();
        if ids.iter().all(|id| listed.contains(&json!(id))) {
            return Ok(());
        }
    }
    bail!("of {ids:?} only {listed:?} are listed")
}

#[rstest]
#[case::skill("skill")]
#[case::http_trigger("http_trigger")]
#[tokio::test(start_paused = true)]
async fn stopped_agent_keeps_the_state_and_names_power_state(#[case] kind: &str) -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named(kind);
    let object = object(&world, &kind, "data_plane").await?;
    let stop = format!("{}/stop", object.agent);
    world
        .arm(Method::POST, &stop, Json::Null)
        .await?
        .success()?;
    world.agent_settled(&object.agent).await?;
    let mut resource = object.resource;
    let mut stored = resource.stored().context("no state")?.clone();
    stored.attributes["timeouts"] =
        json!({ "create": null, "read": "1s", "update": null, "delete": null });
    resource.set_stored(Some(stored));
    let state = resource.state();
    let failure = Failure::of(resource.refresh().await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("power_state"), "{error}");
    ensure!(
        resource.state() == state,
        "the state is {:?}",
        resource.state()
    );
    Ok(())
}

/// An object that cannot be parsed does not hide others.
#[tokio::test(start_paused = true)]
async fn unreadable_object_is_omitted_from_a_list_with_a_warning() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let agent = world.agent("odd").await?;
    let skills = json!({ "value": [
        { "name": "good", "type": "Skill", "properties": { "description": "Good.", "skillMdContent": "# Good" } },
        { "name": "bad", "type": "Skill", "properties": "text" },
        { "name": "worse", "type": "Skill", "properties": { "description": ["no", "text"] } },
    ]});
    let list = Fault::on("GET", "/extendedAgent/skills$")
        .answer(200, skills)
        .forever();
    world.emulator.fault(list)?;
    let config = json!({ "agent_id": agent, "plane": "data_plane" });
    let read = world
        .session
        .read_data_source_and_warnings("azuresre_skills", config);
    let (state, warnings) = read.await?;
    let names: Vec<_> = state["items"]
        .as_array()
        .context("no list")?
        .iter()
        .map(|item| &item["name"])
        .collect();
    ensure!(names == ["good"], "{state}");
    let titles: Vec<&str> = warnings.iter().map(|one| one.summary.as_str()).collect();
    ensure!(
        titles
            == [
                "The list does not contain the skill \"bad\"",
                "The list does not contain the skill \"worse\""
            ],
        "{warnings:?}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn list_of_a_missing_agent_is_an_error() -> Result<()> {
    let world = World::new().await?;
    for plane in ["arm", "data_plane"] {
        let config = json!({ "agent_id": agent_id("nobody"), "plane": plane });
        let failure = Failure::of(
            world
                .session
                .read_data_source("azuresre_skills", config)
                .await,
        )?;
        ensure!(
            failure.to_string().contains("agents/nobody"),
            "{plane}: {failure}"
        );
    }
    Ok(())
}
