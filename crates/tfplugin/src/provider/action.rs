//! Actions, which do something and leave no state.

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// An action, which runs when a resource changes or when the user requests it.
///
/// The next run does not repeat a failed action, so it should be safe to run it twice.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// Returns the full type name, such as `example_restart`.
    fn name(&self) -> &str;

    /// Returns the schema of the `config` block, which has no computed attributes. Called once, at
    /// start.
    fn schema(&self) -> Schema;

    /// Performs checks beyond the schema. Must accept unknown values.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Checks a planned action, perhaps with unknown values. Must not use the network.
    fn plan(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Runs the action. An error among the returned diagnostics means failure.
    async fn invoke(&self, request: InvokeRequest) -> Diagnostics;
}

/// A request to run an action.
#[derive(Debug)]
#[non_exhaustive]
pub struct InvokeRequest {
    /// The configuration, without unknown values and with write-only values.
    pub config: Value,
    /// Reports progress.
    pub progress: Progress,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// Progress messages for the user while an action runs.
#[derive(Debug)]
pub struct Progress(watch::Sender<String>);

impl Progress {
    pub(crate) fn new() -> (Self, watch::Receiver<String>) {
        let (sender, receiver) = watch::channel(String::new());
        (Self(sender), receiver)
    }

    /// Reports progress as one line. A long text is cut, and of lines in quick succession only the
    /// last is shown.
    pub fn tell(&self, text: impl Into<String>) {
        self.0.send_replace(text.into());
    }
}
