//! One writer at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use azure::Budget;

/// Locks by name. A name that nobody holds is forgotten.
#[derive(Debug, Default)]
pub struct Locks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct Held {
    _guard: tokio::sync::OwnedMutexGuard<()>,
}

impl Locks {
    /// Waits for a lock.
    ///
    /// # Errors
    /// When the budget ends before.
    pub async fn hold(&self, name: &str, budget: &Budget) -> Result<Held, azure::Error> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(locks.entry(name.to_lowercase()).or_default())
        };
        let guard = budget.run(lock.lock_owned()).await?;
        Ok(Held { _guard: guard })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn budget() -> Budget {
        Budget::detached(Duration::from_secs(60))
    }

    #[tokio::test]
    async fn one_holds_a_lock_at_a_time() {
        let locks = Locks::default();
        let first = locks.hold("/agents/A", &budget()).await.unwrap();
        let short = Budget::detached(Duration::from_millis(20));
        assert!(locks.hold("/agents/a", &short).await.is_err());
        assert!(locks.hold("/agents/b", &budget()).await.is_ok());
        drop(first);
        assert!(locks.hold("/agents/a", &budget()).await.is_ok());
    }

    #[tokio::test]
    async fn locks_that_nobody_holds_are_forgotten() {
        let locks = Locks::default();
        for n in 0..10 {
            drop(locks.hold(&n.to_string(), &budget()).await.unwrap());
        }
        assert!(locks.0.lock().unwrap().len() <= 2);
    }
}
