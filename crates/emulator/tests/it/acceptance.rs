//! A patient client succeeds with the acceptance profile.

use emulator::Profile;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

/// Repeats a request until it answers with this status, and returns how many times it did not.
async fn until(
    client: &Client,
    method: Method,
    url: &str,
    body: &Value,
    wanted: StatusCode,
) -> (Value, u32) {
    for refusals in 0..20 {
        let reply = Reply::of(
            client
                .request(method.clone(), url)
                .json(body)
                .send()
                .await
                .unwrap(),
        )
        .await;
        if reply.status == wanted {
            return (reply.body, refusals);
        }
    }
    panic!("{method} {url} never answered {wanted}");
}

#[tokio::test]
async fn patient_client_succeeds_with_the_acceptance_profile() {
    let client = Client::new(Profile::acceptance()).await;
    let created = client.put(AGENT, json!({"location": "swedencentral", "properties": {"incidentManagementConfiguration": {"type": "AzMonitor"}}})).await;
    assert_eq!(client.wait(&created).await.len(), 3);

    let filter = client
        .data_plane("/api/v2/extendedAgent/incidentFilters/one")
        .await;
    let body = json!({"name": "one", "type": "IncidentFilter", "properties": {"incidentPlatform": "AzMonitor"}});
    let (_, refusals) = until(&client, Method::PUT, &filter, &body, StatusCode::CREATED).await;
    assert_eq!(
        refusals, 6,
        "two each for the start, the role and the platform"
    );
    let (_, refusals) = until(&client, Method::GET, &filter, &json!({}), StatusCode::OK).await;
    assert_eq!(refusals, 2, "the lag");

    let handler = client
        .data_plane("/api/v1/incidentPlayground/handlers/one-handler")
        .await;
    let body = json!({"incidentFilterId": "one", "customInstructions": "Ask first."});
    until(&client, Method::PUT, &handler, &body, StatusCode::CREATED).await;
    let (_, refusals) = until(&client, Method::POST, &handler, &body, StatusCode::OK).await;
    assert_eq!(refusals, 0, "POST updates");
    assert_eq!(client.put(&handler, body).await.status, 409);

    let connector = json!({"properties": {"dataConnectorType": "Kusto", "dataSource": "https://c.kusto.windows.net/db"}});
    let first = client
        .put(&format!("{AGENT}/DataConnectors/k1"), connector.clone())
        .await;
    assert_eq!(first.status, 201);
    let (_, refusals) = until(
        &client,
        Method::PUT,
        &format!("{AGENT}/DataConnectors/k2"),
        &connector,
        StatusCode::CREATED,
    )
    .await;
    assert_eq!(refusals, 2, "one connector at a time");
    assert_eq!(client.wait(&first).await, ["Succeeded"]);

    until(
        &client,
        Method::DELETE,
        AGENT,
        &json!({}),
        StatusCode::ACCEPTED,
    )
    .await;
    until(
        &client,
        Method::GET,
        AGENT,
        &json!({}),
        StatusCode::NOT_FOUND,
    )
    .await;
    until(
        &client,
        Method::DELETE,
        AGENT,
        &json!({}),
        StatusCode::NO_CONTENT,
    )
    .await;
}
