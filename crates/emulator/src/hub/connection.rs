//! A connection to a hub, from its handshake to its end.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tracing::{debug, error};

use super::Session;
use super::protocol::{self, FromClient, HubError, SEPARATOR};
use crate::data_plane;
use crate::shared::Shared;

/// How long a client may take for its handshake.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// How often the hub sends a ping.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client may send nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How long closing a connection may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// The maximum length of a record in bytes.
const RECORD: usize = 1 << 20;

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The client is gone, with or without a close message.
    Gone,
    /// The handshake was not accepted.
    Handshake(String),
    /// The client has violated the protocol, or the hub cannot continue.
    Error(String),
    /// The emulator stops.
    Stop,
}

struct Connection {
    shared: Arc<Shared>,
    session: Arc<Session>,
    socket: WebSocketStream<TokioIo<Upgraded>>,
    /// The received part of an incomplete record.
    received: Vec<u8>,
    last_heard: Instant,
}

/// Serves a session until either side ends it.
pub(crate) async fn serve(shared: Arc<Shared>, upgrade: OnUpgrade, session: Session) {
    let stop = shared.stop.clone();
    let upgraded = match stop.run_until_cancelled(upgrade).await {
        Some(Ok(upgraded)) => TokioIo::new(upgraded),
        Some(Err(error)) => return debug!(%error, "a connection did not become a WebSocket"),
        None => return,
    };
    let config = WebSocketConfig::default()
        .max_message_size(Some(RECORD))
        .max_frame_size(Some(RECORD));
    let socket = WebSocketStream::from_raw_socket(upgraded, Role::Server, Some(config)).await;
    let mut connection = Connection {
        shared,
        session: Arc::new(session),
        socket,
        received: Vec::new(),
        last_heard: Instant::now(),
    };
    let end = stop.run_until_cancelled(connection.run()).await;
    let end = end.unwrap_or(End::Stop);
    debug!(?end, "a hub connection ends");
    // Do not wait for a client that no longer reads.
    let _ = tokio::time::timeout(FAREWELL, connection.end(&end)).await;
}

impl Connection {
    async fn run(&mut self) -> End {
        match self.talk().await {
            Err(end) => end,
            Ok(never) => match never {},
        }
    }

    async fn talk(&mut self) -> Result<std::convert::Infallible, End> {
        match tokio::time::timeout(HANDSHAKE, self.next()).await {
            Ok(record) => protocol::handshake(&record?).map_err(End::Handshake)?,
            Err(_) => return Err(End::Handshake("Handshake was canceled.".to_owned())),
        }
        // The client must receive everything that happens after it knows that it is connected.
        let mut events = self.shared.store.events().subscribe(&self.session.uid);
        self.send(&protocol::handshake_answer(None)).await?;
        let heard = self.blocking(data_plane::hear).await?;
        heard.map_err(|error| End::Error(error.to_string()))?;
        let mut keep_alive = tokio::time::interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                record = self.next() => self.answer(&record?).await?,
                told = told(&mut events) => self.send_text(&told?).await?,
                _ = keep_alive.tick() => self.keep_alive().await?,
            }
        }
    }

    /// Returns the next record. Cancel safe: bytes that were received are kept.
    async fn next(&mut self) -> Result<Vec<u8>, End> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == SEPARATOR) {
                let rest = self.received.split_off(end + 1);
                let mut record = std::mem::replace(&mut self.received, rest);
                record.truncate(end);
                return Ok(record);
            }
            if self.received.len() > RECORD {
                return Err(End::Error(format!(
                    "The maximum message size of {RECORD}B was exceeded."
                )));
            }
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => self.received.extend_from_slice(text.as_bytes()),
                Some(Ok(Message::Binary(bytes))) => self.received.extend_from_slice(&bytes),
                Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    debug!(%error, "a WebSocket ended");
                    return Err(End::Gone);
                }
            }
            self.last_heard = Instant::now();
        }
    }

    async fn answer(&mut self, record: &[u8]) -> Result<(), End> {
        let (id, result) = match protocol::read(record) {
            Ok(FromClient::Invocation {
                id,
                target,
                arguments,
            }) => {
                let called = target.clone();
                let result = self
                    .blocking(move |shared, session| {
                        data_plane::invoke(shared, session, &target, &arguments)
                    })
                    .await?;
                (id, result.map_err(|error| error.about(&called)))
            }
            Ok(FromClient::StreamInvocation { id, target }) => {
                (Some(id), Err(HubError::no_stream(&target)))
            }
            Ok(FromClient::Ping | FromClient::Nothing) => return Ok(()),
            Ok(FromClient::Close) => return Err(End::Gone),
            Err(problem) => {
                return Err(End::Error(format!(
                    "Connection closed with an error. InvalidDataException: {problem}"
                )));
            }
        };
        match id {
            Some(id) => self.send(&protocol::completion(&id, result)).await,
            // A client that does not wait for a result gets no error.
            None => Ok(()),
        }
    }

    async fn keep_alive(&mut self) -> Result<(), End> {
        if self.last_heard.elapsed() > SILENCE {
            let seconds = SILENCE.as_secs();
            return Err(End::Error(format!(
                "Client timeout ({seconds} s) elapsed without receiving a message from the client."
            )));
        }
        self.send(&protocol::ping()).await
    }

    async fn end(&mut self, end: &End) {
        let last = match end {
            End::Gone => None,
            End::Handshake(problem) => Some(protocol::handshake_answer(Some(problem))),
            End::Error(problem) => Some(protocol::close(Some(problem))),
            End::Stop => Some(protocol::close(None)),
        };
        if let Some(last) = last {
            // A client that is already gone needs no close message.
            let _ = self.send(&last).await;
        }
        let _ = self.socket.close(None).await;
    }

    fn blocking<T: Send + 'static, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, End>> + Send + use<T, W>
    where
        W: FnOnce(&Shared, &Session) -> T + Send + 'static,
    {
        blocking(Arc::clone(&self.shared), Arc::clone(&self.session), work)
    }

    async fn send(&mut self, record: &Value) -> Result<(), End> {
        self.send_text(&record.to_string()).await
    }

    async fn send_text(&mut self, record: &str) -> Result<(), End> {
        let text = format!("{record}{}", char::from(SEPARATOR));
        let sent = self.socket.send(Message::text(text)).await;
        sent.map_err(|_| End::Gone)
    }
}

/// Runs work that may wait for a disk.
async fn blocking<T: Send + 'static>(
    shared: Arc<Shared>,
    session: Arc<Session>,
    work: impl FnOnce(&Shared, &Session) -> T + Send + 'static,
) -> Result<T, End> {
    if !shared.on_disk {
        return Ok(work(&shared, &session));
    }
    let done = tokio::task::spawn_blocking(move || work(&shared, &session)).await;
    done.map_err(|failure| {
        error!(%failure, "an invocation failed");
        End::Error("The emulator failed; see its log.".to_owned())
    })
}

/// Returns the next event.
async fn told(events: &mut Receiver<Arc<str>>) -> Result<Arc<str>, End> {
    events.recv().await.map_err(|error| match error {
        RecvError::Lagged(missed) => End::Error(format!(
            "The client was too slow, and has missed {missed} messages."
        )),
        // The topic ends with its last listener, and this is one.
        RecvError::Closed => End::Gone,
    })
}
