//! Responses.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::error::{Facts, Reach, Result};
use crate::json;
use crate::service_error::{ServiceError, failure};
use crate::wire::Answer;

/// An answer of the service.
#[derive(Clone)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) exchange: Exchanged,
}

/// How an answer was obtained.
#[derive(Clone)]
pub(crate) struct Exchanged {
    pub(crate) method: reqwest::Method,
    pub(crate) url: Url,
    pub(crate) correlation_id: Option<String>,
    pub(crate) tries: u32,
    pub(crate) elapsed: Duration,
    /// How far the request may have got if the answer is a failure.
    pub(crate) reach: Reach,
    /// Why the request was not retried.
    pub(crate) note: Option<String>,
}

/// The body of an answer.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// A JSON document.
    Json(Value),
    /// No body.
    Empty,
    /// Anything else, which the API rarely answers with.
    Other {
        /// The declared content type.
        content_type: Option<String>,
        /// Its beginning, if it is text.
        text: String,
        /// The complete body.
        bytes: Bytes,
    },
}

/// Whether an object exists.
#[derive(Clone, PartialEq)]
pub enum Presence {
    /// It exists and has this document.
    Found(Value),
    /// It does not exist, according to a plane that is ready.
    Absent,
}

impl Response {
    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns a header, if it exists and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the version of the object, for `if-match`.
    pub fn etag(&self) -> Option<&str> {
        self.header("etag")
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Returns the document, if the body is JSON.
    pub fn json(&self) -> Option<&Value> {
        match &self.body {
            Body::Json(document) => Some(document),
            _ => None,
        }
    }

    /// Returns the bytes of a body that is not JSON. Returns no bytes for an empty body.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self.body {
            Body::Other { bytes, .. } => bytes,
            Body::Json(document) => document.to_string().into(),
            Body::Empty => Bytes::new(),
        }
    }

    /// Returns the document, or an error that describes the body if it is not JSON.
    pub fn into_json(self) -> Result<Value> {
        match self.body {
            Body::Json(document) => Ok(document),
            _ => Err(failure(&self, None)),
        }
    }

    /// Returns the id that the service assigned to the request.
    pub fn request_id(&self) -> Option<&str> {
        ["x-ms-request-id", "request-id", "x-request-id"]
            .iter()
            .find_map(|name| self.header(name))
    }

    /// Returns how many times the request was sent.
    pub fn tries(&self) -> u32 {
        self.exchange.tries
    }

    pub(crate) fn new(answer: Answer, exchange: Exchanged) -> Self {
        let content_type = answer
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        let body = Body::read(content_type, &answer.body);
        Self {
            status: answer.status,
            headers: answer.headers,
            body,
            exchange,
        }
    }

    pub(crate) fn service_error(&self) -> ServiceError {
        if self.status.is_success() {
            ServiceError::default()
        } else {
            ServiceError::of(&self.body)
        }
    }

    pub(crate) fn facts(&self) -> Facts {
        let ServiceError { code, message } = self.service_error();
        let exchange = &self.exchange;
        Facts {
            operation: Some(exchange.method.to_string()),
            url: Some(without_query(&exchange.url)),
            status: Some(self.status.as_u16()),
            code,
            message,
            correlation_id: self
                .header("x-ms-correlation-request-id")
                .map(str::to_owned)
                .or_else(|| exchange.correlation_id.clone()),
            request_id: self.request_id().map(str::to_owned),
            tries: exchange.tries,
            elapsed: exchange.elapsed,
        }
    }
}

impl Body {
    /// Parses a body as JSON if it is declared as JSON, or if no type is declared and it looks like
    /// JSON. A single number or word is text.
    pub(crate) fn read(content_type: Option<&str>, bytes: &[u8]) -> Self {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        const PREFIX: usize = 2048;

        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        let declared = content_type.map(str::to_ascii_lowercase);
        let is_json = match declared.as_deref() {
            Some(declared) if declared.contains("json") => true,
            Some(declared) if !declared.starts_with("text/plain") => false,
            _ => matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')),
        };
        if is_json && let Ok(document) = json::read(bytes) {
            return Self::Json(document);
        }
        let prefix = String::from_utf8_lossy(&bytes[..bytes.len().min(PREFIX)]).into_owned();
        Self::Other {
            content_type: declared,
            text: prefix,
            bytes: Bytes::copy_from_slice(bytes),
        }
    }
}

pub(crate) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

impl Presence {
    /// Returns the document, if the object exists.
    pub fn found(self) -> Option<Value> {
        match self {
            Self::Found(document) => Some(document),
            Self::Absent => None,
        }
    }

    /// Returns whether the object does not exist.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.status, self.body)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(_) => f.write_str("JSON"),
            Self::Empty => f.write_str("no body"),
            Self::Other {
                content_type,
                bytes,
                ..
            } => {
                write!(
                    f,
                    "{}, {} bytes",
                    content_type.as_deref().unwrap_or("unknown type"),
                    bytes.len()
                )
            }
        }
    }
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found(_) => "Found",
            Self::Absent => "Absent",
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(Some("application/json; charset=utf-8"), "{\"a\":1}")]
    #[case(Some("application/problem+json"), "\u{feff}{\"a\":1}")]
    #[case(Some("text/plain"), "  {\"a\":1}")]
    #[case(None, "{\"a\":1}")]
    fn json_is_recognized(#[case] content_type: Option<&str>, #[case] text: &str) {
        assert_eq!(
            Body::read(content_type, text.as_bytes()),
            Body::Json(json!({"a": 1}))
        );
    }

    #[rstest]
    #[case(Some("text/html"), "{}")]
    #[case(Some("text/plain"), "1")]
    #[case(Some("application/json"), "<html>")]
    #[case(Some("application/json"), "{\"a\":1} trailing")]
    #[case(None, "null")]
    fn other_text_is_not_json(#[case] content_type: Option<&str>, #[case] text: &str) {
        let body = Body::read(content_type, text.as_bytes());
        assert!(
            matches!(&body, Body::Other { bytes, .. } if bytes.len() == text.len()),
            "{body:?}"
        );
    }

    #[test]
    fn deep_json_is_refused_instead_of_overflowing_the_stack() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let body = Body::read(Some("application/json"), deep.as_bytes());
        assert!(matches!(body, Body::Other { bytes, .. } if bytes.len() == 200_000));
    }

    #[test]
    fn blank_body_is_empty() {
        assert_eq!(Body::read(Some("application/json"), b" \r\n"), Body::Empty);
    }

    #[test]
    fn number_keeps_its_digits() {
        let body = Body::read(Some("application/json"), b"[12345678901234567890123.10]");
        let Body::Json(document) = body else {
            panic!("{body:?}")
        };
        assert_eq!(document.to_string(), "[12345678901234567890123.10]");
    }
}
