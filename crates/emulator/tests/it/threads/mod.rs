//! Conversations with the agent.

mod approvals;
mod messages;

use emulator::Profile;
use emulator::profile::UnknownThread;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;

const RESTART: &str = "Checkout is slow. Please restart orders-api.";

/// A client with an agent, and helpers for its threads.
struct Talk {
    client: Client,
    base: String,
}

impl Talk {
    async fn new(profile: Profile) -> Self {
        let profile = Profile {
            unknown_thread: UnknownThread::Started,
            ..profile
        };
        let client = Client::with_agent(profile).await;
        let base = client.data_plane("/api").await;
        Self { client, base }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.client.get(&self.url(path)).await;
        reply.expect(StatusCode::OK)
    }

    async fn post(&self, path: &str, body: Value, status: StatusCode) -> Value {
        let reply = self.client.post(&self.url(path), body).await;
        reply.expect(status)
    }

    /// Sends a message to a thread.
    async fn say(&self, thread: &str, text: &str) {
        let path = format!("/v1/threads/{thread}/messages");
        let body = json!({"text": text, "userId": "u1", "displayName": "Ada"});
        let said = self.post(&path, body, StatusCode::CREATED).await;
        assert_eq!(
            (&said["text"], &said["author"]["displayName"]),
            (&json!(text), &json!("Ada"))
        );
    }

    async fn messages(&self, thread: &str) -> Vec<Value> {
        let messages = self.get(&format!("/v1/threads/{thread}/messages")).await;
        messages["value"].as_array().unwrap().clone()
    }

    /// Returns the last message.
    async fn last(&self, thread: &str) -> String {
        let messages = self.messages(thread).await;
        messages.last().unwrap()["text"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn pending(&self, thread: &str) -> Vec<Value> {
        let pending = self.get(&format!("/v1/approvals/{thread}")).await;
        pending["value"].as_array().unwrap().clone()
    }

    /// Creates or replaces an object.
    async fn put(&self, kind: &str, name: &str, object_type: &str, properties: Value) {
        let url = self.url(&format!("/v2/extendedAgent/{kind}/{name}"));
        let body = json!({"name": name, "type": object_type, "properties": properties});
        let reply = self.client.put(&url, body).await;
        assert!(reply.status < 300, "{reply:?}");
    }

    async fn hook(&self, activation: &str, fail_mode: &str) {
        let hook = json!({"type": "prompt", "prompt": "Is it safe?", "matcher": "RunAz.*Write.*", "failMode": fail_mode});
        let properties =
            json!({"eventType": "PreToolUse", "activationMode": activation, "hook": hook});
        self.put("hooks", "guard", "GlobalHook", properties).await;
    }

    async fn permit(&self, permissions: Value) {
        let url = self.url("/v2/agent/settings/global");
        let request = self.client.request(reqwest::Method::PUT, &url);
        let request = request.header("if-match", "*");
        let reply = request
            .json(&json!({"permissions": permissions}))
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), 200);
    }
}
