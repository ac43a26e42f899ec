//! A WebSocket that uses SignalR, from its handshake to its end.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tracing::debug;

use super::Invocation;
use super::protocol::{self, FromServer, Records};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::Duplex;

/// How often the client sends a ping: as often as Microsoft's clients.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long the server may send nothing: as long as with Microsoft's clients.
const SILENCE: Duration = Duration::from_secs(30);
/// How long closing the connection may take.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) type Socket = WebSocketStream<Box<dyn Duplex>>;

/// Creates a WebSocket on an upgraded connection.
pub(super) async fn begin(stream: Box<dyn Duplex>) -> Socket {
    let config = WebSocketConfig::default()
        .max_message_size(Some(protocol::LONGEST))
        .max_frame_size(Some(protocol::LONGEST));
    WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await
}

/// Agrees on the protocol. Returns the records after the answer, for [`keep`].
pub(super) async fn handshake(mut socket: Socket) -> Result<(Socket, Records)> {
    send(&mut socket, protocol::HANDSHAKE).await?;
    let mut records = Records::default();
    let answer = tokio::time::timeout(SILENCE, next(&mut socket, &mut records)).await;
    let answer = answer.map_err(|_| silent())??;
    protocol::read_handshake(&answer)?;
    Ok((socket, records))
}

/// Keeps a connection alive and forwards the calls of the server until either side closes it.
/// Forwards the reason last.
pub(super) async fn keep(
    mut socket: Socket,
    mut records: Records,
    calls: mpsc::Sender<Result<Invocation>>,
) {
    let end = tokio::select! {
        end = pass_on(&mut socket, &mut records, &calls) => end,
        () = calls.closed() => Ok(()),
    };
    debug!(?end, "stopped listening to a hub");
    // Do not wait for a server that no longer reads.
    let _ = tokio::time::timeout(FAREWELL, socket.close(None)).await;
    if let Err(error) = end {
        // A receiver that is gone does not need the reason.
        let _ = calls.send(Err(error)).await;
    }
}

async fn pass_on(
    socket: &mut Socket,
    records: &mut Records,
    calls: &mpsc::Sender<Result<Invocation>>,
) -> Result<()> {
    let mut keep_alive = tokio::time::interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silent_at = Instant::now() + SILENCE;
    loop {
        let record = tokio::select! {
            record = next(socket, records) => record?,
            _ = keep_alive.tick() => {
                let sent = tokio::time::timeout(SILENCE, send(socket, protocol::PING)).await;
                sent.map_err(|_| silent())??;
                continue;
            }
            () = tokio::time::sleep_until(silent_at) => return Err(silent()),
        };
        silent_at = Instant::now() + SILENCE;
        match protocol::read(&record)? {
            FromServer::Call(call) => {
                // If the receiver is gone, `keep` notices it as well.
                let _ = calls.send(Ok(call)).await;
            }
            FromServer::Close(Some(error)) => {
                let reason = format!("the hub closed the connection: {error}");
                return Err(Error::new(ErrorKind::Service, reason));
            }
            FromServer::Close(None) => return Err(broken("the hub closed it")),
            FromServer::Nothing => {}
        }
    }
}

/// Returns the next record. Cancel safe: bytes that were received are kept.
async fn next(socket: &mut Socket, records: &mut Records) -> Result<Vec<u8>> {
    loop {
        if let Some(record) = records.take() {
            return Ok(record);
        }
        match socket.next().await {
            Some(Ok(Message::Text(text))) => records.add(text.as_bytes())?,
            Some(Ok(Message::Binary(bytes))) => records.add(&bytes)?,
            Some(Ok(Message::Close(_))) | None => return Err(broken("the server closed it")),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(broken(&error.to_string())),
        }
    }
}

async fn send(socket: &mut Socket, record: &str) -> Result<()> {
    let sent = socket.send(Message::text(record)).await;
    sent.map_err(|error| broken(&error.to_string()))
}

fn silent() -> Error {
    let reason = format!("no data was received for {} s", SILENCE.as_secs());
    broken(&reason)
}

fn broken(reason: &str) -> Error {
    Error::new(
        ErrorKind::Network,
        format!("the connection to the hub ended: {reason}"),
    )
}
