//! Waiting until something is so.

use std::future::Future;
use std::time::Duration;

use crate::budget::Budget;
use crate::error::{Error, Result};

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The pause before the first look. Often zero.
    pub delay: Duration,
    /// The pause after the first look.
    pub interval: Duration,
    /// By how much each pause is longer than the one before.
    pub factor: f64,
    /// The longest pause, unless the service asks for a longer one.
    pub max_interval: Duration,
    /// For how long to look, if less than the budget.
    pub limit: Option<Duration>,
}

/// What a look has shown.
#[derive(Debug)]
pub enum Step<T> {
    /// It is so.
    Done(T),
    /// It is not so yet.
    Again {
        /// What was seen instead, for the error if it stays so.
        seen: String,
        /// The pause that the service asks for.
        after: Option<Duration>,
    },
    /// The look itself failed in a way that may pass. This error is the result if it does not.
    Failing(Error),
}

/// Looks until `probe` is done, fails, or time is up.
pub async fn poll_until<T, F, P>(schedule: &Schedule, budget: &Budget, probe: P) -> Result<T>
where
    P: FnMut() -> F,
    F: Future<Output = Result<Step<T>>>,
{
    let _ = (schedule, budget, probe);
    unimplemented!()
}
