//! What a log contains.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure::redaction::LogFields;
use azure::{Budget, Client, Request};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::network::{TOKEN, config};
use crate::server::{Server, json as json_answer};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn log_shows_facts_and_declared_members_but_no_secret() {
    let server = Server::start(|_| async {
        let properties = json!({"description": "shown", "connectionString": "hunter2"});
        let mut response = json_answer(200, &json!({ "properties": properties }));
        let location = "https://host/path?code=hunter2".parse().unwrap();
        response.headers_mut().insert("location", location);
        response
            .headers_mut()
            .insert("set-cookie", "hunter2".parse().unwrap());
        response
    })
    .await;
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_env_filter("azure=trace")
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    // The subscriber is global, because tracing decides only once whether a line is wanted, in
    // whichever test comes first.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let request = Request::put("/path")
        .query("code", "hunter2")
        .header("x-functions-key", "hunter2")
        .json(json!({"properties": {"description": "given", "bearerToken": "hunter2"}}))
        .log(LogFields::new(["properties.description"]));
    let client = Client::new(config(&server.url)).unwrap();
    client
        .arm(request, &Budget::detached(Duration::from_secs(30)))
        .await
        .unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for part in [
        "DEBUG",
        "method=\"PUT\"",
        "/path\"",
        "status=200",
        "tries=1",
        "api-version=2025-05-01-preview&code=<redacted 7 bytes>",
        "x-functions-key: <redacted 7 bytes>",
        "content-type: application/json",
        r#"\"description\":\"given\""#,
        r#"\"description\":\"shown\""#,
        "location: https://host/path",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("hunter2") && !text.contains(TOKEN), "{text}");
}
