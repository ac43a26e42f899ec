//! The active faults.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use regex::{Regex, RegexBuilder};
use tokio::sync::watch;

use super::{Fault, FaultError, FaultStatus};
use crate::log::Plane;

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

/// A fault, and what it did so far.
#[derive(Debug)]
pub(crate) struct ActiveFault {
    id: u64,
    pub(crate) fault: Fault,
    path: Option<Regex>,
    query: Option<Regex>,
    counts: Mutex<Counts>,
    held: watch::Sender<u32>,
    /// How many times it was released, or `u64::MAX` if it was removed and no longer holds
    /// requests.
    released: watch::Sender<u64>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    matched: u32,
    hits: u32,
}

impl Faults {
    /// Adds a fault. If two faults match a request, the earlier one hits.
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

    /// Returns the fault that hits a request, if any.
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

    /// Removes a fault, and releases the requests that it holds. Returns `false` if there is none.
    pub(crate) fn remove(&self, id: u64) -> bool {
        let removed = self.lock().faults.remove(&id);
        removed.is_some_and(|fault| {
            fault.released.send_replace(u64::MAX);
            true
        })
    }

    /// Removes all faults, and releases the requests that they hold.
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

    /// Releases the requests that are held now.
    pub(crate) fn release(&self) {
        self.released
            .send_modify(|count| *count = count.saturating_add(1));
    }

    /// Waits until at least one request is held, and returns the number of held requests.
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
        // An error means that the sender is gone, which is impossible while `self` is borrowed.
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

/// Counts a held request for as long as it lives, so that a dropped one is no longer counted.
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
    fn earlier_fault_wins_and_a_later_one_follows() {
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
    fn invalid_faults_are_refused() {
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
    async fn removing_a_fault_releases_its_requests() {
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
