//! A small scripted service for tests of stores with a paused clock.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure::credentials::{self, CredentialSettings, Method};
use azure::id::AgentId;
use azure::wire::{Answer, Call as Request, Payload, Wire, WireError, WireErrorKind};
use azure::{Budget, Client, ClientConfig, Cloud, HostPolicy};
use bytes::Bytes;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Call, Change, Listing, Store, StoreError, Stored, Target, WriteFailure};
use crate::kind::{Kind, Plane};
use crate::resources;

/// The response of the service to a request.
pub(crate) enum Reply {
    /// A status and a body.
    Json(u16, Json),
    /// The connection breaks.
    Broken,
}

/// A request: its method and its path relative to the agent on either plane, and its body.
type Seen = (String, Json);

/// One object of a kind, and a service that plays a script: a function of `METHOD path` and of the
/// body.
pub(crate) struct Bench {
    kind: Arc<Kind>,
    target: Target,
    listing: Listing,
    client: Client,
    service: Arc<Service>,
    pub(crate) cancel: CancellationToken,
    budget: Budget,
}

type Script = Box<dyn FnMut(&str, &Json) -> Reply + Send>;

struct Service {
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
}

impl Bench {
    /// Creates a bench for the object `one` of a kind on a plane.
    pub(crate) fn new(
        kind: &str,
        plane: Plane,
        mut script: impl FnMut(&str) -> Reply + Send + 'static,
    ) -> Self {
        Self::with_bodies(kind, plane, move |line, _| script(line))
    }

    /// Like [`Self::new`], for a script that depends on bodies.
    pub(crate) fn with_bodies(
        kind: &str,
        plane: Plane,
        script: impl FnMut(&str, &Json) -> Reply + Send + 'static,
    ) -> Self {
        let kinds = resources::kinds();
        let kind = kinds.iter().find(|known| known.name == kind).unwrap();
        let service = Arc::new(Service {
            script: Mutex::new(Box::new(script)),
            seen: Mutex::default(),
        });
        let token = Method::Fixed("token".to_owned().into());
        let settings = CredentialSettings::for_cloud(&Cloud::Public);
        let mut config =
            ClientConfig::new(&Cloud::Public, credentials::new(token, settings).unwrap());
        config.hosts = HostPolicy::default().allow_origin(&Url::parse(ENDPOINT).unwrap());
        config.retry.jitter = || 1.0;
        let cancel = CancellationToken::new();
        Self {
            kind: Arc::clone(kind),
            target: Target {
                agent: AgentId::new("sub", "rg", "agent").unwrap(),
                plane,
                key: "one".to_owned(),
            },
            listing: Listing::default(),
            client: Client::with_wire(config, Arc::clone(&service) as _).unwrap(),
            service,
            budget: Budget::new(Duration::from_secs(600), cancel.clone()),
            cancel,
        }
    }

    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            client: &self.client,
            kind: &self.kind,
            place: self.kind.place(self.target.plane).unwrap(),
            target: &self.target,
            listing: &self.listing,
            budget: &self.budget,
            conflicts_are_final: false,
        }
    }

    /// Returns the requests so far, without those that find the data plane.
    pub(crate) fn lines(&self) -> Vec<String> {
        let seen = self.service.seen.lock().unwrap();
        seen.iter().map(|(line, _)| line.clone()).collect()
    }

    /// Returns the body of the last request with this method and path.
    pub(crate) fn body(&self, line: &str) -> Json {
        let seen = self.service.seen.lock().unwrap();
        let found = seen.iter().rev().find(|(known, _)| known == line);
        found.map(|(_, body)| body.clone()).unwrap_or_default()
    }
}

const ENDPOINT: &str = "https://agent.test.azuresre.ai";

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

#[async_trait]
impl Wire for Service {
    async fn send(&self, request: Request) -> Result<Answer, WireError> {
        let path = request.url.path();
        let below = path.split_once("/agents/agent").map(|(_, below)| below);
        if below == Some("") {
            return Ok(answer(200, &agent()));
        }
        let line = format!("{} {}", request.method, below.unwrap_or(path));
        let body = match &request.payload {
            Payload::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            _ => Json::Null,
        };
        let reply = (self.script.lock().unwrap())(&line, &body);
        self.seen.lock().unwrap().push((line, body));
        match reply {
            Reply::Json(status, body) => Ok(answer(status, &body)),
            Reply::Broken => Err(WireError {
                kind: WireErrorKind::Broken,
                reason: "by order of the test".to_owned(),
            }),
        }
    }
}

/// Returns the agent on ARM, with an incident platform that was requested.
fn agent() -> Json {
    json!({ "id": "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.App/agents/agent", "properties": {
        "provisioningState": "Succeeded",
        "agentEndpoint": ENDPOINT,
        "incidentManagementConfiguration": { "type": "AzMonitor" },
    } })
}

fn answer(status: u16, body: &Json) -> Answer {
    let mut headers = reqwest::header::HeaderMap::new();
    let json = reqwest::header::HeaderValue::from_static("application/json");
    headers.insert(reqwest::header::CONTENT_TYPE, json);
    Answer {
        status: reqwest::StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from(body.to_string()),
    }
}

/// Returns the object `one` of a kind as a plane returns it.
pub(crate) fn shown(kind: &str, plane: Plane, document: &Json) -> Reply {
    let kinds = resources::kinds();
    let kind = kinds.iter().find(|known| known.name == kind).unwrap();
    let envelope = &kind.place(plane).unwrap().envelope;
    Reply::Json(200, envelope.wrap("one", document.clone()))
}

/// Returns a refusal of the service.
pub(crate) fn refusal(status: u16) -> Reply {
    Reply::Json(
        status,
        json!({ "error": { "code": "Refused", "message": "no" } }),
    )
}

/// An inner store that plays results of writes in order, and records the writes.
#[derive(Default)]
pub(crate) struct Inner {
    results: Mutex<VecDeque<Result<Stored, WriteFailure>>>,
    written: Arc<Mutex<Vec<Json>>>,
    /// The function that is called with each write.
    on_write: Option<Box<dyn Fn(usize) + Send + Sync>>,
}

impl Inner {
    pub(crate) fn playing(results: impl IntoIterator<Item = Result<Stored, WriteFailure>>) -> Self {
        Self {
            results: Mutex::new(results.into_iter().collect()),
            ..Self::default()
        }
    }

    pub(crate) fn on_write(self, work: impl Fn(usize) + Send + Sync + 'static) -> Self {
        Self {
            on_write: Some(Box::new(work)),
            ..self
        }
    }

    /// Returns the documents that were written.
    pub(crate) fn written(&self) -> Arc<Mutex<Vec<Json>>> {
        Arc::clone(&self.written)
    }

    async fn write(&self, document: Json) -> Result<Stored, WriteFailure> {
        let number = {
            let mut written = self.written.lock().unwrap();
            written.push(document.clone());
            written.len()
        };
        if let Some(work) = &self.on_write {
            work(number);
        }
        // The write is in progress.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let next = self.results.lock().unwrap().pop_front();
        next.unwrap_or_else(|| Ok(stored(document)))
    }
}

/// Returns the object `one` with a document.
pub(crate) fn stored(document: Json) -> Stored {
    Stored {
        key: "one".to_owned(),
        document,
        etag: None,
    }
}

#[async_trait]
impl Store for Inner {
    async fn read(&self, _call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        let written = self.written.lock().unwrap();
        Ok(written.last().cloned().map(stored))
    }

    async fn conflicting(&self, _call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(Vec::new())
    }

    async fn create(
        &self,
        _call: Call<'_>,
        _name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        self.write(document).await
    }

    async fn update(&self, _call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        self.write(change.desired).await
    }

    async fn delete(&self, _call: Call<'_>) -> Result<(), StoreError> {
        self.written.lock().unwrap().clear();
        Ok(())
    }
}
