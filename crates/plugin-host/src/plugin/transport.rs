//! Connections to a plugin: over a socket or TCP, in plain text or TLS.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use anyhow::{Context, Result, bail};
use hyper_util::rt::TokioIo;
use rustls::ProtocolVersion;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use super::ClientIdentity;
use super::tls::client_config;

/// The address of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The path of a socket.
    Unix(PathBuf),
    /// An address of this machine.
    Tcp(SocketAddr),
}

/// How a connection is secured.
#[derive(Clone, Debug)]
pub enum Security {
    /// Plain text.
    Plain,
    /// TLS.
    Tls {
        /// The only certificate that the plugin may present.
        server: CertificateDer<'static>,
        /// The certificate that the client presents, if any.
        identity: Option<ClientIdentity>,
    },
}

/// The result of a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The version of TLS.
    pub version: ProtocolVersion,
    /// The application protocol.
    pub alpn: Option<Vec<u8>>,
}

/// One connection, for tests that send bytes to the plugin.
pub struct Connection {
    stream: Box<dyn Stream>,
    negotiated: Option<Negotiated>,
}

/// Opens a connection. With TLS, `h2` must be negotiated, as with the hosts.
///
/// With TLS 1.3, a plugin refuses a client certificate only after the client has finished its part.
/// Then this succeeds, and the first read fails.
pub async fn open(address: &Address, security: &Security) -> Result<Connection> {
    let failure = || format!("cannot connect to {address:?}");
    let stream: Box<dyn Stream> = match address {
        #[cfg(unix)]
        Address::Unix(path) => Box::new(
            tokio::net::UnixStream::connect(path)
                .await
                .with_context(failure)?,
        ),
        #[cfg(not(unix))]
        Address::Unix(_) => bail!("there are no sockets on this system"),
        Address::Tcp(address) => Box::new(TcpStream::connect(address).await.with_context(failure)?),
    };
    let Security::Tls { server, identity } = security else {
        return Ok(Connection {
            stream,
            negotiated: None,
        });
    };
    let connector = TlsConnector::from(Arc::new(client_config(server, identity.as_ref())?));
    let name = ServerName::try_from("localhost")?;
    let stream = connector
        .connect(name, stream)
        .await
        .with_context(failure)?;
    let session = stream.get_ref().1;
    let negotiated = Negotiated {
        version: session
            .protocol_version()
            .context("TLS without a version")?,
        alpn: session.alpn_protocol().map(<[u8]>::to_vec),
    };
    if negotiated.alpn.as_deref() != Some(b"h2") {
        bail!(
            "the plugin did not agree on h2, but on {:?}",
            negotiated.alpn
        );
    }
    Ok(Connection {
        stream: Box::new(stream),
        negotiated: Some(negotiated),
    })
}

/// Connects a gRPC channel, which reconnects automatically when the connection is lost.
pub async fn connect(address: &Address, security: &Security) -> Result<Channel> {
    let (address, security) = (address.clone(), security.clone());
    // The authority that hosts send. The connector decides where the connection goes.
    let endpoint = Endpoint::from_static("http://localhost");
    let connector = service_fn(move |_: Uri| {
        let (address, security) = (address.clone(), security.clone());
        async move {
            // An `io::Error` contains the whole chain as its text. tonic shows only standard
            // errors.
            let connection = open(&address, &security).await;
            connection
                .map(TokioIo::new)
                .map_err(|error| io::Error::other(format!("{error:#}")))
        }
    });
    Ok(endpoint.connect_with_connector(connector).await?)
}

impl Connection {
    /// Returns the result of the TLS handshake, or `None` for plain text.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("negotiated", &self.negotiated)
            .finish_non_exhaustive()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
