//! Each method signs in to both planes, is named in the log, and leaves no secret there.

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use emulator::profile::Certificate;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, cluster_token};

const SECRET: &str = "emulator-client-secret";

/// Signs in, and checks the log.
async fn signs_in(
    fixture: &Fixture,
    block: Json,
    environment: &[(&str, &str)],
    method: &str,
    secrets: &[&str],
) -> Result<()> {
    let run = fixture.start(environment).await?;
    run.read_both_planes(block).await?;
    let audiences = fixture.audiences();
    for audience in ["https://management.azure.com", "https://azuresre.dev"] {
        ensure!(
            audiences
                .iter()
                .any(|found| found.trim_end_matches('/') == audience),
            "tokens are for {audiences:?}"
        );
    }
    let log = run.log_with(method).await?;
    for secret in secrets {
        ensure!(!log.contains(secret), "the log has {secret}");
    }
    Ok(())
}

#[rstest]
#[tokio::test]
async fn client_secret_signs_in(
    #[values("argument", "variable", "file", "variables alone")] from: &str,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    let file = fixture.file("secret", format!("{SECRET}\n"))?;
    let addresses = fixture.emulator.addresses().clone();
    let (endpoint, authority) = (fixture.emulator.url(), fixture.emulator.https_url());
    let client_id = addresses.client_id.unwrap_or_default();
    let (block, environment) = match from {
        "argument" => (
            fixture.application(json!({ "client_secret": SECRET })),
            vec![],
        ),
        "variable" => (
            fixture.application(json!({})),
            vec![("ARM_CLIENT_SECRET", SECRET)],
        ),
        "file" => (
            fixture.application(json!({ "client_secret_file_path": file })),
            vec![],
        ),
        _ => {
            let environment = vec![
                ("ARM_CLIENT_ID", client_id.as_str()),
                ("ARM_CLIENT_SECRET", SECRET),
                ("ARM_TENANT_ID", addresses.tenant_id.as_str()),
                ("ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST", authority.as_str()),
                ("ARM_RESOURCE_MANAGER_ENDPOINT", endpoint.as_str()),
                (
                    "ARM_RESOURCE_MANAGER_AUDIENCE",
                    "https://management.azure.com",
                ),
            ];
            (json!({}), environment)
        }
    };
    signs_in(&fixture, block, &environment, "client secret", &[SECRET]).await
}

#[rstest]
#[tokio::test]
async fn client_certificate_signs_in(
    #[values("pem file", "pkcs12 file", "pkcs12 argument")] from: &str,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let certificate = CertificateParams::new(vec!["provider".to_owned()])?.self_signed(&key)?;
    fixture.emulator.change_profile(|profile| {
        let registered = Certificate::Pem(certificate.pem());
        profile.entra.applications[0].certificates.push(registered);
    });
    let password = "open-sesame";
    let pkcs12 = {
        let chain = p12_keystore::PrivateKeyChain::new(
            "id",
            p12_keystore::PrivateKey::from_der(&key.serialize_der())?,
            [p12_keystore::Certificate::from_der(certificate.der())?],
        );
        let mut store = p12_keystore::KeyStore::new();
        store.add_entry("alias", p12_keystore::KeyStoreEntry::PrivateKeyChain(chain));
        store.writer(password).write()?
    };
    let pem = key.serialize_pem();
    let more = match from {
        "pem file" => {
            let path = fixture.file("app.pem", certificate.pem() + &pem)?;
            json!({ "client_certificate_path": path })
        }
        "pkcs12 file" => {
            let path = fixture.file("app.pfx", &pkcs12)?;
            json!({ "client_certificate_path": path, "client_certificate_password": password })
        }
        _ => json!({
            "client_certificate": BASE64_STANDARD.encode(&pkcs12),
            "client_certificate_password": password,
        }),
    };
    let line = pem.lines().nth(1).unwrap_or_default();
    let block = fixture.application(more);
    signs_in(
        &fixture,
        block,
        &[],
        "client certificate",
        &[password, line],
    )
    .await
}

#[rstest]
#[tokio::test]
async fn oidc_signs_in(
    #[values("token", "file", "workload identity", "workload identity of the pod")] from: &str,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    let token = cluster_token("");
    let file = fixture.file("token", &token)?;
    let addresses = fixture.emulator.addresses().clone();
    let client_id = addresses.client_id.unwrap_or_default();
    let pod = [
        ("AZURE_CLIENT_ID", client_id.as_str()),
        ("AZURE_TENANT_ID", addresses.tenant_id.as_str()),
        ("AZURE_FEDERATED_TOKEN_FILE", file.as_str()),
    ];
    let (block, environment, method): (_, &[_], _) = match from {
        "token" => {
            let more = json!({ "use_oidc": true, "oidc_token": token });
            (fixture.application(more), &[], "OIDC token")
        }
        "file" => {
            let more = json!({ "use_oidc": true, "oidc_token_file_path": file });
            (fixture.application(more), &[], "OIDC token file")
        }
        "workload identity" => {
            let more = json!({ "use_aks_workload_identity": true, "oidc_token_file_path": file });
            (fixture.application(more), &[], "AKS workload identity")
        }
        _ => {
            let more = json!({ "use_aks_workload_identity": true });
            (fixture.block(more), &pod, "AKS workload identity")
        }
    };
    signs_in(&fixture, block, environment, method, &[&token]).await
}

#[rstest]
#[case::github("GitHub Actions OIDC")]
#[case::azure_devops("Azure DevOps OIDC")]
#[tokio::test]
async fn pipelines_sign_in(#[case] method: &str) -> Result<()> {
    let fixture = Fixture::new().await?;
    let addresses = fixture.emulator.addresses().clone();
    let block = fixture.application(json!({ "use_oidc": true }));
    let token = addresses.oidc_request_token.as_str();
    let github = [
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token),
        (
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            addresses.github_oidc_url.as_str(),
        ),
    ];
    let devops = [
        ("SYSTEM_ACCESSTOKEN", token),
        ("SYSTEM_OIDCREQUESTURI", addresses.devops_oidc_url.as_str()),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection-1"),
    ];
    let environment: &[_] = if method.contains("GitHub") {
        &github
    } else {
        &devops
    };
    signs_in(&fixture, block, environment, method, &[token]).await
}

#[rstest]
#[tokio::test]
async fn managed_identity_signs_in(#[values(false, true)] user_assigned: bool) -> Result<()> {
    let fixture = Fixture::new().await?;
    let identities = fixture.emulator.profile().entra.managed_identities;
    let endpoint = fixture.emulator.addresses().imds_endpoint.clone();
    let mut more = json!({ "use_msi": true, "msi_endpoint": endpoint });
    if user_assigned {
        more["client_id"] = json!(identities[1].client_id);
    }
    signs_in(&fixture, fixture.block(more), &[], "managed identity", &[]).await
}

#[tokio::test]
async fn azure_cli_signs_in_when_nothing_else_is_configured() -> Result<()> {
    let fixture = Fixture::new().await?;
    // A script that returns tokens of the tenant, like the CLI.
    let endpoint = fixture.emulator.url();
    let script = format!(
        r#"while [ $# -gt 0 ]; do [ "$1" = --scope ] && scope=$2; shift; done
python3 -c '
import json, sys, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={{"Metadata": "true"}})
given = json.load(urllib.request.urlopen(asked))
print(json.dumps({{
    "accessToken": given["access_token"],
    "expires_on": int(given["expires_on"]),
    "tokenType": given["token_type"],
}}))
' "{endpoint}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${{scope%/.default}}""#
    );
    let path = fixture.azure_cli(&script)?;
    let block = fixture.block(json!({}));
    signs_in(&fixture, block, &[("PATH", &path)], "Azure CLI", &[]).await
}

#[tokio::test]
async fn arm_over_https_is_trusted_by_the_certificate_file() -> Result<()> {
    let fixture = Fixture::new().await?;
    let more = json!({
        "client_secret": SECRET,
        "resource_manager_endpoint": fixture.emulator.https_url(),
    });
    let run = fixture.start(&[]).await?;
    run.session.configure(fixture.application(more)).await?;
    run.read_agent().await
}

#[tokio::test]
async fn data_plane_tokens_are_for_the_configured_audience() -> Result<()> {
    let fixture = Fixture::new().await?;
    let more = json!({ "client_secret": SECRET, "data_plane_audience": "https://azuresre.ai" });
    let run = fixture.start(&[]).await?;
    run.read_both_planes(fixture.application(more)).await?;
    let audiences = fixture.audiences();
    ensure!(
        audiences.iter().any(|found| found == "https://azuresre.ai"),
        "{audiences:?}"
    );
    Ok(())
}

#[tokio::test]
async fn data_plane_token_is_fetched_when_a_data_plane_is_used() -> Result<()> {
    let fixture = Fixture::new().await?;
    let run = fixture.start(&[]).await?;
    let block = fixture.application(json!({ "client_secret": SECRET }));
    run.session.configure(block).await?;
    ensure!(
        fixture.emulator.requests().is_empty(),
        "configuring sends requests"
    );
    let tokens = || {
        let requests = fixture.emulator.requests();
        requests
            .iter()
            .filter(|request| request.path.ends_with("/token"))
            .count()
    };
    run.read_agent().await?;
    ensure!(tokens() == 1, "{} tokens were fetched", tokens());
    run.create_skill().await?;
    ensure!(tokens() == 2, "{} tokens were fetched", tokens());
    Ok(())
}
