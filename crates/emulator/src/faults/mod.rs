//! Faults, which make requests fail as a test needs it.
//!
//! This module describes faults. `active` decides which requests are hit, and holds them.

mod active;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::log::Plane;

pub(crate) use active::{ActiveFault, Faults};

/// Which requests fail, and how. A fault without any effect only counts requests.
///
/// The effects combine in this order: a delay; a hold until the fault is released; then the request
/// is applied if `apply` is set or there is neither `status` nor `reset`; then the answer is sent,
/// replaced, or truncated, or the connection is closed without one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// The method. If `None`, any method.
    pub method: Option<String>,
    /// A regular expression to find in the path, case-insensitive. If `None`, any path.
    pub path: Option<String>,
    /// A regular expression to find in the query. If `None`, any query.
    pub query: Option<String>,
    /// The plane. If `None`, any plane.
    pub plane: Option<Plane>,
    /// How many matching requests to pass through first.
    pub skip: u32,
    /// How many requests to hit after that. One if `None`, all if 0.
    pub count: Option<u32>,

    /// How long to wait first, in milliseconds.
    pub delay_ms: Option<u64>,
    /// Whether to wait until the fault is released.
    pub hold: bool,
    /// Whether to hold after the request was applied rather than before.
    pub hold_applied: bool,
    /// Whether to apply the request although another answer, or none, is sent.
    pub apply: bool,
    /// The status to answer with instead.
    pub status: Option<u16>,
    /// Headers of that answer, or additional headers of the ordinary one.
    pub headers: BTreeMap<String, String>,
    /// The JSON body of that answer.
    pub body: Option<Value>,
    /// The HTML body of that answer, instead of JSON.
    pub text: Option<String>,
    /// Whether to close the connection instead of answering.
    pub reset: bool,
    /// Close the connection after so many bytes of the body.
    pub truncate: Option<usize>,
    /// The error with which the operation that the request starts ends.
    pub operation_error: Option<OperationError>,
}

/// How a long-running operation fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationError {
    /// The service's code.
    pub code: String,
    /// The message.
    pub message: String,
}

impl Fault {
    /// Creates a fault for one request with this method whose path matches the expression.
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// Creates a fault for one request of any method whose path matches the expression.
    pub fn on_path(path: &str) -> Self {
        Self {
            path: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// Limits the fault to this plane.
    #[must_use]
    pub fn plane(mut self, plane: Plane) -> Self {
        self.plane = Some(plane);
        self
    }

    /// Passes the first `count` requests through.
    #[must_use]
    pub fn skip(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Hits `count` requests rather than one.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Hits all requests.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.count = Some(0);
        self
    }

    /// Waits first.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Holds requests until they are released, then applies them.
    #[must_use]
    pub fn hold(mut self) -> Self {
        self.hold = true;
        self
    }

    /// Applies requests, then holds their answers until they are released.
    #[must_use]
    pub fn hold_applied(mut self) -> Self {
        self.hold = true;
        self.hold_applied = true;
        self
    }

    /// Answers with this status and JSON body instead of applying the request.
    #[must_use]
    pub fn answer(mut self, status: u16, body: Value) -> Self {
        self.status = Some(status);
        self.body = Some(body);
        self
    }

    /// Answers with this status and the error format of the services.
    #[must_use]
    pub fn error(self, status: u16, code: &str, message: &str) -> Self {
        self.answer(
            status,
            json!({ "error": { "code": code, "message": message } }),
        )
    }

    /// Answers with this status and an HTML page.
    #[must_use]
    pub fn html(mut self, status: u16, page: &str) -> Self {
        self.status = Some(status);
        self.text = Some(page.to_owned());
        self
    }

    /// Sets a header of the answer.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Closes the connection without applying the request.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// Applies the request even though another answer, or none, is sent.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.apply = true;
        self
    }

    /// Applies the request, then closes the connection without an answer.
    #[must_use]
    pub fn apply_then_reset(self) -> Self {
        self.reset().applied()
    }

    /// Closes the connection after so many bytes of the answer's body.
    #[must_use]
    pub fn truncate(mut self, bytes: usize) -> Self {
        self.truncate = Some(bytes);
        self
    }

    /// Makes the operation that the request starts fail.
    #[must_use]
    pub fn fail_operation(mut self, code: &str, message: &str) -> Self {
        self.operation_error = Some(OperationError {
            code: code.to_owned(),
            message: message.to_owned(),
        });
        self
    }

    /// Returns whether the request reaches the service.
    pub(crate) fn applies(&self) -> bool {
        self.apply || (self.status.is_none() && !self.reset)
    }
}

/// A fault that is not valid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// A pattern is not a regular expression.
    #[error("the fault's `{member}` is no regular expression: {source}")]
    Pattern {
        /// The member of the fault.
        member: &'static str,
        /// What is wrong.
        source: Box<regex::Error>,
    },
    /// The status is not a status code.
    #[error("the fault's `status` is {0}, which is no status; use 200 to 599")]
    Status(u16),
}

/// A fault, and what it did so far.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FaultStatus {
    /// Its id.
    pub id: u64,
    /// The fault as it was added.
    pub fault: Fault,
    /// How many requests matched, including those that passed through.
    pub matched: u32,
    /// How many requests it hit.
    pub hits: u32,
    /// How many requests it holds now.
    pub held: u32,
}
