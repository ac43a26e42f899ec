//! Claims on objects that exist before they are managed, which two resources could otherwise both
//! manage.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The objects that this run has claimed, by id, each with a mark.
///
/// The private data of the resource contains the mark of its claim. When a resource is renamed, its
/// new address claims the object, and the old one lacks the mark and so must not empty the object.
#[derive(Debug, Default)]
pub struct Claims(Mutex<HashMap<String, u64>>);

impl Claims {
    /// Claims an object and returns the mark, or `None` if the object is already claimed.
    pub fn take(&self, id: &str) -> Option<u64> {
        self.with(|taken| match taken.entry(id.to_lowercase()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                Some(*free.insert(since.unwrap_or_default().as_micros() as u64))
            }
        })
    }

    /// Releases a claim.
    pub fn release(&self, id: &str) {
        self.with(|taken| taken.remove(&id.to_lowercase()));
    }

    /// Returns whether a resource with another mark has claimed the object in this run.
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
    fn object_has_one_owner_until_released() {
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
