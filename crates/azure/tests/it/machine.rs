//! Signing in with what the machine provides: a managed identity, or the Azure CLI.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use azure::credentials::{Method, TokenSource};
use rstest::rstest;
use serde_json::json;
use url::Url;

use crate::entra::{ARM, CLIENT, DATA_PLANE, TENANT, settings, source, token};
use crate::server::{Arrived, Server, json as json_answer};

#[rstest]
#[tokio::test]
async fn managed_identity_asks_the_metadata_service(
    #[values(None, Some(CLIENT))] id: Option<&str>,
) {
    let server = Server::start(|request: Arrived| async move {
        let document = json!({
            "access_token": format!("token for {}", request.query["resource"]),
            "expires_on": "4102444800",
            "resource": request.query["resource"],
            "token_type": "Bearer"
        });
        json_answer(200, &document)
    })
    .await;
    let mut settings = settings(&Url::parse("https://login.example").unwrap());
    settings.metadata_endpoint = Some(server.url.join("/msi/token").unwrap());
    let source = source(
        Method::ManagedIdentity {
            client_id: id.map(str::to_owned),
        },
        settings,
    );
    assert_eq!(
        token(&source, DATA_PLANE).await,
        format!("token for {DATA_PLANE}")
    );
    let request = server.arrived().remove(0);
    assert_eq!(request.path, "/msi/token");
    assert_eq!(request.headers["metadata"], "true");
    assert_eq!(request.query.get("client_id").map(String::as_str), id);
}

/// Returns a token source that runs this script as `az`.
fn azure_cli(
    folder: &tempfile::TempDir,
    script: &str,
    tenant: Option<&str>,
) -> Arc<dyn TokenSource> {
    let az = folder.path().join("az");
    fs::write(&az, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&az, fs::Permissions::from_mode(0o755)).unwrap();
    let mut settings = settings(&Url::parse("https://login.example").unwrap());
    settings.tenant_id = tenant.map(str::to_owned);
    settings.subscription_id = Some("sub".to_owned());
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    settings.cli_environment = vec![("PATH".to_owned(), path)];
    source(Method::AzureCli, settings)
}

#[rstest]
#[case(Some(TENANT), "--tenant 11111111-1111-1111-1111-111111111111")]
#[case(None, "--subscription sub")]
#[tokio::test]
async fn azure_cli_is_run_once_per_audience(#[case] tenant: Option<&str>, #[case] scope: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "echo \"$@\" >> {}/calls\n\
         echo '{{\"accessToken\":\"cli\",\"expires_on\":4102444800,\"tokenType\":\"Bearer\"}}'",
        folder.path().display()
    );
    let source = azure_cli(&folder, &script, tenant);
    for audience in [ARM, DATA_PLANE, ARM] {
        assert_eq!(token(&source, audience).await, "cli");
    }
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    let expected = format!(
        "account get-access-token -o json --scope {ARM}/.default {scope}\n\
         account get-access-token -o json --scope {DATA_PLANE}/.default {scope}\n"
    );
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn error_for_a_signed_out_azure_cli_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo 'ERROR: Please run az login to setup account.' >&2; exit 1";
    let error = azure_cli(&folder, script, None)
        .token(DATA_PLANE)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("Please run az login"), "{error}");
    assert!(
        error
            .remedy()
            .unwrap()
            .contains(&format!("az login --scope {DATA_PLANE}/.default"))
    );
}

#[tokio::test]
async fn missing_azure_cli_is_reported() {
    let mut settings = settings(&Url::parse("https://login.example").unwrap());
    settings.cli_environment = vec![("PATH".to_owned(), "/nowhere".to_owned())];
    let error = source(Method::AzureCli, settings)
        .token(ARM)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("az not found on PATH"),
        "{error}"
    );
}
