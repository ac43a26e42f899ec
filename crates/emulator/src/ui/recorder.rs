//! The latest requests with their answers, for the page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::http::header::USER_AGENT;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::exchange::{Exchange, Headers};
use crate::http::{Answer, Call};
use crate::log::Plane;

/// How many requests are kept. The oldest are dropped first.
const REQUESTS: usize = 20_000;
/// How many bytes of bodies are kept in total. The oldest bodies are dropped first.
const BODIES: usize = 64 << 20;
/// How many bytes of one body are kept.
const BODY: usize = 1 << 20;

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    inner: Mutex<Inner>,
    /// Changes only under the lock. Otherwise, two changes could get the same revision, and a
    /// client that knows it would never see the second one.
    revision: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    exchanges: VecDeque<Entry>,
    /// The revision of the last clear. Requests up to it may have been dropped.
    cleared: u64,
    /// The size of all bodies in bytes.
    bytes: usize,
    /// The number of the first request whose bodies are still kept.
    kept_from: u64,
}

#[derive(Debug)]
struct Entry {
    started: Instant,
    changed: u64,
    exchange: Arc<Exchange>,
}

/// A request in the table of all requests.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    pub(super) n: u64,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) plane: Plane,
    pub(super) agent: Option<String>,
    /// Milliseconds since 1970.
    pub(super) started: f64,
    /// Milliseconds, or null while it is running.
    pub(super) duration: Option<f64>,
    /// Null while there is none, and if the connection was closed instead.
    pub(super) status: Option<u16>,
    pub(super) client: String,
    /// The id of the fault that hit it.
    pub(super) fault: Option<u64>,
}

impl Recorder {
    /// Counts the beginnings and ends of requests.
    pub(super) fn revision(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Records the arrival of a request.
    pub(crate) fn start(&self, n: u64, call: &Call, plane: Plane, agent: Option<String>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let client = call.header(USER_AGENT).unwrap_or_default();
        let row = Row {
            n,
            method: call.method.to_string(),
            path: call.path.clone(),
            query: call.query.clone(),
            plane,
            agent,
            started: now.map_or(0.0, |now| now.as_secs_f64() * 1000.0),
            duration: None,
            status: None,
            client: client.to_owned(),
            fault: None,
        };
        let exchange = Exchange {
            url: call.base.url(&call.path),
            row,
            sent_headers: Headers::of(&call.headers),
            sent: cut(&call.body),
            got_headers: None,
            got: None,
            forgotten: false,
        };
        let mut inner = self.lock();
        let changed = *self.revision.borrow() + 1;
        inner.bytes += exchange.bytes();
        inner.exchanges.push_back(Entry {
            started: Instant::now(),
            changed,
            exchange: Arc::new(exchange),
        });
        if inner.exchanges.len() > REQUESTS
            && let Some(oldest) = inner.exchanges.pop_front()
        {
            inner.bytes -= oldest.exchange.bytes();
        }
        inner.forget_bodies();
        self.revision.send_replace(changed);
    }

    /// Records the end of a request: its answer, unless the connection was closed instead, and the
    /// fault that hit it.
    pub(crate) fn end(&self, n: u64, answer: Option<&mut Answer>, fault: Option<u64>) {
        let got = answer.map(|answer| {
            // This also sets a header.
            let body = answer.write_body().map(cut);
            (answer.status.as_u16(), Headers::of(&answer.headers), body)
        });
        let mut inner = self.lock();
        let changed = *self.revision.borrow() + 1;
        // Requests arrive in order, but are recorded only roughly in that order.
        let entry = inner
            .exchanges
            .iter_mut()
            .rev()
            .find(|entry| entry.n() == n);
        let Some(entry) = entry else { return };
        entry.changed = changed;
        let mut exchange = Exchange::clone(&entry.exchange);
        exchange.row.duration = Some(entry.started.elapsed().as_secs_f64() * 1000.0);
        exchange.row.fault = fault;
        let before = exchange.bytes();
        if let Some((status, headers, body)) = got {
            exchange.row.status = Some(status);
            exchange.got_headers = Some(headers);
            exchange.got = body;
        }
        let more = exchange.bytes() - before;
        entry.exchange = Arc::new(exchange);
        inner.bytes += more;
        inner.forget_bodies();
        self.revision.send_replace(changed);
    }

    /// Returns the requests that have begun or ended since a revision.
    pub(super) fn since(&self, revision: u64) -> Value {
        let inner = self.lock();
        let changed = inner.exchanges.iter();
        let rows: Vec<&Row> = changed
            .filter(|entry| entry.changed > revision)
            .map(|entry| &entry.exchange.row)
            .collect();
        let first = inner.exchanges.front().map(Entry::n);
        json!({
            "revision": *self.revision.borrow(),
            "reset": revision < inner.cleared,
            "first": first,
            "rows": rows,
        })
    }

    /// Returns a request with its answer.
    pub(super) fn exchange(&self, n: u64) -> Option<Arc<Exchange>> {
        let inner = self.lock();
        let entry = inner.exchanges.iter().find(|entry| entry.n() == n);
        entry.map(|entry| Arc::clone(&entry.exchange))
    }

    pub(crate) fn clear(&self) {
        let mut inner = self.lock();
        let revision = *self.revision.borrow() + 1;
        *inner = Inner {
            cleared: revision,
            ..Inner::default()
        };
        self.revision.send_replace(revision);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Drops the oldest bodies while they exceed the limit.
    fn forget_bodies(&mut self) {
        if self.bytes <= BODIES {
            return;
        }
        for entry in &mut self.exchanges {
            if self.bytes <= BODIES {
                break;
            }
            if entry.n() < self.kept_from || entry.exchange.forgotten {
                continue;
            }
            self.bytes -= entry.exchange.bytes();
            let forgotten = Exchange::clone(&entry.exchange).without_bodies();
            entry.exchange = Arc::new(forgotten);
            self.kept_from = entry.n() + 1;
        }
    }
}

impl Entry {
    fn n(&self) -> u64 {
        self.exchange.row.n
    }
}

/// Copies the part of a body that is kept, because the received bytes share a larger buffer.
fn cut(body: &Bytes) -> Bytes {
    Bytes::copy_from_slice(body.get(..BODY).unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};
    use bytes::Bytes;

    use super::{BODIES, BODY, REQUESTS, Recorder};
    use crate::http::{Answer, Call};
    use crate::log::Plane;
    use crate::site::Base;

    fn call(body: Vec<u8>) -> Call {
        let base = Base::own("http", "localhost");
        Call::new(
            Method::PUT,
            "/x",
            "",
            HeaderMap::new(),
            Bytes::from(body),
            base,
        )
    }

    #[test]
    fn memory_has_a_limit() {
        let recorder = Recorder::default();
        let count = BODIES / BODY + 10;
        for n in 0..count {
            let call = call(vec![b'x'; BODY + 1]);
            recorder.start(n as u64 + 1, &call, Plane::Other, None);
        }
        assert!(recorder.lock().bytes <= BODIES);
        let kept = |n: u64| recorder.exchange(n).unwrap().sent.len();
        assert_eq!((kept(1), kept(count as u64)), (0, BODY));
        assert!(recorder.exchange(1).unwrap().forgotten);
        for n in count..REQUESTS + 5 {
            recorder.start(n as u64 + 1, &call(Vec::new()), Plane::Other, None);
        }
        assert!(recorder.exchange(5).is_none());
        assert!(recorder.exchange(6).is_some());
    }

    #[test]
    fn changes_at_the_same_time_have_their_own_revisions() {
        const THREADS: u64 = 4;
        const EACH: u64 = 500;
        let recorder = Recorder::default();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let recorder = &recorder;
                scope.spawn(move || {
                    for n in 0..EACH {
                        let n = thread * EACH + n;
                        recorder.start(n, &call(Vec::new()), Plane::Other, None);
                    }
                });
            }
        });
        let revision = recorder.revision();
        assert_eq!(*revision.borrow(), THREADS * EACH);
    }

    #[test]
    fn only_new_requests_are_returned() {
        let recorder = Recorder::default();
        recorder.start(1, &call(Vec::new()), Plane::Arm, None);
        recorder.start(2, &call(Vec::new()), Plane::Arm, None);
        let mut answer = Answer::ok(serde_json::json!({}));
        recorder.end(1, Some(&mut answer), Some(7));
        let since = |revision| recorder.since(revision);
        assert_eq!(since(0)["rows"].as_array().unwrap().len(), 2);
        let news = since(2);
        assert_eq!(news["rows"][0]["n"], 1);
        assert_eq!(news["rows"][0]["status"], 200);
        assert_eq!(news["rows"][0]["fault"], 7);
        assert_eq!(news["rows"].as_array().unwrap().len(), 1);
        assert_eq!(since(3)["rows"].as_array().unwrap().len(), 0);
        recorder.clear();
        assert_eq!(since(3)["reset"], true);
        assert_eq!(since(4)["reset"], false);
    }
}
