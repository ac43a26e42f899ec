//! Hubs over a network: they use the certificates that the client trusts.

use std::time::Duration;

use azure::id::AgentId;
use azure::{Client, ErrorKind, Hub};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use url::Url;

use crate::network::{budget, config, tls_listener};

#[tokio::test]
async fn hub_with_a_trusted_certificate_is_connected_to() {
    let (url, pem) = hub().await;
    let mut config = config(&url);
    config.http.trust(pem.as_bytes()).unwrap();
    // The connection may be silent for longer than an answer.
    config.http.read_timeout = Duration::from_millis(300);
    let mut hub = connect(&Client::new(config).unwrap()).await.unwrap();
    let call = hub.next().await.unwrap();
    assert!(call.is("MessageUpdate"), "{call:?}");
}

#[tokio::test]
async fn hub_with_an_unknown_certificate_is_refused() {
    let (url, _) = hub().await;
    let error = connect(&Client::new(config(&url)).unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("does not trust"), "{error}");
}

async fn connect(client: &Client) -> azure::Result<Hub> {
    let agent = AgentId::new("s", "rg", "a").unwrap();
    let plane = client.data_plane(&agent, &budget()).await?;
    plane.hub("agentHub", &budget()).await
}

/// Starts an agent with a hub that sends a message after half a second, and returns the hub's
/// certificate.
async fn hub() -> (Url, String) {
    let (listener, acceptor, url, pem) = tls_listener().await;
    let endpoint = url.to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, endpoint) = (acceptor.clone(), endpoint.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, &endpoint).await;
                }
            });
        }
    });
    (url, pem)
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, endpoint: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
    };
    assert_eq!(
        header("authorization"),
        Some("Bearer the-very-secret-token")
    );
    let Some(key) = header("sec-websocket-key") else {
        let document = match head.starts_with("POST") {
            true => json!({
                "connectionToken": "t",
                "availableTransports": [{ "transport": "WebSockets" }],
            }),
            false => json!({ "properties": { "agentEndpoint": endpoint } }),
        };
        return answer(&mut stream, &document).await;
    };
    let accepted = derive_accept_key(key.as_bytes());
    let switched = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-accept: {accepted}\r\n\r\n"
    );
    stream.write_all(switched.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    socket.next().await.unwrap().unwrap();
    socket.send(Message::text("{}\u{1e}")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let call = "{\"type\":1,\"target\":\"messageupdate\",\"arguments\":[]}\u{1e}";
    socket.send(Message::text(call)).await.unwrap();
    // Wait until the client has closed the connection.
    while let Some(Ok(_)) = socket.next().await {}
}

async fn answer<S: AsyncWrite + Unpin>(stream: &mut S, document: &Value) {
    let body = document.to_string();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}
