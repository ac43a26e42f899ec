//! How long a call may take, and the signal that stops it.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The time a call may take and the signal that ends it early.
///
/// Every wait of this crate ends promptly with either, and says which of the two it was.
#[derive(Clone, Debug)]
pub struct Budget {
    deadline: Instant,
    cancel: CancellationToken,
}

/// Why a [`Budget`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The time is used up.
    #[error("the operation timed out")]
    Deadline,
    /// The stop signal came.
    #[error("the operation was canceled")]
    Canceled,
}

/// Longer budgets are cut to this, so that the deadline can always be computed.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

impl Budget {
    /// A budget of `timeout` from now, ended early by `cancel`.
    pub fn new(timeout: Duration, cancel: CancellationToken) -> Self {
        Self {
            deadline: Instant::now() + timeout.min(LONGEST),
            cancel,
        }
    }

    /// A budget that no stop signal reaches: for the reads that find out what a stopped write has
    /// left behind.
    pub fn detached(timeout: Duration) -> Self {
        Self::new(timeout, CancellationToken::new())
    }

    /// The same budget, but of at most `limit` from now.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        let deadline = self.deadline.min(Instant::now() + limit.min(LONGEST));
        Self {
            deadline,
            cancel: self.cancel.clone(),
        }
    }

    /// The same stop signal without a limit: for waiting that is nobody's fault.
    #[must_use]
    pub fn without_deadline(&self) -> Self {
        Self::new(LONGEST, self.cancel.clone())
    }

    /// The same budget, with so much more time.
    #[must_use]
    pub fn longer_by(&self, time: Duration) -> Self {
        Self {
            deadline: self.deadline + time.min(LONGEST),
            cancel: self.cancel.clone(),
        }
    }

    /// What is left of the time.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Why the budget has ended, if it has.
    pub fn ended(&self) -> Option<Ended> {
        if self.cancel.is_cancelled() {
            Some(Ended::Canceled)
        } else if Instant::now() >= self.deadline {
            Some(Ended::Deadline)
        } else {
            None
        }
    }

    /// Runs `future` until the budget ends. A result that is ready at the same moment wins.
    pub async fn run<F: Future>(&self, future: F) -> Result<F::Output, Ended> {
        if let Some(ended) = self.ended() {
            return Err(ended);
        }
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = self.cancel.cancelled() => Err(Ended::Canceled),
            () = tokio::time::sleep_until(self.deadline) => Err(Ended::Deadline),
        }
    }

    /// Waits for `duration`, or less if the budget ends before.
    pub async fn sleep(&self, duration: Duration) -> Result<(), Ended> {
        self.run(tokio::time::sleep(duration)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn sleep_ends_at_the_deadline() {
        let budget = Budget::detached(Duration::from_secs(5));
        let start = Instant::now();
        assert_eq!(
            budget.sleep(Duration::from_secs(60)).await,
            Err(Ended::Deadline)
        );
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        assert_eq!(budget.remaining(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn cancel_ends_a_sleep_and_every_later_run() {
        let cancel = CancellationToken::new();
        let budget = Budget::new(Duration::from_secs(60), cancel.clone());
        let sleeper = tokio::spawn({
            let budget = budget.clone();
            async move { budget.sleep(Duration::from_secs(30)).await }
        });
        cancel.cancel();
        assert_eq!(sleeper.await.unwrap(), Err(Ended::Canceled));
        assert_eq!(budget.run(async { 1 }).await, Err(Ended::Canceled));
    }

    #[tokio::test(start_paused = true)]
    async fn shorter_budget_never_outlives_its_parent() {
        let parent = Budget::detached(Duration::from_secs(5));
        assert_eq!(
            parent.at_most(Duration::from_secs(60)).remaining(),
            Duration::from_secs(5)
        );
        assert_eq!(
            parent.at_most(Duration::from_secs(1)).remaining(),
            Duration::from_secs(1)
        );
        assert!(Budget::detached(Duration::MAX).ended().is_none());
    }
}
