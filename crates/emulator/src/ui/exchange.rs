//! A request with its answer, as the page shows its details.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::recorder::Row;
use super::secrets;

/// Replaces a credential.
const TOKEN: &str = "$TOKEN";
/// Headers that curl sets itself, or that concern a single connection.
const NOT_FOR_CURL: [&str; 5] = [
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "user-agent",
];

/// A request, and its answer if there is one.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) row: Row,
    /// The URL without the query.
    pub(super) url: String,
    pub(super) sent_headers: Headers,
    pub(super) sent: Bytes,
    pub(super) got_headers: Option<Headers>,
    pub(super) got: Option<Bytes>,
    /// Whether the bodies were dropped.
    pub(super) forgotten: bool,
}

/// Copied headers and values, because the received ones share a larger buffer.
#[derive(Debug, Clone)]
pub(super) struct Headers(Box<[(HeaderName, Box<str>)]>);

impl Headers {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let copied = headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.clone(), value.into())
        });
        Self(copied.collect())
    }

    /// Returns headers by name. Credentials are never included, because they are valid for other
    /// requests as well.
    fn show(&self) -> Value {
        let mut shown = Map::new();
        for (name, value) in &self.0 {
            let value = if secrets::is_header(name.as_str()) {
                secrets::masked(value)
            } else {
                value.to_string()
            };
            let first = shown.get(name.as_str()).and_then(Value::as_str);
            let value = first.map_or_else(|| value.clone(), |first| format!("{first}, {value}"));
            shown.insert(name.to_string(), json!(value));
        }
        Value::Object(shown)
    }
}

impl Exchange {
    /// Returns the size of its bodies in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.sent.len() + self.got.as_ref().map_or(0, Bytes::len)
    }

    pub(super) fn without_bodies(self) -> Self {
        Self {
            sent: Bytes::new(),
            got: None,
            forgotten: true,
            ..self
        }
    }

    pub(super) fn show(&self, with_secrets: bool) -> Value {
        let answer = self.got_headers.as_ref().map(|headers| {
            json!({
                "headers": headers.show(),
                "body": self.got.as_ref().map(|body| shown_body(body, with_secrets)),
            })
        });
        json!({
            "row": self.row,
            "forgotten": self.forgotten,
            "request": {
                "headers": self.sent_headers.show(),
                "body": (!self.sent.is_empty()).then(|| shown_body(&self.sent, with_secrets)),
            },
            "answer": answer,
            "curl": with_secrets.then(|| self.curl()),
            "fault": {
                "method": self.row.method,
                "path": format!("^{}$", regex::escape(&self.row.path)),
                "plane": self.row.plane,
            },
        })
    }

    /// Returns a command that sends the same request. Its token is in a variable.
    fn curl(&self) -> String {
        let query = if self.row.query.is_empty() {
            String::new()
        } else {
            format!("?{}", self.row.query)
        };
        let mut parts = vec![
            format!("curl -X {}", quoted(&self.row.method)),
            quoted(&format!("{}{query}", self.url)),
        ];
        for (name, value) in &self.sent_headers.0 {
            if *name == AUTHORIZATION {
                parts.push(format!("-H \"Authorization: Bearer {TOKEN}\""));
            } else if !NOT_FOR_CURL.contains(&name.as_str()) {
                parts.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
            }
        }
        match std::str::from_utf8(&self.sent) {
            Ok("") => {}
            Ok(body) => parts.push(format!("--data-binary {}", quoted(body))),
            Err(_) => parts.push("--data-binary @body".to_owned()),
        }
        parts.join(" \\\n  ")
    }
}

/// Returns a body as JSON, with base64 decoded, or as text.
fn shown_body(body: &Bytes, with_secrets: bool) -> Value {
    if let Ok(document) = serde_json::from_slice::<Value>(body) {
        return secrets::shown(&document, with_secrets);
    }
    match std::str::from_utf8(body) {
        Ok(text) if with_secrets => json!(text),
        Ok(text) => json!(secrets::form(text)),
        Err(_) => json!(format!("({} bytes that are no text)", body.len())),
    }
}

/// Quotes a text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./:".contains(char);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use bytes::Bytes;
    use serde_json::json;

    use super::{Exchange, Headers, Row};
    use crate::log::Plane;

    fn exchange(body: &'static str) -> Exchange {
        let row = Row {
            n: 1,
            method: "PUT".to_owned(),
            path: "/a.b/$(id)'".to_owned(),
            query: "x=1&y=2".to_owned(),
            plane: Plane::Arm,
            agent: None,
            started: 0.0,
            duration: None,
            status: None,
            client: String::new(),
            fault: None,
        };
        let headers = HeaderMap::from_iter([
            (
                header::AUTHORIZATION,
                HeaderValue::from_static("Bearer abc"),
            ),
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
        ]);
        Exchange {
            url: format!("http://localhost{}", row.path),
            row,
            sent_headers: Headers::of(&headers),
            sent: Bytes::from_static(body.as_bytes()),
            got_headers: None,
            got: None,
            forgotten: false,
        }
    }

    #[test]
    fn shell_command_contains_the_whole_request() {
        let shown = exchange(r#"{"it's": "`id`"}"#).show(true);
        assert_eq!(
            shown["curl"],
            "curl -X PUT \\\n  'http://localhost/a.b/$(id)'\\''?x=1&y=2' \\\n  \
             -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'content-type: application/json' \\\n  \
             --data-binary '{\"it'\\''s\": \"`id`\"}'"
        );
        assert_eq!(shown["fault"]["path"], r"^/a\.b/\$\(id\)'$");
    }

    #[test]
    fn secrets_are_masked_unless_requested_and_credentials_always() {
        let body = r#"{"properties":{"value":"eyJ0b2tlbiI6ICJhYmMxMjMiLCAibmFtZSI6ICJ4In0="}}"#;
        let masked = exchange(body).show(false);
        assert!(!masked.to_string().contains("abc"), "{masked}");
        assert_eq!(masked["curl"], json!(null));
        assert_eq!(
            masked["request"]["body"]["properties"]["value"]["base64"]["name"],
            "x"
        );
        let shown = exchange(body).show(true);
        assert_eq!(
            shown["request"]["body"]["properties"]["value"]["base64"]["token"],
            "abc123"
        );
        assert!(!shown["request"]["headers"].to_string().contains("abc"));
        let form = exchange("client_id=a&client_secret=abc123").show(false);
        assert!(!form.to_string().contains("abc123"), "{form}");
    }
}
