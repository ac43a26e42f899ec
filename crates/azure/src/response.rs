//! Responses.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::body::Body;
use crate::error::{Facts, Reach};
use crate::service_error::ServiceError;
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

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found(_) => "Found",
            Self::Absent => "Absent",
        })
    }
}
