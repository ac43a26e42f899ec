//! Data sources and their requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Schema;
use crate::value::Value;

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// Returns the full type name, such as `example_thing`.
    fn name(&self) -> &str;

    /// Returns the schema. Called once, at start.
    fn schema(&self) -> Schema;

    /// Performs checks beyond the schema. Must accept unknown values.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Reads what the configuration requests. An object that does not exist is an error.
    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics>;
}

/// A request to read a data source.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReadDataRequest {
    /// The configuration, without unknown values.
    pub config: Value,
    /// Collects warnings.
    pub warnings: Warnings,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// Warnings that accompany a result. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<Mutex<Diagnostics>>);

impl Warnings {
    /// Adds a warning.
    pub fn push(&self, warning: Diagnostic) {
        self.locked().push(warning);
    }

    /// Takes the warnings so far.
    pub(crate) fn take(&self) -> Diagnostics {
        std::mem::take(&mut *self.locked())
    }

    fn locked(&self) -> MutexGuard<'_, Diagnostics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
