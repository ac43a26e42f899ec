//! The executable: its exit codes, and its use of proxies from the environment.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use emulator::{Emulator, Options};
use reqwest::Method;
use serde_json::{Value as Json, json};
use test_support::Run;

use crate::fixture::Fixture;
use crate::tls;

const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-azuresre");
/// Variables that must not be inherited from the environment of the tests.
const FOREIGN: [&str; 4] = [
    "AZURESRE_EMULATOR",
    "ARM_CLIENT_SECRET",
    "ARM_TENANT_ID",
    "ARM_SUBSCRIPTION_ID",
];

/// Runs `doctor` with these arguments in this environment.
async fn doctor(words: &[&str], environment: &[(&str, &str)]) -> Result<Run> {
    let mut command = Command::new(PROVIDER);
    command.arg("doctor").args(words);
    for name in FOREIGN {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    // The emulator answers in the meantime.
    tokio::task::spawn_blocking(move || Run::capture(&mut command, Duration::from_secs(120)))
        .await?
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_distinguish_success_failure_and_misuse() -> Result<()> {
    let fixture = Fixture::new().await?;
    let url = fixture.emulator().url();
    let words = ["--agent-id", &fixture.agent, "--json"];
    let environment = [("AZURESRE_EMULATOR", url.as_str())];
    let fine = doctor(&words, &environment).await?;
    ensure!(fine.code == Some(0), "{}{}", fine.stdout, fine.stderr);
    serde_json::from_str::<Json>(&fine.stdout)?;
    let stop = format!("{}/stop", fixture.agent);
    fixture
        .service
        .arm(Method::POST, &stop, Json::Null)
        .await?
        .success()?;
    let sick = doctor(&words, &environment).await?;
    ensure!(sick.code == Some(1), "{}{}", sick.stdout, sick.stderr);
    let misused = doctor(&["--halp"], &environment).await?;
    ensure!(
        misused.code == Some(2),
        "{}{}",
        misused.stdout,
        misused.stderr
    );
    ensure!(
        misused.stderr.contains("--halp") && misused.stdout.is_empty(),
        "{}",
        misused.stderr
    );
    let help = doctor(&["--help"], &environment).await?;
    ensure!(
        help.code == Some(0) && help.stdout.contains("--write-probes"),
        "{}",
        help.stdout
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_is_reached_through_a_proxy_like_in_the_provider() -> Result<()> {
    let options = Options {
        proxy: Some("127.0.0.1:0".to_owned()),
        ..Options::default()
    };
    let emulator = Emulator::start(options).await?;
    let id = samples::agent_id("shop");
    let url = format!("{}{id}?api-version=2025-05-01-preview", emulator.url());
    let request = reqwest::Client::new()
        .put(url)
        .bearer_auth(emulator.token());
    let body = json!({ "location": "swedencentral", "properties": {} });
    request.json(&body).send().await?.error_for_status()?;
    let addresses = emulator.addresses();
    let authority = addresses.ca_certificate.display().to_string();
    let environment = [
        ("HTTPS_PROXY", emulator.proxy_url().context("no proxy")?),
        ("SSL_CERT_FILE", &authority),
        ("ARM_TENANT_ID", &addresses.tenant_id),
        (
            "ARM_CLIENT_ID",
            addresses.client_id.as_deref().unwrap_or_default(),
        ),
        (
            "ARM_CLIENT_SECRET",
            addresses.client_secret.as_deref().unwrap_or_default(),
        ),
    ];
    let run = doctor(&["--agent-id", &id], &environment).await?;
    ensure!(run.code == Some(0), "{}{}", run.stdout, run.stderr);
    for told in [
        "reached management.azure.com through the proxy 127.0.0.1",
        "reached login.microsoftonline.com through the proxy 127.0.0.1",
        "reached shop--….swedencentral.azuresre.ai through the proxy",
        "something on this network inspects TLS",
    ] {
        ensure!(
            run.stdout.contains(told),
            "{told:?} is not told:\n{}",
            run.stdout
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn proxy_with_authentication_is_reported_without_a_password() -> Result<()> {
    let proxy = tls::raw_server(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await?;
    let proxy = format!("http://somebody:hunter2@{proxy}");
    let environment = [
        ("HTTPS_PROXY", proxy.as_str()),
        ("ARM_TENANT_ID", "t"),
        ("ARM_CLIENT_ID", "c"),
        ("ARM_CLIENT_SECRET", "hunter2"),
    ];
    let words = ["--subscription-id", samples::SUBSCRIPTION];
    let run = doctor(&words, &environment).await?;
    ensure!(run.code == Some(1), "{}{}", run.stdout, run.stderr);
    ensure!(
        run.stdout
            .contains("did not open a tunnel to management.azure.com"),
        "{}",
        run.stdout
    );
    ensure!(run.stdout.contains("407"), "{}", run.stdout);
    ensure!(
        !run.stdout.contains("hunter2") && !run.stdout.contains("somebody"),
        "{}",
        run.stdout
    );
    Ok(())
}
