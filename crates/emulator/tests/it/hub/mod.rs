//! The hub of an agent, tested with a plain WebSocket client that supports SignalR's records.

mod connections;
mod conversations;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::Client;

const RESTART: &str = "Checkout is slow. Please restart orders-api.";
/// How long anything may take before the test fails.
const LIMIT: Duration = Duration::from_secs(60);

/// A connection to the hub of `shop`.
struct Hub {
    socket: WebSocketStream<TcpStream>,
    received: String,
    next_id: u64,
}

/// A turn as a listener receives it: the text by message, and the rest.
#[derive(Debug, Default)]
struct Turn {
    /// Updates in order.
    updates: Vec<Value>,
    /// Texts that belong to nothing else, joined by message.
    said: BTreeMap<String, String>,
    reasoning: String,
    /// Executions of commands, from their joined parts.
    executions: Vec<Value>,
}

impl Hub {
    /// Connects to the URL of a hub.
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

    /// Negotiates, connects and performs the handshake.
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

    /// Returns the next record, or `None` once the connection has ended.
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

    /// Calls a method, waits for its result, and returns the error, if there is one.
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

    /// Receives everything up to the end of a turn.
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
    /// Returns the answer of the agent.
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
