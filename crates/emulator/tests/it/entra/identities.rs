//! Managed identities and people.

use emulator::Profile;
use reqwest::StatusCode;
use serde_json::json;

use super::call;
use crate::client::{AGENT, Client, Reply};

#[tokio::test]
async fn managed_identities_get_tokens() {
    let client = Client::with_agent(Profile::default()).await;
    let addresses = client.emulator.addresses().clone();
    let http = reqwest::Client::new();
    let imds = |query: &str| {
        http.get(format!(
            "{}/metadata/identity/oauth2/token?api-version=2018-02-01&{query}",
            addresses.imds_endpoint
        ))
    };
    let identities = client.emulator.profile().entra.managed_identities;
    let unheaded = Reply::of(
        imds("resource=https://management.azure.com")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (unheaded.status, &unheaded.body["error"]),
        (400, &json!("invalid_request"))
    );
    let resource_id = identities[1].resource_id.clone().unwrap();
    for (query, identity) in [
        (
            "resource=https://management.azure.com".to_owned(),
            &identities[0],
        ),
        (
            format!(
                "resource=https://management.azure.com&client_id={}",
                identities[1].client_id
            ),
            &identities[1],
        ),
        (
            format!("resource=https://management.azure.com&msi_res_id={resource_id}"),
            &identities[1],
        ),
    ] {
        let body = Reply::of(
            imds(&query)
                .header("metadata", "true")
                .send()
                .await
                .unwrap(),
        )
        .await
        .expect(StatusCode::OK);
        assert_eq!(body["client_id"], identity.client_id);
        assert!(body["expires_on"].is_string());
        let arm = format!(
            "{}{AGENT}?api-version=2025-05-01-preview",
            client.emulator.url()
        );
        assert_eq!(call(&arm, body["access_token"].as_str()).await.status, 200);
    }
    for (query, error) in [
        (
            "resource=https://management.azure.com&client_id=x",
            "invalid_request",
        ),
        ("resource=https://example.net", "invalid_resource"),
        ("client_id=x", "invalid_request"),
    ] {
        let reply = Reply::of(imds(query).header("metadata", "true").send().await.unwrap()).await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (400, &json!(error)),
            "{query}"
        );
    }
    let app_service = format!(
        "{}?api-version=2019-08-01&resource=https://azuresre.dev",
        addresses.identity_endpoint
    );
    assert_eq!(http.get(&app_service).send().await.unwrap().status(), 401);
    let body = Reply::of(
        http.get(&app_service)
            .header("x-identity-header", &addresses.identity_header)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let skills = client.data_plane("/api/v2/extendedAgent/skills").await;
    assert_eq!(
        call(&skills, body.body["access_token"].as_str())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn app_service_has_its_own_format_of_refusals() {
    let client = Client::new(Profile::default()).await;
    let addresses = client.emulator.addresses();
    let endpoint = format!("{}?api-version=2019-08-01", addresses.identity_endpoint);
    for (query, header, status) in [
        ("&resource=https://azuresre.dev", "wrong", 401),
        ("", &*addresses.identity_header, 400),
        (
            "&resource=https://azuresre.dev&client_id=nobody",
            &*addresses.identity_header,
            400,
        ),
        (
            "&resource=https://example.com",
            &*addresses.identity_header,
            400,
        ),
    ] {
        let request = reqwest::Client::new()
            .get(format!("{endpoint}{query}"))
            .header("x-identity-header", header);
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!(reply.status, status, "{query}");
        assert_eq!(reply.body["statusCode"], status, "{query}");
        assert!(!reply.body["message"].as_str().unwrap().is_empty());
        assert_eq!(reply.body.get("error"), None, "{query}");
    }
}

#[tokio::test]
async fn device_code_signs_a_person_in() {
    let client = Client::with_agent(Profile::default()).await;
    let post = async |path: &str, form: &[(&str, &str)]| {
        let url = format!("{}/organizations/oauth2/v2.0/{path}", client.emulator.url());
        let request = reqwest::Client::new().post(url).form(form);
        Reply::of(request.send().await.unwrap()).await
    };
    let scope = "https://management.azure.com//.default openid offline_access profile";
    let ask = [("client_id", "cli"), ("scope", scope)];
    let code = post("devicecode", &ask).await.expect(StatusCode::OK);
    let code = code["device_code"].as_str().unwrap();
    let poll = |client_id| {
        [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", client_id),
            ("device_code", code),
        ]
    };
    let other = post("token", &poll("other")).await;
    assert_eq!(other.body["error"], "invalid_grant");
    let tokens = post("token", &poll("cli")).await.expect(StatusCode::OK);
    let text = |member: &str| tokens[member].as_str().unwrap().to_owned();
    let arm = format!(
        "{}{AGENT}?api-version=2025-05-01-preview",
        client.emulator.url()
    );
    assert_eq!(call(&arm, Some(&text("access_token"))).await.status, 200);
    for member in ["refresh_token", "id_token"] {
        let status = call(&arm, Some(&text(member))).await.status;
        assert_eq!(status, 401, "a {member} is no access token");
    }

    let refresh = text("refresh_token");
    let again = |token| {
        [
            ("grant_type", "refresh_token"),
            ("client_id", "cli"),
            ("refresh_token", token),
            ("scope", "https://azuresre.dev/.default offline_access"),
        ]
    };
    let fresh = post("token", &again(&*refresh))
        .await
        .expect(StatusCode::OK);
    let skills = client.data_plane("/api/v2/extendedAgent/skills").await;
    let token = fresh["access_token"].as_str();
    assert_eq!(call(&skills, token).await.status, 200);
    assert_eq!(
        post("token", &again(code)).await.body["error"],
        "invalid_grant",
        "a code is no refresh token"
    );
}
