//! Differences between builds of the service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emulator::Profile;
use emulator::profile::{Base64Bodies, McpHeaders, SkillText, TaskState};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{AGENT, Client};

const LONG: &str = "Compare the last hour with the same hour of yesterday, then report.";

fn task(properties: Value) -> Value {
    let mut document = json!({"name": "night", "type": "ScheduledTask",
        "properties": {"cronExpression": "0 7 * * *", "agentPrompt": "p"}});
    for (name, value) in properties.as_object().unwrap() {
        document["properties"][name] = value.clone();
    }
    document
}

#[tokio::test]
async fn task_is_enabled_by_its_status() {
    let client = Client::with_agent(Profile {
        task_state: TaskState::Status,
        ..Profile::default()
    })
    .await;
    let url = client
        .data_plane("/api/v2/extendedAgent/scheduledtasks/night")
        .await;
    let status = async |sent: Value| {
        client.put(&url, task(sent)).await;
        let shown = client.get(&url).await.body;
        let properties = shown["properties"].as_object().unwrap().clone();
        assert!(!properties.contains_key("isEnabled"));
        for member in ["startTime", "endTime", "notificationChannel"] {
            assert!(properties.contains_key(member), "{member}");
        }
        properties["status"].clone()
    };
    assert_eq!(status(json!({})).await, "Active");
    assert_eq!(status(json!({"status": "Paused"})).await, "Paused");
    assert_eq!(
        status(json!({"isEnabled": true})).await,
        "Paused",
        "this build does not know isEnabled"
    );
    let list = client.data_plane("/api/v1/scheduledtasks").await;
    let listed = client.get(&list).await.body;
    assert_eq!(listed[0]["status"], "Paused");
    let resume = format!("{list}/{}/resume", listed[0]["id"].as_str().unwrap());
    let resumed = client.post(&resume, json!({})).await.expect(StatusCode::OK);
    assert_eq!(resumed["status"], "Active");
    assert_eq!(
        client.get(&url).await.body["properties"]["status"],
        "Active"
    );
}

#[tokio::test]
async fn text_of_a_skill_is_returned_under_the_name_of_the_build() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/api/v2/extendedAgent/skills/a").await;
    for (build, sent, other) in [
        (SkillText::SkillContent, "skillMdContent", "skillContent"),
        (SkillText::SkillMdContent, "skillContent", "skillMdContent"),
    ] {
        client
            .emulator
            .change_profile(|profile| profile.skill_text = build);
        let body = json!({"type": "Skill", "properties": {sent: LONG}});
        client.put(&url, body).await;
        let shown = client.get(&url).await.body;
        assert_eq!(shown["properties"][other], LONG);
        assert_eq!(shown["properties"].get(sent), None);
        let short = json!({"type": "Skill", "properties": {sent: "short"}});
        assert_eq!(client.put(&url, short).await.status, 400);
    }
}

#[tokio::test]
async fn base64_body_is_returned_completed_or_as_sent() {
    let client = Client::with_agent(Profile::default()).await;
    let url = format!("{AGENT}/skills/a");
    let sent = STANDARD.encode(json!({ "skillContent": LONG }).to_string());
    let body = json!({"properties": {"value": sent}});
    client.put(&url, body).await.expect(StatusCode::CREATED);
    let value = async || {
        let shown = client.get(&url).await.body;
        shown["properties"]["value"].as_str().unwrap().to_owned()
    };
    let decoded = |value: &str| -> Value {
        serde_json::from_slice(&STANDARD.decode(value).unwrap()).unwrap()
    };
    assert_eq!(decoded(&value().await)["additionalFiles"], json!([]));
    client
        .emulator
        .change_profile(|profile| profile.null_lists = true);
    assert_eq!(decoded(&value().await)["additionalFiles"], Value::Null);
    client
        .emulator
        .change_profile(|profile| profile.base64_bodies = Base64Bodies::AsSent);
    assert_eq!(value().await, sent);

    let data_plane = client.data_plane("/api/v2/extendedAgent/skills/a").await;
    let change = json!({"properties": {"description": "d"}});
    client
        .patch(&data_plane, change)
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        decoded(&value().await)["description"],
        "d",
        "what the other plane wrote was never sent in base64"
    );
}

#[tokio::test]
async fn headers_and_tokens_of_connectors_may_be_lost_or_masked() {
    let client = Client::with_agent(Profile {
        mcp_headers: McpHeaders::Lost,
        mask_bearer_tokens: true,
        ..Profile::default()
    })
    .await;
    let url = client
        .data_plane("/api/v2/extendedAgent/connectors/mcp")
        .await;
    let extended = json!({"type": "http", "endpoint": "https://m", "authType": "CustomHeaders",
        "x-mcp-key": "k", "headers": {"x-mcp-key": "k"}, "bearerToken": "t"});
    let body = json!({"type": "AgentConnector", "properties": {"dataConnectorType": "Mcp", "extendedProperties": extended}});
    client.put(&url, body).await.expect(StatusCode::OK);
    let shown = client.get(&url).await.body;
    let extended = &shown["properties"]["extendedProperties"];
    assert_eq!(extended["x-mcp-key"], "k");
    assert_eq!(extended.get("headers"), None);
    assert_eq!(extended["bearerToken"], Value::Null);
    let stored = Value::Object(client.emulator.state().unwrap()).to_string();
    assert!(stored.contains("bearerToken\":\"t\""), "{stored}");
}

#[tokio::test]
async fn a_new_agent_may_refuse_patches_for_a_while() {
    let client = Client::with_agent(Profile {
        late_conflicts: 2,
        ..Profile::default()
    })
    .await;
    let change = json!({"tags": {"a": "b"}});
    for _ in 0..2 {
        let refused = client.patch(AGENT, change.clone()).await;
        assert_eq!((refused.status, refused.code()), (409, "OperationConflict"));
    }
    client.patch(AGENT, change).await.expect(StatusCode::OK);
}
