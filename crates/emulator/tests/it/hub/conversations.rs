//! Messages over a hub.

use emulator::Profile;
use emulator::profile::{HubEvent, TurnEnd};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Hub, RESTART, message, start};
use crate::client::{AGENT, Client};

#[tokio::test]
async fn a_conversation_is_streamed_in_parts() {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = Hub::connect(&client).await;
    let error = hub
        .invoke(
            "CreateThread",
            json!(["t1", start("What happened to the checkout?"), false]),
        )
        .await;
    assert_eq!(error, None);
    let turn = hub.turn().await;
    assert_eq!(turn.thread(), "t1");
    let echo = &turn.updates[0];
    assert_eq!(
        (&echo["role"], &echo["contents"]),
        (
            &json!("user"),
            &json!([{"$type": "text", "text": "What happened to the checkout?"}])
        )
    );
    assert_eq!(
        turn.actions(),
        ["AppendUserStreamMessage", "SignalProcessingComplete"]
    );
    assert!(!turn.reasoning.is_empty());
    let end = turn.updates.last().unwrap();
    assert_eq!(
        (&end["contents"], &end["finishReason"]),
        (&json!([]), &json!("stop"))
    );

    // REST returns the streamed message, with the same id.
    let messages = client.data_plane("/api/v1/threads/t1/messages").await;
    let messages = client.get(&messages).await.expect(StatusCode::OK);
    let stored = &messages["value"][1];
    assert_eq!(stored["text"], turn.answer());
    assert_eq!(stored["id"], *turn.said.keys().next().unwrap());

    let error = hub
        .invoke("CreateMessage", json!(["t1", message("And today?"), false]))
        .await;
    assert_eq!(error, None);
    let next = hub.turn().await;
    assert!(next.answer().contains("And today?"), "{}", next.answer());
    // The record contains no token.
    for request in client.emulator.requests() {
        assert!(!request.query.contains("token"), "{}", request.query);
    }
}

#[tokio::test]
async fn command_is_streamed_with_its_call_and_the_decision() {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = Hub::connect(&client).await;
    let error = hub
        .invoke("createthread", json!(["t1", start(RESTART), false]))
        .await;
    assert_eq!(error, None);
    let asked = hub.turn().await;
    assert_eq!(
        asked.actions(),
        [
            "AppendUserStreamMessage",
            "AppendAgentToolCallMessage",
            "SignalProcessingComplete"
        ]
    );
    let [execution] = asked.executions.as_slice() else {
        panic!("{:?}", asked.executions);
    };
    assert_eq!(
        (&execution["status"], &execution["command"]),
        (&json!("Pending"), &json!("restart orders-api"))
    );
    let call = asked.updates.iter().position(|update| {
        update["contents"][0]["$type"] == "functionCall"
            && update["contents"][0]["name"] == "RunAzCliWriteCommands"
    });
    let before = &asked.updates[call.unwrap() - 1];
    assert_eq!(
        (&before["contents"], &before["finishReason"]),
        (&json!([]), &json!("tool_calls"))
    );

    let id = execution["id"].as_str().unwrap();
    let url = format!("/api/v1/azCliExecution/t1/{id}/action");
    let url = client.data_plane(&url).await;
    client
        .post(&url, json!({"action": "run", "user": "Ada"}))
        .await
        .expect(StatusCode::OK);
    let decided = hub.turn().await;
    assert_eq!(
        decided.actions(),
        [
            "AppendAgentToolCallMessage",
            "AppendAgentToolCallResult",
            "SignalProcessingComplete"
        ]
    );
    assert_eq!(decided.executions[0]["status"], "Completed");
    assert!(decided.answer().starts_with("I have run"), "{decided:?}");
}

#[tokio::test]
async fn clients_receive_all_threads_of_their_agent_only() {
    let client = Client::with_agent(Profile::default()).await;
    let other = AGENT.replace("shop", "bank");
    let made = client
        .put(&other, json!({"location": "swedencentral"}))
        .await;
    client.wait(&made).await;
    let (mut one, mut two) = (Hub::connect(&client).await, Hub::connect(&client).await);

    // This agent's messages do not arrive here.
    let bank = client.get(&other).await.body;
    let bank = bank["properties"]["agentEndpoint"]
        .as_str()
        .unwrap()
        .to_owned();
    client
        .post(&format!("{bank}/api/v1/threads"), start("Not for you."))
        .await
        .expect(StatusCode::CREATED);
    let threads = client.data_plane("/api/v1/threads").await;
    let thread = client
        .post(&threads, start("By REST."))
        .await
        .expect(StatusCode::CREATED);
    for hub in [&mut one, &mut two] {
        let turn = hub.turn().await;
        assert_eq!(thread["id"], turn.thread());
        assert!(turn.answer().contains("By REST."));
    }
    let trigger = client.data_plane("/api/v1/httptriggers/create").await;
    let trigger = client
        .post(
            &trigger,
            json!({"name": "t", "agentPrompt": "Look at the queue."}),
        )
        .await
        .body;
    let url = format!(
        "/api/v1/httptriggers/{}/execute",
        trigger["triggerId"].as_str().unwrap()
    );
    let url = client.data_plane(&url).await;
    client
        .post(&url, Value::Null)
        .await
        .expect(StatusCode::ACCEPTED);
    for hub in [&mut one, &mut two] {
        assert!(hub.turn().await.answer().contains("Look at the queue."));
    }
}

#[tokio::test]
async fn listeners_need_not_poll() {
    let profile = Profile {
        answer_polls: 2,
        ..Profile::default()
    };
    let client = Client::with_agent(profile).await;
    let threads = client.data_plane("/api/v1/threads").await;
    let thread = client.post(&threads, start("Before.")).await.body;
    assert_eq!(thread["lastMessage"]["isComplete"], false);
    // A client that connects while the agent is working receives the end of the answer.
    let mut hub = Hub::connect(&client).await;
    let turn = hub.turn().await;
    assert_eq!(thread["id"], turn.thread());
    assert!(turn.answer().contains("Before."));
    let id = thread["id"].as_str().unwrap();
    let error = hub
        .invoke("CreateMessage", json!([id, message("Now."), false]))
        .await;
    assert_eq!(error, None);
    assert!(hub.turn().await.answer().contains("Now."));
    let messages = client.get(&format!("{threads}/{id}/messages")).await.body;
    assert_eq!(messages["state"], "Idle");
}

#[tokio::test]
async fn builds_differ_in_the_name_of_the_event_and_the_end_of_a_turn() {
    let profile = Profile {
        hub_event: HubEvent::LowerCase,
        turn_end: TurnEnd::EmptyText,
        late_turn_end: true,
        ..Profile::default()
    };
    let client = Client::with_agent(profile).await;
    let mut hub = Hub::connect(&client).await;
    let is_end = |update: &Value| {
        update["role"] == "assistant"
            && update["contents"] == json!([{"$type": "text", "text": ""}])
            && update["additionalProperties"]["streamMessageType"].is_null()
    };
    // The end of the first turn is sent again during the second.
    for (text, ends) in [("One.", 1), ("Two.", 2)] {
        let (target, argument) = if ends == 1 {
            ("CreateThread", start(text))
        } else {
            ("CreateMessage", message(text))
        };
        assert_eq!(
            hub.invoke(target, json!(["t", argument, false])).await,
            None
        );
        let mut seen = Vec::new();
        let mut updates = 0;
        while seen.len() < ends {
            let call = hub.next().await.unwrap();
            assert_eq!(call["target"], "messageupdate");
            updates += 1;
            if is_end(&call["arguments"][0]) {
                seen.push(updates);
            }
        }
        assert!(seen.len() == 1 || seen[0] == 2, "{seen:?}");
    }
}
