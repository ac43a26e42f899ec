//! Waiting for background work of the service after a write, while reads are late.

use anyhow::{Result, ensure};
use emulator::Fault;
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds;
use crate::object::Object;
use crate::world::World;

#[tokio::test(start_paused = true)]
async fn wait_does_not_end_with_the_state_before_the_write() -> Result<()> {
    let (world, kind) = (World::new().await?, kinds::named("repo"));
    let mut object = Object::new(&world, &kind, "data_plane", "late").await?;
    let config = |branch: &str| {
        let more = json!({ "wait_for_clone": true, "branch": branch });
        json::merged(kind.minimal(), &more)
    };
    object.apply(&config("main")).await?;
    let path = "/api/v2/repos/late";
    let read = world.data_plane(&object.agent, Method::GET, path, Json::Null);
    let before = read.await?.success()?.body;
    ensure!(before["properties"]["cloneStatus"] == "Ready", "{before}");
    // The first read belongs to the update, which reads the object before it overwrites it.
    let late = Fault::on("GET", "/repos/late$").answer(200, before);
    let late = world.emulator.fault(late.skip(1).times(2))?;
    object.apply(&config("next")).await?;
    ensure!(late.status().hits == 2, "{:?}", late.status());
    let state = object.resource.state().unwrap_or_default();
    ensure!(state["clone_status"] == "Ready", "{state}");
    Ok(())
}
