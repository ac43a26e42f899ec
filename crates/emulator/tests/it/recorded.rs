//! Requests of public clients of the service, with replaced values. Each has the statuses that its
//! sender accepts, and the members that it reads. `requests.json` contains the list, which
//! describes the requests in our own words.
//!
//! They are sent as .NET, PowerShell and Python's `urllib` send them: without `Accept`.

use std::collections::HashMap;

use emulator::Profile;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{AGENT, Client};

const REQUESTS: &str = include_str!("../recorded/requests.json");
const BOUNDARY: &str = "boundary";

/// One request. `{arm}`, `{dp}` and values saved from earlier answers are substituted in paths and
/// bodies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    what: String,
    method: String,
    path: String,
    /// The statuses that its sender treats as success.
    accepted: Vec<u16>,
    #[serde(default)]
    headers: HashMap<String, String>,
    body: Option<Value>,
    /// The fields of a form, instead of a body.
    #[serde(default)]
    form: Map<String, Value>,
    /// The name of a file that is uploaded, instead of a body.
    file: Option<String>,
    /// JSON pointers of the members that its sender reads.
    #[serde(default)]
    reads: Vec<String>,
    /// The values to save for later requests: JSON pointers by name.
    #[serde(default)]
    save: HashMap<String, String>,
}

#[tokio::test]
async fn requests_of_public_clients_get_the_answers_that_they_read() {
    let client = Client::new(Profile::default()).await;
    let mut known = HashMap::from([("arm".to_owned(), AGENT.to_owned())]);
    let mut wrong = Vec::new();
    for request in serde_json::from_str::<Vec<Recorded>>(REQUESTS).unwrap() {
        let (status, answer) = send(&client, &request, &known).await;
        if request.path.starts_with("{arm}") && !known.contains_key("dp") {
            let agent = client.get(AGENT).await.body;
            let endpoint = agent["properties"]["agentEndpoint"].as_str().unwrap();
            let path = endpoint.strip_prefix(&client.emulator.url()).unwrap();
            known.insert("dp".to_owned(), path.to_owned());
        }
        let said = format!("{} {} ({})", request.method, request.path, request.what);
        if !request.accepted.contains(&status) {
            wrong.push(format!("{said}: {status}, {answer}"));
        }
        for pointer in &request.reads {
            if answer.pointer(pointer).is_none_or(Value::is_null) {
                wrong.push(format!("{said}: no {pointer} in {answer}"));
            }
        }
        for (name, pointer) in &request.save {
            let value = answer.pointer(pointer).and_then(Value::as_str);
            known.insert(name.clone(), value.unwrap_or_default().to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unknown = client.emulator.requests();
    let unknown: Vec<_> = unknown.iter().filter(|sent| sent.unknown_route).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Sends a request over a separate connection, and returns the status and the body.
async fn send(
    client: &Client,
    request: &Recorded,
    known: &HashMap<String, String>,
) -> (u16, Value) {
    let (media, body) = body(request, known);
    let authority = client.emulator.url().replace("http://", "");
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {}\r\nContent-Type: {media}\r\n\
         Content-Length: {}\r\nConnection: close\r\n",
        request.method,
        filled(&request.path, known),
        client.emulator.token(),
        body.len()
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut connection = TcpStream::connect(&authority).await.unwrap();
    let sent = format!("{head}\r\n{body}");
    connection.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
    (status, body)
}

/// Returns the media type and the body of a request.
fn body(request: &Recorded, known: &HashMap<String, String>) -> (String, String) {
    if let Some(file) = &request.file {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{file}\"\r\n\
             Content-Type: text/markdown\r\n\r\nDrain the queue.\r\n--{BOUNDARY}--\r\n"
        );
        return (format!("multipart/form-data; boundary={BOUNDARY}"), part);
    }
    if !request.form.is_empty() {
        let fields = request.form.iter();
        let fields = fields.map(|(name, value)| format!("{name}={}", value.as_str().unwrap()));
        let form = fields.collect::<Vec<_>>().join("&");
        return ("application/x-www-form-urlencoded".to_owned(), form);
    }
    let body = request.body.as_ref().map(Value::to_string);
    let body = filled(&body.unwrap_or_default(), known);
    ("application/json".to_owned(), body)
}

fn filled(text: &str, known: &HashMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (name, value) in known {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}
