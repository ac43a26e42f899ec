//! Scripted hubs: their answers to a negotiation, and their messages.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use rstest::rstest;
use serde_json::json;
use tokio::io::DuplexStream;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::testing::{Bench, Reply, agent, bench, reply};

const CALL: &str =
    "{\"type\":1,\"target\":\"MessageUpdate\",\"arguments\":[{\"role\":\"assistant\"}]}\u{1e}";

/// The hub's side of a connection.
struct Server(WebSocketStream<DuplexStream>);

impl Server {
    /// Returns the next connection.
    async fn next(bench: &Bench) -> Self {
        Self(bench.wire.socket().await)
    }

    /// Returns the next record, without its separator.
    async fn hears(&mut self) -> String {
        let message = self.0.next().await.unwrap().unwrap();
        let text = message.into_text().unwrap();
        text.strip_suffix('\u{1e}').unwrap().to_owned()
    }

    async fn says(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// Accepts the handshake, and sends `more` in the same message.
    async fn accepts(&mut self, more: &str) {
        assert_eq!(self.hears().await, r#"{"protocol":"json","version":1}"#);
        self.says(&format!("{{}}\u{1e}{more}")).await;
    }
}

fn negotiated(id: &Value) -> Reply {
    let mut answer = json!({
        "availableTransports": [{ "transport": "WebSockets", "transferFormats": ["Text"] }],
    });
    answer
        .as_object_mut()
        .unwrap()
        .extend(id.as_object().unwrap().clone());
    reply(200, &[], &answer)
}

/// Returns a bench with an agent whose hub answers negotiations with `negotiates`.
fn hub_that(negotiates: impl Fn(&str) -> Reply + Send + 'static) -> Bench {
    bench(move |line| match line {
        line if line.starts_with("GET /subscriptions/") => {
            let properties = json!({ "agentEndpoint": "https://agent--1.azuresre.ai" });
            reply(200, &[], &json!({ "properties": properties }))
        }
        line => negotiates(line),
    })
}

fn hub() -> Bench {
    hub_that(|_| {
        negotiated(&json!({ "negotiateVersion": 1, "connectionToken": "t/1", "connectionId": "c" }))
    })
}

async fn connect(bench: &Bench) -> Result<Hub> {
    let budget = Budget::detached(Duration::from_secs(600));
    let plane = bench.client.data_plane(&agent(), &budget).await?;
    plane.hub("agentHub", &budget).await
}

async fn connected(bench: &Bench, more: &str) -> (Hub, Server) {
    let mut server = Server::next(bench).await;
    let (hub, ()) = tokio::join!(connect(bench), server.accepts(more));
    (hub.unwrap(), server)
}

#[tokio::test(start_paused = true)]
async fn hub_is_negotiated_with_and_its_calls_arrive() {
    let bench = hub();
    let (mut hub, mut server) = connected(&bench, CALL).await;
    let seen = bench.wire.seen();
    assert_eq!(seen[1].line, "POST /agentHub/negotiate?negotiateVersion=1");
    assert_eq!(seen[2].line, "GET /agentHub?id=t%2F1");
    let bearer = "Bearer https://azuresre.dev 0";
    assert_eq!(seen[2].headers["authorization"], bearer);
    let call = hub.next().await.unwrap();
    assert!(call.is("messageupdate") && !call.is("other"), "{call:?}");
    assert_eq!(call.arguments, [json!({ "role": "assistant" })]);

    // The call arrives in parts, after a record that is no call, and in the other casing.
    let call = CALL.replace("MessageUpdate", "messageupdate");
    let (head, tail) = call.split_at(20);
    server.says(&format!("{{\"type\":6}}\u{1e}{head}")).await;
    server.says(tail).await;
    assert!(hub.next().await.unwrap().is("MessageUpdate"));
}

#[tokio::test(start_paused = true)]
async fn connection_is_kept_alive_and_ends_if_the_server_is_silent() {
    let bench = hub();
    let start = Instant::now();
    let (mut hub, mut server) = connected(&bench, "").await;
    for second in [15, 30] {
        assert_eq!(server.hears().await, r#"{"type":6}"#);
        assert_eq!(start.elapsed().as_secs(), second);
        if second == 15 {
            server.says("{\"type\":6}\u{1e}").await;
        }
    }
    let error = hub.next().await.unwrap_err();
    assert!(
        error.to_string().contains("no data was received for 30 s"),
        "{error}"
    );
    assert_eq!(start.elapsed().as_secs(), 45);
}

#[tokio::test(start_paused = true)]
async fn connection_is_closed_when_the_hub_is_dropped() {
    let bench = hub();
    let (hub, mut server) = connected(&bench, "").await;
    drop(hub);
    let end = tokio::time::timeout(Duration::from_secs(2), server.0.next()).await;
    assert!(!matches!(end, Ok(Some(Ok(Message::Text(_))))), "{end:?}");
    assert!(end.is_ok(), "the connection goes on");
}

#[rstest]
#[case(
    "{\"type\":7,\"error\":\"The client was too slow.\"}\u{1e}",
    "The client was too slow."
)]
#[case("{\"type\":7,\"allowReconnect\":true}\u{1e}", "the hub closed it")]
#[case("nonsense\u{1e}", "does not follow the SignalR protocol")]
#[tokio::test(start_paused = true)]
async fn end_of_a_connection_is_reported_after_the_calls_before_it(
    #[case] said: &str,
    #[case] told: &str,
) {
    let bench = hub();
    let (mut hub, _server) = connected(&bench, &format!("{CALL}{said}")).await;
    assert!(hub.next().await.is_ok());
    let error = hub.next().await.unwrap_err();
    assert!(error.to_string().contains(told), "{error}");
    assert!(
        hub.next().await.is_err(),
        "there is something after the end"
    );
}

#[tokio::test(start_paused = true)]
async fn refused_handshake_reports_the_reason() {
    let bench = hub();
    let mut server = Server::next(&bench).await;
    let refuses = async {
        server.hears().await;
        server
            .says("{\"error\":\"The protocol 'json' is not supported.\"}\u{1e}")
            .await;
    };
    let (hub, ()) = tokio::join!(connect(&bench), refuses);
    let error = hub.unwrap_err();
    assert!(
        error.to_string().contains("'json' is not supported"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn old_hubs_are_connected_to_by_connection_id() {
    let bench = hub_that(|_| negotiated(&json!({ "connectionId": "c" })));
    connected(&bench, "").await;
    assert_eq!(bench.wire.lines()[2], "GET /agentHub?id=c");
}

#[tokio::test(start_paused = true)]
async fn refused_token_is_renewed_once_for_both_requests() {
    let refusals = std::sync::atomic::AtomicUsize::new(1);
    let bench = hub_that(
        move |_| match refusals.swap(0, std::sync::atomic::Ordering::SeqCst) {
            0 => negotiated(&json!({ "connectionToken": "t" })),
            _ => reply(401, &[], &json!({})),
        },
    );
    connected(&bench, "").await;
    let seen = bench.wire.seen();
    let tokens: Vec<&str> = seen[1..]
        .iter()
        .map(|seen| seen.headers["authorization"].as_str())
        .collect();
    let (old, new) = (
        "Bearer https://azuresre.dev 0",
        "Bearer https://azuresre.dev 1",
    );
    assert_eq!(tokens, [old, new, new]);
}

#[tokio::test(start_paused = true)]
async fn hub_at_another_address_gets_only_its_own_token() {
    let bench = hub_that(|line| match line {
        "POST /agentHub/negotiate?negotiateVersion=1" => {
            let url = "https://hubs.service.signalr.net/client/?hub=agenthub";
            reply(
                200,
                &[],
                &json!({ "url": url, "accessToken": "of-the-hub" }),
            )
        }
        _ => negotiated(&json!({ "connectionToken": "t" })),
    });
    connected(&bench, "").await;
    let seen = bench.wire.seen();
    assert_eq!(
        seen[2].line,
        "POST /client/negotiate?hub=agenthub&negotiateVersion=1"
    );
    assert_eq!(seen[3].line, "GET /client/?hub=agenthub&id=t");
    for seen in &seen[2..] {
        assert_eq!(seen.headers["authorization"], "Bearer of-the-hub");
    }
}

#[rstest]
#[case(json!({ "url": "http://hubs.service.signalr.net/", "accessToken": "t" }), "does not start with")]
#[case(json!({ "url": "https://user@hubs.service.signalr.net/", "accessToken": "t" }), "user name")]
#[case(json!({ "url": "https://hubs.service.signalr.net/" }), "does not provide a token")]
#[case(json!({ "url": "https://hubs.service.signalr.net/", "accessToken": "t" }), "too many times")]
#[case(json!({ "error": "This hub is closed." }), "This hub is closed.")]
#[case(json!({ "connectionToken": "t", "availableTransports": [{ "transport": "LongPolling" }] }), "support WebSockets")]
#[case(json!({ "availableTransports": [{ "transport": "WebSockets" }] }), "did not provide a connection")]
#[tokio::test(start_paused = true)]
async fn failed_connection_reports_the_reason(#[case] answer: Value, #[case] told: &str) {
    let bench = hub_that(move |_| reply(200, &[], &answer));
    let error = connect(&bench).await.unwrap_err();
    assert!(error.to_string().contains(told), "{error}");
    let opened = bench
        .wire
        .lines()
        .iter()
        .any(|line| line.starts_with("GET /agentHub"));
    assert!(!opened, "a connection was asked for");
}

#[rstest]
#[case(401, ErrorKind::Unauthorized)]
#[case(403, ErrorKind::Forbidden)]
#[case(404, ErrorKind::Rejected)]
#[case(503, ErrorKind::Service)]
#[tokio::test(start_paused = true)]
async fn refused_connection_reports_the_status(#[case] status: u16, #[case] kind: ErrorKind) {
    let bench = hub_that(move |line| match line.starts_with("POST") {
        true => negotiated(&json!({ "connectionToken": "t" })),
        false => reply(status, &[], &json!({})),
    });
    let error = connect(&bench).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(
        error.to_string().contains(&format!("it returned {status}")),
        "{error}"
    );
}
