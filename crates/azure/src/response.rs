//! What comes back.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::error::{Error, ErrorKind, Facts, Result};

/// An answer of the service.
#[derive(Clone)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) exchange: Exchanged,
}

/// How an answer was come by.
#[derive(Clone)]
pub(crate) struct Exchanged {
    pub(crate) method: reqwest::Method,
    pub(crate) url: Url,
    pub(crate) correlation_id: String,
    pub(crate) tries: u32,
    pub(crate) elapsed: Duration,
}

/// The body of an answer.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// A JSON document.
    Json(Value),
    /// Nothing.
    Empty,
    /// Anything else, which is seldom an answer of the API.
    Other {
        /// What it claims to be.
        content_type: Option<String>,
        /// The beginning of it, if it is text.
        text: String,
        /// How many bytes there were.
        length: usize,
    },
}

/// Whether an object exists.
#[derive(Clone, PartialEq)]
pub enum Presence {
    /// It does, as this document.
    Found(Value),
    /// It does not: a plane that is ready said so.
    Absent,
}

impl Response {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The version of the object, for `if-match`.
    pub fn etag(&self) -> Option<&str> {
        self.header("etag")
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The document, if the body is one.
    pub fn json(&self) -> Option<&Value> {
        match &self.body {
            Body::Json(document) => Some(document),
            _ => None,
        }
    }

    /// The document, or an error that says what came instead.
    pub fn into_json(self) -> Result<Value> {
        match self.body {
            Body::Json(document) => Ok(document),
            _ => Err(Error::new(ErrorKind::NotJson, "").with_facts(Facts::default())),
        }
    }
}

impl Presence {
    /// The document, if the object exists.
    pub fn found(self) -> Option<Value> {
        match self {
            Self::Found(document) => Some(document),
            Self::Absent => None,
        }
    }

    /// Whether the object does not exist.
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
                length,
                ..
            } => {
                write!(
                    f,
                    "{}, {length} bytes",
                    content_type.as_deref().unwrap_or("unknown type")
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
