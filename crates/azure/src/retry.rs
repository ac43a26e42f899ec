//! Which failures are retried, when, and for how long.
//!
//! | Failure | Retried requests | For how long |
//! |---|---|---|
//! | no connection, except to a closed port of this machine | every request | `failures_for` |
//! | connection broken, timeout, 408, 500, 502, 503, 504 | idempotent requests | the same time |
//! | 429; 503 with `retry-after` | every request | up to the deadline |
//! | 409 because another operation runs | every request | up to the deadline |
//! | 401 | every request, once, with a new token | |
//!
//! The service may ask for a pause of any length, by `retry-after` (seconds or a date) or
//! `x-ms-retry-after-ms`. Otherwise, the pause is a random part of a bound that doubles. If a pause
//! would not end before the deadline, there is no further try, and the last answer is the result.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::wire::WireErrorKind;

/// How failed requests are retried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The upper bound of the first pause. It doubles with every further pause.
    pub base: Duration,
    /// The maximum of that bound. The service may ask for a longer pause.
    pub cap: Duration,
    /// How long failures of the service and the network are retried. Throttling and conflicts with
    /// a running operation are retried until the caller's deadline.
    pub failures_for: Duration,
    /// Returns the part of the bound to wait, from 0 to 1.
    pub jitter: fn() -> f64,
}

/// The outcome of one try, as far as retries depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    /// An answer.
    Status {
        status: StatusCode,
        busy: bool,
        headers: &'a HeaderMap,
    },
    /// No answer.
    Wire(WireErrorKind),
}

/// What to do after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Report the outcome.
    Final,
    /// Try again after this pause.
    Again(Duration),
    /// Try again at once with another token.
    AgainWithNewToken,
}

/// Bounds of a request below [`RetryPolicy::failures_for`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// How long requests may get no answer.
    pub(crate) unanswered: Option<Duration>,
    /// How long answers may be failures of the service.
    pub(crate) failing: Option<Duration>,
}

/// The tries of one request.
#[derive(Debug)]
pub(crate) struct Tries<'a> {
    policy: &'a RetryPolicy,
    patience: Patience,
    idempotent: bool,
    pauses: u32,
    failing_since: Option<Instant>,
    token_renewed: bool,
}

#[derive(PartialEq)]
enum Class {
    Failing,
    Waiting,
    BadToken,
    Final,
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

impl Patience {
    /// Allows one try only.
    pub(crate) fn none() -> Self {
        Self {
            unanswered: Some(Duration::ZERO),
            failing: Some(Duration::ZERO),
        }
    }
}

impl<'a> Tries<'a> {
    pub(crate) fn new(policy: &'a RetryPolicy, patience: Patience, idempotent: bool) -> Self {
        Self {
            policy,
            patience,
            idempotent,
            pauses: 0,
            failing_since: None,
            token_renewed: false,
        }
    }

    pub(crate) fn judge(&mut self, outcome: Outcome<'_>) -> Verdict {
        let asked = match outcome {
            Outcome::Status { headers, .. } => retry_after(headers, Timestamp::now()),
            Outcome::Wire(_) => None,
        };
        match self.class(outcome, asked.is_some()) {
            Class::Final => Verdict::Final,
            Class::BadToken if self.token_renewed => Verdict::Final,
            Class::BadToken => {
                self.token_renewed = true;
                Verdict::AgainWithNewToken
            }
            Class::Failing => {
                let since = *self.failing_since.get_or_insert_with(Instant::now);
                let patience = match outcome {
                    Outcome::Wire(_) => self.patience.unanswered,
                    Outcome::Status { .. } => self.patience.failing,
                };
                let allowed = self.policy.failures_for;
                if since.elapsed() >= patience.map_or(allowed, |bound| bound.min(allowed)) {
                    return Verdict::Final;
                }
                Verdict::Again(self.pause(asked))
            }
            Class::Waiting => {
                self.failing_since = None;
                Verdict::Again(self.pause(asked))
            }
        }
    }

    fn class(&self, outcome: Outcome<'_>, asked: bool) -> Class {
        let repeatable = if self.idempotent {
            Class::Failing
        } else {
            Class::Final
        };
        match outcome {
            Outcome::Wire(WireErrorKind::Connect) => Class::Failing,
            Outcome::Wire(WireErrorKind::Timeout | WireErrorKind::Broken) => repeatable,
            Outcome::Wire(
                WireErrorKind::NobodyListens | WireErrorKind::Permanent | WireErrorKind::TooLarge,
            ) => Class::Final,
            Outcome::Status { status, busy, .. } => match status.as_u16() {
                401 => Class::BadToken,
                409 if busy => Class::Waiting,
                429 => Class::Waiting,
                503 if asked && self.patience.failing.is_none() => Class::Waiting,
                408 | 500 | 502 | 503 | 504 => repeatable,
                _ => Class::Final,
            },
        }
    }

    /// Returns the next pause. If the service asks for a pause of zero, the usual pause applies.
    fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = self.policy.base.saturating_mul(1 << self.pauses.min(20));
        self.pauses += 1;
        match asked {
            Some(asked) if !asked.is_zero() => asked,
            _ => doubled
                .min(self.policy.cap)
                .mul_f64((self.policy.jitter)().clamp(0.0, 1.0)),
        }
    }
}

/// Returns the pause that an answer asks for.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    for name in ["x-ms-retry-after-ms", "retry-after-ms"] {
        if let Some(pause) = text(name).and_then(|ms| ms.parse().ok()) {
            return Some(Duration::from_millis(pause));
        }
    }
    let value = text("retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    // A date in the past asks for no pause.
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// Returns whether a 409 means that another operation runs, so that the request will succeed later.
pub(crate) fn is_busy(status: StatusCode, code: Option<&str>, message: Option<&str>) -> bool {
    const CODES: [&str; 3] = [
        "OperationConflict",
        "AnotherOperationInProgress",
        "OperationInProgress",
    ];
    let code = code.unwrap_or_default();
    let message = message.unwrap_or_default().to_ascii_lowercase();
    let says_so = [
        "another operation",
        "operation is in progress",
        "operation in progress",
    ]
    .iter();
    status == StatusCode::CONFLICT
        && (CODES.iter().any(|busy| busy.eq_ignore_ascii_case(code))
            || ((code.is_empty() || code.eq_ignore_ascii_case("Conflict"))
                && says_so.clone().any(|words| message.contains(words))))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        base: Duration::from_secs(1),
        cap: Duration::from_secs(30),
        failures_for: Duration::from_secs(120),
        jitter: || 1.0,
    };

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_str(v).unwrap()))
            .collect()
    }

    fn judge(idempotent: bool, status: u16, headers: &HeaderMap) -> Verdict {
        let status = StatusCode::from_u16(status).unwrap();
        let outcome = Outcome::Status {
            status,
            busy: false,
            headers,
        };
        Tries::new(&POLICY, Patience::default(), idempotent).judge(outcome)
    }

    #[rstest]
    fn failure_is_retried_only_if_idempotent(#[values(408, 500, 502, 503, 504)] status: u16) {
        assert_eq!(
            judge(true, status, &HeaderMap::new()),
            Verdict::Again(POLICY.base)
        );
        assert_eq!(judge(false, status, &HeaderMap::new()), Verdict::Final);
    }

    #[test]
    fn post_is_retried_if_it_was_certainly_not_processed() {
        let wait = headers(&[("retry-after", "7")]);
        assert_eq!(
            judge(false, 429, &wait),
            Verdict::Again(Duration::from_secs(7))
        );
        assert_eq!(
            judge(false, 503, &wait),
            Verdict::Again(Duration::from_secs(7))
        );
        assert_eq!(judge(false, 500, &wait), Verdict::Final);
        let mut tries = Tries::new(&POLICY, Patience::default(), false);
        let connect = Outcome::Wire(WireErrorKind::Connect);
        assert_eq!(tries.judge(connect), Verdict::Again(POLICY.base));
        assert_eq!(
            tries.judge(Outcome::Wire(WireErrorKind::Timeout)),
            Verdict::Final
        );
        assert_eq!(
            tries.judge(Outcome::Wire(WireErrorKind::Broken)),
            Verdict::Final
        );
    }

    #[rstest]
    fn other_answers_are_final(#[values(200, 302, 400, 403, 404, 405, 409, 412, 501)] status: u16) {
        assert_eq!(judge(true, status, &HeaderMap::new()), Verdict::Final);
    }

    #[test]
    fn token_is_renewed_once() {
        let headers = HeaderMap::new();
        let mut tries = Tries::new(&POLICY, Patience::default(), true);
        let outcome = Outcome::Status {
            status: StatusCode::UNAUTHORIZED,
            busy: false,
            headers: &headers,
        };
        assert_eq!(tries.judge(outcome), Verdict::AgainWithNewToken);
        assert_eq!(tries.judge(outcome), Verdict::Final);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_retried_for_a_share_and_throttling_until_the_deadline() {
        let headers = HeaderMap::new();
        let answer = |status| Outcome::Status {
            status,
            busy: false,
            headers: &headers,
        };
        let mut tries = Tries::new(&POLICY, Patience::default(), true);
        let start = Instant::now();
        while let Verdict::Again(pause) = tries.judge(answer(StatusCode::BAD_GATEWAY)) {
            assert!(pause <= POLICY.cap);
            tokio::time::sleep(pause).await;
        }
        assert!(start.elapsed() >= POLICY.failures_for);
        assert!(start.elapsed() < POLICY.failures_for + POLICY.cap);
        for _ in 0..1000 {
            let Verdict::Again(pause) = tries.judge(answer(StatusCode::TOO_MANY_REQUESTS)) else {
                panic!("throttling became final");
            };
            tokio::time::sleep(pause).await;
        }
    }

    #[rstest]
    #[case::longer_than_the_policy(900, 120)]
    #[case::shorter(30, 30)]
    #[tokio::test(start_paused = true)]
    async fn patience_only_shortens_the_policy(#[case] unanswered: u64, #[case] expected: u64) {
        let patience = Patience {
            unanswered: Some(Duration::from_secs(unanswered)),
            ..Patience::default()
        };
        let mut tries = Tries::new(&POLICY, patience, true);
        let start = Instant::now();
        while let Verdict::Again(_) = tries.judge(Outcome::Wire(WireErrorKind::Connect)) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(expected));
    }

    #[test]
    fn pauses_double_up_to_the_cap_and_jitter_shortens_them() {
        let mut tries = Tries::new(&POLICY, Patience::default(), true);
        let pauses: Vec<u64> = (0..7).map(|_| tries.pause(None).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        let half = RetryPolicy {
            jitter: || 0.5,
            ..POLICY
        };
        assert_eq!(
            Tries::new(&half, Patience::default(), true).pause(None),
            Duration::from_millis(500)
        );
    }

    #[rstest]
    #[case(&[("retry-after", "0")], Some(0))]
    #[case(&[("retry-after", " 90 ")], Some(90_000))]
    #[case(&[("retry-after", "86400")], Some(86_400_000))]
    #[case(&[("retry-after", "Fri, 01 Jan 2021 00:01:30 GMT")], Some(90_000))]
    #[case(&[("retry-after", "Thu, 31 Dec 2020 23:59:00 GMT")], Some(0))]
    #[case(&[("x-ms-retry-after-ms", "250"), ("retry-after", "90")], Some(250))]
    #[case(&[("retry-after-ms", "250")], Some(250))]
    #[case(&[("retry-after", "soon")], None)]
    #[case(&[("retry-after", "-1")], None)]
    #[case(&[], None)]
    fn retry_after_is_read_in_every_form(
        #[case] pairs: &[(&'static str, &str)],
        #[case] millis: Option<u64>,
    ) {
        let now = "2021-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(
            retry_after(&headers(pairs), now),
            millis.map(Duration::from_millis)
        );
    }

    #[rstest]
    #[case(409, Some("OperationConflict"), None, true)]
    #[case(409, Some("anotheroperationinprogress"), None, true)]
    #[case(
        409,
        Some("Conflict"),
        Some("Another operation is running on the agent"),
        true
    )]
    #[case(409, Some("Conflict"), Some("the name is taken"), false)]
    #[case(409, Some("RoleAssignmentExists"), Some("another operation"), false)]
    #[case(400, Some("OperationConflict"), None, false)]
    fn conflict_with_an_operation_is_distinguished_from_others(
        #[case] status: u16,
        #[case] code: Option<&str>,
        #[case] message: Option<&str>,
        #[case] busy: bool,
    ) {
        assert_eq!(
            is_busy(StatusCode::from_u16(status).unwrap(), code, message),
            busy
        );
    }
}
