//! How long a call may take, and the signal that cancels it.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The time that a call may take and the signal that cancels it.
///
/// Every wait of this crate ends promptly with either, and reports which of the two it was.
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
    /// The call was canceled.
    #[error("the operation was canceled")]
    Canceled,
}

/// Longer budgets are shortened to this, so that the deadline can always be computed.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

impl Budget {
    /// Creates a budget that ends `timeout` from now, or earlier by `cancel`.
    pub fn new(timeout: Duration, cancel: CancellationToken) -> Self {
        Self {
            deadline: Instant::now() + timeout.min(LONGEST),
            cancel,
        }
    }

    /// Creates a budget that cannot be canceled: for the reads that find out what a canceled write
    /// has left behind.
    pub fn detached(timeout: Duration) -> Self {
        Self::new(timeout, CancellationToken::new())
    }

    /// Returns the same budget, limited to `limit` from now.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        let deadline = self.deadline.min(Instant::now() + limit.min(LONGEST));
        Self {
            deadline,
            cancel: self.cancel.clone(),
        }
    }

    /// Returns a budget with the same cancellation and no deadline.
    #[must_use]
    pub fn without_deadline(&self) -> Self {
        Self::new(LONGEST, self.cancel.clone())
    }

    /// Returns the same budget, extended by `time`.
    #[must_use]
    pub fn longer_by(&self, time: Duration) -> Self {
        Self {
            deadline: self.deadline + time.min(LONGEST),
            cancel: self.cancel.clone(),
        }
    }

    /// Returns the remaining time.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns why the budget has ended, if it has.
    pub fn ended(&self) -> Option<Ended> {
        if self.cancel.is_cancelled() {
            Some(Ended::Canceled)
        } else if Instant::now() >= self.deadline {
            Some(Ended::Deadline)
        } else {
            None
        }
    }

    /// Runs `future` until the budget ends. If both happen at the same moment, the result wins.
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

    /// Waits for `duration`, or until the budget ends.
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
