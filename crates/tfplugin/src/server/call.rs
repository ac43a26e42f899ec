//! One call: its cancellation, and what becomes of a panic in it.

use std::future::Future;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use crate::diagnostic::Diagnostic;

tokio::task_local! {
    /// Where the call panicked, noted by the hook for the diagnostic.
    static PANICKED_AT: Arc<Mutex<Option<String>>>;
}

/// The user's wish to stop, from `StopProvider`.
///
/// It reaches the calls that run at that moment. Calls that begin later run as usual: the host
/// still applies what it has to, and closes what it opened.
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<Mutex<CancellationToken>>);

impl StopSignal {
    /// Stops the calls that run now.
    pub fn stop(&self) {
        let fresh = CancellationToken::new();
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, fresh).cancel();
    }

    /// What a call that begins now listens to.
    pub fn token(&self) -> CancellationToken {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .child_token()
    }
}

/// The work of one call.
///
/// It is a task of its own, so that a panic ends it and nothing else, and so that it can save what
/// exists even when nobody waits for it any more: its token is cancelled when this is dropped.
pub(super) struct Running<T> {
    task: JoinHandle<T>,
    place: Arc<Mutex<Option<String>>>,
    name: &'static str,
    subject: String,
    _gone: DropGuard,
}

impl<T: Send + 'static> Running<T> {
    /// Begins the work.
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

    /// Waits for its end.
    ///
    /// # Errors
    /// A diagnostic in place of a panic. The message of the panic is not in it, since it may quote
    /// values; the place is.
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

/// Runs the work of one call to its end, whatever becomes of the connection.
///
/// # Errors
/// A diagnostic in place of a panic.
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

/// Notes where a panic happened and logs the place; for [`std::panic::set_hook`]. The message of
/// the panic may hold secrets and goes nowhere.
///
/// Outside of a call there is no diagnostic to tell of it: then it is told in the form that hosts
/// keep and show when the process dies.
pub(crate) fn note_panic(info: &PanicHookInfo<'_>) {
    let place = info
        .location()
        .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    tracing::error!(place, "the provider panicked");
    let in_call = PANICKED_AT.try_with(|noted| {
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(place.clone());
    });
    if in_call.is_err() {
        // Nothing can be done when stderr is gone as well.
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
    async fn abandoned_work_is_told_and_goes_on() {
        let stop = StopSignal::default();
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let call = run(&stop, "Apply", "example_thing", |token| async move {
            token.cancelled().await;
            sender.send("saved").unwrap();
        });
        // Polled once, so that the task starts, and dropped, as when the connection ends.
        tokio::select! { biased; _ = call => panic!("ended"), () = tokio::task::yield_now() => {} }
        assert_eq!(receiver.await.unwrap(), "saved");
    }
}
