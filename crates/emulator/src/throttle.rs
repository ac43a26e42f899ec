//! The limit of requests per second. It depends on the clock, because it exists to test the pauses
//! of clients.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;

use crate::http::Answer;

const SECOND: Duration = Duration::from_secs(1);

/// The requests of the current second.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Option<(Instant, u32)>>);

impl Throttle {
    /// Counts a request. Returns the refusal if the limit of this second is exceeded. A limit of 0
    /// means no limit.
    pub(crate) fn refuse(&self, limit: u32) -> Option<Answer> {
        (limit > 0 && !self.admits(limit, Instant::now())).then(|| {
            let message = "Too many requests. Try again after the time in Retry-After.";
            let error = json!({ "error": { "code": "TooManyRequests", "message": message } });
            Answer::json(StatusCode::TOO_MANY_REQUESTS, error).with("retry-after", "1")
        })
    }

    fn admits(&self, limit: u32, now: Instant) -> bool {
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, count) = match &mut *second {
            Some(current) if now.duration_since(current.0) < SECOND => current,
            outdated => outdated.insert((now, 0)),
        };
        *count += 1;
        *count <= limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_applies_to_each_second() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let admitted = |now| throttle.admits(2, now);
        assert_eq!(
            [admitted(start), admitted(start), admitted(start)],
            [true, true, false]
        );
        assert!(!admitted(start + SECOND / 2));
        assert!(admitted(start + SECOND));
    }

    #[test]
    fn zero_means_no_limit() {
        let throttle = Throttle::default();
        assert!((0..1000).all(|_| throttle.refuse(0).is_none()));
    }
}
