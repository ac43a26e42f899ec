//! One request and its answer, as the emulated services see them.
//!
//! The services are synchronous functions from [`Call`] to [`Answer`]. [`crate::pipeline`] reads
//! bodies, waits for delays and held requests, and closes connections.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::faults::OperationError;
use crate::hub::{self, Session};
use crate::site::{Base, DATA_PLANE, Site};
use crate::store::StoreError;

/// A request with its body.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The path as sent, without the query.
    pub(crate) path: String,
    /// The query as sent, without the question mark. Empty if there was none.
    pub(crate) query: String,
    /// The decoded segments of `path`, without an empty one for a trailing slash. For a request to
    /// an agent's own host, they start with the segments of its path on the emulator's port.
    pub(crate) segments: Vec<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) base: Base,
    /// Set by a fault: the error with which the operation that this request starts ends.
    pub(crate) operation_error: Option<OperationError>,
}

impl Call {
    /// Creates a call from the parts of an HTTP request.
    pub(crate) fn new(
        method: Method,
        path: &str,
        query: &str,
        mut headers: HeaderMap,
        body: Bytes,
        base: Base,
    ) -> Self {
        let query = hub::take_token(path, query, &mut headers);
        let prefix = (base.site == Site::Agent).then(|| {
            let label = base.authority.split('.').next().unwrap_or_default();
            [DATA_PLANE.to_owned(), label.to_owned()]
        });
        let below = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
        let segments = prefix.into_iter().flatten().chain(below).collect();
        Self {
            method,
            path: path.to_owned(),
            query,
            segments,
            headers,
            body,
            base,
            operation_error: None,
        }
    }

    /// Returns a query parameter. Names are compared case-insensitively, as on ARM.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
    }

    /// Returns a header as text.
    pub(crate) fn header(&self, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the token of an `Authorization: Bearer` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(header::AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Returns whether the method changes anything.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// Returns the segments in lower case, for matching, because no path of these services is
    /// case-sensitive.
    pub(crate) fn lower_segments(&self) -> Vec<String> {
        self.segments
            .iter()
            .map(|segment| segment.to_lowercase())
            .collect()
    }

    /// Returns the last `count` segments, in the case of the request.
    pub(crate) fn last_segments(&self, count: usize) -> &[String] {
        self.segments
            .split_at(self.segments.len().saturating_sub(count))
            .1
    }

    /// Returns the body as a JSON object. An empty body is an empty object.
    pub(crate) fn json_object(&self) -> Result<serde_json::Map<String, Value>, Refusal> {
        if self.body.is_empty() {
            return Ok(serde_json::Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Refusal::bad_request(
                "InvalidRequestContent",
                "The request content was invalid: a JSON object was expected.",
            )),
            Err(error) => Err(Refusal::bad_request(
                "InvalidRequestContent",
                format!(
                    "The request content was invalid and could not be deserialized: '{error}'."
                ),
            )),
        }
    }

    /// Returns the fields of a form body.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body)
            .into_owned()
            .collect()
    }
}

/// The body of an [`Answer`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    /// A media type and text.
    Text(&'static str, String),
    /// A media type and bytes.
    Bytes(&'static str, Bytes),
}

/// An answer to a request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Whether no service has this route.
    pub(crate) unknown_route: bool,
    /// The session that the connection becomes after this answer.
    pub(crate) session: Option<Box<Session>>,
}

impl Answer {
    /// Creates an answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Body::Empty,
            unknown_route: false,
            session: None,
        }
    }

    /// Creates an answer with a JSON body.
    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self {
            body: Body::Json(body),
            ..Self::empty(status)
        }
    }

    /// Creates a 200 answer with a JSON body.
    pub(crate) fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// Creates a 200 answer with a body of any type.
    pub(crate) fn bytes(media: &'static str, bytes: Bytes) -> Self {
        Self {
            body: Body::Bytes(media, bytes),
            ..Self::empty(StatusCode::OK)
        }
    }

    /// Creates an HTML page, as proxies and the portal's single-page application send it.
    pub(crate) fn html(status: StatusCode, page: impl Into<String>) -> Self {
        Self {
            body: Body::Text("text/html; charset=utf-8", page.into()),
            ..Self::empty(status)
        }
    }

    /// Marks the answer as that of a route that does not exist.
    pub(crate) fn unknown(mut self) -> Self {
        self.unknown_route = true;
        self
    }

    /// Sets a header. Ignores a value that is not a valid header value.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Adds the ids that every answer has.
    pub(crate) fn identify(&mut self) {
        for name in ["x-ms-request-id", "x-ms-correlation-request-id"] {
            if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
                self.headers.entry(name).or_insert(id);
            }
        }
    }

    /// Serializes the body once, for all that need its bytes.
    pub(crate) fn write_body(&mut self) -> Option<&Bytes> {
        if let Some((media, bytes)) = self.body_bytes() {
            self.headers
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
            self.body = Body::Bytes(media, bytes);
        }
        match &self.body {
            Body::Bytes(_, bytes) => Some(bytes),
            Body::Empty | Body::Json(_) | Body::Text(..) => None,
        }
    }

    /// Returns the media type and the bytes of the body.
    pub(crate) fn body_bytes(&self) -> Option<(&'static str, Bytes)> {
        match &self.body {
            Body::Empty => None,
            Body::Json(value) => Some((
                "application/json; charset=utf-8",
                Bytes::from(value.to_string()),
            )),
            Body::Text(media, text) => Some((media, Bytes::from(text.clone()))),
            Body::Bytes(media, bytes) => Some((media, bytes.clone())),
        }
    }
}

/// A request that the service refuses, in the error shape of both planes.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    status: StatusCode,
    /// Conversations have none, because their refusals have another form.
    code: Option<String>,
    message: String,
    headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// Creates a refusal with a service code.
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: Some(code.into()),
            message: message.into(),
            headers: Vec::new(),
        }
    }

    /// Creates a 400 refusal with a service code.
    pub(crate) fn bad_request(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Creates a refusal in the form of conversations: a title and the status.
    pub(crate) fn problem(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            message: title.into(),
            headers: Vec::new(),
        }
    }

    /// Creates a 400 refusal for a document that violates a rule of its kind.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::bad_request("ValidationFailure", message)
    }

    /// Creates a 404 refusal of the data plane.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    /// Turns the refusal into a server error, for a service that treats it as its own failure.
    pub(crate) fn into_server_error(self) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..self
        }
    }

    /// Returns the message, for clients that receive no status.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let body = match refusal.code {
            Some(code) => json!({ "error": { "code": code, "message": refusal.message } }),
            None => json!({
                "type": "about:blank",
                "title": refusal.message,
                "status": refusal.status.as_u16(),
            }),
        };
        let answer = Self::json(refusal.status, body);
        refusal
            .headers
            .iter()
            .fold(answer, |answer, (name, value)| answer.with(name, value))
    }
}

/// Why a request has no ordinary answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The service refuses the request; nothing was stored.
    Refused(Box<Refusal>),
    /// The emulator's own storage failed.
    Store(StoreError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The result of handling a request.
pub(crate) type Handled<T = Answer> = Result<T, Failure>;

/// Turns a refusal into an ordinary answer, so that its transaction is committed, including what a
/// refused request has counted. Handlers check everything before they write anything else.
pub(crate) fn settled(handled: Handled) -> Handled {
    match handled {
        Err(Failure::Refused(refusal)) => Ok((*refusal).into()),
        other => other,
    }
}
