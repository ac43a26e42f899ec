//! Connections up to the first request: name resolution, TCP, the tunnel of a proxy, and TLS.
//!
//! Certificates are not validated here, because nothing is sent after the handshake. The provider's
//! own client shows whether it trusts them.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The time limit of each step.
const STEP: Duration = Duration::from_secs(15);

/// The maximum size of a proxy's response.
const LONGEST_ANSWER: usize = 8 * 1024;

/// The route to a host.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// A direct connection.
    Direct,
    /// A connection through a proxy, with the credentials for it.
    Proxy {
        host: String,
        port: u16,
        authorization: Option<String>,
    },
}

/// A successful connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    /// The number of addresses of the name.
    pub(super) addresses: usize,
    /// The time to connect.
    pub(super) took: Duration,
    /// The issuer of the certificate, as an X.501 name. Empty without TLS.
    pub(super) issuer: String,
}

/// The step at which a connection failed, and the reason.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) step: Step,
    pub(super) reason: String,
}

/// The steps of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Name,
    Tcp,
    Proxy,
    Tls,
}

impl Route {
    /// Returns the route that the provider's client takes. It depends on the environment and the
    /// system settings, but local hosts never use a proxy.
    pub(super) fn to(url: &Url) -> Self {
        let is_local = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => true,
        };
        let uri = url.as_str().parse::<Uri>().ok();
        let intercept = uri
            .filter(|_| !is_local)
            .and_then(|uri| Matcher::from_system().intercept(&uri));
        intercept.and_then(Self::through).unwrap_or(Self::Direct)
    }

    fn through(proxy: Intercept) -> Option<Self> {
        let uri = proxy.uri();
        let default = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        Some(Self::Proxy {
            host: uri.host()?.to_owned(),
            port: uri.port_u16().unwrap_or(default),
            authorization: proxy
                .basic_auth()
                .and_then(|value| value.to_str().ok().map(str::to_owned)),
        })
    }

    /// Returns the address of the proxy for messages.
    pub(super) fn proxy(&self) -> Option<String> {
        match self {
            Self::Direct => None,
            Self::Proxy { host, port, .. } => Some(format!("{host}:{port}")),
        }
    }
}

/// Connects to the host of a URL, including TLS if the scheme requires it, and closes the
/// connection.
pub(super) async fn look(url: &Url, route: &Route) -> Result<Connection, Failure> {
    let target = (
        host_of(url),
        url.port_or_known_default().unwrap_or_default(),
    );
    let (host, port) = match route {
        Route::Direct => target.clone(),
        Route::Proxy { host, port, .. } => (host.clone(), *port),
    };
    let start = Instant::now();
    let addresses = within(Step::Name, tokio::net::lookup_host((host.as_str(), port))).await?;
    let addresses: Vec<_> = addresses.collect();
    let mut connection = Connection {
        addresses: addresses.len(),
        ..Connection::default()
    };
    let mut stream = within(Step::Tcp, TcpStream::connect(addresses.as_slice())).await?;
    if let Route::Proxy { authorization, .. } = route {
        within(
            Step::Proxy,
            tunnel(&mut stream, &target, authorization.as_deref()),
        )
        .await?;
    }
    if url.scheme() == "https" {
        connection.issuer = within(Step::Tls, handshake(stream, &target.0)).await?;
    }
    connection.took = start.elapsed();
    Ok(connection)
}

async fn within<T>(step: Step, work: impl Future<Output = io::Result<T>>) -> Result<T, Failure> {
    let reason = match tokio::time::timeout(STEP, work).await {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no response within {} s", STEP.as_secs()),
    };
    Err(Failure { step, reason })
}

/// Asks a proxy for a tunnel (RFC 9110, CONNECT).
async fn tunnel(
    stream: &mut TcpStream,
    (host, port): &(String, u16),
    authorization: Option<&str>,
) -> io::Result<()> {
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    if let Some(authorization) = authorization {
        request.push_str(&format!("Proxy-Authorization: {authorization}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") && answer.len() < LONGEST_ANSWER {
        match stream.read_u8().await {
            Ok(byte) => answer.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.lines().next().unwrap_or_default();
    match status.split(' ').nth(1) {
        Some(code) if code.starts_with('2') => Ok(()),
        Some(_) => Err(io::Error::other(format!("it returned `{status}`"))),
        None => Err(io::Error::other(
            "it closed the connection without a response",
        )),
    }
}

/// Performs the TLS handshake and returns the issuer of the certificate.
async fn handshake(stream: TcpStream, host: &str) -> io::Result<String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    let (_, session) = stream.get_ref();
    let certificate = session
        .peer_certificates()
        .and_then(|certificates| certificates.first());
    Ok(certificate.map(issuer).unwrap_or_default())
}

fn issuer(certificate: &CertificateDer<'_>) -> String {
    match X509Certificate::from_der(certificate) {
        Ok((_, certificate)) => certificate.issuer().to_string(),
        Err(_) => "an unreadable issuer".to_owned(),
    }
}

/// Returns the host as in name resolution and certificates.
fn host_of(url: &Url) -> String {
    match url.host() {
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(host) => host.to_string(),
        None => String::new(),
    }
}

/// Accepts any certificate, because it is only read.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
