//! Methods, tokens and audiences.

use anyhow::{Context as _, Result, ensure};
use azuresre::doctor::Verdict;
use emulator::Fault;
use rstest::rstest;

use crate::fixture::{Fixture, examine};

#[tokio::test]
async fn application_is_described_by_claims_without_the_token() -> Result<()> {
    let fixture = Fixture::new().await?;
    let secret = fixture
        .emulator()
        .addresses()
        .client_secret
        .clone()
        .context("no secret")?;
    let report = fixture.examine_as_application(&secret, &[]).await?;
    ensure!(report.verdict == Verdict::Fine, "{:#}", report.document);
    report.ensure(
        "sign-in",
        "passed",
        &["client secret, because ARM_CLIENT_SECRET is set"],
    )?;
    report.ensure(
        "settings",
        "passed",
        &["client_secret from ARM_CLIENT_SECRET"],
    )?;
    report.ensure("reach-entra", "passed", &["returns JSON"])?;
    report.ensure(
        "token-arm",
        "passed",
        &["https://management.azure.com", "minutes left", "tenant"],
    )?;
    report.ensure(
        "token-data-plane",
        "passed",
        &["https://azuresre.dev", "minutes left"],
    )?;
    let text = report.document.to_string();
    ensure!(!text.contains(&secret) && !text.contains("eyJ"), "{text}");
    fixture.ensure_read_only()
}

#[tokio::test]
async fn wrong_secret_names_who_registers_applications() -> Result<()> {
    let fixture = Fixture::new().await?;
    let report = fixture.examine_as_application("wrong-secret", &[]).await?;
    report.ensure("token-arm", "failed", &["AADSTS7000215"])?;
    report.ensure("subscription", "skipped", &["token-arm"])?;
    ensure!(
        report.asked().contains("client secret"),
        "{:#}",
        report.document
    );
    ensure!(
        !report.document.to_string().contains("wrong-secret"),
        "the secret is told"
    );
    Ok(())
}

#[tokio::test]
async fn wrong_data_plane_audience_is_reported_with_the_correct_one() -> Result<()> {
    let fixture = Fixture::new().await?;
    let secret = fixture
        .emulator()
        .addresses()
        .client_secret
        .clone()
        .context("no secret")?;
    let options = ["--data-plane-audience", "https://management.azure.com"];
    let report = fixture.examine_as_application(&secret, &options).await?;
    report.ensure_only(
        "data-plane",
        &["does not accept a token for https://management.azure.com"],
    )?;
    let block = report.block("data_plane_audience");
    ensure!(
        block == Some("\"https://azuresre.dev\""),
        "{:#}",
        report.document
    );
    Ok(())
}

#[tokio::test]
async fn wrong_arm_audience_is_reported() -> Result<()> {
    let fixture = Fixture::new().await?;
    let secret = fixture
        .emulator()
        .addresses()
        .client_secret
        .clone()
        .context("no secret")?;
    let options = ["--resource-manager-audience", "https://azuresre.dev"];
    let report = fixture.examine_as_application(&secret, &options).await?;
    report.ensure_only("subscription", &["ARM does not accept the token"])?;
    let block = report.block("resource_manager_audience");
    ensure!(
        block == Some("\"https://management.azure.com\""),
        "{:#}",
        report.document
    );
    Ok(())
}

#[rstest]
#[case::emulator(&["--emulator", "http://127.0.0.1:1"], &[], "the fixed token of the emulator, because")]
#[case::variable(&[], &[("AZURESRE_EMULATOR", "http://127.0.0.1:1")], "because AZURESRE_EMULATOR is set")]
#[tokio::test]
async fn sign_in_method_is_reported_with_the_reason(
    #[case] options: &[&str],
    #[case] environment: &[(&str, &str)],
    #[case] told: &str,
) -> Result<()> {
    // No program listens there, so nothing is sent to Azure.
    let nowhere = [
        "--resource-manager-endpoint",
        "http://127.0.0.1:1",
        "--active-directory-authority-host",
        "http://127.0.0.1:1",
    ];
    let options: Vec<&str> = options.iter().chain(&nowhere).copied().collect();
    let report = examine(&options, environment).await?;
    report.ensure("sign-in", "passed", &[told])
}

#[tokio::test]
async fn invalid_arguments_are_named_and_nothing_is_sent() -> Result<()> {
    let fixture = Fixture::new().await?;
    let mut real = fixture.real();
    real.extend(["--subscription-id".to_owned(), "shop".to_owned()]);
    let options: Vec<&str> = real.iter().map(String::as_str).collect();
    let report = examine(&options, &[("ARM_CLIENT_SECRET", "s")]).await?;
    report.ensure_only("settings", &["subscription_id", "GUID"])?;
    ensure!(
        fixture.emulator().requests().is_empty(),
        "requests were sent"
    );
    Ok(())
}

#[tokio::test]
async fn wrong_clock_is_reported() -> Result<()> {
    let fixture = Fixture::new().await?;
    let fault = Fault::on("GET", "/metadata/endpoints").forever();
    let fault = fault.header("Date", "Sun, 01 Jan 2040 00:00:00 GMT");
    fixture.emulator().fault(fault)?;
    fixture
        .examine(&[])
        .await?
        .ensure_only("clock", &["behind", "NTP"])
}
