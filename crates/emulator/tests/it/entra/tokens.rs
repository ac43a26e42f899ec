//! Tokens of applications, and what they authorize.

use emulator::Profile;
use emulator::profile::Role;
use rstest::rstest;
use serde_json::json;

use super::{ARM, DATA_PLANE, JWT_BEARER, ask, call, token};
use crate::client::{AGENT, Client};

#[tokio::test]
async fn token_authorizes_only_its_plane() {
    let client = Client::with_agent(Profile::default()).await;
    let arm = format!(
        "{}{AGENT}?api-version=2025-05-01-preview",
        client.emulator.url()
    );
    let skills = client.data_plane("/api/v2/extendedAgent/skills").await;
    for url in [&arm, &skills] {
        let refused = call(url, None).await;
        assert_eq!(refused.status, 401);
        assert!(
            refused
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer ")
        );
        assert_eq!(
            call(url, Some("nonsense")).await.code(),
            "InvalidAuthenticationToken"
        );
    }
    for (scope, arm_status, data_plane_status) in [
        (ARM, 200, 401),
        (DATA_PLANE, 401, 200),
        ("https://azuresre.ai/.default", 401, 200),
        ("59f0a04a-b322-4310-adc9-39ac41e9631e/.default", 401, 200),
        ("https://management.azure.com//.default", 200, 401),
    ] {
        let token = token(&client.emulator, scope).await;
        assert_eq!(call(&arm, Some(&token)).await.status, arm_status, "{scope}");
        assert_eq!(
            call(&skills, Some(&token)).await.status,
            data_plane_status,
            "{scope}"
        );
    }
    let requests = client.emulator.requests();
    let tokens: Vec<_> = requests
        .into_iter()
        .filter_map(|request| request.token)
        .collect();
    for known in [
        "emulator",
        "unknown",
        "https://azuresre.ai",
        "https://management.azure.com/",
    ] {
        assert!(tokens.iter().any(|token| token == known), "{known}");
    }
    client
        .emulator
        .change_profile(|profile| profile.entra.token_seconds = 0);
    let expired = token(&client.emulator, ARM).await;
    assert_eq!(
        call(&arm, Some(&expired)).await.code(),
        "ExpiredAuthenticationToken"
    );
}

#[tokio::test]
async fn application_can_have_its_own_role() {
    let client = Client::with_agent(Profile::default()).await;
    client
        .emulator
        .change_profile(|profile| profile.entra.applications[0].role = Some(Role::Reader));
    let prompt = client
        .data_plane("/api/v2/extendedAgent/commonprompts/a")
        .await;
    let body = json!({"type": "CommonPrompt", "properties": {"prompt": "p"}});
    let token = token(&client.emulator, DATA_PLANE).await;
    let request = reqwest::Client::new()
        .put(&prompt)
        .header("accept", "application/json")
        .json(&body);
    assert_eq!(
        request.bearer_auth(token).send().await.unwrap().status(),
        403
    );
    assert_eq!(
        client.put(&prompt, body).await.status,
        201,
        "the fixed token has the profile's role"
    );
}

#[rstest]
#[case::wrong_secret(&[("client_secret", "x")], 401, 7_000_215)]
#[case::no_secret(&[], 401, 7_000_218)]
#[case::unknown_application(&[("client_id", "x"), ("client_secret", "x")], 400, 700_016)]
#[case::grant(&[("grant_type", "password")], 400, 70003)]
#[case::scope(&[("client_secret", "emulator-client-secret"), ("scope", "https://management.azure.com/user")], 400, 1_002_012)]
#[case::resource(&[("client_secret", "emulator-client-secret"), ("scope", "https://example.net/.default")], 400, 500_011)]
#[case::no_scope(&[("client_secret", "emulator-client-secret"), ("scope", "")], 400, 900_144)]
#[case::malformed_assertion(&[("client_assertion", "a.b.c"), ("client_assertion_type", JWT_BEARER)], 400, 50027)]
#[tokio::test]
async fn bad_token_requests_are_refused(
    #[case] fields: &[(&str, &str)],
    #[case] status: u16,
    #[case] number: u32,
) {
    let client = Client::new(Profile::default()).await;
    let reply = ask(&client.emulator, fields).await;
    assert_eq!(
        (reply.status, &reply.body["error_codes"]),
        (status, &json!([number])),
        "{}",
        reply.body
    );
    let description = reply.body["error_description"].as_str().unwrap();
    assert!(
        description.starts_with(&format!("AADSTS{number}: ")),
        "{description}"
    );
}

#[tokio::test]
async fn metadata_leads_to_the_token_endpoint() {
    let client = Client::new(Profile::default()).await;
    let base = client.emulator.url();
    let tenant = &client.emulator.addresses().tenant_id;
    let metadata = call(
        &format!("{base}/{tenant}/v2.0/.well-known/openid-configuration"),
        None,
    )
    .await
    .body;
    assert_eq!(
        metadata["token_endpoint"],
        format!("{base}/{tenant}/oauth2/v2.0/token")
    );
    let unknown = call(
        &format!("{base}/nobody/v2.0/.well-known/openid-configuration"),
        None,
    )
    .await;
    assert_eq!(unknown.body["error_codes"], json!([90002]));
    let instance = call(
        &format!("{base}/common/discovery/instance?api-version=1.1"),
        None,
    )
    .await
    .body;
    let discovery = instance["tenant_discovery_endpoint"].as_str().unwrap();
    assert_eq!(call(discovery, None).await.body, metadata);
}
