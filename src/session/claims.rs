//! Objects that are there before anybody manages them, so that two resources could have the same one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The objects that this run has taken, by id, each with a mark.
///
/// The mark is in the private data of the resource that took it. When a resource is renamed its
/// new self takes the object over, and the old one, which lacks the mark, must not empty it.
#[derive(Debug, Default)]
pub struct Claims(Mutex<HashMap<String, u64>>);

impl Claims {
    /// Takes one, and gives the mark. None if it is taken already.
    pub fn take(&self, id: &str) -> Option<u64> {
        self.with(|taken| match taken.entry(id.to_lowercase()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                Some(*free.insert(since.unwrap_or_default().as_micros() as u64))
            }
        })
    }

    /// Gives one back.
    pub fn release(&self, id: &str) {
        self.with(|taken| taken.remove(&id.to_lowercase()));
    }

    /// Whether a resource other than that with this mark has taken it in this run.
    pub fn is_taken_by_another(&self, id: &str, mark: Option<u64>) -> bool {
        let taken_as = self.with(|taken| taken.get(&id.to_lowercase()).copied());
        taken_as.is_some() && taken_as != mark
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, u64>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_one_owner_until_it_is_given_back() {
        let claims = Claims::default();
        let mark = claims.take("/agents/A");
        assert!(mark.is_some());
        assert_eq!(claims.take("/agents/a"), None);
        assert!(!claims.is_taken_by_another("/agents/a", mark));
        assert!(claims.is_taken_by_another("/agents/a", None));
        claims.release("/agents/a");
        assert!(!claims.is_taken_by_another("/agents/a", None));
        assert!(claims.take("/agents/a").is_some());
    }
}
