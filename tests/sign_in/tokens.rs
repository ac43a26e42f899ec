//! The tokens for configurations.

use anyhow::{Context as _, Result, ensure};
use plugin_host::Failure;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::fixture::{AGENT, Fixture, Run};

const TYPE: &str = "azuresre_access_token";
const SECRET: &str = "emulator-client-secret";

#[rstest]
#[case("arm", "https://management.azure.com")]
#[case("data_plane", "https://azuresre.dev")]
#[tokio::test]
async fn token_is_that_of_the_provider_block(
    #[case] plane: &str,
    #[case] audience: &str,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let block = fixture.application(json!({ "client_secret": SECRET }));
    run.session.configure(block).await?;
    let opened = run.session.open(TYPE, json!({ "plane": plane })).await?;
    let (token, ends) = (&opened.result["token"], &opened.result["expires_on"]);
    let ends: jiff::Timestamp = ends.as_str().context("no end")?.parse()?;
    ensure!(ends > jiff::Timestamp::now(), "it has ended: {ends}");
    ensure!(
        opened.renew_at.is_none() && opened.private.is_none(),
        "{opened:?}"
    );
    let bearer = token.as_str().context("no token")?;
    // The service receives it, and reports its audience.
    let url = format!(
        "{}{AGENT}?api-version=2025-05-01-preview",
        fixture.emulator.url()
    );
    let request = reqwest::Client::new().get(url).bearer_auth(bearer);
    let status = request.send().await?.status();
    ensure!(status.is_success() == (plane == "arm"), "{status}");
    let shown = fixture.audiences();
    let shown: Vec<&str> = shown
        .iter()
        .map(|shown| shown.trim_end_matches('/'))
        .collect();
    ensure!(shown == [audience], "{shown:?}");
    opened.close().await?;
    Ok(())
}

#[tokio::test]
async fn token_of_an_emulator_does_not_expire() -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let block = json!({ "emulator": fixture.emulator.url() });
    run.session.configure(block).await?;
    let opened = run
        .session
        .open(TYPE, json!({ "plane": "data_plane" }))
        .await?;
    ensure!(
        opened.result["token"] == fixture.emulator.token(),
        "another token"
    );
    ensure!(opened.result["expires_on"] == Json::Null, "{opened:?}");
    Ok(())
}

#[tokio::test]
async fn failed_sign_in_returns_no_token() -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let block = fixture.application(json!({ "client_secret": "wr0ng-s3cret" }));
    run.session.configure(block).await?;
    let open = run.session.open(TYPE, json!({ "plane": "arm" })).await;
    let error = Run::error(open)?;
    ensure!(error.summary == "Cannot get an access token", "{error}");
    ensure!(Run::names_doctor(&error), "{error}");
    ensure!(!error.to_string().contains("wr0ng-s3cret"), "{error}");
    let open = run.session.open(TYPE, json!({ "plane": "moon" })).await;
    let failure = Failure::of(open)?;
    ensure!(failure.to_string().contains("data_plane"), "{failure}");
    Ok(())
}
