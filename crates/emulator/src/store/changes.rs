//! Tracks which documents have changed since a revision.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// How many changed documents are tracked. Beyond that, everything counts as changed.
const CAPACITY: usize = 20_000;

/// The changes since the beginning.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    inner: Mutex<Inner>,
    revision: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The revision in which each document was last changed.
    keys: HashMap<String, u64>,
    /// The revision up to which details were dropped, so that anything may have changed.
    forgotten: u64,
}

/// What has changed since a revision.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Since {
    /// The current revision.
    pub(crate) revision: u64,
    /// The keys of the documents that were changed or removed, or `None` if any may have changed.
    pub(crate) keys: Option<Vec<String>>,
}

impl Changes {
    /// Returns a counter of the transactions that change something.
    pub(crate) fn revision(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Returns what has changed since this revision. Revision 0 is before the first change.
    pub(crate) fn since(&self, revision: u64) -> Since {
        let inner = self.lock();
        let keys = (revision > 0 && revision >= inner.forgotten).then(|| {
            let changed = inner
                .keys
                .iter()
                .filter(|(_, changed)| **changed > revision);
            changed.map(|(key, _)| key.clone()).collect()
        });
        Since {
            revision: *self.revision.borrow(),
            keys,
        }
    }

    /// Records what a transaction has changed.
    pub(super) fn note(&self, keys: Vec<String>) {
        let mut inner = self.lock();
        let revision = *self.revision.borrow() + 1;
        inner
            .keys
            .extend(keys.into_iter().map(|key| (key, revision)));
        if inner.keys.len() > CAPACITY {
            inner.keys.clear();
            inner.forgotten = revision;
        }
        self.revision.send_replace(revision);
    }

    /// Records that everything has changed.
    pub(super) fn note_all(&self) {
        let mut inner = self.lock();
        let revision = *self.revision.borrow() + 1;
        inner.keys.clear();
        inner.forgotten = revision;
        self.revision.send_replace(revision);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, Since};

    #[test]
    fn only_later_changes_are_returned() {
        let changes = Changes::default();
        changes.note(vec!["a".to_owned()]);
        changes.note(vec!["b".to_owned()]);
        let keys = |revision| changes.since(revision).keys;
        assert_eq!(keys(0), None);
        assert_eq!(keys(1), Some(vec!["b".to_owned()]));
        assert_eq!(keys(2), Some(vec![]));
        changes.note_all();
        assert_eq!(
            changes.since(2),
            Since {
                revision: 3,
                keys: None
            }
        );
        assert_eq!(keys(3), Some(vec![]));
    }
}
