//! Subscription, agent, state, planes and versions.

use anyhow::{Result, ensure};
use azuresre::doctor::Verdict;
use emulator::profile::Tenant;
use emulator::{Fault, Profile};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, examine, examine_as_text};

#[tokio::test]
async fn healthy_agent_passes_and_is_only_read() -> Result<()> {
    let fixture = Fixture::new().await?;
    put_prompt(&fixture).await?;
    let before = fixture.emulator().state()?;
    fixture.emulator().clear_requests();
    let report = fixture.examine(&[]).await?;
    ensure!(report.verdict == Verdict::Fine, "{:#}", report.document);
    for check in [
        "settings",
        "sign-in",
        "reach-arm",
        "clock",
        "token-arm",
        "subscription",
        "api-versions",
    ] {
        report.ensure(check, "passed", &[])?;
    }
    for check in [
        "agent",
        "agent-state",
        "rights-arm",
        "reach-agent",
        "data-plane",
        "rights-data-plane",
    ] {
        report.ensure(check, "passed", &[])?;
    }
    report.ensure("plane", "passed", &["ARM shows"])?;
    report.ensure("reach-entra", "passed", &["emulator"])?;
    ensure!(
        report.document["administrator"] == json!([]),
        "{:#}",
        report.document
    );
    ensure!(
        report.document["provider_block"] == json!({}),
        "{:#}",
        report.document
    );
    fixture.ensure_read_only()?;
    ensure!(
        fixture.emulator().state()? == before,
        "something has changed"
    );
    Ok(())
}

#[tokio::test]
async fn report_ends_with_three_lines_and_shortens_ids() -> Result<()> {
    let fixture = Fixture::new().await?;
    let url = fixture.emulator().url();
    let options = ["--emulator", &url, "--agent-id", &fixture.agent];
    let (_, text) = examine_as_text(&options, &[]).await?;
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len() - 3..];
    ensure!(
        last[0].starts_with("Provider block changes:       none"),
        "{text}"
    );
    ensure!(
        last[1].starts_with("Administrator tasks:          none"),
        "{text}"
    );
    ensure!(
        last[2].starts_with("Passed checks:                settings, sign-in"),
        "{text}"
    );
    ensure!(text.contains("passed   agent "), "{text}");
    let full = ["--emulator", &url, "--agent-id", &fixture.agent, "--full"];
    let (_, full) = examine_as_text(&full, &[]).await?;
    let id = samples::SUBSCRIPTION;
    ensure!(!text.contains(id) && full.contains(id), "{full}");
    let host = |text: &str| text.contains("data-plane/shop--…");
    ensure!(host(&text) && !host(&full), "{text}");
    Ok(())
}

#[tokio::test]
async fn stopped_agent_should_be_started() -> Result<()> {
    let fixture = Fixture::new().await?;
    let stop = format!("{}/stop", fixture.agent);
    fixture
        .service
        .arm(Method::POST, &stop, Json::Null)
        .await?
        .success()?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only("agent-state", &["Stopped", "power_state"])?;
    report.ensure("data-plane", "skipped", &["agent-state"])
}

#[tokio::test]
async fn agent_that_is_being_created_is_waited_for() -> Result<()> {
    let fixture = Fixture::new().await?;
    fixture
        .emulator()
        .change_profile(|profile| profile.agent_polls = 50);
    let patch = json!({ "tags": { "a": "b" } });
    fixture
        .service
        .arm(Method::PATCH, &fixture.agent, patch)
        .await?
        .success()?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only("agent-state", &["InProgress", "wait"])
}

#[tokio::test]
async fn only_agent_is_selected_and_several_need_a_choice() -> Result<()> {
    let fixture = Fixture::new().await?;
    let url = fixture.emulator().url();
    let options = [
        "--emulator",
        &url,
        "--subscription-id",
        samples::SUBSCRIPTION,
    ];
    let report = examine(&options, &[]).await?;
    report.ensure("agent", "passed", &["only agent", "shop"])?;
    fixture.service.agent("other").await?;
    let report = examine(&options, &[]).await?;
    report.ensure(
        "agent",
        "skipped",
        &["--agent-id", "agents/shop", "agents/other"],
    )?;
    ensure!(report.verdict == Verdict::Fine, "{:#}", report.document);
    Ok(())
}

#[tokio::test]
async fn missing_resources_are_named() -> Result<()> {
    let mut fixture = Fixture::new().await?;
    fixture.agent = samples::agent_id("nobody");
    fixture
        .examine(&[])
        .await?
        .ensure_only("agent", &["the agent nobody does not exist"])?;
    fixture.agent = fixture.agent.replace(samples::GROUP, "nowhere");
    let report = fixture.examine(&[]).await?;
    report.ensure(
        "resource-group",
        "failed",
        &["the resource group nowhere does not exist"],
    )
}

#[tokio::test]
async fn foreign_address_gets_no_token() -> Result<()> {
    let fixture = Fixture::new().await?;
    let document = json!({ "properties": {
        "provisioningState": "Succeeded",
        "agentEndpoint": "https://shop.evil.example",
    } });
    fixture.emulator().fault(
        Fault::on("GET", "/agents/shop$")
            .forever()
            .answer(200, document),
    )?;
    let report = fixture.examine(&[]).await?;
    report.ensure(
        "agent-state",
        "failed",
        &["does not send tokens to", "evil.example"],
    )?;
    ensure!(
        report.block("data_plane_hosts") == Some("[\"evil.example\"]"),
        "{:#}",
        report.document
    );
    Ok(())
}

#[tokio::test]
async fn tenant_without_children_on_arm_is_detected() -> Result<()> {
    let profile = Profile {
        tenant: Tenant::External,
        ..Profile::default()
    };
    let fixture = Fixture::with(profile).await?;
    fixture
        .examine(&[])
        .await?
        .ensure("plane", "skipped", &["data_plane"])?;
    put_prompt(&fixture).await?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only("plane", &["ARM shows none of the 1 objects"])?;
    ensure!(
        report.block("plane") == Some("\"data_plane\""),
        "{:#}",
        report.document
    );
    let report = fixture.examine(&["--plane", "data_plane"]).await?;
    report.ensure("plane", "passed", &[])?;
    ensure!(report.verdict == Verdict::Fine, "{:#}", report.document);
    Ok(())
}

#[rstest]
#[case::not_registered(
    json!({ "registrationState": "NotRegistered", "resourceTypes": [] }),
    &[],
    "az provider register"
)]
#[case::no_agents(json!({ "registrationState": "Registered", "resourceTypes": [] }), &[], "offer agents")]
#[case::no_preview(
    json!({ "registrationState": "Registered", "resourceTypes": [
        { "resourceType": "agents", "apiVersions": ["2026-01-01"] },
    ] }),
    &["--api-version", "2026-01-01"],
    "2025-05-01-preview"
)]
#[tokio::test]
async fn subscription_without_agents_is_reported(
    #[case] provider: Json,
    #[case] options: &[&str],
    #[case] told: &str,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    fixture.emulator().fault(
        Fault::on("GET", "/providers/Microsoft.App$")
            .forever()
            .answer(200, provider),
    )?;
    fixture
        .examine(options)
        .await?
        .ensure("api-versions", "failed", &[told])
}

#[tokio::test]
async fn unregistered_version_is_reported() -> Result<()> {
    let fixture = Fixture::new().await?;
    let report = fixture.examine(&["--api-version", "2030-01-01"]).await?;
    report.ensure("api-versions", "failed", &["but not 2030-01-01"])?;
    ensure!(
        report.block("api_version") == Some("\"2025-05-01-preview\""),
        "{:#}",
        report.document
    );
    Ok(())
}

async fn put_prompt(fixture: &Fixture) -> Result<()> {
    let path = "/api/v2/extendedAgent/commonprompts/tone";
    let body =
        json!({ "name": "tone", "type": "CommonPrompt", "properties": { "prompt": "Be brief." } });
    fixture
        .service
        .data_plane(&fixture.agent, Method::PUT, path, body)
        .await?
        .success()?;
    Ok(())
}
