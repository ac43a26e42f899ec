//! Connections, bodies and their limits.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure::cloud::CustomCloud;
use azure::credentials::{self, CredentialSettings, Method};
use azure::id::AgentId;
use azure::{Budget, Client, ClientConfig, Cloud, ErrorKind, Multipart, Presence, Request};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::server::{Arrived, Server, answer, json as json_answer};

pub(crate) const TOKEN: &str = "the-very-secret-token";

pub(crate) fn config(url: &Url) -> ClientConfig {
    let cloud = Cloud::Custom(CustomCloud {
        authority_host: url.clone(),
        arm_endpoint: url.clone(),
        arm_audience: "https://management.azure.com".to_owned(),
    });
    let settings = CredentialSettings::for_cloud(&cloud);
    let tokens = credentials::new(Method::Fixed(TOKEN.into()), settings).unwrap();
    let mut config = ClientConfig::new(&cloud, tokens);
    config.hosts = config.hosts.allow_origin(url);
    config.retry.base = Duration::from_millis(1);
    config.retry.failures_for = Duration::from_millis(50);
    config.http.max_body = 1024 * 1024;
    config
}

pub(crate) fn client(url: &Url) -> Client {
    Client::new(config(url)).unwrap()
}

pub(crate) fn budget() -> Budget {
    Budget::detached(Duration::from_secs(30))
}

#[tokio::test]
async fn client_sends_requests_to_both_planes() {
    let server = Server::start(|request: Arrived| async move {
        let host = format!("http://{}/plane", request.headers["host"]);
        match request.path.as_str() {
            "/plane/api/v2/repos/r" => json_answer(200, &json!({"name": "r"})),
            _ => json_answer(200, &json!({"properties": {"agentEndpoint": host}})),
        }
    })
    .await;
    let client = client(&server.url);
    let agent = AgentId::new("s", "rg", "a").unwrap();
    let plane = client.data_plane(&agent, &budget()).await.unwrap();
    let found = plane
        .read(Request::get("/api/v2/repos/r"), &budget())
        .await
        .unwrap();
    assert_eq!(found, Presence::Found(json!({"name": "r"})));
    let arrived = server.arrived();
    assert_eq!(arrived[0].query["api-version"], "2025-05-01-preview");
    assert!(arrived[1].query.is_empty());
    for request in arrived {
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
        assert!(request.headers["user-agent"].starts_with("azuresre/"));
    }
}

#[tokio::test]
async fn compressed_json_is_decoded() {
    let server = Server::start(|request: Arrived| async move {
        assert!(request.headers["accept-encoding"].contains("gzip"));
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"{\"a\":1}").unwrap();
        let mut response = answer(200, "application/json", encoder.finish().unwrap());
        response
            .headers_mut()
            .insert("content-encoding", "gzip".parse().unwrap());
        response
    })
    .await;
    let response = client(&server.url)
        .arm(Request::get("/x"), &budget())
        .await
        .unwrap();
    assert_eq!(response.into_json().unwrap(), json!({"a": 1}));
}

#[tokio::test]
async fn broken_connection_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        for last in [false, false, true] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            if last {
                let text = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                stream.write_all(text.as_bytes()).await.unwrap();
            }
        }
    });
    let mut config = config(&url);
    config.retry.failures_for = Duration::from_secs(30);
    let response = Client::new(config)
        .unwrap()
        .arm(Request::put("/x"), &budget())
        .await
        .unwrap();
    assert_eq!(response.tries(), 3);
}

#[tokio::test]
async fn connection_refused_by_this_machine_is_final_and_suggests_a_cause() {
    // No program listens on a port that was bound and dropped.
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for host in [address.to_string(), format!("localhost:{}", address.port())] {
        let url = Url::parse(&format!("http://{host}")).unwrap();
        let mut config = config(&url);
        config.retry.failures_for = Duration::from_secs(3_600);
        let request = Request::put("/x").query("code", "hunter2");
        let client = Client::new(config).unwrap();
        let error = client.arm(request, &budget()).await.unwrap_err();
        assert_eq!((error.kind(), error.tries()), (ErrorKind::Network, 1));
        assert!(!error.may_have_been_applied());
        let remedy = error.remedy().unwrap();
        assert!(remedy.contains(&host), "{remedy}");
        assert!(remedy.contains("is it running?"), "{remedy}");
        let text = format!("{error} {error:?}");
        assert!(text.contains("refused"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn cancel_ends_a_hanging_request_within_milliseconds() {
    let server = Server::start(|_| std::future::pending()).await;
    let client = client(&server.url);
    let cancel = CancellationToken::new();
    let budget = Budget::new(Duration::from_secs(600), cancel.clone());
    let call = tokio::spawn(async move { client.arm(Request::put("/x"), &budget).await });
    while server.arrived().is_empty() {
        tokio::task::yield_now().await;
    }
    let start = Instant::now();
    cancel.cancel();
    let error = call.await.unwrap().unwrap_err();
    // A generous limit, because other tests share the machine. A timeout of the client is far
    // longer.
    assert!(
        start.elapsed() < Duration::from_millis(500),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(error.kind(), ErrorKind::Canceled);
    assert!(error.may_have_been_applied());
}

#[tokio::test]
async fn silent_server_fails_after_the_read_timeout() {
    let server = Server::start(|_| std::future::pending()).await;
    let mut config = config(&server.url);
    config.http.read_timeout = Duration::from_millis(50);
    let error = Client::new(config)
        .unwrap()
        .arm(Request::post("/x"), &budget())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.tries()), (ErrorKind::Network, 1));
    assert!(
        error.to_string().contains("did not respond in time"),
        "{error}"
    );
}

#[tokio::test]
async fn multipart_body_is_complete_on_every_try() {
    let server = Server::start(|_| async { json_answer(503, &json!({})) }).await;
    let multipart = Multipart::new().text("triggerIndexing", "true").file(
        "files",
        "run \"book\".md",
        "text/markdown",
        "# Hello",
    );
    let request = Request::post("/x").multipart(multipart).idempotent(true);
    client(&server.url)
        .arm(request, &budget())
        .await
        .unwrap_err();
    let arrived = server.arrived();
    assert!(arrived.len() > 1);
    for request in arrived {
        assert!(request.headers["content-type"].starts_with("multipart/form-data; boundary="));
        let body = String::from_utf8(request.body.to_vec()).unwrap();
        assert!(
            body.contains("name=\"triggerIndexing\"\r\n\r\ntrue\r\n"),
            "{body}"
        );
        assert!(
            body.contains("name=\"files\"; filename=\"run \\\"book\\\".md\"\r\n"),
            "{body}"
        );
        assert!(body.contains("text/markdown\r\n\r\n# Hello\r\n"), "{body}");
    }
}

/// Returns a listener for TLS, with its address and its certificate.
pub(crate) async fn tls_listener() -> (
    tokio::net::TcpListener,
    tokio_rustls::TlsAcceptor,
    Url,
    String,
) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let pem = certificate.pem();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], private)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = Url::parse(&format!("https://localhost:{port}")).unwrap();
    (listener, acceptor, url, pem)
}

/// Starts a TLS server that answers every request with `{}`, and returns its certificate.
async fn tls_server() -> (Url, String) {
    let (listener, acceptor, url, pem) = tls_listener().await;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                    .await;
                let _ = stream.flush().await;
            }
        }
    });
    (url, pem)
}

#[tokio::test]
async fn unknown_certificate_is_refused_without_a_retry() {
    let (url, _) = tls_server().await;
    let mut config = config(&url);
    config.retry.failures_for = Duration::from_secs(30);
    let error = Client::new(config)
        .unwrap()
        .arm(Request::get("/x"), &budget())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.tries()), (ErrorKind::Network, 1));
    assert!(
        error
            .to_string()
            .contains("does not trust the server's certificate"),
        "{error}"
    );
}

#[tokio::test]
async fn explicitly_trusted_certificate_is_accepted() {
    let (url, pem) = tls_server().await;
    let mut config = config(&url);
    config.http.trust(pem.as_bytes()).unwrap();
    Client::new(config)
        .unwrap()
        .arm(Request::get("/x"), &budget())
        .await
        .unwrap();
}

#[test]
fn text_that_is_not_a_certificate_is_refused() {
    let error = azure::HttpOptions::default()
        .trust(b"nonsense")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
