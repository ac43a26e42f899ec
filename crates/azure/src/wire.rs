//! HTTP as this crate needs it: one exchange at a time, no redirects, answers of limited size.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::{Certificate, Method, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use url::{Host, Url};

use crate::cloud::is_loopback;
use crate::error::{Error, ErrorKind};
use crate::request::{Multipart, Part};

/// How connections are made.
///
/// Proxies come from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), but
/// are never used for addresses of this machine. Certificates are checked against those of the
/// system.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpOptions {
    /// The timeout for establishing a connection.
    pub connect_timeout: Duration,
    /// How long the service may send nothing.
    pub read_timeout: Duration,
    /// The maximum size of an answer in bytes, after decompression. It also limits all pages of a
    /// list together.
    pub max_body: usize,
    extra_roots: Vec<Certificate>,
}

/// One exchange with a server. Tests replace the network here.
#[async_trait]
pub trait Wire: fmt::Debug + Send + Sync {
    /// Sends a request, and returns the complete answer, whatever its status is. Fails if there is
    /// no usable answer.
    async fn send(&self, call: Call) -> Result<Answer, WireError>;

    /// Sends a request that upgrades the connection, as WebSockets do. The default implementation
    /// fails.
    async fn open(&self, _call: Call) -> Result<Opened, WireError> {
        Err(WireError {
            kind: WireErrorKind::Permanent,
            reason: "this connection type does not support WebSockets".to_owned(),
        })
    }
}

/// The outcome of a request for an upgrade.
pub enum Opened {
    /// The upgraded connection, and the headers of the answer (status 101).
    Switched(HeaderMap, Box<dyn Duplex>),
    /// The server did not upgrade the connection, and sent this answer.
    Refused(Answer),
}

/// A bidirectional connection.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// A request as it is sent.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The complete URL.
    pub url: Url,
    /// All headers except those that the connection adds.
    pub headers: HeaderMap,
    /// The body.
    pub payload: Payload,
}

/// The body of a request.
#[derive(Clone)]
pub enum Payload {
    /// No body.
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// Several parts, encoded by reqwest.
    Multipart(Multipart),
}

/// An answer as it is received.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The complete body.
    pub body: Bytes,
}

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct WireError {
    /// The kind of failure.
    pub kind: WireErrorKind,
    /// What happened, without addresses.
    pub reason: String,
}

/// How an exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireErrorKind {
    /// No connection was established, so nothing was sent.
    Connect,
    /// This machine refused a connection to itself, so nothing was sent. Waiting helps only if
    /// somebody starts the program that should listen there.
    NobodyListens,
    /// The server's certificate is not trusted, or the HTTP client could not be created. Retrying
    /// does not help.
    Permanent,
    /// The server sent nothing for too long.
    Timeout,
    /// The connection broke while in use.
    Broken,
    /// The answer is too large.
    TooLarge,
}

/// Returns a wire that uses the network, without tokens and without retries.
pub fn network(options: HttpOptions) -> Arc<dyn Wire> {
    Arc::new(Http::new(options))
}

/// The wire that uses the network.
#[derive(Debug)]
pub(crate) struct Http {
    options: HttpOptions,
    exchanges: Clients,
    sockets: Clients,
}

/// HTTP clients, created on first use: reading the certificates of the system takes a while, and
/// most processes need only one of them.
#[derive(Debug, Default)]
struct Clients {
    proxied: OnceLock<Result<reqwest::Client, String>>,
    direct: OnceLock<Result<reqwest::Client, String>>,
}

/// What a client is for.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    Exchange,
    Socket,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            read_timeout: Duration::from_secs(100),
            // A list of connectors contains three files of 16 MB in Base64.
            max_body: 256 * 1024 * 1024,
            extra_roots: Vec::new(),
        }
    }
}

impl HttpOptions {
    /// Trusts these PEM certificates in addition to those of the system, e.g. the certificate of an
    /// inspecting proxy. Fails if `pem` contains no usable certificate.
    pub fn trust(&mut self, pem: &[u8]) -> Result<(), Error> {
        let unusable = |problem: &str| {
            Error::new(
                ErrorKind::Invalid,
                format!("cannot use the trusted certificates: {problem}"),
            )
        };
        let certificates =
            Certificate::from_pem_bundle(pem).map_err(|error| unusable(&innermost(&error)))?;
        if certificates.is_empty() {
            return Err(unusable("they contain no PEM certificate"));
        }
        self.extra_roots.extend(certificates);
        Ok(())
    }
}

impl Http {
    pub(crate) fn new(options: HttpOptions) -> Self {
        Self {
            options,
            exchanges: Clients::default(),
            sockets: Clients::default(),
        }
    }

    fn client(&self, url: &Url, purpose: Purpose) -> Result<&reqwest::Client, WireError> {
        let direct = is_local(url);
        let clients = match purpose {
            Purpose::Exchange => &self.exchanges,
            Purpose::Socket => &self.sockets,
        };
        let slot = if direct {
            &clients.direct
        } else {
            &clients.proxied
        };
        slot.get_or_init(|| {
            let mut builder = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(self.options.connect_timeout)
                .pool_idle_timeout(Duration::from_secs(60))
                .pool_max_idle_per_host(16)
                .tcp_keepalive(Duration::from_secs(60))
                .http2_keep_alive_interval(Duration::from_secs(30))
                .http2_keep_alive_timeout(Duration::from_secs(10))
                .tls_certs_merge(self.options.extra_roots.iter().cloned());
            builder = match purpose {
                Purpose::Exchange => builder.read_timeout(self.options.read_timeout),
                // Only HTTP/1.1 has upgrades. There is no read timeout, because the user of the
                // connection knows how long it may be silent.
                Purpose::Socket => builder.http1_only(),
            };
            if direct {
                builder = builder.no_proxy();
            }
            builder.build().map_err(|error| innermost(&error))
        })
        .as_ref()
        .map_err(|reason| WireError {
            kind: WireErrorKind::Permanent,
            reason: format!("cannot create the HTTP client: {reason}"),
        })
    }

    async fn execute(&self, call: Call, purpose: Purpose) -> Result<reqwest::Response, WireError> {
        let client = self.client(&call.url, purpose)?;
        let on_this_machine = is_loopback(&call.url);
        let request = call.into_request(client)?;
        client.execute(request).await.map_err(|error| {
            let refused = on_this_machine && error.is_connect() && is_refusal(&error);
            let mut error = WireError::from(error);
            if refused {
                error.kind = WireErrorKind::NobodyListens;
            }
            error
        })
    }

    async fn answer(&self, response: reqwest::Response) -> Result<Answer, WireError> {
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: self.body(response).await?,
        })
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Bytes, WireError> {
        let max = self.options.max_body;
        let too_large = || WireError {
            kind: WireErrorKind::TooLarge,
            reason: format!("the response is larger than {max} bytes"),
        };
        // After decompression there is no content length, so the bytes are counted while they are
        // read.
        if response
            .content_length()
            .is_some_and(|length| length > max as u64)
        {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(WireError::from)? {
            if body.len() + chunk.len() > max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

#[async_trait]
impl Wire for Http {
    async fn send(&self, call: Call) -> Result<Answer, WireError> {
        let response = self.execute(call, Purpose::Exchange).await?;
        self.answer(response).await
    }

    async fn open(&self, call: Call) -> Result<Opened, WireError> {
        let limit = self.options.read_timeout;
        let answered = tokio::time::timeout(limit, self.execute(call, Purpose::Socket)).await;
        let response = answered.map_err(|_| WireError {
            kind: WireErrorKind::Timeout,
            reason: "the server did not respond in time".to_owned(),
        })??;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return self.answer(response).await.map(Opened::Refused);
        }
        let headers = response.headers().clone();
        let stream = response.upgrade().await?;
        Ok(Opened::Switched(headers, Box::new(stream)))
    }
}

impl Call {
    /// Returns the request for reqwest, with its body encoded.
    pub fn into_request(self, client: &reqwest::Client) -> Result<reqwest::Request, WireError> {
        let request = client.request(self.method, self.url).headers(self.headers);
        let request = match self.payload {
            Payload::Empty => request,
            Payload::Bytes(bytes) => request.body(bytes),
            Payload::Multipart(multipart) => request.multipart(form(multipart)?),
        };
        Ok(request.build()?)
    }
}

impl fmt::Debug for Payload {
    /// Shows only the size, because bodies contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no body"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Multipart(multipart) => write!(f, "{} parts", multipart.parts.len()),
        }
    }
}

impl From<reqwest::Error> for WireError {
    fn from(error: reqwest::Error) -> Self {
        let (kind, what) = if distrusts_certificate(&error) {
            (
                WireErrorKind::Permanent,
                "this machine does not trust the server's certificate",
            )
        } else if error.is_connect() {
            (WireErrorKind::Connect, "cannot connect")
        } else if error.is_timeout() {
            (WireErrorKind::Timeout, "the server did not respond in time")
        } else if error.is_builder() {
            (WireErrorKind::Permanent, "cannot send the request")
        } else {
            (WireErrorKind::Broken, "the connection broke")
        };
        // The innermost cause contains no URL, and says what happened.
        Self {
            kind,
            reason: format!("{what}: {}", innermost(&error)),
        }
    }
}

fn form(multipart: Multipart) -> Result<reqwest::multipart::Form, WireError> {
    let mut form = reqwest::multipart::Form::new();
    for Part {
        name,
        file_name,
        content_type,
        bytes,
    } in multipart.parts
    {
        let length = bytes.len() as u64;
        let mut part = reqwest::multipart::Part::stream_with_length(bytes, length);
        if let Some(file_name) = file_name {
            part = part.file_name(file_name);
        }
        if let Some(content_type) = content_type {
            part = part.mime_str(&content_type)?;
        }
        form = form.part(name, part);
    }
    Ok(form)
}

/// Returns whether no proxy can reach a URL: this machine and its metadata service.
fn is_local(url: &Url) -> bool {
    is_loopback(url) || matches!(url.host(), Some(Host::Ipv4(address)) if address.is_link_local())
}

fn distrusts_certificate(error: &(dyn StdError + 'static)) -> bool {
    let is = |error: &(dyn StdError + 'static)| {
        matches!(
            error.downcast_ref::<rustls::Error>(),
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
        )
    };
    let mut cause = Some(error);
    while let Some(error) = cause {
        // The source of an `io::Error` is the source of the error inside, not that error itself.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if is(error) || wrapped.is_some_and(|wrapped| is(wrapped) || distrusts_certificate(wrapped))
        {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_refusal(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if kind == Some(io::ErrorKind::ConnectionRefused) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
