//! A wire without a network, for tests with a paused clock.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::client::Client;
use crate::cloud::Cloud;
use crate::config::ClientConfig;
use crate::credentials::{AccessToken, TokenSource};
use crate::error::Result;
use crate::id::AgentId;
use crate::retry::RetryPolicy;
use crate::wire::{Answer, Call, Opened, Payload, Wire, WireError, WireErrorKind};

/// What a scripted wire does with one call.
pub(crate) enum Reply {
    Answer(Answer),
    Failure(WireErrorKind),
    /// The call never gets an answer.
    Silence,
}

/// One call that a scripted wire has received.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) second: u64,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

type Script = Box<dyn FnMut(&str) -> Reply + Send>;

/// Answers by a script, which is a function of `METHOD path?query`.
pub(crate) struct ScriptedWire {
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
    sockets: Mutex<VecDeque<DuplexStream>>,
    start: Instant,
}

/// A source of numbered tokens.
#[derive(Debug, Default)]
pub(crate) struct CountedTokens {
    pub(crate) fetched: AtomicUsize,
    pub(crate) auxiliary: AtomicUsize,
    refused: AtomicUsize,
}

pub(crate) struct Bench {
    pub(crate) client: Client,
    pub(crate) wire: Arc<ScriptedWire>,
    pub(crate) tokens: Arc<CountedTokens>,
}

pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &Value) -> Reply {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    raw(status, &all, &body.to_string())
}

pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let pair = |(name, value): &(&str, &str)| {
        (
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        )
    };
    Reply::Answer(Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.iter().map(pair).collect::<HeaderMap>(),
        body: Bytes::from(body.to_owned()),
    })
}

pub(crate) fn html(status: u16) -> Reply {
    raw(
        status,
        &[("content-type", "text/html")],
        "<!DOCTYPE html><title>Portal</title>",
    )
}

pub(crate) fn agent() -> AgentId {
    AgentId::new("sub", "rg", "agent").unwrap()
}

/// Returns a client over a scripted wire. Its pauses are one second, then two, and so on, without
/// jitter.
pub(crate) fn bench(script: impl FnMut(&str) -> Reply + Send + 'static) -> Bench {
    bench_with(|_| {}, script)
}

pub(crate) fn bench_with(
    configure: impl FnOnce(&mut ClientConfig),
    script: impl FnMut(&str) -> Reply + Send + 'static,
) -> Bench {
    let wire = Arc::new(ScriptedWire {
        script: Mutex::new(Box::new(script)),
        seen: Mutex::default(),
        sockets: Mutex::default(),
        start: Instant::now(),
    });
    let tokens = Arc::new(CountedTokens::default());
    let mut config = ClientConfig::new(&Cloud::Public, Arc::clone(&tokens) as _);
    config.retry = RetryPolicy {
        base: std::time::Duration::from_secs(1),
        jitter: || 1.0,
        ..RetryPolicy::default()
    };
    configure(&mut config);
    let client = Client::with_wire(config, Arc::clone(&wire) as _).unwrap();
    Bench {
        client,
        wire,
        tokens,
    }
}

/// Returns a script that plays replies in order and then repeats the last one.
pub(crate) fn replies(list: Vec<fn() -> Reply>) -> impl FnMut(&str) -> Reply + Send {
    let mut next = 0;
    move |_| {
        let reply = list[next.min(list.len() - 1)]();
        next += 1;
        reply
    }
}

impl ScriptedWire {
    /// Returns the server's side of the next requested WebSocket. Without this call, the script
    /// answers.
    pub(crate) async fn socket(&self) -> WebSocketStream<DuplexStream> {
        let (client, server) = tokio::io::duplex(1 << 20);
        self.sockets.lock().unwrap().push_back(client);
        WebSocketStream::from_raw_socket(server, Role::Server, None).await
    }

    fn note(&self, call: &Call) -> String {
        let query = call.url.query();
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let line = format!("{} {}{query}", call.method, call.url.path());
        let headers = call
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        self.seen.lock().unwrap().push(Seen {
            line: line.clone(),
            second: self.start.elapsed().as_secs(),
            headers: headers.collect(),
            body: match &call.payload {
                Payload::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                _ => String::new(),
            },
        });
        line
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    pub(crate) fn seconds(&self) -> Vec<u64> {
        self.seen().into_iter().map(|seen| seen.second).collect()
    }
}

#[async_trait]
impl Wire for ScriptedWire {
    async fn send(&self, call: Call) -> Result<Answer, WireError> {
        let line = self.note(&call);
        let reply = (self.script.lock().unwrap())(&line);
        match reply {
            Reply::Answer(answer) => Ok(answer),
            Reply::Failure(kind) => Err(WireError {
                kind,
                reason: "scripted".to_owned(),
            }),
            Reply::Silence => std::future::pending().await,
        }
    }

    async fn open(&self, call: Call) -> Result<Opened, WireError> {
        let socket = self.sockets.lock().unwrap().pop_front();
        let Some(socket) = socket else {
            return self.send(call).await.map(Opened::Refused);
        };
        self.note(&call);
        let mut headers = HeaderMap::new();
        if let Some(key) = call.headers.get("sec-websocket-key") {
            let accepted = derive_accept_key(key.as_bytes());
            headers.insert("sec-websocket-accept", accepted.parse().unwrap());
        }
        Ok(Opened::Switched(headers, Box::new(socket)))
    }
}

impl std::fmt::Debug for ScriptedWire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScriptedWire")
    }
}

#[async_trait]
impl TokenSource for CountedTokens {
    async fn token(&self, audience: &str) -> Result<AccessToken> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        let secret = format!("{audience} {}", self.refused.load(Ordering::SeqCst));
        Ok(AccessToken {
            secret: secret.into(),
            expires_on: None,
        })
    }

    async fn auxiliary_tokens(&self, _audience: &str) -> Result<Vec<AccessToken>> {
        let token = |n| AccessToken {
            secret: format!("aux {n}").into(),
            expires_on: None,
        };
        Ok((0..self.auxiliary.load(Ordering::SeqCst))
            .map(token)
            .collect())
    }

    async fn refused(&self, _audience: &str, _token: &AccessToken) {
        self.refused.fetch_add(1, Ordering::SeqCst);
    }

    fn method_name(&self) -> &'static str {
        "counted tokens"
    }
}
