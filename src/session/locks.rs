//! Locks that are held by one writer, or shared by many.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use azure::Budget;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Locks by name. A lock is dropped when nobody holds it, unless it is contended.
#[derive(Debug, Default)]
pub struct Locks(Mutex<HashMap<String, Arc<Lock>>>);

/// A fair lock: waiters acquire it in order.
#[derive(Debug, Default)]
pub struct Lock {
    lock: Arc<RwLock<()>>,
    is_contended: AtomicBool,
}

/// A lock that is held until this value is dropped.
#[derive(Debug)]
pub struct Held {
    _guard: Guard,
}

#[derive(Debug)]
enum Guard {
    Alone { _guard: OwnedRwLockWriteGuard<()> },
    Shared { _guard: OwnedRwLockReadGuard<()> },
}

impl Locks {
    /// Returns the lock with a name.
    pub fn of(&self, name: &str) -> Arc<Lock> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|_, lock| lock.is_used());
        Arc::clone(locks.entry(name.to_lowercase()).or_default())
    }

    /// Acquires a lock by name.
    ///
    /// # Errors
    /// Returns an error if the budget ends first.
    pub async fn hold(&self, name: &str, budget: &Budget) -> Result<Held, azure::Error> {
        self.of(name).hold(budget).await
    }
}

impl Lock {
    /// Acquires the lock exclusively.
    ///
    /// # Errors
    /// Returns an error if the budget ends first.
    pub async fn hold(&self, budget: &Budget) -> Result<Held, azure::Error> {
        let guard = budget.run(Arc::clone(&self.lock).write_owned()).await?;
        Ok(Held {
            _guard: Guard::Alone { _guard: guard },
        })
    }

    /// Acquires the lock together with others that share it.
    ///
    /// # Errors
    /// Returns an error if the budget ends first.
    pub async fn share(&self, budget: &Budget) -> Result<Held, azure::Error> {
        let guard = budget.run(Arc::clone(&self.lock).read_owned()).await?;
        Ok(Held {
            _guard: Guard::Shared { _guard: guard },
        })
    }

    /// Returns whether shared holders have conflicted.
    pub fn is_contended(&self) -> bool {
        self.is_contended.load(Ordering::Relaxed)
    }

    /// Records that shared holders have conflicted.
    pub fn set_contended(&self) {
        self.is_contended.store(true, Ordering::Relaxed);
    }

    /// Returns whether the lock must be kept, because it is held, waited for, or contended.
    fn is_used(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1 || Arc::strong_count(&self.lock) > 1 || self.is_contended()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn budget() -> Budget {
        Budget::detached(Duration::from_secs(60))
    }

    #[tokio::test(start_paused = true)]
    async fn lock_is_exclusive() {
        let locks = Locks::default();
        let first = locks.hold("/agents/A", &budget()).await.unwrap();
        let short = Budget::detached(Duration::from_millis(20));
        assert!(locks.hold("/agents/a", &short).await.is_err());
        assert!(locks.of("/agents/a").share(&short).await.is_err());
        assert!(locks.hold("/agents/b", &budget()).await.is_ok());
        drop(first);
        assert!(locks.hold("/agents/a", &budget()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn lock_is_shared_until_one_holder_wants_it_exclusively() {
        let locks = Locks::default();
        let lock = locks.of("/agents/a");
        let one = lock.share(&budget()).await.unwrap();
        let two = lock.share(&budget()).await.unwrap();
        let short = || Budget::detached(Duration::from_millis(20));
        assert!(locks.hold("/agents/A", &short()).await.is_err());
        drop((one, two));
        assert!(locks.hold("/agents/A", &short()).await.is_ok());
    }

    #[tokio::test]
    async fn unused_locks_are_dropped_unless_contended() {
        let locks = Locks::default();
        locks.of("known").set_contended();
        for n in 0..10 {
            drop(locks.hold(&n.to_string(), &budget()).await.unwrap());
        }
        assert!(locks.0.lock().unwrap().len() <= 3);
        assert!(locks.of("Known").is_contended());
    }
}
