//! The error type of this crate.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use crate::budget::Ended;
use crate::retry::is_busy;

/// The result of a call to Azure.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed call to Azure.
///
/// It contains facts, never bodies, tokens or queries, so all of it may be shown and logged. For a
/// diagnostic, [`summary`](Self::summary) is the title, [`detail`](Self::detail) the text, and
/// [`remedy`](Self::remedy), if any, the advice.
pub struct Error(Box<Inner>);

/// The kind of failure of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The token was not accepted (401), and neither was a new one.
    Unauthorized,
    /// The identity lacks a role (403).
    Forbidden,
    /// The object does not exist (404, with a JSON body).
    NotFound,
    /// Another object or operation prevents the request (409).
    Conflict,
    /// The object is not in the state that the caller expected (412, 428).
    PreconditionFailed,
    /// The request (413) or the answer is larger than allowed.
    TooLarge,
    /// There were too many requests (429) until the caller's deadline.
    Throttled,
    /// The service kept failing (5xx, 408) for as long as retries are useful.
    Service,
    /// Something other than the API answered: HTML, a redirect, a 404 without JSON.
    NotJson,
    /// There was no answer: the name did not resolve, or the connection failed, was reset or timed
    /// out.
    Network,
    /// The timeout expired.
    DeadlineExceeded,
    /// The call was canceled.
    Canceled,
    /// The address is not allowed to receive a token. None was sent.
    HostRefused,
    /// A long-running operation failed or was canceled.
    OperationFailed,
    /// A long-running operation was accepted, but its progress could no longer be followed.
    OperationLost,
    /// The data plane of the agent does not answer yet, or the agent has none.
    NotReady,
    /// The data plane of the agent does not answer, because the agent is stopped.
    Stopped,
    /// The service does not support this here (405), or some builds of it do not.
    MethodNotAllowed,
    /// The request was refused (any other 4xx).
    Rejected,
    /// No token could be obtained.
    Credential,
    /// The tenant does not offer this kind of object on ARM.
    TenantRestricted,
    /// The request or the configuration is unusable; nothing was sent.
    Invalid,
}

/// How far a failed write may have got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The service refused it or never received it.
    #[default]
    Nowhere,
    /// The service may have applied it although it reported no success.
    Perhaps,
    /// The service accepted it as an operation whose outcome is unknown.
    Accepted,
}

struct Inner {
    kind: ErrorKind,
    reach: Reach,
    cause: String,
    remedy: Option<String>,
    facts: Facts,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What is known about the failed exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) operation: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) tries: u32,
    pub(crate) elapsed: Duration,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, cause: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            reach: Reach::Nowhere,
            cause: cause.into(),
            remedy: None,
            facts: Facts::default(),
            source: None,
        }))
    }

    pub(crate) fn with_facts(mut self, facts: Facts) -> Self {
        self.0.facts = facts;
        self
    }

    pub(crate) fn with_reach(mut self, reach: Reach) -> Self {
        self.0.reach = reach;
        self
    }

    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Prefixes the cause with `context`, which says what was being done.
    pub(crate) fn within(mut self, context: &str) -> Self {
        self.0.cause = format!("{context}: {}", self.0.cause);
        self
    }

    /// Appends `more` to the cause.
    pub(crate) fn followed_by(mut self, more: &str) -> Self {
        self.0.cause = format!("{}; {more}", self.0.cause);
        self
    }

    /// Returns the same failure for another request that was not sent because of it.
    pub(crate) fn repeated(&self) -> Self {
        let Inner {
            kind,
            cause,
            remedy,
            facts,
            ..
        } = &*self.0;
        Self(Box::new(Inner {
            kind: *kind,
            reach: Reach::Nowhere,
            cause: cause.clone(),
            remedy: remedy.clone(),
            facts: facts.clone(),
            source: None,
        }))
    }

    pub(crate) fn reach(&self) -> Reach {
        self.0.reach
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.0.facts
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the HTTP method, e.g. `PUT`.
    pub fn operation(&self) -> Option<&str> {
        self.0.facts.operation.as_deref()
    }

    /// Returns the URL without its query.
    pub fn url(&self) -> Option<&str> {
        self.0.facts.url.as_deref()
    }

    /// Returns the HTTP status of the last answer.
    pub fn status(&self) -> Option<u16> {
        self.0.facts.status
    }

    /// Returns the service's code for the failure, e.g. `InvalidObjectType`.
    pub fn code(&self) -> Option<&str> {
        self.0.facts.code.as_deref()
    }

    /// Returns the message of the service.
    pub fn message(&self) -> Option<&str> {
        self.0.facts.message.as_deref()
    }

    /// Returns `x-ms-correlation-request-id`, which is the same for all requests of a client.
    pub fn correlation_id(&self) -> Option<&str> {
        self.0.facts.correlation_id.as_deref()
    }

    /// Returns the id that the service assigned to the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.facts.request_id.as_deref()
    }

    /// Returns how many times the request was sent.
    pub fn tries(&self) -> u32 {
        self.0.facts.tries
    }

    /// Returns whether the service refused the request because another operation runs.
    pub fn is_busy(&self) -> bool {
        let status = self
            .status()
            .and_then(|status| StatusCode::from_u16(status).ok());
        status.is_some_and(|status| is_busy(status, self.code(), self.message()))
    }

    /// Returns the time from the first try to the error.
    pub fn elapsed(&self) -> Duration {
        self.0.facts.elapsed
    }

    /// Returns whether a write may have been applied although no success was reported.
    pub fn may_have_been_applied(&self) -> bool {
        self.0.reach != Reach::Nowhere
    }

    /// Returns whether the service had accepted the write as a long-running operation when
    /// following it failed. The operation then continues without the client.
    pub fn was_accepted(&self) -> bool {
        self.0.reach == Reach::Accepted
    }

    /// Returns a title of a few words, e.g. `access denied (403 AuthorizationFailed)`.
    pub fn summary(&self) -> String {
        let title = match self.0.kind {
            ErrorKind::Unauthorized => "token rejected",
            ErrorKind::Forbidden => "access denied",
            ErrorKind::NotFound => "not found",
            ErrorKind::Conflict => "conflict",
            ErrorKind::PreconditionFailed => "changed by somebody else",
            ErrorKind::TooLarge => "too large",
            ErrorKind::Throttled => "too many requests",
            ErrorKind::Service => "service error",
            ErrorKind::NotJson => "unexpected response",
            ErrorKind::Network => "network error",
            ErrorKind::DeadlineExceeded => "timed out",
            ErrorKind::Canceled => "canceled",
            ErrorKind::HostRefused => "address not allowed",
            ErrorKind::OperationFailed => "operation failed",
            ErrorKind::OperationLost => "cannot track the operation",
            ErrorKind::NotReady => "the agent's data plane is not ready",
            ErrorKind::Stopped => "the agent is stopped",
            ErrorKind::MethodNotAllowed => "the service does not allow this method",
            ErrorKind::Rejected => "request rejected",
            ErrorKind::Credential => "sign-in failed",
            ErrorKind::TenantRestricted => "not available for this tenant",
            ErrorKind::Invalid => "invalid request",
        };
        let facts = &self.0.facts;
        match (facts.status, &facts.code) {
            (Some(status), Some(code)) => format!("{title} ({status} {code})"),
            (Some(status), None) => format!("{title} ({status})"),
            (None, Some(code)) => format!("{title} ({code})"),
            (None, None) => title.to_owned(),
        }
    }

    /// Returns the cause and the facts, on several lines.
    pub fn detail(&self) -> String {
        let mut text = self.cause();
        let facts = &self.0.facts;
        if let (Some(operation), Some(url)) = (&facts.operation, &facts.url) {
            text.push_str(&format!("\n\n{operation} {url}"));
            if let Some(status) = facts.status {
                text.push_str(&format!(" returned {status}"));
                if let Some(code) = &facts.code {
                    text.push_str(&format!(" {code}"));
                }
            }
            if facts.tries > 0 {
                let tries = if facts.tries == 1 {
                    "attempt"
                } else {
                    "attempts"
                };
                let seconds = facts.elapsed.as_secs_f64();
                text.push_str(&format!(" after {} {tries} in {seconds:.1} s", facts.tries));
            }
        }
        for (name, id) in [
            ("Correlation ID", &facts.correlation_id),
            ("Request ID", &facts.request_id),
        ] {
            if let Some(id) = id {
                text.push_str(&format!("\n{name}: {id}"));
            }
        }
        text
    }

    /// Returns advice on how to fix the failure, if there is any.
    pub fn remedy(&self) -> Option<String> {
        self.0.remedy.clone()
    }

    fn cause(&self) -> String {
        match &self.0.facts.message {
            Some(message) if !self.0.cause.contains(message.as_str()) => {
                format!("{}: {message}", self.0.cause)
            }
            _ => self.0.cause.clone(),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Writes one line: the request, the failure and the cause.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(operation), Some(url)) = (self.operation(), self.url()) {
            write!(f, "{operation} {url}: ")?;
        }
        write!(f, "{}: {}", self.summary(), self.cause())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("reach", &self.0.reach)
            .field("cause", &self.0.cause)
            .field("facts", &self.0.facts)
            .finish_non_exhaustive()
    }
}

impl From<Ended> for Error {
    fn from(ended: Ended) -> Self {
        let kind = match ended {
            Ended::Deadline => ErrorKind::DeadlineExceeded,
            Ended::Canceled => ErrorKind::Canceled,
        };
        Self::new(kind, ended.to_string())
    }
}

impl From<crate::id::IdError> for Error {
    fn from(error: crate::id::IdError) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string())
    }
}

impl From<crate::cloud::CloudError> for Error {
    fn from(error: crate::cloud::CloudError) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string())
    }
}
