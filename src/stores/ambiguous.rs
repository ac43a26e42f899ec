//! Finding out whether an ambiguous write succeeded. A write is ambiguous if its response does not
//! tell.

use std::future::pending;
use std::time::Duration;

use azure::poll::{Step, poll_until};
use azure::{Budget, Ended};
use serde_json::Value as Json;

use super::requests::read;
use super::visibility::LOOK;
use super::{Call, StoreError, Stored, WriteFailure};
use crate::document;

/// The time to look for the result of an ambiguous write.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

/// The time to look after an interrupt. The host ends the provider about two seconds after it.
const LAST_LOOKS: Duration = Duration::from_millis(1500);

/// Looks for the result of an ambiguous write, and continues for a moment after an interrupt. A
/// result can become visible with a short delay.
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

/// Returns the object that an ambiguous creation left behind, if any.
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

/// Returns the object after an ambiguous update if the update has arrived, which means that the
/// writable part of the object differs from `before`.
pub(super) async fn arrived(call: Call<'_>, before: &Json) -> Option<Stored> {
    let stored = remains(call).await?;
    let mut after = stored.document.clone();
    document::retain_writable(call.kind, call.place, &mut after);
    (after != *before).then_some(stored)
}

/// Returns the object if the failed write has arrived nevertheless, or else the failure.
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

    /// Returns how long a search without result takes if an interrupt comes after some seconds.
    async fn futile_search(interrupt: Option<u32>) -> Duration {
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
    async fn search_ends_within_two_seconds_of_an_interrupt() {
        assert_eq!(futile_search(None).await, LOOK_WITHIN);
        for (after, limit) in [(0, 2 * SECOND), (1, 3 * SECOND), (4, LOOK_WITHIN)] {
            let took = futile_search(Some(after)).await;
            assert!(
                took > after * SECOND && took <= limit,
                "{took:?} after {after} s"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn object_is_found_shortly_after_an_interrupt() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let budget = Budget::new(60 * SECOND, cancel);
        let start = Instant::now();
        let look = |_| async move { Ok((start.elapsed() >= SECOND / 2).then_some(7)) };
        assert_eq!(look_for(&budget, look).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn interrupt_ends_a_search_without_response() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let budget = Budget::new(60 * SECOND, cancel);
        let start = Instant::now();
        let look = |_| pending::<Result<Option<()>, StoreError>>();
        assert_eq!(look_for(&budget, look).await, None);
        assert!(start.elapsed() < 2 * SECOND);
    }
}
