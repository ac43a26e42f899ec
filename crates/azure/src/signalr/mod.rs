//! What an agent reports while it works: messages from the SignalR hub of its data plane.
//!
//! A connection is negotiated ([`negotiation`]), opened as a WebSocket over the client's own wire,
//! so that its proxy and its certificates apply to it too, and uses SignalR's JSON hub protocol
//! ([`protocol`]). A task keeps it alive ([`connection`]).
//!
//! The client sends nothing to a hub except what keeps the connection alive. Messages to an agent
//! are requests, whose outcome can be looked up. So a connection that breaks may be opened again at
//! any time. The messages follow Microsoft's specification of the protocol,
//! `SignalR/docs/specs/HubProtocol.md` in `dotnet/aspnetcore`.

mod connection;
mod negotiation;
mod protocol;

use reqwest::Method;
use reqwest::StatusCode;
use reqwest::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use self::negotiation::Agreed;
use crate::budget::Budget;
use crate::data_plane::DataPlane;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::signed;
use crate::response::without_query;
use crate::wire::{Call, Duplex, Opened, Payload, WireErrorKind};

/// How many calls of the server are buffered. If the buffer is full, the client stops reading.
const WAITING: usize = 4096;

/// A connection to a hub, which is kept alive until this value is dropped.
#[derive(Debug)]
pub struct Hub {
    calls: mpsc::Receiver<Result<Invocation>>,
    _kept_alive: AbortOnDropHandle<()>,
}

/// A call from the server to its clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The name of the method, in the casing of the server.
    pub target: String,
    /// The arguments of the call.
    pub arguments: Vec<Value>,
}

impl DataPlane {
    /// Connects to a hub of this agent, such as `agentHub`.
    ///
    /// # Errors
    /// Fails if the hub cannot be used: it does not exist, something on the way does not support
    /// WebSockets, or the service refuses.
    pub async fn hub(&self, name: &str, budget: &Budget) -> Result<Hub> {
        let agreed = negotiation::negotiate(self, name, budget).await?;
        let stream = budget.run(open(self, agreed)).await??;
        let socket = connection::begin(stream).await;
        let (socket, rest) = budget.run(connection::handshake(socket)).await??;
        debug!(agent = %self.agent(), hub = name, "listening");
        let (sender, calls) = mpsc::channel(WAITING);
        let kept = tokio::spawn(connection::keep(socket, rest, sender));
        Ok(Hub {
            calls,
            _kept_alive: AbortOnDropHandle::new(kept),
        })
    }
}

impl Hub {
    /// Returns the next call of the server. This method is cancel safe.
    ///
    /// # Errors
    /// Fails when the connection is closed, with the reason. There are no further calls after that.
    pub async fn next(&mut self) -> Result<Invocation> {
        match self.calls.recv().await {
            Some(call) => call,
            None => Err(Error::new(ErrorKind::Network, "the connection is closed")),
        }
    }
}

impl Invocation {
    /// Returns whether the server calls this method. Builds of the service differ in the casing of
    /// names, and Microsoft's own client ignores case.
    pub fn is(&self, method: &str) -> bool {
        self.target.eq_ignore_ascii_case(method)
    }
}

/// Opens a WebSocket.
async fn open(plane: &DataPlane, agreed: Agreed) -> Result<Box<dyn Duplex>> {
    let exchange = plane.arm().exchange();
    let key = generate_key();
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        // A header that cannot be sent is omitted, and the server reports that it is missing.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(CONNECTION, "Upgrade");
    set(UPGRADE, "websocket");
    set(SEC_WEBSOCKET_VERSION, "13");
    set(SEC_WEBSOCKET_KEY, &key);
    set(USER_AGENT, &exchange.user_agent);
    let shown = without_query(&agreed.url);
    let call = Call {
        method: Method::GET,
        url: agreed.url,
        headers: signed(headers, &agreed.token, &[])?,
        payload: Payload::Empty,
    };
    let opened = exchange.wire.open(call).await.map_err(|error| {
        let kind = match error.kind {
            WireErrorKind::TooLarge => ErrorKind::TooLarge,
            _ => ErrorKind::Network,
        };
        Error::new(kind, format!("cannot open a WebSocket to {shown}: {error}")).with_source(error)
    })?;
    match opened {
        Opened::Switched(headers, stream) => {
            let accepted = headers.get(SEC_WEBSOCKET_ACCEPT);
            if accepted.is_some_and(|accepted| accepted.as_bytes() == expected(&key).as_bytes()) {
                return Ok(stream);
            }
            let reason = format!("{shown} did not respond as a WebSocket server");
            Err(Error::new(ErrorKind::NotJson, reason))
        }
        Opened::Refused(answer) => {
            let kind = match answer.status {
                StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
                StatusCode::FORBIDDEN => ErrorKind::Forbidden,
                status if status.is_server_error() => ErrorKind::Service,
                _ => ErrorKind::Rejected,
            };
            let status = answer.status.as_u16();
            let reason = format!("cannot open a WebSocket to {shown}: it returned {status}");
            Err(Error::new(kind, reason))
        }
    }
}

fn expected(key: &str) -> String {
    derive_accept_key(key.as_bytes())
}

#[cfg(test)]
mod tests;
