//! Waiting for a condition.
//!
//! One function does all the waiting of the project: for operations, for a data plane to come up,
//! for a write to become visible, for a repository to be cloned, or for a document to be indexed.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::budget::{Budget, Ended};
use crate::error::{Error, Result};

/// When to poll.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The pause before the first poll. Often zero.
    pub delay: Duration,
    /// The pause after the first poll.
    pub interval: Duration,
    /// The factor by which each pause is longer than the previous one.
    pub factor: f64,
    /// The longest pause, unless the service asks for a longer one.
    pub max_interval: Duration,
    /// How long to poll, if less than the budget.
    pub limit: Option<Duration>,
}

/// The outcome of a poll.
#[derive(Debug)]
pub enum Step<T> {
    /// The condition is met.
    Done(T),
    /// The condition is not met yet.
    Again {
        /// What was observed instead, for the error at the end, e.g. `the state is Creating`.
        seen: String,
        /// The pause that the service asks for.
        after: Option<Duration>,
    },
    /// The poll itself failed in a way that may pass. If it does not, this error is the result.
    Failing(Error),
}

/// The service may ask for immediate polls, but not endlessly.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

impl Schedule {
    /// Polls immediately, and then at fixed intervals.
    pub const fn every(interval: Duration) -> Self {
        Self {
            delay: Duration::ZERO,
            interval,
            factor: 1.0,
            max_interval: interval,
            limit: None,
        }
    }

    /// Polls immediately, and then at growing intervals.
    pub const fn growing(interval: Duration, max_interval: Duration) -> Self {
        Self {
            delay: Duration::ZERO,
            interval,
            factor: 1.5,
            max_interval,
            limit: None,
        }
    }

    /// Limits the schedule to at most `limit`.
    #[must_use]
    pub const fn at_most(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Adds a pause before the first poll.
    #[must_use]
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl<T> Step<T> {
    /// Reports that the condition is not met yet. The schedule determines the next poll.
    pub fn again(seen: impl Into<String>) -> Self {
        Self::Again {
            seen: seen.into(),
            after: None,
        }
    }
}

/// Polls until `probe` is done or fails, or until the time is up. The probe may have its own error
/// type.
///
/// # Errors
/// When the limit of the schedule or the budget is used up, returns the last failure, or
/// [`DeadlineExceeded`](crate::ErrorKind::DeadlineExceeded) with what was observed last. When the
/// budget is canceled, returns [`Canceled`](crate::ErrorKind::Canceled).
pub async fn poll_until<T, E, F, P>(
    schedule: &Schedule,
    budget: &Budget,
    mut probe: P,
) -> Result<T, E>
where
    P: FnMut() -> F,
    F: Future<Output = Result<Step<T>, E>>,
    E: From<Error>,
{
    let start = Instant::now();
    let budget = schedule
        .limit
        .map_or_else(|| budget.clone(), |limit| budget.at_most(limit));
    let mut pause = schedule.delay;
    let mut interval = schedule.interval;
    let mut looks = 0;
    let mut seen: Option<Step<T>> = None;
    loop {
        let waited = if pause.is_zero() {
            Ok(())
        } else {
            budget.sleep(pause).await
        };
        let looked = match waited {
            Ok(()) => budget.run(probe()).await,
            Err(ended) => Err(ended),
        };
        let step = match looked {
            Ok(step) => step?,
            Err(ended) => return Err(over(ended, seen, looks, start).into()),
        };
        looks += 1;
        pause = match &step {
            Step::Done(_) => interval,
            Step::Again {
                after: Some(after), ..
            } => (*after).max(SHORTEST_PAUSE),
            Step::Again { .. } | Step::Failing(_) => {
                let pause = interval;
                interval = interval.mul_f64(schedule.factor).min(schedule.max_interval);
                pause
            }
        };
        if let Step::Done(found) = step {
            return Ok(found);
        }
        seen = Some(step);
    }
}

fn over<T>(ended: Ended, seen: Option<Step<T>>, looks: u32, start: Instant) -> Error {
    let spent = format!(
        "after {looks} checks in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    match (ended, seen) {
        (Ended::Deadline, Some(Step::Failing(error))) => error.followed_by(&spent),
        (_, Some(Step::Failing(error))) => {
            let kind = Error::from(ended).kind();
            error.with_kind(kind).within(&ended.to_string())
        }
        (_, Some(Step::Again { seen, .. })) => {
            Error::from(ended).followed_by(&format!("{seen}, {spent}"))
        }
        _ => Error::from(ended),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::error::ErrorKind;

    const SECOND: Duration = Duration::from_secs(1);

    fn budget(seconds: u64) -> Budget {
        Budget::detached(Duration::from_secs(seconds))
    }

    /// Answers the n-th poll with the n-th step, and records the times of the polls.
    async fn run(
        schedule: Schedule,
        budget: Budget,
        mut steps: Vec<Result<Step<u8>>>,
    ) -> (Result<u8>, Vec<u64>) {
        let start = Instant::now();
        let mut times = Vec::new();
        steps.reverse();
        let result = poll_until(&schedule, &budget, || {
            times.push(start.elapsed().as_secs());
            let step = steps
                .pop()
                .unwrap_or_else(|| Ok(Step::again("nothing new")));
            async move { step }
        })
        .await;
        (result, times)
    }

    #[tokio::test(start_paused = true)]
    async fn poll_follows_its_schedule_and_the_service() {
        let schedule = Schedule {
            factor: 2.0,
            ..Schedule::growing(SECOND, 3 * SECOND).after(5 * SECOND)
        };
        let asked = Step::Again {
            seen: String::new(),
            after: Some(10 * SECOND),
        };
        let steps = vec![
            Ok(Step::again("")),
            Ok(Step::again("")),
            Ok(Step::again("")),
            Ok(asked),
            Ok(Step::again("")),
            Ok(Step::Done(1)),
        ];
        let (result, times) = run(schedule, budget(100), steps).await;
        assert_eq!(result.unwrap(), 1);
        assert_eq!(times, [5, 6, 8, 11, 21, 24]);
    }

    #[tokio::test(start_paused = true)]
    async fn timeout_of_a_poll_reports_what_was_observed() {
        let (result, times) = run(Schedule::every(10 * SECOND), budget(25), Vec::new()).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
        assert!(
            error
                .to_string()
                .contains("nothing new, after 3 checks in 25 s"),
            "{error}"
        );
        assert_eq!(times, [0, 10, 20]);
    }

    #[tokio::test(start_paused = true)]
    async fn poll_at_its_limit_reports_the_last_failure() {
        let schedule = Schedule::every(10 * SECOND).at_most(15 * SECOND);
        let failing = || Ok(Step::Failing(Error::new(ErrorKind::NotJson, "html")));
        let (result, _) = run(schedule, budget(100), vec![failing(), failing()]).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotJson);
        assert!(
            error.to_string().contains("html; after 2 checks in 15 s"),
            "{error}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn poll_ends_with_the_first_real_error() {
        let steps = vec![
            Ok(Step::again("")),
            Err(Error::new(ErrorKind::Forbidden, "no")),
        ];
        let (result, times) = run(Schedule::every(SECOND), budget(100), steps).await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Forbidden);
        assert_eq!(times.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn cancel_ends_a_poll_even_during_the_probe() {
        let cancel = CancellationToken::new();
        let budget = Budget::new(100 * SECOND, cancel.clone());
        let looks = Cell::new(0);
        let result: Result<()> = poll_until(&Schedule::every(SECOND), &budget, || {
            looks.set(looks.get() + 1);
            let (cancel, second) = (cancel.clone(), looks.get() == 2);
            async move {
                if second {
                    cancel.cancel();
                    std::future::pending::<()>().await;
                }
                Ok(Step::again("creating"))
            }
        })
        .await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Canceled);
        assert!(error.to_string().contains("creating"), "{error}");
    }
}
