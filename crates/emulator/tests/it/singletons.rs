//! Documents of which an agent has exactly one.

use emulator::Profile;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

#[tokio::test]
async fn custom_instructions_exist_from_the_beginning() {
    let client = Client::with_agent(Profile {
        crlf: true,
        ..Profile::default()
    })
    .await;
    let url = client.data_plane("/api/v2/agent/customInstructions").await;
    assert_eq!(
        client.get(&url).await.expect(StatusCode::OK),
        json!({"instructions": ""})
    );
    client
        .put(&url, json!({"instructions": "one\ntwo"}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        client.get(&url).await.body,
        json!({"instructions": "one\r\ntwo"})
    );
    assert_eq!(client.put(&url, json!({})).await.status, 400);
    assert_eq!(client.delete(&url).await.status, 405);
}

async fn put(client: &Client, url: &str, if_match: Option<&str>, body: Value) -> Reply {
    let mut request = client.request(Method::PUT, url).json(&body);
    if let Some(etag) = if_match {
        request = request.header("if-match", etag);
    }
    Reply::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn settings_are_written_with_their_etag() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/api/v2/agent/settings/global").await;
    let first = client.get(&url).await;
    assert_eq!(first.header("etag"), None);
    assert_eq!(
        first.body,
        json!({"permissions": {"allow": [], "ask": [], "deny": []}})
    );

    let deny = json!({"permissions": {"deny": ["FetchWebpage"]}, "other": 1});
    assert_eq!(put(&client, &url, None, deny.clone()).await.status, 428);
    assert_eq!(
        put(&client, &url, Some("\"x\""), deny.clone()).await.status,
        412
    );
    put(&client, &url, Some("*"), deny)
        .await
        .expect(StatusCode::OK);
    let second = client.get(&url).await;
    assert_eq!(
        second.body,
        json!({"permissions": {"deny": ["FetchWebpage"], "allow": [], "ask": []}, "other": 1})
    );

    let etag = second.header("etag").unwrap();
    let empty = json!({"permissions": {}});
    put(&client, &url, Some(&etag), empty.clone())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        put(&client, &url, Some(&etag), empty).await.code(),
        "PreconditionFailed"
    );
}

#[tokio::test]
async fn permissions_of_a_subagent_can_only_allow() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client
        .data_plane("/api/v2/extendedAgent/db/permissions")
        .await;
    assert_eq!(client.get(&url).await.status, 404);
    let subagent = client.data_plane("/api/v2/extendedAgent/agents/db").await;
    let body = json!({"type": "ExtendedAgent", "properties": {"instructions": "x".repeat(50), "handoffs": []}});
    client
        .put(&subagent, body)
        .await
        .expect(StatusCode::ACCEPTED);
    let first = client.get(&url).await.expect(StatusCode::OK);
    assert_eq!(first, json!({"permissions": {"allow": []}}));
    let deny = json!({"permissions": {"deny": ["a"]}});
    assert_eq!(
        put(&client, &url, Some("*"), deny).await.code(),
        "ValidationFailure"
    );
    let allow = json!({"permissions": {"allow": ["a"]}});
    put(&client, &url, Some("*"), allow.clone())
        .await
        .expect(StatusCode::OK);
    assert_eq!(client.get(&url).await.body, allow);
    let global = client.data_plane("/api/v2/agent/settings/global").await;
    assert_eq!(client.get(&global).await.header("etag"), None);
}

#[rstest]
#[case(json!({"permissions": []}))]
#[case(json!({"permissions": {"deny": "x"}}))]
#[case(json!({"permissions": {"deny": [1]}}))]
#[case(json!({"permissions": {"deny": vec!["x"; 1001]}}))]
#[tokio::test]
async fn bad_settings_are_refused(#[case] body: Value) {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/api/v2/agent/settings/global").await;
    assert_eq!(
        put(&client, &url, Some("*"), body).await.code(),
        "ValidationFailure"
    );
    assert_eq!(client.get(&url).await.header("etag"), None);
}

#[tokio::test]
async fn tools_of_a_connector_appear_with_it_and_can_be_enabled() {
    let client = Client::with_agent(Profile {
        connector_polls: 1,
        ..Profile::default()
    })
    .await;
    let tools = client.data_plane("/api/v2/agent/tools").await;
    let find = async |name: &str| {
        let catalog = client.get(&tools).await.expect(StatusCode::OK);
        catalog["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|tool| tool["name"] == name)
            .cloned()
    };
    assert_eq!(find("FetchWebpage").await.unwrap()["enabled"], false);
    let connector = json!({"properties": {"dataConnectorType": "Mcp", "dataSource": "placeholder",
        "extendedProperties": {"type": "http", "endpoint": "https://m", "selectedTools": ["execute-dql"]}}});
    let created = client
        .put(&format!("{AGENT}/DataConnectors/dynatrace"), connector)
        .await;
    assert_eq!(
        find("dynatrace_execute-dql").await,
        None,
        "not connected yet"
    );
    client.wait(&created).await;
    let tool = find("dynatrace_execute-dql").await.unwrap();
    assert_eq!(
        (&tool["source"], &tool["enabled"]),
        (&json!("mcp"), &json!(false))
    );

    let configure = format!("{tools}/configure");
    let set =
        |name: &str, enabled: bool| json!({"overrides": [{"name": name, "enabled": enabled}]});
    client
        .post(&configure, set("FetchWebpage", true))
        .await
        .expect(StatusCode::OK);
    client
        .post(&configure, set("dynatrace_execute-dql", true))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        find("FetchWebpage").await.unwrap()["enabled"],
        true,
        "overrides are merged"
    );
    assert_eq!(
        find("dynatrace_execute-dql").await.unwrap()["enabled"],
        true
    );
    assert_eq!(
        client.post(&configure, set("ReadFile", false)).await.code(),
        "ValidationFailure"
    );
    assert_eq!(
        client
            .post(&configure, json!({"overrides": [{"name": "x"}]}))
            .await
            .status,
        400
    );
}
