//! The log of all requests, for tests that check what a client did.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::Call;

/// How many requests are kept. The oldest are dropped first.
const CAPACITY: usize = 100_000;

/// Headers that are recorded: those that a test may check, and no credentials.
const HEADERS: [&str; 12] = [
    "accept",
    "accept-encoding",
    "content-length",
    "content-type",
    "if-match",
    "if-none-match",
    "metadata",
    "retry-after",
    "user-agent",
    "x-ms-client-request-id",
    "x-ms-correlation-request-id",
    "x-ms-return-client-request-id",
];

/// The service that a request was addressed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// Azure Resource Manager.
    Arm,
    /// An agent's data plane.
    DataPlane,
    /// Entra ID, the managed identity endpoints and the pipelines' token endpoints.
    Entra,
    /// None of these.
    Other,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Its position in the order of arrival, starting with 1.
    pub n: u64,
    /// The method.
    pub method: String,
    /// The host that it was addressed to, with the port if it was named.
    pub authority: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent.
    pub query: String,
    /// The plane.
    pub plane: Plane,
    /// The agent's name, if the path contains one.
    pub agent: Option<String>,
    /// The audience of the bearer token if the emulator issued it, `emulator` if it is the fixed
    /// one, and `unknown` if it is neither. `None` if there is no token.
    pub token: Option<String>,
    /// Some of the headers, in lower case, without credentials.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON if possible, else as text. Null if empty.
    pub body: Value,
    /// The status of the answer. `None` while there is none, and if the connection was closed
    /// instead.
    pub status: Option<u16>,
    /// Its position in the order of answers, starting with 1. `None` while it is running.
    pub ended: Option<u64>,
    /// Whether the service has no such route.
    pub unknown_route: bool,
}

/// The requests so far.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    started: u64,
    ended: u64,
    requests: VecDeque<RequestRecord>,
}

impl RequestLog {
    /// Records the arrival of a request, and returns its number.
    pub(crate) fn start(
        &self,
        call: &Call,
        plane: Plane,
        agent: Option<String>,
        token: Option<String>,
    ) -> u64 {
        let record = RequestRecord {
            n: 0,
            method: call.method.to_string(),
            authority: call.base.authority.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
            plane,
            agent,
            token,
            headers: allowed_headers(&call.headers),
            body: readable_body(&call.body),
            status: None,
            ended: None,
            unknown_route: false,
        };
        let mut inner = self.lock();
        inner.started += 1;
        let n = inner.started;
        if inner.requests.len() == CAPACITY {
            inner.requests.pop_front();
        }
        inner.requests.push_back(RequestRecord { n, ..record });
        n
    }

    /// Records the answer of a request.
    pub(crate) fn end(&self, n: u64, status: Option<u16>, unknown_route: bool) {
        let mut inner = self.lock();
        inner.ended += 1;
        let ended = inner.ended;
        // The numbers are consecutive, but clearing and dropping shift the beginning.
        let index = inner.requests.binary_search_by_key(&n, |record| record.n);
        if let Some(record) = index.ok().and_then(|index| inner.requests.get_mut(index)) {
            record.status = status;
            record.ended = Some(ended);
            record.unknown_route = unknown_route;
        }
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().requests.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn allowed_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    HEADERS
        .into_iter()
        .filter_map(|name| {
            Some((
                name.to_owned(),
                headers.get(name)?.to_str().ok()?.to_owned(),
            ))
        })
        .collect()
}

fn readable_body(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}
