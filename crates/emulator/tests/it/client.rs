//! A client of an emulator in the same process, with helpers that keep tests short.

use emulator::{Emulator, Options, Profile};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const AGENT: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/agents/shop";

/// A running emulator, and a client with its token.
pub(crate) struct Client {
    pub(crate) emulator: Emulator,
    http: reqwest::Client,
}

/// The status, the headers and the body, which is JSON, text, or null.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) async fn new(profile: Profile) -> Self {
        Self::of(
            Emulator::start(Options {
                profile,
                ..Options::default()
            })
            .await
            .unwrap(),
        )
    }

    pub(crate) fn of(emulator: Emulator) -> Self {
        Self {
            emulator,
            http: reqwest::Client::new(),
        }
    }

    /// Stops the emulator, and waits until it has closed its file.
    pub(crate) async fn stop(self) {
        self.emulator.stop().await;
    }

    /// Starts an emulator with an agent, `shop`, that is ready.
    pub(crate) async fn with_agent(profile: Profile) -> Self {
        let client = Self::new(profile).await;
        let reply = client
            .put(AGENT, json!({"location": "swedencentral"}))
            .await;
        assert_eq!(reply.status, 201, "{reply:?}");
        client.wait(&reply).await;
        client
    }

    /// Returns a request to a path or a complete URL. Adds the api-version to ARM paths.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            self.emulator.url() + path
        };
        let url = if path.starts_with("/subscriptions") && !path.contains("api-version") {
            let separator = if path.contains('?') { '&' } else { '?' };
            format!("{url}{separator}api-version=2025-05-01-preview")
        } else {
            url
        };
        self.http
            .request(method, url)
            .header("accept", "application/json")
            .bearer_auth(self.emulator.token())
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        Reply::of(
            self.request(Method::PUT, path)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        Reply::of(
            self.request(Method::PATCH, path)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        Reply::of(
            self.request(Method::POST, path)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// Polls the operation of an answer until it ends, and returns the observed states.
    pub(crate) async fn wait(&self, reply: &Reply) -> Vec<String> {
        let url = reply.header("azure-asyncoperation").unwrap();
        let mut states = Vec::new();
        loop {
            let status = self.get(&url).await.body["status"]
                .as_str()
                .unwrap()
                .to_owned();
            let running = status == "InProgress";
            states.push(status);
            if !running {
                return states;
            }
        }
    }

    /// Returns the URL of a path on the data plane of `shop`.
    pub(crate) async fn data_plane(&self, path: &str) -> String {
        let agent = self.get(AGENT).await.body;
        agent["properties"]["agentEndpoint"]
            .as_str()
            .unwrap()
            .to_owned()
            + path
    }
}

impl Reply {
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        };
        Self {
            status,
            headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().unwrap().to_owned())
    }

    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}
