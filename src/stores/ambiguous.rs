//! What a write of unknown fate has left.

use std::future::pending;
use std::time::Duration;

use azure::poll::{Step, poll_until};
use azure::{Budget, Ended};
use serde_json::Value as Json;

use super::requests::read;
use super::visibility::LOOK;
use super::{Call, StoreError, Stored, WriteFailure};
use crate::document;

/// How long to look for what a write of unknown fate has left.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

/// How long to go on looking once the user wants the run to end: two seconds is all that an answer
/// may take then.
const LAST_LOOKS: Duration = Duration::from_millis(1500);

/// Looks for what a write of unknown fate has left, for a moment even after an interrupt. What a
/// service has taken may be a little late to show.
pub(super) async fn look_for<T, F>(budget: &Budget, look: impl Fn(Budget) -> F) -> Option<T>
where
    F: Future<Output = Result<Option<T>, StoreError>>,
{
    let unstopped = Budget::detached(LOOK_WITHIN);
    let found = poll_until(&LOOK, &unstopped, || async {
        Ok::<_, StoreError>(match look(unstopped.clone()).await? {
            Some(found) => Step::Done(found),
            None => Step::again("the service does not return the object"),
        })
    });
    let interrupted = async {
        if budget.run(pending::<()>()).await == Err(Ended::Canceled) {
            tokio::time::sleep(LAST_LOOKS).await;
        } else {
            pending().await
        }
    };
    tokio::select! {
        found = found => found.ok(),
        () = interrupted => None,
    }
}

/// The object that a write of unknown fate has left, if any.
pub(super) async fn remains(call: Call<'_>) -> Option<Stored> {
    look_for(call.budget, |budget| async move {
        read(Call {
            budget: &budget,
            ..call
        })
        .await
    })
    .await
}

/// The object after a change of unknown fate, if it shows that the change has arrived: it is other
/// than `before`, which is without what nobody may write.
pub(super) async fn arrived(call: Call<'_>, before: &Json) -> Option<Stored> {
    let stored = remains(call).await?;
    let mut after = stored.document.clone();
    document::retain_writable(call.kind, call.place, &mut after);
    (after != *before).then_some(stored)
}

/// What a failed write comes to after all: the object, if it shows that the write has arrived.
pub(super) async fn unless_arrived(
    call: Call<'_>,
    before: &Json,
    error: azure::Error,
) -> Result<Stored, WriteFailure> {
    let failure = WriteFailure::of(error, &call.target.key);
    match failure.is_ambiguous() {
        true => {
            let arrived = arrived(call, before).await;
            arrived.ok_or_else(|| failure.without_effect())
        }
        false => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How long it takes to look in vain, when the interrupt comes after so many seconds.
    async fn in_vain(interrupt: Option<u32>) -> Duration {
        let cancel = CancellationToken::new();
        let budget = Budget::new(60 * SECOND, cancel.clone());
        let start = Instant::now();
        let looking = tokio::spawn(async move {
            let nothing = |_| async { Ok(None::<()>) };
            look_for(&budget, nothing).await
        });
        if let Some(after) = interrupt {
            tokio::time::sleep(after * SECOND).await;
            cancel.cancel();
        }
        assert_eq!(looking.await.unwrap(), None);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupt_leaves_less_than_two_seconds_to_look() {
        assert_eq!(in_vain(None).await, LOOK_WITHIN);
        for (after, limit) in [(0, 2 * SECOND), (1, 3 * SECOND), (4, LOOK_WITHIN)] {
            let took = in_vain(Some(after)).await;
            assert!(
                took > after * SECOND && took <= limit,
                "{took:?} after {after} s"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_shows_in_time_is_found_past_an_interrupt() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let budget = Budget::new(60 * SECOND, cancel);
        let start = Instant::now();
        let look = |_| async move { Ok((start.elapsed() >= SECOND / 2).then_some(7)) };
        assert_eq!(look_for(&budget, look).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_is_not_answered_ends_with_an_interrupt() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let budget = Budget::new(60 * SECOND, cancel);
        let start = Instant::now();
        let look = |_| pending::<Result<Option<()>, StoreError>>();
        assert_eq!(look_for(&budget, look).await, None);
        assert!(start.elapsed() < 2 * SECOND);
    }
}
