//! Ephemeral resources and their requests.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Schema;
use crate::value::Value;

/// An ephemeral resource: a value that is created on demand and stored nowhere.
///
/// Hosts open it in the plan and again in the apply, and some never close what they opened if the
/// plan fails.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// Returns the full type name, such as `example_token`.
    fn name(&self) -> &str;

    /// Returns the schema. Called once, at start.
    fn schema(&self) -> Schema;

    /// Performs checks beyond the schema. Must accept unknown values.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Creates the value.
    async fn open(&self, request: OpenRequest) -> Result<OpenResponse, Diagnostics>;

    /// Extends the lifetime of an open value. The value cannot change.
    async fn renew(&self, _request: RenewRequest) -> Result<RenewResponse, Diagnostics> {
        Err(Diagnostic::error(
            "Nothing to renew",
            format!("{} does not support renewal.", self.name()),
        )
        .into())
    }

    /// Closes an open value.
    async fn close(&self, _request: CloseRequest) -> Diagnostics {
        Diagnostics::new()
    }
}

/// A request for a value.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenRequest {
    /// The configuration, without unknown values.
    pub config: Value,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// A request to extend the lifetime of a value.
#[derive(Debug)]
#[non_exhaustive]
pub struct RenewRequest {
    /// The private bytes of the opening or the last renewal.
    pub private: Vec<u8>,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// A request to close a value.
#[derive(Debug)]
#[non_exhaustive]
pub struct CloseRequest {
    /// The private bytes of the opening or the last renewal.
    pub private: Vec<u8>,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An open value.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct OpenResponse {
    /// The value: the configuration and the computed values.
    pub result: Value,
    /// Bytes that renewing and closing need.
    pub private: Option<Vec<u8>>,
    /// When it must be renewed, or `None` if never. The host sleeps until then.
    pub renew_at: Option<Timestamp>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// A renewed value.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RenewResponse {
    /// Bytes for the next renewal and for closing, or `None` to keep the previous ones.
    pub private: Option<Vec<u8>>,
    /// When it must be renewed again, or `None` if never.
    pub renew_at: Option<Timestamp>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl OpenResponse {
    /// Creates a response for a value that needs no renewal.
    pub fn new(result: Value) -> Self {
        Self {
            result,
            ..Self::default()
        }
    }

    /// Sets the private bytes.
    #[must_use]
    pub fn with_private(self, private: Vec<u8>) -> Self {
        Self {
            private: Some(private),
            ..self
        }
    }

    /// Sets when the value must be renewed.
    #[must_use]
    pub fn renewed_at(self, at: Timestamp) -> Self {
        Self {
            renew_at: Some(at),
            ..self
        }
    }
}

impl RenewResponse {
    /// Creates a response with the time of the next renewal, if any.
    pub fn new(renew_at: Option<Timestamp>) -> Self {
        Self {
            renew_at,
            ..Self::default()
        }
    }
}
