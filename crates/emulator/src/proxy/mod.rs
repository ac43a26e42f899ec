//! An HTTPS proxy for the hosts of Azure, so that clients need no other setting.
//!
//! A client requests a tunnel (CONNECT) to a host. If that is one of the emulated hosts, the
//! emulator itself is at the other end, with a certificate for that host ([`certificates`]).
//! Requests never reach the network: every other host is refused, and so is plain HTTP.

mod certificates;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::http::uri::Authority;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tracing::{debug, warn};

pub(crate) use certificates::Certificates;

use crate::server::{self, Reply};
use crate::shared::Shared;
use crate::site::{Base, HOSTS};
use crate::tls::HTTP_2;

/// The port of https, which is the only one that a tunnel may lead to.
const HTTPS: u16 = 443;

/// Accepts connections to the proxy until stopped.
pub(crate) async fn serve(listener: TcpListener, certificates: Certificates, shared: Arc<Shared>) {
    let certificates = Arc::new(certificates);
    server::accept(listener, &shared, |stream| {
        connection(stream, Arc::clone(&certificates), Arc::clone(&shared))
    })
    .await;
}

/// Serves a connection to the proxy, until it becomes a tunnel.
async fn connection(stream: TcpStream, certificates: Arc<Certificates>, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let answer = request_tunnel(request, &certificates, &shared);
        async { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        debug!(%error, "a connection to the proxy ended");
    }
}

/// Answers a request to the proxy itself, and starts the requested tunnel.
fn request_tunnel(
    request: Request<Incoming>,
    certificates: &Arc<Certificates>,
    shared: &Arc<Shared>,
) -> Response<Full<Bytes>> {
    let base = match destination(&request) {
        Ok(base) => base,
        Err(refusal) => {
            warn!("the proxy refused a request: {refusal}");
            return refused(&refusal);
        }
    };
    let tunnel = tunnel(request, base, Arc::clone(certificates), Arc::clone(shared));
    shared.spawn(async {
        if let Err(error) = tunnel.await {
            debug!(%error, "a tunnel ended");
        }
    });
    Response::new(Full::default())
}

/// Returns the destination of a tunnel, or why there is none.
fn destination(request: &Request<Incoming>) -> Result<Base, String> {
    let wanted = request.uri().authority();
    if request.method() != Method::CONNECT {
        let wanted = wanted.map_or("the proxy itself", Authority::as_str);
        return Err(format!(
            "azuresre-emulator is a proxy for https alone, and this is a plain request to {wanted}; \
             set HTTPS_PROXY, not HTTP_PROXY"
        ));
    }
    let (host, port) = wanted.map_or(("", HTTPS), |wanted| {
        (wanted.host(), wanted.port_u16().unwrap_or(HTTPS))
    });
    Base::of_host(host)
        .filter(|_| port == HTTPS)
        .ok_or_else(|| {
            format!(
                "azuresre-emulator does not connect to {host}:{port}; its proxy has {} on port \
                 {HTTPS} alone",
                HOSTS.join(", ")
            )
        })
}

/// Returns a 403 answer, with the reason in the status line, where most clients show it.
fn refused(reason: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{reason}\n")));
    *response.status_mut() = StatusCode::FORBIDDEN;
    if let Ok(reason) = ReasonPhrase::try_from(reason.as_bytes()) {
        response.extensions_mut().insert(reason);
    }
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// Serves HTTP to the client at the other end of a tunnel.
async fn tunnel(
    request: Request<Incoming>,
    base: Base,
    certificates: Arc<Certificates>,
    shared: Arc<Shared>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let acceptor = certificates.acceptor(&base.authority)?;
    let upgraded = hyper::upgrade::on(request).await?;
    let stream = acceptor.accept(TokioIo::new(upgraded)).await?;
    let speaks_http_2 = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
    let stream = TokioIo::new(stream);
    let requests = Requests(Arc::clone(&shared));
    let service = service_fn(move |request| answer(request, base.clone(), Arc::clone(&shared)));
    if speaks_http_2 {
        let http = http2::Builder::new(requests);
        http.serve_connection(stream, service).await?;
    } else {
        let http = http1::Builder::new();
        http.serve_connection(stream, service)
            .with_upgrades()
            .await?;
    }
    Ok(())
}

/// Runs the parallel requests of a connection, which end when the emulator stops.
#[derive(Clone)]
struct Requests(Arc<Shared>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Requests {
    fn execute(&self, request: F) {
        self.0.spawn(request);
    }
}

/// Answers a request in a tunnel, for the host of the tunnel, whose certificate the client has
/// verified.
async fn answer(
    request: Request<Incoming>,
    base: Base,
    shared: Arc<Shared>,
) -> Result<Reply, io::Error> {
    let host = request.headers().get(header::HOST);
    let named = match host.and_then(|host| host.to_str().ok()) {
        Some(host) if request.version() < Version::HTTP_2 => host.parse().ok(),
        _ => request.uri().authority().cloned(),
    };
    let named = named.and_then(|named: Authority| Base::of_host(named.host()));
    if named.as_ref() != Some(&base) {
        let problem = format!(
            "This connection is to {}, not to the host of the request.",
            base.authority
        );
        let body = Full::from(problem).map_err(|never: Infallible| match never {});
        let mut response = Response::new(body.boxed_unsync());
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        return Ok(response);
    }
    server::answer(request, base, shared).await
}
