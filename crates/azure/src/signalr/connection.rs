//! A WebSocket that speaks SignalR, from its handshake to its end.

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

/// How often the server is told that the client is there: as often as Microsoft's clients do.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long the server may say nothing: as long as with Microsoft's clients.
const SILENCE: Duration = Duration::from_secs(30);
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) type Socket = WebSocketStream<Box<dyn Duplex>>;

/// Makes a WebSocket of a connection that was switched to it.
pub(super) async fn begin(stream: Box<dyn Duplex>) -> Socket {
    let config = WebSocketConfig::default()
        .max_message_size(Some(protocol::LONGEST))
        .max_frame_size(Some(protocol::LONGEST));
    WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await
}

/// Agrees on the protocol. What has come after the answer is for [`keep`].
pub(super) async fn handshake(mut socket: Socket) -> Result<(Socket, Records)> {
    send(&mut socket, protocol::HANDSHAKE).await?;
    let mut records = Records::default();
    let answer = tokio::time::timeout(SILENCE, next(&mut socket, &mut records)).await;
    let answer = answer.map_err(|_| silent())??;
    protocol::read_handshake(&answer)?;
    Ok((socket, records))
}

/// Keeps a connection alive and passes on what the server calls, until either side ends it; then why.
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
    // A server that takes nothing any more is not waited for.
    let _ = tokio::time::timeout(FAREWELL, socket.close(None)).await;
    if let Err(error) = end {
        // Whoever has gone meanwhile need not know.
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
                // Nobody listens any more: `keep` sees that as well.
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

/// The next record; what was received of it is kept when nobody waits for it any more.
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
