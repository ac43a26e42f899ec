//! Faults: requests that are to go wrong, by order of a test.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::log::Plane;

/// Which requests go wrong, and how. A fault without any effect only counts.
///
/// The effects combine, in this order: a delay; being held until released; then the request is
/// applied if `apply` is set or there is no `status` and no `reset`; then the answer is sent,
/// replaced, cut short, or the connection closed without one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// The method; any when absent.
    pub method: Option<String>,
    /// A regular expression that is found in the path, without regard to case; any when absent.
    pub path: Option<String>,
    /// A regular expression that is found in the query; any when absent.
    pub query: Option<String>,
    /// The plane; any when absent.
    pub plane: Option<Plane>,
    /// How many matching requests pass untouched first.
    pub skip: u32,
    /// How many requests are hit after that: 1 when absent, all when 0.
    pub count: Option<u32>,

    /// Milliseconds to wait first.
    pub delay_ms: Option<u64>,
    /// Wait until the fault is released.
    pub hold: bool,
    /// Hold after the request was applied rather than before.
    pub hold_applied: bool,
    /// Apply the request although another answer or none is sent.
    pub apply: bool,
    /// Answer with this status instead.
    pub status: Option<u16>,
    /// Headers of that answer, or added to the ordinary one.
    pub headers: BTreeMap<String, String>,
    /// Its JSON body.
    pub body: Option<Value>,
    /// Its body, when it is not to be JSON: sent as HTML.
    pub text: Option<String>,
    /// Close the connection instead of answering.
    pub reset: bool,
    /// Close the connection after so many bytes of the body.
    pub truncate: Option<usize>,
    /// Let the operation that the request starts end in failure.
    pub operation_error: Option<OperationError>,
}

/// How a long-running operation fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationError {
    /// The service's code.
    pub code: String,
    /// The message.
    pub message: String,
}

impl Fault {
    /// A fault for one request with this method whose path matches the expression.
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// A fault for one request of any method whose path matches the expression.
    pub fn on_path(path: &str) -> Self {
        Self {
            path: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// Only on this plane.
    #[must_use]
    pub fn plane(mut self, plane: Plane) -> Self {
        self.plane = Some(plane);
        self
    }

    /// Let the first `count` requests pass.
    #[must_use]
    pub fn skip(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Hit `count` requests rather than one.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Hit all requests.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.count = Some(0);
        self
    }

    /// Wait first.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = Some(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Hold requests until they are released, then apply them.
    #[must_use]
    pub fn hold(mut self) -> Self {
        self.hold = true;
        self
    }

    /// Apply requests, then hold their answers until they are released.
    #[must_use]
    pub fn hold_applied(mut self) -> Self {
        self.hold = true;
        self.hold_applied = true;
        self
    }

    /// Answer with this status and JSON body instead of applying the request.
    #[must_use]
    pub fn answer(mut self, status: u16, body: Value) -> Self {
        self.status = Some(status);
        self.body = Some(body);
        self
    }

    /// Answer with this status and the error shape of the services.
    #[must_use]
    pub fn error(self, status: u16, code: &str, message: &str) -> Self {
        self.answer(
            status,
            json!({ "error": { "code": code, "message": message } }),
        )
    }

    /// Answer with this status and an HTML page.
    #[must_use]
    pub fn html(mut self, status: u16, page: &str) -> Self {
        self.status = Some(status);
        self.text = Some(page.to_owned());
        self
    }

    /// Set a header of the answer.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Close the connection; the request is not applied.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// Apply the request even though another answer, or none, is sent.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.apply = true;
        self
    }

    /// Apply the request, then close the connection without an answer.
    #[must_use]
    pub fn apply_then_reset(self) -> Self {
        self.reset().applied()
    }

    /// Close the connection after so many bytes of the answer's body.
    #[must_use]
    pub fn truncate(mut self, bytes: usize) -> Self {
        self.truncate = Some(bytes);
        self
    }

    /// Let the operation that the request starts end in failure.
    #[must_use]
    pub fn fail_operation(mut self, code: &str, message: &str) -> Self {
        self.operation_error = Some(OperationError {
            code: code.to_owned(),
            message: message.to_owned(),
        });
        self
    }

    /// Whether the request reaches the service.
    pub(crate) fn applies(&self) -> bool {
        self.apply || (self.status.is_none() && !self.reset)
    }
}

/// A fault that cannot be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Not a regular expression.
    #[error("the fault's `{member}` is no regular expression: {source}")]
    Pattern {
        /// The member of the fault.
        member: &'static str,
        /// What is wrong.
        source: Box<regex::Error>,
    },
    /// Not a status code.
    #[error("the fault's `status` is {0}, which is no status; use 200 to 599")]
    Status(u16),
}

/// A fault as it is listed.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FaultStatus {
    /// Its id.
    pub id: u64,
    /// What was ordered.
    pub fault: Fault,
    /// How many requests matched, those that passed included.
    pub matched: u32,
    /// How many requests it hit.
    pub hits: u32,
    /// How many requests it holds now.
    pub held: u32,
}

/// All faults.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    last_id: u64,
    faults: BTreeMap<u64, Arc<ActiveFault>>,
}

/// A fault and what it did so far.
#[derive(Debug)]
pub(crate) struct ActiveFault {
    id: u64,
    pub(crate) fault: Fault,
    path: Option<Regex>,
    query: Option<Regex>,
    counts: Mutex<Counts>,
    held: watch::Sender<u32>,
    /// How often it was released; `u64::MAX` when it is gone and holds nothing any more.
    released: watch::Sender<u64>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    matched: u32,
    hits: u32,
}

impl Faults {
    /// Sets a fault; the earlier of two that match a request is the one that hits.
    pub(crate) fn add(&self, fault: Fault) -> Result<Arc<ActiveFault>, FaultError> {
        if let Some(status) = fault.status
            && (!(200..600).contains(&status) || StatusCode::from_u16(status).is_err())
        {
            return Err(FaultError::Status(status));
        }
        let path = pattern("path", fault.path.as_deref())?;
        let query = pattern("query", fault.query.as_deref())?;
        let mut inner = self.lock();
        inner.last_id += 1;
        let active = Arc::new(ActiveFault {
            id: inner.last_id,
            fault,
            path,
            query,
            counts: Mutex::default(),
            held: watch::Sender::new(0),
            released: watch::Sender::new(0),
        });
        inner.faults.insert(active.id, Arc::clone(&active));
        Ok(active)
    }

    /// The fault that hits a request, if any.
    pub(crate) fn hit(
        &self,
        method: &str,
        path: &str,
        query: &str,
        plane: Plane,
    ) -> Option<Arc<ActiveFault>> {
        let faults: Vec<_> = self.lock().faults.values().cloned().collect();
        faults
            .into_iter()
            .find(|fault| fault.hits(method, path, query, plane))
    }

    pub(crate) fn get(&self, id: u64) -> Option<Arc<ActiveFault>> {
        self.lock().faults.get(&id).cloned()
    }

    pub(crate) fn list(&self) -> Vec<FaultStatus> {
        self.lock()
            .faults
            .values()
            .map(|fault| fault.status())
            .collect()
    }

    /// Removes a fault and lets go what it holds; false if there is none.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let removed = self.lock().faults.remove(&id);
        removed.is_some_and(|fault| {
            fault.released.send_replace(u64::MAX);
            true
        })
    }

    /// Removes all faults and lets go what they hold.
    pub(crate) fn clear(&self) {
        for fault in std::mem::take(&mut self.lock().faults).into_values() {
            fault.released.send_replace(u64::MAX);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ActiveFault {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn status(&self) -> FaultStatus {
        let counts = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        FaultStatus {
            id: self.id,
            fault: self.fault.clone(),
            matched: counts.matched,
            hits: counts.hits,
            held: *self.held.borrow(),
        }
    }

    /// Lets go the requests that are held now.
    pub(crate) fn release(&self) {
        self.released
            .send_modify(|count| *count = count.saturating_add(1));
    }

    /// Waits until at least one request is held; the number of those held.
    pub(crate) async fn held(&self) -> u32 {
        let mut held = self.held.subscribe();
        match held.wait_for(|held| *held > 0).await {
            Ok(held) => *held,
            // The sender lives as long as `self`.
            Err(_) => 0,
        }
    }

    /// Holds the calling request until the fault is released or removed.
    pub(crate) async fn wait_for_release(&self) {
        let mut released = self.released.subscribe();
        let seen = *released.borrow_and_update();
        if seen == u64::MAX {
            return;
        }
        let _counted = HeldRequest::new(&self.held);
        // An error means that the sender is gone, which cannot be while `self` is borrowed.
        let _ = released.wait_for(|count| *count != seen).await;
    }

    fn hits(&self, method: &str, path: &str, query: &str, plane: Plane) -> bool {
        let fault = &self.fault;
        let matches = fault
            .method
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && fault.plane.is_none_or(|wanted| wanted == plane)
            && self
                .path
                .as_ref()
                .is_none_or(|wanted| wanted.is_match(path))
            && self
                .query
                .as_ref()
                .is_none_or(|wanted| wanted.is_match(query));
        if !matches {
            return false;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.matched += 1;
        let limit = fault.count.unwrap_or(1);
        if counts.matched <= fault.skip || (limit > 0 && counts.hits >= limit) {
            return false;
        }
        counts.hits += 1;
        true
    }
}

/// Counts a held request for as long as it lives, so that a dropped one is not counted for ever.
struct HeldRequest<'a>(&'a watch::Sender<u32>);

impl<'a> HeldRequest<'a> {
    fn new(held: &'a watch::Sender<u32>) -> Self {
        held.send_modify(|count| *count += 1);
        Self(held)
    }
}

impl Drop for HeldRequest<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

fn pattern(member: &'static str, text: Option<&str>) -> Result<Option<Regex>, FaultError> {
    text.map(|text| RegexBuilder::new(text).case_insensitive(true).build())
        .transpose()
        .map_err(|source| FaultError::Pattern {
            member,
            source: Box::new(source),
        })
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultError, Faults};
    use crate::log::Plane;

    #[test]
    fn skip_and_count_select_requests() {
        let faults = Faults::default();
        faults
            .add(Fault::on("PUT", "/skills/").skip(1).times(2))
            .unwrap();
        let hits: Vec<bool> = (0..5)
            .map(|_| faults.hit("PUT", "/x/Skills/a", "", Plane::Arm).is_some())
            .collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(faults.hit("GET", "/x/skills/a", "", Plane::Arm).is_none());
        let status = &faults.list()[0];
        assert_eq!((status.matched, status.hits), (5, 2));
    }

    #[test]
    fn the_earlier_fault_wins_and_a_later_one_follows() {
        let faults = Faults::default();
        let first = faults.add(Fault::on_path("x")).unwrap();
        let second = faults.add(Fault::on_path("x").forever()).unwrap();
        let ids: Vec<u64> = (0..3)
            .filter_map(|_| faults.hit("GET", "/x", "", Plane::Other))
            .map(|f| f.id())
            .collect();
        assert_eq!(ids, [first.id(), second.id(), second.id()]);
    }

    #[test]
    fn nonsense_is_refused() {
        let faults = Faults::default();
        assert!(matches!(
            faults.add(Fault::on_path("(")),
            Err(FaultError::Pattern { .. })
        ));
        assert!(matches!(
            faults.add(Fault::on_path("x").html(99, "")),
            Err(FaultError::Status(99))
        ));
    }

    #[tokio::test]
    async fn removing_a_fault_lets_go_what_it_holds() {
        let faults = Faults::default();
        let fault = faults.add(Fault::on_path("x").hold()).unwrap();
        let holding = {
            let fault = fault.clone();
            tokio::spawn(async move { fault.wait_for_release().await })
        };
        assert_eq!(fault.held().await, 1);
        assert!(faults.remove(fault.id()));
        holding.await.unwrap();
        assert_eq!(fault.status().held, 0);
    }
}
