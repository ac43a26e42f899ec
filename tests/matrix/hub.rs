//! The hub of the emulator, with the client of the provider.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use azure::cloud::CustomCloud;
use azure::credentials::{self, CredentialSettings, Method};
use azure::id::AgentId;
use azure::{Budget, Client, ClientConfig, Cloud, DataPlane};
use emulator::Profile;
use emulator::profile::HubEvent;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::run::wire;
use crate::world::World;

fn budget() -> Budget {
    Budget::detached(Duration::from_secs(600))
}

async fn data_plane(world: &World) -> Result<DataPlane> {
    let url = Url::parse(&world.emulator.url())?;
    let cloud = Cloud::Custom(CustomCloud {
        authority_host: url.clone(),
        arm_endpoint: url.clone(),
        arm_audience: "https://management.azure.com".to_owned(),
    });
    let method = Method::Fixed(world.emulator.token().into());
    let tokens = credentials::new(method, CredentialSettings::for_cloud(&cloud))?;
    let mut config = ClientConfig::new(&cloud, tokens);
    config.hosts = config.hosts.allow_origin(&url);
    let wire = wire(&world.emulator, CancellationToken::new());
    let client = Client::with_wire(config, wire)?;
    let agent = AgentId::parse(world.shared_agent().await?)?;
    Ok(client.data_plane(&agent, &budget()).await?)
}

#[tokio::test(start_paused = true)]
async fn answer_is_received_in_either_casing() -> Result<()> {
    for event in [HubEvent::MessageUpdate, HubEvent::LowerCase] {
        let profile = Profile {
            hub_event: event,
            ..Profile::default()
        };
        let world = World::with(profile).await?;
        let mut hub = data_plane(&world).await?.hub("agentHub", &budget()).await?;
        let agent = world.shared_agent().await?;
        let body = json!({ "startMessage": { "text": "Why is it slow?" } });
        let sent = world.data_plane(agent, reqwest::Method::POST, "/api/v1/threads", body);
        let thread = sent.await?.success()?.body;
        let mut said = String::new();
        loop {
            let call = hub.next().await?;
            ensure!(call.is("MessageUpdate"), "{call:?}");
            let update = call.arguments.first().context("no argument")?;
            let about = &update["additionalProperties"];
            ensure!(about["threadId"] == thread["id"], "{update}");
            if about["actionName"] == "SignalProcessingComplete" {
                break;
            }
            if update["role"] == "assistant" && about["streamMessageType"] == Json::Null {
                said.push_str(update["contents"][0]["text"].as_str().unwrap_or_default());
            }
        }
        ensure!(said.contains("I have read \"Why is it slow?\"."), "{said}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn connection_lives_as_long_as_its_listener() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let mut hub = data_plane(&world).await?.hub("agentHub", &budget()).await?;
    // The hub disconnects clients that send nothing for half a minute.
    let ended = tokio::time::timeout(Duration::from_secs(300), hub.next()).await;
    ensure!(ended.is_err(), "{ended:?}");
    Ok(())
}
