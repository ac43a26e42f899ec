//! Connections: plain HTTP and TLS on one port, and the requests on them.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Request, Response, header};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Body, Frame};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use crate::control;
use crate::http::{Answer, Call};
use crate::hub::{self, Session};
use crate::pipeline::{self, Outcome};
use crate::shared::Shared;
use crate::site::Base;

/// The first byte of a TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

/// An answer for the client. An error in its body closes the connection.
pub(crate) type Reply = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// Accepts connections to the emulator's own port until stopped.
pub(crate) async fn serve(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    accept(listener, &shared, |stream| {
        connection(stream, acceptor.clone(), Arc::clone(&shared))
    })
    .await;
}

/// Accepts connections until stopped, and runs `connection` for each in a separate task.
pub(crate) async fn accept<C>(
    listener: TcpListener,
    shared: &Shared,
    connection: impl Fn(TcpStream) -> C,
) where
    C: Future<Output = ()> + Send + 'static,
{
    let stop = &shared.stop;
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                // Answers are small, so waiting to fill a packet would only delay them.
                let _ = stream.set_nodelay(true);
                shared.spawn(connection(stream));
            }
            Err(error) => {
                // Most likely, there are no file descriptors left. Wait until others have closed
                // theirs.
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first[0] == TLS_HANDSHAKE => match acceptor.accept(stream).await {
            Ok(stream) => http(stream, "https", shared).await,
            Err(error) => debug!(%error, "a TLS handshake failed"),
        },
        Ok(_) => http(stream, "http", shared).await,
        Err(error) => debug!(%error, "a connection ended early"),
    }
}

/// Serves HTTP on one connection.
pub(crate) async fn http<S>(stream: S, scheme: &'static str, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| respond(request, scheme, Arc::clone(&shared)));
    let served = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        debug!(%error, "a connection ended");
    }
}

/// Answers a request to the emulator's own port.
pub(crate) async fn respond<B>(
    request: Request<B>,
    scheme: &'static str,
    shared: Arc<Shared>,
) -> Result<Reply, io::Error>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if control::owns(request.uri().path()) {
        let (parts, body) = request.into_parts();
        let body = axum::body::Body::from(whole(body).await?);
        let response = control::answer(shared, Request::from_parts(parts, body)).await;
        return Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()));
    }
    let host = request.headers().get(header::HOST);
    let authority = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let base = Base::own(scheme, authority);
    answer(request, base, shared).await
}

/// Answers a request to a service. An error closes the connection without an answer.
pub(crate) async fn answer<B>(
    request: Request<B>,
    base: Base,
    shared: Arc<Shared>,
) -> Result<Reply, io::Error>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (mut parts, body) = request.into_parts();
    let upgrade = parts.extensions.remove::<OnUpgrade>();
    let call = Call::new(
        parts.method,
        parts.uri.path(),
        parts.uri.query().unwrap_or_default(),
        parts.headers,
        whole(body).await?,
        base,
    );
    match pipeline::process(Arc::clone(&shared), call).await {
        Outcome::Answer(answer, truncate) => {
            if let Some(session) = &answer.session {
                let Some(upgrade) = upgrade else {
                    return Ok(reply(&hub::no_connection(), None));
                };
                shared.tasks.spawn(hub::serve(
                    Arc::clone(&shared),
                    upgrade,
                    Session::clone(session),
                ));
            }
            Ok(reply(&answer, truncate))
        }
        Outcome::Reset => Err(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "by order of a fault",
        )),
    }
}

async fn whole<B>(body: B) -> Result<Bytes, io::Error>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    Ok(body.collect().await.map_err(io::Error::other)?.to_bytes())
}

fn reply(answer: &Answer, truncate: Option<usize>) -> Reply {
    let content = answer.body_bytes();
    let media = content.as_ref().map(|(media, _)| *media);
    let body = content.map_or_else(
        || Empty::new().map_err(never).boxed_unsync(),
        |(_, bytes)| match truncate {
            Some(limit) if limit < bytes.len() => truncated(&bytes, limit),
            _ => Full::new(bytes).map_err(never).boxed_unsync(),
        },
    );
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    let headers = response.headers_mut();
    if let Some(media) = media {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        if let (Some(_), Some((_, bytes))) = (truncate, answer.body_bytes()) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        }
    }
    response
}

/// Returns the beginning of a body followed by an error, which closes the connection.
fn truncated(bytes: &Bytes, limit: usize) -> UnsyncBoxBody<Bytes, io::Error> {
    let beginning = stream::iter([Ok(Frame::data(bytes.slice(..limit)))]);
    let end = stream::once(async {
        // Lets the connection write the bytes so far before it is closed.
        tokio::task::yield_now().await;
        Err(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "by order of a fault",
        ))
    });
    StreamBody::new(beginning.chain(end)).boxed_unsync()
}

fn never(impossible: Infallible) -> io::Error {
    match impossible {}
}
