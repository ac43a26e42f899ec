//! Data sources, and what they are asked for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Schema;
use crate::value::Value;

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// The full type name, such as `example_thing`.
    fn name(&self) -> &str;

    /// The shape. Asked once, at start.
    fn schema(&self) -> Schema;

    /// Checks a configuration beyond its schema. Unknown values are no error.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Reads what the configuration asks for. An object that does not exist is an error.
    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics>;
}

/// A data source to read.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReadDataRequest {
    /// The configuration, wholly known.
    pub config: Value,
    /// Where to tell what is no error.
    pub warnings: Warnings,
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// What is told beside a result. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<Mutex<Diagnostics>>);

impl Warnings {
    /// Tells something.
    pub fn push(&self, warning: Diagnostic) {
        self.locked().push(warning);
    }

    /// What was told so far.
    pub(crate) fn take(&self) -> Diagnostics {
        std::mem::take(&mut *self.locked())
    }

    fn locked(&self) -> MutexGuard<'_, Diagnostics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
