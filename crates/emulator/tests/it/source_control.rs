//! Sign-in to Azure DevOps, and the first version of sign-in to GitHub.

use emulator::Profile;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

#[tokio::test]
async fn azure_devops_accepts_tokens_and_returns_none() {
    let client = Client::with_agent(Profile::default()).await;
    let post = async |path: &str, body: Value| {
        let url = format!("/api/v1/AzureDevOps/{path}");
        client.post(&client.data_plane(&url).await, body).await
    };
    let query = "organization=https://dev.azure.com/contoso";
    let pat = post(
        &format!("auth/pat?{query}"),
        json!({"accessToken": "s3cret"}),
    )
    .await;
    assert_eq!(pat.expect(StatusCode::OK)["isConfigured"], true);
    let state = Value::Object(client.emulator.state().unwrap()).to_string();
    assert!(state.contains("s3cret"));
    let aad = post(
        &format!("aadauth/complete?{query}"),
        json!({"aadAccessToken": "t"}),
    )
    .await;
    aad.expect(StatusCode::OK);
    assert_eq!(
        post("auth/pat", json!({"accessToken": "x"})).await.status,
        400
    );
    assert_eq!(
        post(&format!("auth/pat?{query}"), json!({})).await.status,
        400
    );
    let identity = post(&format!("auth/mi?{query}"), json!({})).await;
    assert_eq!(
        identity.code(),
        "InvalidRequestParameter",
        "the agent has none"
    );
    let body = json!({"location": "swedencentral", "identity": {"type": "SystemAssigned"}});
    client.put(AGENT, body).await.expect(StatusCode::OK);
    post(&format!("auth/mi?{query}"), json!({}))
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn a_token_of_the_first_version_is_a_domain_of_the_second() {
    let client = Client::with_agent(Profile::default()).await;
    let first = async |path: &str| client.data_plane(&format!("/api/v1/Github/{path}")).await;
    let status = first("auth/status").await;
    assert_eq!(client.get(&status).await.body["isConfigured"], false);
    let pat = first("auth/pat").await;
    let form = client
        .request(Method::POST, &pat)
        .form(&[("pat", "s3cret")]);
    Reply::of(form.send().await.unwrap())
        .await
        .expect(StatusCode::OK);
    client
        .post(&pat, json!({"accessToken": "s3cret"}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(client.post(&pat, json!({})).await.status, 400);
    assert_eq!(
        client.get(&status).await.body,
        json!({"isConfigured": true, "hosts": [{"host": "github.com", "isConfigured": true}]})
    );
    let domains = client.data_plane("/api/v2/github/domains").await;
    assert_eq!(
        client.get(&domains).await.body["values"][0]["authType"],
        "Pat"
    );
    assert_eq!(client.delete(&first("auth").await).await.status, 204);
    assert_eq!(client.get(&domains).await.body["values"], json!([]));
    assert!(client.get(&first("config").await).await.body["oAuthUrl"].is_string());
}
