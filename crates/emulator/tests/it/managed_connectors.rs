//! Managed connectors.

use emulator::Profile;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::Client;

async fn url(client: &Client, path: &str) -> String {
    client
        .data_plane(&format!("/api/v2/connectorV2/{path}"))
        .await
}

#[rstest]
#[case::oauth("jira", json!({}), false, "Unauthenticated")]
#[case::inner("team-jira", json!({"properties": {"connectorName": "jira"}}), false, "Unauthenticated")]
#[case::consent("jira", json!({}), true, "Connected")]
#[case::key("mail", json!({"connectorName": "sendgrid", "parameterValues": {"apiKey": "s3cret"}}), false, "Connected")]
#[case::key_set("mail", json!({"connectorName": "sendgrid", "parameterValueSet": {"name": "key", "values": {"apiKey": "s3cret"}}}), false, "Connected")]
#[case::no_key("sendgrid", json!({}), false, "Error")]
#[tokio::test]
async fn connection_waits_for_the_sign_in_of_its_api(
    #[case] name: &str,
    #[case] body: Value,
    #[case] consent: bool,
    #[case] status: &str,
) {
    let client = Client::with_agent(Profile {
        oauth_consent: consent,
        ..Profile::default()
    })
    .await;
    let connection = url(&client, &format!("connections/{name}")).await;
    let shown = client
        .put(&connection, body.clone())
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(shown["properties"]["overallStatus"], status);
    assert!(!shown.to_string().contains("s3cret"), "{shown}");
    assert_eq!(client.put(&connection, body).await.status, 200);
    assert_eq!(client.get(&connection).await.body, shown);
    let policy = format!("{connection}/accessPolicies/{name}-policy");
    client.put(&policy, json!({})).await.expect(StatusCode::OK);
    let list = url(&client, "connections").await;
    assert_eq!(client.get(&list).await.body["value"][0]["name"], name);
    assert_eq!(client.delete(&connection).await.status, 204);
    assert_eq!(client.put(&policy, json!({})).await.status, 404);
}

#[tokio::test]
async fn servers_offer_operations_of_connections() {
    let client = Client::with_agent(Profile::default()).await;
    let server = url(&client, "mcpservers/Jira").await;
    let body = json!({"properties": {"connectors": [{"name": "jira", "connectionName": "jira"}]},
        "runtimeMcpConfiguration": {"requireApprovalTools": ["CreateItem"]}});
    let shown = client.put(&server, body).await.expect(StatusCode::CREATED);
    assert_eq!(
        (
            &shown["name"],
            &shown["properties"]["state"],
            &shown["runtimeMcpConfiguration"]["requireApprovalTools"]
        ),
        (&json!("Jira"), &json!("Enabled"), &json!(["CreateItem"]))
    );
    assert_eq!(client.get(&server).await.body, shown);
    for body in [
        json!({}),
        json!({"properties": {"connectors": [{"name": "jira"}]}}),
    ] {
        assert_eq!(client.put(&server, body).await.code(), "ValidationFailure");
    }
    let apis = client.get(&url(&client, "managedApis").await).await.body;
    assert_eq!(apis["value"][0]["name"], "jira");
    let operations = url(&client, "connectors/jira/operations").await;
    assert_eq!(
        client.get(&operations).await.body["value"][0]["name"],
        "ListItems"
    );
    let unknown = url(&client, "connectors/unheard/operations").await;
    assert_eq!(client.get(&unknown).await.status, 404);
}
