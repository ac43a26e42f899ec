//! Errors name the method, what is missing, and its variable.

use anyhow::{Context as _, Result, ensure};
use emulator::Profile;
use plugin_host::value::unknown;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, Run, cluster_token};

#[rstest]
#[case::client_id(json!({ "client_secret": "s", "tenant_id": "t" }), "client_id", "ARM_CLIENT_ID")]
#[case::tenant(json!({ "client_secret": "s", "client_id": "c" }), "tenant_id", "ARM_TENANT_ID")]
#[case::oidc(json!({ "use_oidc": true, "client_id": "c", "tenant_id": "t" }), "use_oidc", "ARM_OIDC_TOKEN")]
#[case::file(
    json!({ "client_secret_file_path": "/nowhere", "client_id": "c", "tenant_id": "t" }),
    "client_secret_file_path",
    "/nowhere"
)]
#[case::certificate(
    json!({ "client_certificate": "bm9uc2Vuc2U=", "client_id": "c", "tenant_id": "t" }),
    "",
    "it is not PKCS#12"
)]
#[case::none(json!({ "use_cli": false }), "", "use_msi")]
#[case::url(json!({ "use_msi": true, "msi_endpoint": "here" }), "msi_endpoint", "msi_endpoint")]
#[tokio::test]
async fn incomplete_configurations_are_refused_immediately(
    #[case] more: Json,
    #[case] argument: &str,
    #[case] told: &str,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let error = Run::error(run.session.configure(fixture.block(more)).await)?;
    let path = error
        .path
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    ensure!(path == argument, "the error is at {path}: {error}");
    ensure!(error.to_string().contains(told), "{error}");
    ensure!(fixture.emulator.requests().is_empty(), "requests were sent");
    Ok(())
}

#[rstest]
#[case::secret(
    json!({ "client_secret": "wrong-secret" }),
    &["client secret", "AADSTS7000215", "https://management.azure.com"]
)]
#[case::application(
    json!({ "client_id": "7e57ab1e-0000-4000-8000-00000000ffff", "client_secret": "wrong-secret" }),
    &["client secret", "AADSTS700016"]
)]
#[case::pipeline(
    json!({ "use_oidc": true, "oidc_request_url": "GITHUB", "oidc_request_token": "wrong-secret" }),
    &["GitHub Actions OIDC", "401"]
)]
#[case::subject(
    json!({ "use_oidc": true, "oidc_token": "OTHER" }),
    &["OIDC token", "AADSTS70021"]
)]
#[tokio::test]
async fn refusals_name_the_method_and_the_code_but_no_secret(
    #[case] mut more: Json,
    #[case] told: &[&str],
) -> Result<()> {
    let fixture = Fixture::new().await?;
    let other = cluster_token(":other");
    for (placeholder, value) in [
        (
            "GITHUB",
            fixture.emulator.addresses().github_oidc_url.as_str(),
        ),
        ("OTHER", other.as_str()),
    ] {
        for argument in more.as_object_mut().context("no object")?.values_mut() {
            if argument == placeholder {
                *argument = json!(value);
            }
        }
    }
    let run = fixture.start(&[]).await?;
    run.session.configure(fixture.application(more)).await?;
    let error = Run::error(run.read_agent().await)?.to_string();
    for part in told {
        ensure!(error.contains(part), "{part} is not in {error}");
    }
    let log = run.log_with("signing in").await?;
    for secret in ["wrong-secret", other.as_str()] {
        ensure!(
            !error.contains(secret) && !log.contains(secret),
            "{secret} is told"
        );
    }
    Ok(())
}

#[tokio::test]
async fn error_for_azure_cli_without_sign_in_says_what_to_do() -> Result<()> {
    let fixture = Fixture::new().await?;
    let path =
        fixture.azure_cli("echo 'ERROR: Please run az login to setup account.' >&2; exit 1")?;
    let run = fixture.start(&[("PATH", &path)]).await?;
    run.session.configure(fixture.block(json!({}))).await?;
    let error = Run::error(run.read_agent().await)?.to_string();
    ensure!(
        error.contains("Azure CLI") && error.contains("az login"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn expired_tokens_are_renewed_once_and_then_reported() -> Result<()> {
    let mut profile = Profile::default();
    profile.entra.token_seconds = 0;
    let fixture = Fixture::with(profile).await?;
    let run = fixture.start(&[]).await?;
    let block = fixture.application(json!({ "client_secret": "emulator-client-secret" }));
    run.session.configure(block).await?;
    let error = Run::error(run.read_agent().await)?.to_string();
    ensure!(error.contains("ExpiredAuthenticationToken"), "{error}");
    let requests = fixture.emulator.requests();
    let reads = requests
        .iter()
        .filter(|request| request.path.ends_with("/agents/shop"));
    ensure!(reads.count() == 2, "it was not tried twice");
    Ok(())
}

#[tokio::test]
async fn unknown_data_plane_audience_is_named() -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let more = json!({
        "client_secret": "emulator-client-secret",
        "data_plane_audience": "https://example.net",
    });
    run.session.configure(fixture.application(more)).await?;
    run.read_agent().await?;
    let error = Run::error(run.create_skill().await)?.to_string();
    ensure!(error.contains("https://example.net"), "{error}");
    ensure!(error.contains("AADSTS500011"), "{error}");
    Ok(())
}

#[tokio::test]
async fn arm_token_does_not_authorize_the_data_plane() -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let more = json!({
        "client_secret": "emulator-client-secret",
        "data_plane_audience": "https://management.azure.com",
    });
    run.session.configure(fixture.application(more)).await?;
    let error = Run::error(run.create_skill().await)?;
    ensure!(error.to_string().contains("401"), "{error}");
    ensure!(Run::names_doctor(&error), "{error}");
    Ok(())
}

#[rstest]
#[case("client_secret")]
#[case("tenant_id")]
#[case("emulator")]
#[tokio::test]
async fn unknown_arguments_do_not_fail_a_plan(#[case] argument: &str) -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let mut block = fixture.application(json!({ "client_secret": "s" }));
    block[argument] = unknown();
    run.session.configure(block).await?;
    let config = json!({
        "name": "new",
        "resource_group_name": "rg",
        "subscription_id": "11111111-1111-1111-1111-111111111111",
        "location": "swedencentral",
    });
    run.session.resource("azuresre_agent")?.plan(config).await?;
    let error = Run::error(run.read_agent().await)?;
    ensure!(
        error.summary == "The provider configuration is not known yet",
        "{error}"
    );
    ensure!(error.detail.contains(argument), "{error}");
    ensure!(!Run::names_doctor(&error), "{error}");
    ensure!(fixture.emulator.requests().is_empty(), "requests were sent");
    Ok(())
}
