//! The hub of an agent, by a plain WebSocket client that knows SignalR's records.

use std::collections::BTreeMap;
use std::time::Duration;

use emulator::profile::{HubEvent, Role, TurnEnd};
use emulator::{Fault, Profile};
use futures::{SinkExt as _, StreamExt as _};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{AGENT, Client};

const RESTART: &str = "Checkout is slow. Please restart orders-api.";
/// How long anything may take before the test has failed.
const LIMIT: Duration = Duration::from_secs(60);

/// A connection to the hub of `shop`.
struct Hub {
    socket: WebSocketStream<TcpStream>,
    received: String,
    next_id: u64,
}

/// What a turn looked like to somebody who listens: what was said by message, and the rest.
#[derive(Debug, Default)]
struct Turn {
    /// Updates in their order.
    updates: Vec<Value>,
    /// Texts that are no part of anything else, joined by message.
    said: BTreeMap<String, String>,
    reasoning: String,
    /// Executions of commands, from their joined parts.
    executions: Vec<Value>,
}

impl Hub {
    /// Connects by the URL of a hub.
    async fn open(url: &str, token: Option<&str>) -> Result<Self, tungstenite::Error> {
        let mut request = url.replacen("http", "ws", 1).into_client_request()?;
        if let Some(token) = token {
            let token = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert("authorization", token);
        }
        let authority = request.uri().authority().unwrap().to_string();
        let stream = TcpStream::connect(authority).await.unwrap();
        let (socket, _) = client_async(request, stream).await?;
        Ok(Self {
            socket,
            received: String::new(),
            next_id: 0,
        })
    }

    /// Negotiates, connects and shakes hands.
    async fn connect(client: &Client) -> Self {
        let url = client.data_plane("/agentHub").await;
        let agreed = client
            .post(&format!("{url}/negotiate?negotiateVersion=1"), Value::Null)
            .await
            .expect(StatusCode::OK);
        let id = agreed["connectionToken"].as_str().unwrap();
        let token = client.emulator.token();
        let url = format!("{url}?id={id}&access_token={token}");
        let mut hub = Self::open(&url, None).await.unwrap();
        assert_eq!(hub.shake_hands("json").await, json!({}));
        hub
    }

    async fn shake_hands(&mut self, protocol: &str) -> Value {
        self.send(&json!({"protocol": protocol, "version": 1}))
            .await;
        self.next().await.unwrap()
    }

    async fn send(&mut self, record: &Value) {
        self.send_text(&format!("{record}\u{1e}")).await;
    }

    async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next record; none once the connection has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((record, rest)) = self.received.split_once('\u{1e}') {
                let record = serde_json::from_str(record).unwrap();
                self.received = rest.to_owned();
                return Some(record);
            }
            let message = tokio::time::timeout(LIMIT, self.socket.next()).await;
            match message.unwrap() {
                Some(Ok(Message::Text(text))) => self.received.push_str(&text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }

    /// Calls a method and waits for its end: the error, if there is one.
    async fn invoke(&mut self, target: &str, arguments: Value) -> Option<String> {
        self.next_id += 1;
        let id = self.next_id.to_string();
        self.send(
            &json!({"type": 1, "invocationId": id, "target": target, "arguments": arguments}),
        )
        .await;
        let completion = self.next().await.unwrap();
        assert_eq!(
            (&completion["type"], &completion["invocationId"]),
            (&json!(3), &json!(id)),
            "{completion}"
        );
        completion["error"].as_str().map(str::to_owned)
    }

    /// What is pushed up to the end of a turn.
    async fn turn(&mut self) -> Turn {
        let mut turn = Turn::default();
        let mut executions: BTreeMap<String, String> = BTreeMap::new();
        loop {
            let call = self.next().await.unwrap();
            assert_eq!(
                (&call["type"], &call["target"]),
                (&json!(1), &json!("MessageUpdate"))
            );
            let update = call["arguments"][0].clone();
            let about = &update["additionalProperties"];
            let message = about["messageId"].as_str().unwrap().to_owned();
            let text = update["contents"][0]["text"].as_str().unwrap_or_default();
            match (about["streamMessageType"].as_str(), update["role"].as_str()) {
                (Some("Reasoning"), _) => turn.reasoning.push_str(text),
                (Some("AzCli"), _) => executions.entry(message).or_default().push_str(text),
                (_, Some("assistant")) if !text.is_empty() => {
                    turn.said.entry(message).or_default().push_str(text);
                }
                _ => {}
            }
            let ended = about["actionName"] == "SignalProcessingComplete";
            turn.updates.push(update);
            if ended {
                let executions = executions.values();
                turn.executions = executions
                    .map(|execution| serde_json::from_str(execution).unwrap())
                    .collect();
                return turn;
            }
        }
    }
}

impl Turn {
    /// What the agent has answered.
    fn answer(&self) -> &str {
        assert_eq!(self.said.len(), 1, "{:?}", self.said);
        self.said.values().next().unwrap()
    }

    fn actions(&self) -> Vec<&str> {
        let actions = self.updates.iter();
        actions
            .filter_map(|update| update["additionalProperties"]["actionName"].as_str())
            .collect()
    }

    fn thread(&self) -> &str {
        let first = &self.updates[0];
        first["additionalProperties"]["threadId"].as_str().unwrap()
    }
}

fn message(text: &str) -> Value {
    json!({"text": text, "userId": "u1", "displayName": "Ada"})
}

fn start(text: &str) -> Value {
    json!({"startMessage": message(text)})
}

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

    // What was streamed is what REST has, under the same id.
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
    // There is no token in the record.
    for request in client.emulator.requests() {
        assert!(!request.query.contains("token"), "{}", request.query);
    }
}

#[tokio::test]
async fn a_command_is_streamed_with_its_call_and_what_was_decided() {
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
async fn everybody_hears_of_all_threads_of_the_agent_and_of_no_other() {
    let client = Client::with_agent(Profile::default()).await;
    let other = AGENT.replace("shop", "bank");
    let made = client
        .put(&other, json!({"location": "swedencentral"}))
        .await;
    client.wait(&made).await;
    let (mut one, mut two) = (Hub::connect(&client).await, Hub::connect(&client).await);

    // Not heard here.
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
async fn whoever_listens_need_not_look() {
    let profile = Profile {
        answer_polls: 2,
        ..Profile::default()
    };
    let client = Client::with_agent(profile).await;
    let threads = client.data_plane("/api/v1/threads").await;
    let thread = client.post(&threads, start("Before.")).await.body;
    assert_eq!(thread["lastMessage"]["isComplete"], false);
    // The agent is at it while a client connects, who hears the end of it.
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
    // The end of the first turn comes once more within the second.
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

#[rstest]
#[case("Frobnicate", json!([]), "Failed to invoke 'Frobnicate' due to an error on the server. HubException: Method does not exist.")]
#[case("CreateMessage", json!(["t"]), "Invocation provides 1 argument(s) but target expects 3.")]
#[case("CreateMessage", json!(["t", "text", false]), "Error binding arguments.")]
#[case("CreateMessage", json!(["nowhere", {"text": "Hello"}, false]), "HubException: Not Found")]
#[case("CreateThread", json!(["new", {}, false]), "HubException: startMessage is required.")]
#[case("CreateThread", json!(["new", {"startMessage": {"text": ""}}, false]), "HubException: text is required.")]
#[case("CreateThread", json!(["here", {"startMessage": {"text": "x"}}, false]), "exists already")]
#[tokio::test]
async fn what_cannot_be_done_ends_with_an_error(
    #[case] target: &str,
    #[case] arguments: Value,
    #[case] reason: &str,
) {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = Hub::connect(&client).await;
    hub.invoke("CreateThread", json!(["here", start("Hello"), false]))
        .await;
    hub.turn().await;
    let error = hub.invoke(target, arguments.clone()).await.unwrap();
    assert!(error.contains(reason), "{error}");
    // A client that does not wait hears nothing, and the connection goes on.
    hub.send(&json!({"type": 1, "target": target, "arguments": arguments}))
        .await;
    hub.send(&json!({"type": 4, "invocationId": "s", "target": "CreateThread", "arguments": []}))
        .await;
    let completion = hub.next().await.unwrap();
    assert_eq!(completion["invocationId"], "s");
    assert!(
        completion["error"]
            .as_str()
            .unwrap()
            .contains("non-streaming")
    );
}

#[rstest]
#[case(Role::Reader)]
#[case(Role::Author)]
#[tokio::test]
async fn whoever_only_reads_only_listens(#[case] role: Role) {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = {
        client
            .emulator
            .change_profile(|profile| profile.role = role);
        Hub::connect(&client).await
    };
    let error = hub
        .invoke("CreateThread", json!(["t", start("Hello"), false]))
        .await;
    assert_eq!(
        error.as_deref(),
        Some("Failed to invoke 'CreateThread' because user is unauthorized")
    );
    client
        .emulator
        .change_profile(|profile| profile.role = Role::None);
    let url = client.data_plane("/agentHub/negotiate").await;
    assert_eq!(client.post(&url, Value::Null).await.status, 403);
}

#[tokio::test]
async fn a_connection_needs_a_token_and_what_was_agreed_on() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let refused = reqwest::Client::new()
        .post(format!("{url}/negotiate"))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let header = refused.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(header.contains("access_token"), "{header}");
    let refused: Value = refused.json().await.unwrap();
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("'access_token'")
    );

    // An old client connects by the id, and only once.
    let agreed = client
        .post(&format!("{url}/negotiate"), Value::Null)
        .await
        .expect(StatusCode::OK);
    assert_eq!(agreed["negotiateVersion"], 0);
    assert_eq!(agreed.get("connectionToken"), None);
    let by_id = format!("{url}?id={}", agreed["connectionId"].as_str().unwrap());
    let token = client.emulator.token();
    let refused = |error: tungstenite::Error| match error {
        tungstenite::Error::Http(response) => response.status().as_u16(),
        other => panic!("{other}"),
    };
    assert_eq!(Hub::open(&by_id, None).await.err().map(refused), Some(401));
    let wrong = Hub::open(&format!("{by_id}&access_token=wrong"), None).await;
    assert_eq!(wrong.err().map(refused), Some(401));
    let mut hub = Hub::open(&by_id, Some(token)).await.unwrap();
    assert_eq!(hub.shake_hands("json").await, json!({}));
    assert_eq!(
        Hub::open(&by_id, Some(token)).await.err().map(refused),
        Some(404)
    );
    // Who does not negotiate has no id.
    assert!(Hub::open(&url, Some(token)).await.is_ok());
    // And who does not ask for a WebSocket is told to.
    let plain = client.get(&url).await;
    assert_eq!(plain.status, 400);
    assert!(
        plain.body.to_string().contains("WebSockets alone"),
        "{}",
        plain.body
    );
    assert_eq!(client.post(&url, Value::Null).await.status, 404);
}

#[tokio::test]
async fn a_token_of_the_tenant_is_taken_for_every_audience_of_the_service() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let addresses = client.emulator.addresses().clone();
    let secret = addresses.client_secret.unwrap();
    for (resource, status) in [
        ("https://azuresre.dev", 101),
        ("https://azuresre.ai", 101),
        ("59f0a04a-b322-4310-adc9-39ac41e9631e", 101),
        ("https://management.azure.com", 401),
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", addresses.client_id.as_deref().unwrap()),
            ("client_secret", &secret),
            ("scope", &format!("{resource}/.default")),
        ];
        let path = format!("/{}/oauth2/v2.0/token", addresses.tenant_id);
        let answer = client
            .request(Method::POST, &path)
            .form(&form)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap();
        let made = Hub::open(&url, Some(token)).await;
        let got = match made {
            Ok(_) => 101,
            Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(got, status, "{resource}");
    }
}

#[tokio::test]
async fn a_handshake_that_is_none_ends_the_connection() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    for (sent, reason) in [
        (
            json!({"protocol": "messagepack", "version": 1}),
            "'messagepack' is not supported",
        ),
        (json!({"protocol": "json", "version": 7}), "version 7"),
        (json!({"type": 6}), "handshake"),
    ] {
        let mut hub = Hub::open(&url, Some(client.emulator.token()))
            .await
            .unwrap();
        hub.send(&sent).await;
        let answer = hub.next().await.unwrap();
        assert!(
            answer["error"].as_str().unwrap().contains(reason),
            "{answer}"
        );
        assert_eq!(hub.next().await, None);
    }
}

#[tokio::test]
async fn records_are_found_whatever_the_messages_are() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let mut hub = Hub::open(&url, Some(client.emulator.token()))
        .await
        .unwrap();
    // Handshake, ping and a call in one message, which ends within the next.
    let call = json!({"type": 1, "invocationId": "a", "target": "X", "arguments": []}).to_string();
    let (left, right) = call.split_at(20);
    hub.send_text(&format!(
        "{{\"protocol\":\"json\",\"version\":1}}\u{1e}{{\"type\":6}}\u{1e}{left}"
    ))
    .await;
    hub.socket
        .send(Message::binary(format!("{right}\u{1e}")))
        .await
        .unwrap();
    assert_eq!(hub.next().await, Some(json!({})));
    assert_eq!(hub.next().await.unwrap()["invocationId"], "a");
    // What is no record ends the connection, with the reason.
    hub.send_text("nonsense\u{1e}").await;
    let close = hub.next().await.unwrap();
    assert_eq!(close["type"], 7);
    assert!(
        close["error"]
            .as_str()
            .unwrap()
            .contains("InvalidDataException"),
        "{close}"
    );
    assert_eq!(hub.next().await, None);
}

#[tokio::test]
async fn connections_end_with_the_emulator_or_the_client() {
    let client = Client::with_agent(Profile::default()).await;
    let mut leaving = Hub::connect(&client).await;
    leaving.send(&json!({"type": 7})).await;
    assert_eq!(leaving.next().await, None);
    let mut staying = Hub::connect(&client).await;
    let stopping = tokio::spawn(client.stop());
    assert_eq!(
        staying.next().await,
        Some(json!({"type": 7, "allowReconnect": true}))
    );
    assert_eq!(staying.next().await, None);
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_hub_of_a_deleted_agent_says_so() {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = Hub::connect(&client).await;
    let deleted = client.delete(AGENT).await;
    client.wait(&deleted).await;
    let error = hub
        .invoke("CreateThread", json!(["t", start("Hello"), false]))
        .await;
    assert!(error.unwrap().contains("does not exist any more"));
}

#[tokio::test]
async fn faults_hit_negotiation_and_connection() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let path = "/agentHub/negotiate";
    client
        .emulator
        .fault(Fault::on("POST", path).error(503, "Busy", "Later."))
        .unwrap();
    client
        .emulator
        .fault(Fault::on("GET", "/agentHub$").error(502, "Bad", "No."))
        .unwrap();
    let negotiate = format!("{url}/negotiate");
    assert_eq!(client.post(&negotiate, Value::Null).await.status, 503);
    assert_eq!(client.post(&negotiate, Value::Null).await.status, 200);
    let token = client.emulator.token();
    assert!(Hub::open(&url, Some(token)).await.is_err());
    assert!(Hub::open(&url, Some(token)).await.is_ok());
    let requests = client.emulator.requests();
    let seen: Vec<_> = requests
        .iter()
        .filter(|request| request.path.contains("agentHub"))
        .map(|request| request.status)
        .collect();
    assert_eq!(seen, [Some(503), Some(200), Some(502), Some(101)]);
}
