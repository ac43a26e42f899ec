//! HTTP triggers.

use emulator::Profile;
use emulator::profile::{ExecutionShape, Webhook};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, Reply};

fn trigger(name: &str) -> Value {
    json!({"name": name, "agentPrompt": "Review this event", "agent": "db"})
}

async fn create(client: &Client, name: &str) -> (String, String) {
    let url = client.data_plane("/api/v1/httptriggers/create").await;
    let made = client
        .post(&url, trigger(name))
        .await
        .expect(StatusCode::CREATED);
    assert!(made["message"].is_string());
    (
        made["triggerId"].as_str().unwrap().to_owned(),
        made["triggerUrl"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn triggers_have_ids_of_the_service_and_names_may_repeat() {
    let client = Client::with_agent(Profile::default()).await;
    let (first, url) = create(&client, "guard").await;
    let (second, _) = create(&client, "guard").await;
    assert_ne!(first, second);
    let base = client.data_plane("/api/v1/httpTriggers").await;
    let list = client.get(&base).await.expect(StatusCode::OK);
    let ids: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [first.as_str(), second.as_str()],
        "in the order of creation"
    );
    assert_eq!(list[0]["triggerUrl"], url);
    assert_eq!(list[0]["agentMode"], "Autonomous");
    assert_eq!(list[0]["enabled"], true);

    let one = format!("{base}/{first}");
    let updated = client
        .put(
            &one,
            json!({"name": "guard", "agentPrompt": "Other", "agentMode": "review"}),
        )
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (
            &updated["agentPrompt"],
            &updated["agentMode"],
            &updated["agent"]
        ),
        (&json!("Other"), &json!("review"), &json!(null))
    );
    assert_eq!(
        client.get(&one).await.expect(StatusCode::OK)["agentPrompt"],
        "Other"
    );
    assert_eq!(client.put(&one, json!({"name": "guard"})).await.status, 400);
    assert_eq!(client.delete(&one).await.status, 200);
    assert_eq!(client.delete(&one).await.status, 404);
    assert_eq!(client.get(&one).await.status, 404);
}

#[tokio::test]
async fn a_trigger_runs_unless_disabled() {
    let client = Client::with_agent(Profile::default()).await;
    let (id, webhook) = create(&client, "guard").await;
    let one = client
        .data_plane(&format!("/api/v1/httptriggers/{id}"))
        .await;
    let fired = client
        .post(&webhook, json!({"event": 1}))
        .await
        .expect(StatusCode::ACCEPTED);
    assert_eq!(fired["execution"]["success"], true);
    client
        .emulator
        .change_profile(|profile| profile.execution_shape = ExecutionShape::Flat);
    let fired = client
        .post(&format!("{one}/execute"), json!({}))
        .await
        .expect(StatusCode::ACCEPTED);
    assert!(fired["threadId"].is_string());
    let history = client
        .get(&format!("{one}/executions"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(history.as_array().unwrap().len(), 2);

    assert_eq!(
        client
            .post(&format!("{one}/disable"), json!({}))
            .await
            .expect(StatusCode::OK)["enabled"],
        false
    );
    assert_eq!(client.post(&webhook, json!({})).await.status, 404);
    client
        .post(&format!("{one}/enable"), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(client.post(&webhook, json!({})).await.status, 202);
}

#[tokio::test]
async fn webhook_requires_a_token_unless_configured_otherwise() {
    let client = Client::with_agent(Profile::default()).await;
    let (_, webhook) = create(&client, "guard").await;
    let fire = async || {
        Reply::of(reqwest::Client::new().post(&webhook).send().await.unwrap())
            .await
            .status
    };
    assert_eq!(fire().await, 401);
    client
        .emulator
        .change_profile(|profile| profile.webhook = Webhook::None);
    assert_eq!(fire().await, 202);
}
