//! Runs with another api-version.

use anyhow::{Context as _, Result, ensure};
use emulator::Profile;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind};
use crate::object::Object;
use crate::world::World;

const TYPED: &str = "2026-01-01";

async fn world(version: &str) -> Result<World> {
    World::configured(Profile::default(), json!({ "api_version": version })).await
}

#[tokio::test(start_paused = true)]
async fn agent_is_managed_with_a_typed_version() -> Result<()> {
    let world = world(TYPED).await?;
    let kind = kinds::named("agent");
    let mut object = Object::new(&world, &kind, "arm", "typed").await?;
    let action = |mode: &str| {
        let action = json!({ "action": { "mode": mode }, "tags": { "a": mode } });
        json::merged(kind.minimal(), &action)
    };
    object.apply(&action("Review")).await?;
    object.apply(&action("ReadOnly")).await?;
    object.apply(kind.minimal()).await?;
    object.destroy().await
}

#[tokio::test(start_paused = true)]
async fn objects_of_an_agent_are_managed_regardless_of_the_version() -> Result<()> {
    let world = world(TYPED).await?;
    for (noun, plane) in [
        ("skill", "arm"),
        ("data_connector", "arm"),
        ("hook", "data_plane"),
    ] {
        let kind = kinds::named(noun);
        let mut object = Object::new(&world, &kind, plane, "inside").await?;
        object.apply(kind.minimal()).await.context(noun)?;
        object.destroy().await.context(noun)?;
    }
    Ok(())
}

#[rstest]
#[case(TYPED, json!({ "monthly_agent_unit_limit": 5 }), "monthly_agent_unit_limit")]
#[case(TYPED, json!({ "sandbox": { "egress": { "mode": "Limited" } } }), "sandbox")]
#[case(
    TYPED,
    json!({ "log": { "log_analytics": { "workspace_id": "w" } } }),
    "log.log_analytics"
)]
#[case(TYPED, json!({ "mcp_servers": ["https://mcp.example"] }), "mcp_servers")]
#[tokio::test(start_paused = true)]
async fn members_unknown_to_a_version_are_an_error_in_the_plan(
    #[case] version: &str,
    #[case] more: Json,
    #[case] at: &str,
) -> Result<()> {
    let world = world(version).await?;
    let kind: Kind = kinds::named("agent");
    let object = Object::new(&world, &kind, "arm", "unknown").await?;
    let config = json::merged(&json::merged(kind.minimal(), &more), &object.key);
    let error = object
        .resource
        .plan(config)
        .await
        .err()
        .context("it was planned")?;
    let text = format!("{error:#}");
    ensure!(text.contains("does not support this argument"), "{text}");
    ensure!(text.contains(&format!("at {at}")), "{text}");
    Ok(())
}
