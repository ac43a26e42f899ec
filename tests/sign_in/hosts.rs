//! Tokens are only sent to ARM and to trusted data planes.

use anyhow::{Result, ensure};
use emulator::{Emulator, Fault, Options};
use rstest::rstest;
use serde_json::json;

use crate::fixture::{AGENT, Fixture, Run};

/// Returns a fault that answers with the agent's document and another endpoint.
fn elsewhere(endpoint: &str) -> Fault {
    let document = json!({
        "id": AGENT,
        "name": "shop",
        "location": "swedencentral",
        "properties": { "provisioningState": "Succeeded", "agentEndpoint": endpoint },
    });
    Fault::on("GET", "/agents/shop$")
        .answer(200, document)
        .forever()
}

#[rstest]
#[case::other_port("http://127.0.0.1:PORT/data-plane/shop")]
#[case::name_in_the_path("http://127.0.0.1:PORT/shop.azuresre.ai")]
#[case::user_name("http://shop.azuresre.ai@127.0.0.1:PORT/")]
#[tokio::test]
async fn token_is_not_sent_to_a_foreign_data_plane(#[case] endpoint: &str) -> Result<()> {
    let fixture = Fixture::new().await?;
    let stranger = Emulator::start(Options::default()).await?;
    let url = stranger.url();
    let port = url.rsplit(':').next().unwrap_or_default().to_owned();
    fixture
        .emulator
        .fault(elsewhere(&endpoint.replace("PORT", &port)))?;
    let run = fixture.start(&[]).await?;
    let block = fixture.application(json!({ "client_secret": "emulator-client-secret" }));
    run.session.configure(block).await?;
    let error = Run::error(run.create_skill().await)?.to_string();
    ensure!(error.contains("does not send tokens to"), "{error}");
    ensure!(stranger.requests().is_empty(), "the stranger was spoken to");
    let shown = fixture.audiences();
    let is_for_arm = |audience: &String| audience.contains("management.azure.com");
    ensure!(shown.iter().all(is_for_arm), "{shown:?} were shown");
    Ok(())
}

#[rstest]
#[case::plain_http("http://shop.azuresre.ai")]
#[case::other_domain("https://shop.azuresre.ai.example.net")]
#[case::domain_itself("https://azuresre.ai")]
#[case::other_ending("https://shop.notazuresre.ai")]
#[tokio::test]
async fn names_that_only_look_like_a_data_plane_are_refused(#[case] endpoint: &str) -> Result<()> {
    let fixture = Fixture::new().await?;
    fixture.emulator.fault(elsewhere(endpoint))?;
    let run = fixture.start(&[]).await?;
    let block = fixture.application(json!({ "client_secret": "emulator-client-secret" }));
    run.session.configure(block).await?;
    let error = Run::error(run.create_skill().await)?.to_string();
    ensure!(error.contains("does not send tokens to"), "{error}");
    Ok(())
}

#[tokio::test]
async fn links_of_operations_are_followed_to_arm_only() -> Result<()> {
    let fixture = Fixture::new().await?;
    let stranger = Emulator::start(Options::default()).await?;
    let link = format!("{}/operations/1", stranger.url());
    let answer = Fault::on("PUT", "/DataConnectors/").header("Azure-AsyncOperation", &link);
    fixture.emulator.fault(answer)?;
    let run = fixture.start(&[]).await?;
    let block = fixture.application(json!({ "client_secret": "emulator-client-secret" }));
    run.session.configure(block).await?;
    let mut connector = run.session.resource("azuresre_data_connector")?;
    let config = json!({
        "agent_id": AGENT,
        "name": "orders",
        "kusto": { "url": "https://shop.swedencentral.kusto.windows.net/orders" },
    });
    let applied = connector.apply(config).await;
    ensure!(stranger.requests().is_empty(), "the stranger was spoken to");
    // The connector was accepted, so it is in the state, whatever follows.
    ensure!(
        connector.state().is_some(),
        "the connector is lost: {applied:?}"
    );
    Ok(())
}
