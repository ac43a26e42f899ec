//! What is sent.

use std::fmt;

use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;

use crate::log::LogFields;

/// A request to one of the planes: a method, a path below the plane's address, and what goes with
/// them.
///
/// The path is taken as it is, so names in it must have been encoded, by
/// [`encode_segment`](crate::id::encode_segment) or [`join`](crate::id::join). A path that would
/// not arrive as written is refused.
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

/// A body of several parts, as uploads are.
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
    /// Reads.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Creates or replaces.
    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Merges into what is there.
    pub fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Does whatever the path says. The one method that is not repeated when its fate is unknown.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// Deletes.
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            // PATCH is a merge of values in this API: sent twice, it does the same as sent once.
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

    /// Adds a header, e.g. `if-match`. The client sets those of authentication and tracing itself.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends a JSON document.
    #[must_use]
    pub fn json(mut self, document: Value) -> Self {
        self.content = Content::Json(document);
        self
    }

    /// Sends several parts.
    #[must_use]
    pub fn multipart(mut self, multipart: Multipart) -> Self {
        self.content = Content::Multipart(multipart);
        self
    }

    /// Sends bytes as they are.
    #[must_use]
    pub fn bytes(mut self, content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.content = Content::Bytes {
            content_type: content_type.into(),
            bytes: bytes.into(),
        };
        self
    }

    /// Whether a refusal because another operation runs is reported, and not waited out.
    #[must_use]
    pub fn conflicts_are_final(self, conflicts_are_final: bool) -> Self {
        Self {
            conflicts_are_final,
            ..self
        }
    }

    /// Overrides whether sending the request twice does the same as sending it once. It does,
    /// unless it is a POST.
    #[must_use]
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }

    /// Declares which members of the documents sent and received may be logged. None may, unless
    /// declared.
    #[must_use]
    pub fn log(mut self, fields: LogFields) -> Self {
        self.log = fields;
        self
    }

    /// The method, e.g. `PUT`.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the request may be repeated when its fate is unknown.
    pub fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

impl Multipart {
    /// A body without parts.
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
