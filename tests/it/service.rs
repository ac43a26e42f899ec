//! Requests to the service without Terraform, like those of its portal and of other clients.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, IF_MATCH};
use serde_json::Value;

use crate::world::{AGENT, World};

/// How many times to read while the service works in the background, before a test fails.
pub(crate) const ATTEMPTS: usize = 100;

/// A request that changed something, or was refused.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl World {
    /// Returns what the service contains: agents, and their objects by the suffix of their keys.
    /// Documents that every agent always has are not included.
    pub(crate) fn objects(&self) -> BTreeSet<String> {
        let state = self.emulator.get("state").unwrap();
        let entries = state.as_object().unwrap();
        let deleted = |value: &Value| value.get("deleted").is_some_and(|deleted| deleted == true);
        entries
            .iter()
            .filter(|(_, value)| !deleted(value))
            .filter_map(|(key, value)| {
                let parts: Vec<&str> = key.split('/').collect();
                match parts.as_slice() {
                    ["agent", .., name] => Some(format!("agent {name}")),
                    ["object", _, store, kind, name] => Some(format!("{store} {kind} {name}")),
                    ["domain", _, name] => Some(format!("domain {name}")),
                    ["item", _, collection, name] => Some(format!("{collection} {name}")),
                    ["trigger", ..] => {
                        let name = value["members"]["name"].as_str().unwrap_or_default();
                        Some(format!("trigger {name}"))
                    }
                    _ => None,
                }
            })
            .collect()
    }

    /// Returns the stored document of the object whose key has this suffix.
    pub(crate) fn stored(&self, key: &str) -> Value {
        let state = self.emulator.get("state").unwrap();
        let entries = state.as_object().unwrap().iter();
        let found: Vec<_> = entries
            .filter(|(name, _)| !name.starts_with("generation/") && name.ends_with(key))
            .map(|(_, value)| value)
            .collect();
        let [value] = found.as_slice() else {
            panic!("not exactly one {key}: {found:#?}");
        };
        (*value).clone()
    }

    /// Clears the recorded requests.
    pub(crate) fn forget_requests(&self) {
        self.emulator.delete("requests").unwrap();
    }

    /// Returns the recorded requests that are not reads.
    pub(crate) fn writes(&self) -> Vec<Write> {
        let requests = self.emulator.get("requests").unwrap();
        let requests = requests.as_array().unwrap().iter();
        let text = |request: &Value, name: &str| request[name].as_str().unwrap().to_owned();
        requests
            .filter(|request| request["method"] != "GET")
            .map(|request| Write {
                method: text(request, "method"),
                path: text(request, "path"),
                body: request["body"].clone(),
            })
            .collect()
    }

    /// Sends a request to ARM as another client, and returns the status and the body.
    pub(crate) fn arm(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = format!(
            "{}{path}?api-version=2025-05-01-preview",
            self.emulator.url()
        );
        self.send(method, &url, body)
    }

    /// Changes something on ARM as another client, and waits for the end of the operation.
    pub(crate) fn change_on_arm(&self, method: &str, path: &str, body: &Value) {
        let (status, answer) = self.arm(method, path, body);
        assert!((200..300).contains(&status), "{status} {answer}");
        if status != 204 {
            self.settled(path.trim_end_matches("/start").trim_end_matches("/stop"));
        }
    }

    /// Sends a request to the data plane of [`AGENT`] as another client.
    pub(crate) fn data_plane(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send(method, &format!("{}{path}", self.endpoint(AGENT)), body)
    }

    /// Writes an object on the data plane as another client, and waits until reads return it.
    pub(crate) fn change_on_data_plane(&self, path: &str, body: &Value) {
        let (status, answer) = self.data_plane("PUT", path, body);
        assert!((200..300).contains(&status), "{status} {answer}");
        // Reads may return more than the answer, such as the progress of a clone.
        let written = answer["properties"].as_object().unwrap();
        let shown = |body: &Value| {
            let mut written = written.iter();
            written.all(|(name, value)| body["properties"].get(name) == Some(value))
        };
        self.wait_for(path, |status, body| status == 200 && shown(body));
    }

    /// Sends bytes that are not JSON to the data plane of an agent, for any version of the object.
    pub(crate) fn send_bytes(
        &self,
        method: Method,
        agent: &str,
        path: &str,
        (media, bytes): (&str, Vec<u8>),
    ) {
        let url = format!("{}{path}", self.endpoint(agent));
        let request = reqwest::Client::new()
            .request(method, &url)
            .bearer_auth(&self.emulator.addresses().token)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, media)
            .header(IF_MATCH, "*")
            .body(bytes);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let status = runtime.block_on(request.send()).unwrap().status();
        assert!(status.is_success(), "{url}: {status}");
    }

    /// Reads a path of the data plane of [`AGENT`] until it returns what it should.
    pub(crate) fn wait_for(&self, path: &str, done: impl Fn(u16, &Value) -> bool) {
        for _ in 0..ATTEMPTS {
            let (status, body) = self.data_plane("GET", path, &Value::Null);
            if done(status, &body) {
                return;
            }
        }
        panic!("{path} does not become what it should");
    }

    /// Waits until no operation on an ARM resource is running, or until it is gone.
    pub(crate) fn settled(&self, path: &str) {
        for _ in 0..ATTEMPTS {
            let (status, body) = self.arm("GET", path, &Value::Null);
            let state = body["properties"]["provisioningState"].as_str();
            if status == 404 || matches!(state, Some("Succeeded" | "Failed")) {
                return;
            }
        }
        panic!("{path} does not settle");
    }

    /// Returns the address of the data plane of an agent.
    pub(crate) fn endpoint(&self, agent: &str) -> String {
        let (_, body) = self.arm("GET", agent, &Value::Null);
        body["properties"]["agentEndpoint"]
            .as_str()
            .unwrap_or_else(|| panic!("{agent} has no endpoint: {body}"))
            .to_owned()
    }

    pub(crate) fn send(&self, method: &str, url: &str, body: &Value) -> (u16, Value) {
        self.emulator.send(method, url, body).unwrap()
    }
}
