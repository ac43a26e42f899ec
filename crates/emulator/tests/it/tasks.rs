//! Scheduled tasks in their first version, together with the second.

use emulator::Profile;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;

fn task(name: &str) -> Value {
    json!({"name": name, "cronExpression": "0 7 * * 1-5", "agentPrompt": "Summarize the night."})
}

async fn tasks(client: &Client, id: &str) -> String {
    client
        .data_plane(&format!("/api/v1/scheduledTasks{id}"))
        .await
}

async fn named(client: &Client, name: &str) -> String {
    client
        .data_plane(&format!("/api/v2/extendedAgent/scheduledtasks/{name}"))
        .await
}

async fn put_named(client: &Client, name: &str) -> Value {
    let body = json!({"name": name, "type": "ScheduledTask", "properties": task(name)});
    client.put(&named(client, name).await, body).await.body
}

#[tokio::test]
async fn tasks_can_share_a_name() {
    let client = Client::with_agent(Profile::default()).await;
    let list = tasks(&client, "").await;
    let first = client
        .post(&list, task("check"))
        .await
        .expect(StatusCode::CREATED);
    let second = client
        .post(&list, task("check"))
        .await
        .expect(StatusCode::CREATED);
    assert_ne!(first["id"], second["id"]);
    assert_eq!(first["taskId"], first["id"]);
    assert_eq!(client.get(&list).await.body, json!([first, second]));
    assert_eq!(
        (
            &first["status"],
            &first["agentMode"],
            &first["executionCount"]
        ),
        (&json!("Active"), &json!("Review"), &json!(0))
    );
    let next = first["nextExecutionTime"].as_str().unwrap();
    assert!(next.ends_with("T07:00:00Z"), "{next}");

    let one = tasks(&client, &format!("/{}", first["id"].as_str().unwrap())).await;
    let changed = client
        .put(
            &one,
            json!({"cronExpression": "5 8 * * *", "status": "Paused", "agent": "db"}),
        )
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (
            &changed["name"],
            &changed["cronExpression"],
            &changed["status"],
            &changed["nextExecutionTime"],
            &changed["agent"]
        ),
        (
            &json!("check"),
            &json!("5 8 * * *"),
            &json!("Paused"),
            &Value::Null,
            &Value::Null
        )
    );
    client
        .post(&format!("{one}/resume"), json!({}))
        .await
        .expect(StatusCode::OK);
    let run = client
        .post(&format!("{one}/execute"), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(run["execution"]["success"], true);
    let seen = client.get(&one).await.body;
    assert_eq!(
        (&seen["status"], &seen["executionCount"], &seen["threadId"]),
        (&json!("Active"), &json!(1), &run["execution"]["threadId"])
    );
    assert_eq!(client.delete(&one).await.status, 204);
    assert_eq!(client.delete(&one).await.code(), "NotFound");
    assert_eq!(client.get(&list).await.body, json!([second]));
}

#[tokio::test]
async fn bad_tasks_are_refused() {
    let client = Client::with_agent(Profile::default()).await;
    let list = tasks(&client, "").await;
    for body in [
        json!({"cronExpression": "0 7 * * *", "agentPrompt": "p"}),
        json!({"name": "a", "cronExpression": "0 7 * *", "agentPrompt": "p"}),
        json!({"name": "a", "cronExpression": "0 7 * * *"}),
    ] {
        assert_eq!(
            client.post(&list, body.clone()).await.code(),
            "ValidationFailure",
            "{body}"
        );
    }
    assert_eq!(client.get(&list).await.body, json!([]));
}

#[tokio::test]
async fn named_task_has_an_id_and_pausing_disables_it() {
    let client = Client::with_agent(Profile::default()).await;
    put_named(&client, "check").await;
    put_named(&client, "check").await;
    let list = tasks(&client, "").await;
    let listed = client.get(&list).await.body;
    assert_eq!(
        listed.as_array().unwrap().len(),
        1,
        "the second version upserts"
    );
    assert_eq!(listed[0]["name"], "check");
    let one = tasks(&client, &format!("/{}", listed[0]["id"].as_str().unwrap())).await;
    let paused = client
        .post(&format!("{one}/pause"), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(paused["status"], "Paused");
    let object = named(&client, "check").await;
    assert_eq!(
        client.get(&object).await.body["properties"]["status"],
        "Paused"
    );
    client
        .put(&one, json!({"agentPrompt": "Other."}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        client.get(&object).await.body["properties"]["agentPrompt"],
        "Other."
    );
    put_named(&client, "check").await;
    assert_eq!(
        client.get(&one).await.body["status"],
        "Paused",
        "the id stays, and so does what a body does not say"
    );
    assert_eq!(client.delete(&one).await.status, 204);
    assert_eq!(client.get(&object).await.status, 404);
    assert_eq!(client.get(&list).await.body, json!([]));
}
