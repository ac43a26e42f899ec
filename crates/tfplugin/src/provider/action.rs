//! Actions: what is done and leaves no state.

use async_trait::async_trait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// An action: something that is done when a resource changes, or when the user asks for it.
///
/// A failed action is not done again by the next run, so it should not matter whether it is done twice.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// The full type name, such as `example_restart`.
    fn name(&self) -> &str;

    /// The shape of the `config` block: nothing in it is computed. Asked once, at start.
    fn schema(&self) -> Schema;

    /// Checks a configuration beyond its schema. Unknown values are no error.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Looks at what is to be done, perhaps with unknown values. No network.
    fn plan(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Does it, and returns how it ended: an error is a failure.
    async fn invoke(&self, request: InvokeRequest) -> Diagnostics;
}

/// Something to do.
#[derive(Debug)]
#[non_exhaustive]
pub struct InvokeRequest {
    /// The configuration, wholly known, with write-only values.
    pub config: Value,
    /// Where to tell how it goes.
    pub progress: Progress,
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// What the user is told while an action runs.
#[derive(Debug)]
pub struct Progress(watch::Sender<String>);

impl Progress {
    pub(crate) fn new() -> (Self, watch::Receiver<String>) {
        let (sender, receiver) = watch::channel(String::new());
        (Self(sender), receiver)
    }

    /// Tells how it goes. It is shown as one line, a long text cut; of lines in quick succession only the
    /// last is shown.
    pub fn tell(&self, text: impl Into<String>) {
        self.0.send_replace(text.into());
    }
}
