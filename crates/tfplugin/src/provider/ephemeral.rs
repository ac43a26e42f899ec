//! Ephemeral resources, and what they are asked for.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Schema;
use crate::value::Value;

/// An ephemeral resource: a value that is made when it is needed and stored nowhere.
///
/// Hosts open one in the plan and once more in the apply, and some never close what they opened when
/// the plan fails.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// The full type name, such as `example_token`.
    fn name(&self) -> &str;

    /// The shape. Asked once, at start.
    fn schema(&self) -> Schema;

    /// Checks a configuration beyond its schema. Unknown values are no error.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Makes the value.
    async fn open(&self, request: OpenRequest) -> Result<OpenResponse, Diagnostics>;

    /// Makes what was opened last longer. The value cannot change.
    async fn renew(&self, _request: RenewRequest) -> Result<RenewResponse, Diagnostics> {
        Err(Diagnostic::error(
            "Nothing to renew",
            format!("An object of {} was never to be renewed.", self.name()),
        )
        .into())
    }

    /// Ends what was opened.
    async fn close(&self, _request: CloseRequest) -> Diagnostics {
        Diagnostics::new()
    }
}

/// A value to make.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenRequest {
    /// The configuration, wholly known.
    pub config: Value,
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// Something to make last longer.
#[derive(Debug)]
#[non_exhaustive]
pub struct RenewRequest {
    /// The private bytes of the opening or the last renewal.
    pub private: Vec<u8>,
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// Something to end.
#[derive(Debug)]
#[non_exhaustive]
pub struct CloseRequest {
    /// The private bytes of the opening or the last renewal.
    pub private: Vec<u8>,
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// A value that was made.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct OpenResponse {
    /// The value: the configuration, and what is computed.
    pub result: Value,
    /// Bytes that renewing and closing need.
    pub private: Option<Vec<u8>>,
    /// When it has to be renewed; never where there is none. The host sleeps until then.
    pub renew_at: Option<Timestamp>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// What was made to last longer.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RenewResponse {
    /// Bytes for the next renewal and for closing; `None` keeps those of before.
    pub private: Option<Vec<u8>>,
    /// When it has to be renewed again.
    pub renew_at: Option<Timestamp>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl OpenResponse {
    /// A value that needs no renewal.
    pub fn new(result: Value) -> Self {
        Self {
            result,
            ..Self::default()
        }
    }

    /// The same with private bytes.
    #[must_use]
    pub fn with_private(self, private: Vec<u8>) -> Self {
        Self {
            private: Some(private),
            ..self
        }
    }

    /// The same, to be renewed.
    #[must_use]
    pub fn renewed_at(self, at: Timestamp) -> Self {
        Self {
            renew_at: Some(at),
            ..self
        }
    }
}

impl RenewResponse {
    /// To be renewed again, or not.
    pub fn new(renew_at: Option<Timestamp>) -> Self {
        Self {
            renew_at,
            ..Self::default()
        }
    }
}
