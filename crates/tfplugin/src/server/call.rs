//! One call, its cancellation, and how a panic in it is handled.

use std::future::Future;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use crate::diagnostic::Diagnostic;

tokio::task_local! {
    /// The location of a panic in this call, recorded by the hook for the diagnostic.
    static PANICKED_AT: Arc<Mutex<Option<String>>>;
}

/// The stop signal of the user, from `StopProvider`.
///
/// It reaches the calls that are running at that moment. Later calls run as usual, because the host
/// still applies what it must, and closes what it opened.
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<Mutex<CancellationToken>>);

impl StopSignal {
    /// Stops the calls that are running.
    pub fn stop(&self) {
        let fresh = CancellationToken::new();
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, fresh).cancel();
    }

    /// Returns the token for a call that begins now.
    pub fn token(&self) -> CancellationToken {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .child_token()
    }
}

/// The work of one call.
///
/// It is a separate task, so that a panic ends nothing else, and so that it can save what exists
/// even if nobody waits for it any more: its token is canceled when this is dropped.
pub(super) struct Running<T> {
    task: JoinHandle<T>,
    place: Arc<Mutex<Option<String>>>,
    name: &'static str,
    subject: String,
    _gone: DropGuard,
}

impl<T: Send + 'static> Running<T> {
    /// Starts the work.
    pub(super) fn start<F>(
        stop: &StopSignal,
        name: &'static str,
        subject: &str,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let token = stop.token();
        let work = work(token.clone());
        let place = Arc::new(Mutex::new(None));
        let span = tracing::debug_span!("rpc", tf_rpc = name, tf_resource_type = subject);
        Self {
            task: tokio::spawn(PANICKED_AT.scope(Arc::clone(&place), work).instrument(span)),
            place,
            name,
            subject: subject.to_owned(),
            _gone: token.drop_guard(),
        }
    }

    /// Waits for the end of the work.
    ///
    /// # Errors
    /// Returns a diagnostic if the work panicked. It contains the location of the panic, but not
    /// the message, which may quote values.
    pub(super) async fn end(self) -> Result<T, Diagnostic> {
        self.task.await.map_err(|_| {
            let place = self.place.lock();
            let place = place.unwrap_or_else(PoisonError::into_inner).take();
            let place = place.unwrap_or_else(|| "an unknown place".to_owned());
            Diagnostic::error(
                "The provider crashed",
                format!(
                    "{} of {} ended in a panic at {place}. This is a bug in the provider; please \
                     report it with this message. What was known of the object is saved.",
                    self.name, self.subject
                ),
            )
        })
    }
}

/// Runs the work of one call to completion, whatever happens to the connection.
///
/// # Errors
/// Returns a diagnostic if the work panicked.
pub(super) async fn run<T, F>(
    stop: &StopSignal,
    name: &'static str,
    subject: &str,
    work: impl FnOnce(CancellationToken) -> F,
) -> Result<T, Diagnostic>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    Running::start(stop, name, subject, work).end().await
}

/// Records where a panic happened and logs the location; for [`std::panic::set_hook`]. The message
/// of the panic may contain secrets and is dropped.
///
/// Outside of a call there is no diagnostic. Then the location is printed in the form that hosts
/// store and show when the process dies.
pub(crate) fn note_panic(info: &PanicHookInfo<'_>) {
    let place = info
        .location()
        .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    tracing::error!(place, "the provider panicked");
    let in_call = PANICKED_AT.try_with(|noted| {
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(place.clone());
    });
    if in_call.is_err() {
        // Nothing can be done if standard error is gone as well.
        let _ = writeln!(std::io::stderr(), "panic: the provider panicked at {place}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_diagnostic() {
        let stop = StopSignal::default();
        let result: Result<(), _> = run(&stop, "Read", "example_thing", |_| async {
            panic!("secret")
        })
        .await;
        let diagnostic = result.unwrap_err();
        assert_eq!(diagnostic.summary, "The provider crashed");
        assert!(!diagnostic.detail.contains("secret"));
    }

    #[tokio::test]
    async fn stopping_reaches_running_calls_only() {
        let stop = StopSignal::default();
        let running = stop.token();
        stop.stop();
        assert!(running.is_cancelled());
        assert!(!stop.token().is_cancelled());
    }

    #[tokio::test]
    async fn abandoned_work_is_canceled_and_can_finish() {
        let stop = StopSignal::default();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let call = run(&stop, "Apply", "example_thing", |token| async move {
            token.cancelled().await;
            sender.send("saved").unwrap();
        });
        // Polled once, so that the task starts, and then dropped, as when the connection ends.
        tokio::select! { biased; _ = call => panic!("ended"), () = tokio::task::yield_now() => {} }
        assert_eq!(receiver.await.unwrap(), "saved");
    }
}
