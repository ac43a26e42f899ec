//! GitHub domains.

use emulator::Profile;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::Client;

#[tokio::test]
async fn token_of_a_domain_is_not_returned() {
    let client = Client::with_agent(Profile::default()).await;
    let domains = client.data_plane("/api/v2/github/domains").await;
    assert_eq!(
        client.get(&domains).await.expect(StatusCode::OK),
        json!({"values": []})
    );
    let domain = format!("{domains}/github_com");
    assert_eq!(client.get(&domain).await.status, 404);
    let shown = client
        .put(&domain, json!({"AuthType": "Pat", "Pat": "s3cret"}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        shown,
        json!({"domain": "github.com", "authType": "Pat", "name": "github.com", "isConfigured": true, "isHealthy": true})
    );
    assert_eq!(
        client.get(&format!("{domains}/github.com")).await.body,
        shown
    );
    assert!(
        Value::Object(client.emulator.state().unwrap())
            .to_string()
            .contains("s3cret")
    );

    let app = json!({"authType": "GitHubApp", "clientId": "Iv1", "privateKeySecretUri": "https://kv.vault.azure.net/keys/k", "keyVaultManagedIdentityId": "/i"});
    client
        .put(&format!("{domains}/ghe_example_com"), app)
        .await
        .expect(StatusCode::OK);
    let listed = client.get(&domains).await.body;
    let names: Vec<&Value> = listed["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["domain"])
        .collect();
    assert_eq!(names, ["ghe.example.com", "github.com"]);
    assert_eq!(client.delete(&domain).await.status, 204);
    assert_eq!(client.delete(&domain).await.status, 404);
    let config = client
        .get(&client.data_plane("/api/v2/github/oauth/config").await)
        .await
        .expect(StatusCode::OK);
    assert!(config["oAuthUrl"].is_string());
}

#[rstest]
#[case("github_com", json!({"pat": "x"}), "authType")]
#[case("github_com", json!({"authType": "Pat"}), "pat")]
#[case("ghe_example_com", json!({"authType": "Pat", "pat": "x"}), "github.com only")]
#[case("github_com", json!({"authType": "GitHubApp", "clientId": "x"}), "privateKeySecretUri")]
#[case("github_com", json!({"authType": "OAuth"}), "OAuth")]
#[tokio::test]
async fn incomplete_domains_are_refused(
    #[case] domain: &str,
    #[case] body: Value,
    #[case] message: &str,
) {
    let client = Client::with_agent(Profile::default()).await;
    let url = client
        .data_plane(&format!("/api/v2/github/domains/{domain}"))
        .await;
    let reply = client.put(&url, body).await;
    assert_eq!(reply.code(), "ValidationFailure");
    assert!(
        reply.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains(message),
        "{}",
        reply.body
    );
}
