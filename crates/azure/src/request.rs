//! Requests.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;

use crate::redaction::LogFields;

/// A request to one of the planes: a method, a path below the plane's address, and its body and
/// headers.
///
/// The path is used as it is, so names in it must be encoded by
/// [`encode_segment`](crate::id::encode_segment) or [`join`](crate::id::join). Sending fails if the
/// path would not arrive as written.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: Content,
    pub(crate) log: LogFields,
    idempotent: bool,
    pub(crate) conflicts_are_final: bool,
}

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Content {
    Empty,
    Json(Value),
    Multipart(Multipart),
    Bytes { content_type: String, bytes: Bytes },
}

/// A body of several parts, as uploads have.
#[derive(Clone, Default)]
pub struct Multipart {
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Request {
    /// Creates a request that reads.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Creates a request that creates or replaces.
    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Creates a request that merges into the existing object.
    pub fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Creates a request for an action. This is the only method that is not repeated when its
    /// outcome is unknown.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// Creates a request that deletes.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            // PATCH merges values in this API, so sending it twice has the same effect as sending
            // it once.
            idempotent: method != Method::POST,
            conflicts_are_final: false,
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            content: Content::Empty,
            log: LogFields::default(),
        }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((key.into(), value.into()));
        self
    }

    /// Adds a header, e.g. `if-match`. The client sets the headers of authentication and tracing.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a JSON document as the body.
    #[must_use]
    pub fn json(mut self, document: Value) -> Self {
        self.content = Content::Json(document);
        self
    }

    /// Sets several parts as the body.
    #[must_use]
    pub fn multipart(mut self, multipart: Multipart) -> Self {
        self.content = Content::Multipart(multipart);
        self
    }

    /// Sets bytes as the body, unchanged.
    #[must_use]
    pub fn bytes(mut self, content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.content = Content::Bytes {
            content_type: content_type.into(),
            bytes: bytes.into(),
        };
        self
    }

    /// Sets whether to report a conflict with another running operation instead of waiting for its
    /// end.
    #[must_use]
    pub fn conflicts_are_final(self, conflicts_are_final: bool) -> Self {
        Self {
            conflicts_are_final,
            ..self
        }
    }

    /// Sets whether sending the request twice has the same effect as sending it once. By default,
    /// this holds for every method except POST.
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Declares which members of the documents sent and received may be logged. By default, none
    /// may.
    #[must_use]
    pub fn log(mut self, fields: LogFields) -> Self {
        self.log = fields;
        self
    }

    /// Returns the method, e.g. `PUT`.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// Returns the path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns whether the request may be repeated when its outcome is unknown.
    pub fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl Multipart {
    /// Creates a body without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text field.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value: String = value.into();
        self.parts.push(Part {
            name: name.into(),
            file_name: None,
            content_type: None,
            bytes: value.into(),
        });
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(
        mut self,
        name: impl Into<String>,
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Bytes>,
    ) -> Self {
        self.parts.push(Part {
            name: name.into(),
            file_name: Some(file_name.into()),
            content_type: Some(content_type.into()),
            bytes: bytes.into(),
        });
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.path, self.content)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no body"),
            Self::Json(_) => f.write_str("JSON"),
            Self::Multipart(multipart) => multipart.fmt(f),
            Self::Bytes {
                content_type,
                bytes,
            } => {
                write!(f, "{content_type}, {} bytes", bytes.len())
            }
        }
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: usize = self.parts.iter().map(|part| part.bytes.len()).sum();
        write!(f, "{} parts, {bytes} bytes", self.parts.len())
    }
}
