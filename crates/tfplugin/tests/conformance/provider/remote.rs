//! The simulated service behind the provider.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tfplugin::Value;
use tokio::sync::watch;

/// Objects by id, and event counts by name.
#[derive(Default)]
pub(super) struct Remote {
    objects: Mutex<BTreeMap<String, Value>>,
    events: watch::Sender<BTreeMap<String, i64>>,
    made: AtomicU64,
}

impl Remote {
    pub(super) fn get(&self, id: &str) -> Option<Value> {
        self.objects().get(id).cloned()
    }

    pub(super) fn put(&self, id: &str, object: Value) {
        self.objects().insert(id.to_owned(), object);
    }

    pub(super) fn remove(&self, id: &str) -> Option<Value> {
        self.objects().remove(id)
    }

    /// Counts an event.
    pub(super) fn note(&self, event: &str) {
        self.events.send_modify(|events| {
            *events.entry(event.to_owned()).or_default() += 1;
        });
    }

    /// Waits until an event has happened so many times.
    pub(super) async fn happened(&self, event: &str, count: i64) {
        let enough = |events: &BTreeMap<String, i64>| {
            events.get(event).copied().unwrap_or_default() >= count
        };
        // The sender lives as long as this object.
        let _ = self.events.subscribe().wait_for(enough).await;
    }

    /// Returns how many times an event has happened so far.
    pub(super) fn count(&self, event: &str) -> i64 {
        self.events.borrow().get(event).copied().unwrap_or_default()
    }

    /// Returns a unique text.
    pub(super) fn next(&self, what: &str) -> String {
        format!("{what}-{}", self.made.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
