//! A service that answers with more than a client can process. The tests measure how much it can
//! send before the client closes the connection.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response};
use azure::{Budget, Client, Error, ErrorKind, Request, operations};
use futures::StreamExt as _;
use rstest::rstest;
use serde_json::{Value, json};

use crate::network::{budget, client, config};
use crate::server::{Arrived, Server, answer, json as json_answer};

/// The size limit of the client in these tests; see `network::config`.
const MAX_BODY: usize = 1024 * 1024;

/// How many bytes connections buffer on both sides.
const IN_FLIGHT: usize = 32 * 1024 * 1024;

/// An endless body, and how many bytes of it have been requested.
struct Endless {
    sent: Arc<AtomicUsize>,
}

impl Endless {
    fn new() -> Self {
        let sent = Arc::default();
        Self { sent }
    }

    fn body(&self, chunk: &'static [u8]) -> Body {
        let sent = Arc::clone(&self.sent);
        Body::from_stream(futures::stream::repeat(chunk).map(move |chunk| {
            sent.fetch_add(chunk.len(), Ordering::SeqCst);
            Ok::<_, std::io::Error>(chunk)
        }))
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// Waits until nobody can read the body any more.
    async fn is_dropped(&self) {
        let dropped = async {
            while Arc::strong_count(&self.sent) > 1 {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(30);
        tokio::time::timeout(limit, dropped).await.unwrap();
    }
}

fn gzip(response: Response<Body>) -> Response<Body> {
    let mut response = response;
    let gzip = HeaderValue::from_static("gzip");
    response.headers_mut().insert("content-encoding", gzip);
    response
}

async fn get(server: &Server) -> Error {
    let request = Request::get("/x");
    client(&server.url)
        .arm_read(request, &budget())
        .await
        .unwrap_err()
}

#[rstest]
#[case(200)]
#[case(400)]
#[case(404)]
#[tokio::test]
async fn connection_is_closed_during_an_endless_body(#[case] status: u16) {
    const CHUNK: &[u8] = &[b' '; 64 * 1024];
    let endless = Arc::new(Endless::new());
    let server = Server::start({
        let endless = Arc::clone(&endless);
        move |_| {
            let body = endless.body(CHUNK);
            async move { answer(status, "application/json", body) }
        }
    })
    .await;
    let error = get(&server).await;
    assert_eq!((error.kind(), error.tries()), (ErrorKind::TooLarge, 1));
    endless.is_dropped().await;
    let sent = endless.sent();
    assert!(
        (MAX_BODY..MAX_BODY + IN_FLIGHT).contains(&sent),
        "{sent} bytes"
    );
}

#[tokio::test]
async fn body_with_too_large_a_content_length_is_not_read() {
    let server = Server::start(|_| async {
        let never = futures::stream::pending::<Result<&[u8], std::io::Error>>();
        let mut response = answer(200, "application/json", Body::from_stream(never));
        let length = HeaderValue::from_static("999999999999");
        response.headers_mut().insert("content-length", length);
        response
    })
    .await;
    assert_eq!(get(&server).await.kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn endless_slow_body_fails_at_the_deadline() {
    let server = Server::start(|_| async {
        let pause = Duration::from_millis(5);
        let ticks = futures::stream::repeat(b" ").then(move |byte| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(&byte[..])
        });
        answer(200, "application/json", Body::from_stream(ticks))
    })
    .await;
    let budget = Budget::detached(Duration::from_millis(300));
    let request = Request::get("/x");
    let error = client(&server.url).arm(request, &budget).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.tries()),
        (ErrorKind::DeadlineExceeded, 1)
    );
}

#[tokio::test]
async fn limit_applies_to_the_decompressed_size() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 64 * MAX_BODY]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let server = Server::start(move |_| {
        let bomb = bomb.clone();
        async move { gzip(answer(200, "application/json", bomb)) }
    })
    .await;
    let error = get(&server).await;
    assert_eq!((error.kind(), error.tries()), (ErrorKind::TooLarge, 1));
    assert!(error.to_string().contains("1048576 bytes"), "{error}");
}

#[tokio::test]
async fn answer_that_is_compressed_twice_is_decompressed_once() {
    let mut bomb = vec![b' '; 64 * MAX_BODY];
    for _ in 0..2 {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&bomb).unwrap();
        bomb = encoder.finish().unwrap();
    }
    let server = Server::start(move |_| {
        let mut response = answer(200, "application/json", bomb.clone());
        let twice = HeaderValue::from_static("gzip, gzip");
        response.headers_mut().insert("content-encoding", twice);
        async move { response }
    })
    .await;
    assert_eq!(get(&server).await.kind(), ErrorKind::NotJson);
}

/// Half a million values, nested or in sequence, which are small as text.
#[rstest]
#[case::deep_array("[".repeat(500_000) + &"]".repeat(500_000))]
#[case::deep_array_that_does_not_end("[".repeat(1_000_000))]
#[case::deep_object("{\"a\":".repeat(150_000) + "1" + &"}".repeat(150_000))]
#[case::wide_array(format!("[{}1]", "1,".repeat(510_000)))]
#[case::wide_objects(format!("[{}1]", "{},".repeat(300_000)))]
#[tokio::test]
async fn document_with_too_many_values_is_refused(#[case] text: String) {
    assert!(text.len() < MAX_BODY);
    for status in [200, 400] {
        let text = text.clone();
        let server = Server::start(move |_| {
            let text = text.clone();
            async move { answer(status, "application/json", text) }
        })
        .await;
        let error = get(&server).await;
        assert_eq!(error.tries(), 1);
        assert_eq!(error.status(), Some(status));
        assert!(error.to_string().len() < 4096, "{error}");
    }
}

#[tokio::test]
async fn connection_is_closed_during_endless_headers() {
    let server = Server::start(|_| async {
        let mut response = json_answer(200, &json!({}));
        let value = HeaderValue::from_str(&"x".repeat(8 * 1024)).unwrap();
        for n in 0..200 {
            let name = axum::http::HeaderName::from_bytes(format!("x-{n}").as_bytes()).unwrap();
            response.headers_mut().insert(name, value.clone());
        }
        response
    })
    .await;
    assert_eq!(get(&server).await.kind(), ErrorKind::Network);
}

/// Requests the list of a server that answers every page with `page`.
async fn list(page: impl Fn(usize) -> Value + Send + Sync + 'static) -> (Error, usize) {
    let pages = AtomicUsize::new(0);
    let server = Server::start(move |_: Arrived| {
        let page = page(pages.fetch_add(1, Ordering::SeqCst));
        async move { json_answer(200, &page) }
    })
    .await;
    let client = client(&server.url);
    let list = client.arm_list(Request::get("/x"), &budget()).await;
    (list.unwrap_err(), server.arrived().len())
}

#[tokio::test]
async fn endless_pages_fail() {
    let (error, asked) = list(|n| json!({"value": [n], "nextLink": format!("/x?page={n}")})).await;
    assert!(error.to_string().contains("never ends"), "{error}");
    assert_eq!(asked, 1000);
}

#[tokio::test]
async fn pages_in_a_cycle_fail() {
    let (error, asked) =
        list(|n| json!({"value": [n], "nextLink": format!("/x?page={}", n % 3)})).await;
    assert!(error.to_string().contains("never ends"), "{error}");
    assert_eq!(asked, 4);
}

#[tokio::test]
async fn limit_applies_to_all_pages_together() {
    let text = "x".repeat(MAX_BODY / 4);
    let (error, asked) =
        list(move |n| json!({"value": [&text], "nextLink": format!("/x?page={n}")})).await;
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(asked, 5);
}

#[tokio::test]
async fn endless_operation_fails_at_the_deadline() {
    let server = Server::start(|request: Arrived| async move {
        let next = format!("{}/on", request.path);
        let mut response = json_answer(202, &json!({"status": "Running"}));
        let headers = response.headers_mut();
        headers.insert("azure-asyncoperation", next.parse().unwrap());
        headers.insert("retry-after", HeaderValue::from_static("0"));
        response
    })
    .await;
    let client = client(&server.url);
    let accepted = client.arm(Request::put("/x"), &budget()).await.unwrap();
    let limit = Duration::from_millis(400);
    let error = operations::wait(&client, &accepted, &Budget::detached(limit))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert!(error.was_accepted());
    // The client limits the rate, however often the service asks to be polled.
    let asked = server.arrived().len();
    assert!((2..10).contains(&asked), "asked {asked} times");
}

#[tokio::test]
async fn pause_of_centuries_ends_with_the_budget() {
    for (status, expected) in [
        (202, ErrorKind::DeadlineExceeded),
        (429, ErrorKind::Throttled),
    ] {
        let server = Server::start(move |_| async move {
            let mut response = json_answer(status, &json!({}));
            let centuries = HeaderValue::from(u64::MAX);
            response.headers_mut().insert("retry-after", centuries);
            response
        })
        .await;
        let client = Client::new(config(&server.url)).unwrap();
        let budget = Budget::detached(Duration::from_millis(200));
        let error = match client.arm(Request::put("/x"), &budget).await {
            Ok(accepted) => operations::wait(&client, &accepted, &budget)
                .await
                .unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), expected, "{error}");
        assert_eq!(server.arrived().len(), 1);
    }
}
