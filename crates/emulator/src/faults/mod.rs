//! Faults: requests that are to go wrong, by order of a test.
//!
//! This is what can be ordered; which requests are hit, and how they are held, is in `active`.

mod active;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::log::Plane;

pub(crate) use active::{ActiveFault, Faults};

/// Which requests go wrong, and how. A fault without any effect only counts.
///
/// The effects combine, in this order: a delay; being held until released; then the request is
/// applied if `apply` is set or there is no `status` and no `reset`; then the answer is sent,
/// replaced, cut short, or the connection closed without one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// The method; any when absent.
    pub method: Option<String>,
    /// A regular expression that is found in the path, without regard to case; any when absent.
    pub path: Option<String>,
    /// A regular expression that is found in the query; any when absent.
    pub query: Option<String>,
    /// The plane; any when absent.
    pub plane: Option<Plane>,
    /// How many matching requests pass untouched first.
    pub skip: u32,
    /// How many requests are hit after that: 1 when absent, all when 0.
    pub count: Option<u32>,

    /// Milliseconds to wait first.
    pub delay_ms: Option<u64>,
    /// Wait until the fault is released.
    pub hold: bool,
    /// Hold after the request was applied rather than before.
    pub hold_applied: bool,
    /// Apply the request although another answer or none is sent.
    pub apply: bool,
    /// Answer with this status instead.
    pub status: Option<u16>,
    /// Headers of that answer, or added to the ordinary one.
    pub headers: BTreeMap<String, String>,
    /// Its JSON body.
    pub body: Option<Value>,
    /// Its body, when it is not to be JSON: sent as HTML.
    pub text: Option<String>,
    /// Close the connection instead of answering.
    pub reset: bool,
    /// Close the connection after so many bytes of the body.
    pub truncate: Option<usize>,
    /// Let the operation that the request starts end in failure.
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
    /// A fault for one request with this method whose path matches the expression.
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// A fault for one request of any method whose path matches the expression.
    pub fn on_path(path: &str) -> Self {
        Self {
            path: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// Only on this plane.
    #[must_use]
    pub fn plane(mut self, plane: Plane) -> Self {
        self.plane = Some(plane);
        self
    }

    /// Let the first `count` requests pass.
    #[must_use]
    pub fn skip(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Hit `count` requests rather than one.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Hit all requests.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.count = Some(0);
        self
    }

    /// Wait first.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Hold requests until they are released, then apply them.
    #[must_use]
    pub fn hold(mut self) -> Self {
        self.hold = true;
        self
    }

    /// Apply requests, then hold their answers until they are released.
    #[must_use]
    pub fn hold_applied(mut self) -> Self {
        self.hold = true;
        self.hold_applied = true;
        self
    }

    /// Answer with this status and JSON body instead of applying the request.
    #[must_use]
    pub fn answer(mut self, status: u16, body: Value) -> Self {
        self.status = Some(status);
        self.body = Some(body);
        self
    }

    /// Answer with this status and the error shape of the services.
    #[must_use]
    pub fn error(self, status: u16, code: &str, message: &str) -> Self {
        self.answer(
            status,
            json!({ "error": { "code": code, "message": message } }),
        )
    }

    /// Answer with this status and an HTML page.
    #[must_use]
    pub fn html(mut self, status: u16, page: &str) -> Self {
        self.status = Some(status);
        self.text = Some(page.to_owned());
        self
    }

    /// Set a header of the answer.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Close the connection; the request is not applied.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// Apply the request even though another answer, or none, is sent.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.apply = true;
        self
    }

    /// Apply the request, then close the connection without an answer.
    #[must_use]
    pub fn apply_then_reset(self) -> Self {
        self.reset().applied()
    }

    /// Close the connection after so many bytes of the answer's body.
    #[must_use]
    pub fn truncate(mut self, bytes: usize) -> Self {
        self.truncate = Some(bytes);
        self
    }

    /// Let the operation that the request starts end in failure.
    #[must_use]
    pub fn fail_operation(mut self, code: &str, message: &str) -> Self {
        self.operation_error = Some(OperationError {
            code: code.to_owned(),
            message: message.to_owned(),
        });
        self
    }

    /// Whether the request reaches the service.
    pub(crate) fn applies(&self) -> bool {
        self.apply || (self.status.is_none() && !self.reset)
    }
}

/// A fault that cannot be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Not a regular expression.
    #[error("the fault's `{member}` is no regular expression: {source}")]
    Pattern {
        /// The member of the fault.
        member: &'static str,
        /// What is wrong.
        source: Box<regex::Error>,
    },
    /// Not a status code.
    #[error("the fault's `status` is {0}, which is no status; use 200 to 599")]
    Status(u16),
}

/// A fault as it is listed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FaultStatus {
    /// Its id.
    pub id: u64,
    /// What was ordered.
    pub fault: Fault,
    /// How many requests matched, those that passed included.
    pub matched: u32,
    /// How many requests it hit.
    pub hits: u32,
    /// How many requests it holds now.
    pub held: u32,
}
