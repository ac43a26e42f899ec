//! What is tried again, when, and for how long.

use std::time::Duration;

/// How failed requests are repeated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The longest first pause. Every further pause may be twice as long as the one before.
    pub base: Duration,
    /// The longest pause, unless the service asks for a longer one.
    pub cap: Duration,
    /// For how long failures of the service and the network are retried. Throttling and conflicts
    /// with a running operation are waited out up to the caller's deadline.
    pub failures_for: Duration,
    /// Draws the part of the longest pause that is taken, from 0 to 1.
    pub jitter: fn() -> f64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(800),
            cap: Duration::from_secs(30),
            failures_for: Duration::from_secs(120),
            jitter: fastrand::f64,
        }
    }
}
