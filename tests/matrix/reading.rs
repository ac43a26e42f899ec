//! When an object is gone, and when it is only out of reach.

use anyhow::{Context as _, Result, bail, ensure};
use emulator::Fault;
use plugin_host::{Failure, Host, Plugin, Resource, Session};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds;
use crate::world::{SUBSCRIPTION, World, start_plugin};

async fn object(world: &World, kind: &str, plane: &str) -> Result<(Resource, String)> {
    let kind = kinds::named(kind);
    let agent = world.agent("shop").await?;
    let config = json::merged(&kind.variants[0].minimal, &kind.key(&agent, "read", plane));
    let mut resource = world.resource(kind.type_name)?;
    resource.apply(config).await?;
    resource.refresh().await?;
    Ok((resource, agent))
}

/// The resource of a later run, in which nothing is known of agents.
async fn in_a_later_run(
    world: &World,
    resource: &Resource,
    kind: &str,
) -> Result<(Resource, Plugin)> {
    let plugin = start_plugin(&world.emulator, &[]).await?;
    let session = Session::new(plugin.client(), Host::default()).await?;
    session
        .configure(json!({ "subscription_id": SUBSCRIPTION }))
        .await?;
    let mut again = session.resource(kind)?;
    let mut stored = resource.stored().context("no state")?.clone();
    // As if the last write was long ago: a young object is looked for twice.
    stored.private.clear();
    again.set_stored(Some(stored));
    Ok((again, plugin))
}

#[rstest]
#[case::agent("azuresre_agent", "arm")]
#[case::connector("azuresre_data_connector", "arm")]
#[case::skill_on_arm("azuresre_skill", "arm")]
#[case::skill("azuresre_skill", "data_plane")]
#[case::trigger("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_prove_nothing_keep_the_state(
    #[case] kind: &str,
    #[case] plane: &str,
    #[values("html 404", "empty 404", "empty 403", "html 405", "html 200")] answer: &str,
) -> Result<()> {
    let world = World::new().await?;
    let (mut resource, _) = object(&world, kind, plane).await?;
    let path = match kind {
        "azuresre_http_trigger" => "/httptriggers/[0-9a-f-]+$",
        _ => "/read$",
    };
    let on = || Fault::on("GET", path).forever();
    let empty = |status| {
        let mut fault = on();
        fault.status = Some(status);
        fault
    };
    let fault = match answer {
        "html 404" => on().html(404, "<html>Nothing here.</html>"),
        "html 405" => on().html(405, "<html>Not so.</html>"),
        "html 200" => on().html(200, "<html>The portal.</html>"),
        "empty 404" => empty(404),
        "empty 403" => empty(403),
        other => bail!("there is no answer {other}"),
    };
    let fault = world.emulator.fault(fault)?;
    let state = resource.state();
    let failure = Failure::of(resource.refresh().await)?;
    ensure!(failure.errors().count() == 1, "{failure}");
    ensure!(
        resource.state() == state,
        "the state is {:?}",
        resource.state()
    );
    fault.remove();
    ensure!(resource.refresh().await?.state.is_some(), "it is gone");
    Ok(())
}

#[rstest]
#[case("azuresre_agent", "arm")]
#[case("azuresre_data_connector", "arm")]
#[case("azuresre_skill", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_repo", "data_plane")]
#[case("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_that_others_delete_are_gone_and_planned_anew(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let world = World::new().await?;
    let (resource, _) = object(&world, kind, plane).await?;
    let (mut other, _plugin) = in_a_later_run(&world, &resource, kind).await?;
    other.destroy().await?;
    let (mut resource, _plugin) = in_a_later_run(&world, &resource, kind).await?;
    ensure!(
        resource.refresh().await?.state.is_none(),
        "it is still there"
    );
    Ok(())
}

#[rstest]
#[case("azuresre_data_connector", "arm")]
#[case("azuresre_skill", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_of_a_missing_agent_are_gone(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let world = World::new().await?;
    let (resource, agent) = object(&world, kind, plane).await?;
    world
        .arm(Method::DELETE, &agent, Json::Null)
        .await?
        .success()?;
    for _ in 0..10 {
        world.arm(Method::GET, &agent, Json::Null).await?;
    }
    let (mut resource, _plugin) = in_a_later_run(&world, &resource, kind).await?;
    ensure!(
        resource.refresh().await?.state.is_none(),
        "it is still there"
    );
    Ok(())
}

#[rstest]
#[case("azuresre_skill")]
#[case("azuresre_http_trigger")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_agent_keeps_the_state_and_names_power_state(#[case] kind: &str) -> Result<()> {
    let world = World::new().await?;
    let (mut resource, agent) = object(&world, kind, "data_plane").await?;
    let stop = format!("{agent}/stop");
    world
        .arm(Method::POST, &stop, Json::Null)
        .await?
        .success()?;
    world.agent_settled(&agent).await?;
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
