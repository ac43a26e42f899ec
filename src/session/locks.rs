//! One writer at a time, or many that share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use azure::Budget;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Locks by name. A name that nobody holds is forgotten, unless it is known to be contended.
#[derive(Debug, Default)]
pub struct Locks(Mutex<HashMap<String, Arc<Lock>>>);

/// A lock. Who waits longest comes first.
#[derive(Debug, Default)]
pub struct Lock {
    lock: Arc<RwLock<()>>,
    is_contended: AtomicBool,
}

/// A lock that is held until this is dropped.
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
    /// The lock of a name.
    pub fn of(&self, name: &str) -> Arc<Lock> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|_, lock| lock.is_used());
        Arc::clone(locks.entry(name.to_lowercase()).or_default())
    }

    /// Waits for a lock.
    ///
    /// # Errors
    /// When the budget ends before.
    pub async fn hold(&self, name: &str, budget: &Budget) -> Result<Held, azure::Error> {
        self.of(name).hold(budget).await
    }
}

impl Lock {
    /// Waits until nobody else holds it.
    ///
    /// # Errors
    /// When the budget ends before.
    pub async fn hold(&self, budget: &Budget) -> Result<Held, azure::Error> {
        let guard = budget.run(Arc::clone(&self.lock).write_owned()).await?;
        Ok(Held {
            _guard: Guard::Alone { _guard: guard },
        })
    }

    /// Waits until nobody holds it who does not share it.
    ///
    /// # Errors
    /// When the budget ends before.
    pub async fn share(&self, budget: &Budget) -> Result<Held, azure::Error> {
        let guard = budget.run(Arc::clone(&self.lock).read_owned()).await?;
        Ok(Held {
            _guard: Guard::Shared { _guard: guard },
        })
    }

    /// Whether it turned out that what shares it is in each other's way.
    pub fn is_contended(&self) -> bool {
        self.is_contended.load(Ordering::Relaxed)
    }

    /// Notes that it did.
    pub fn set_contended(&self) {
        self.is_contended.store(true, Ordering::Relaxed);
    }

    /// Whether anybody holds it or waits for it, or something is known of it.
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
    async fn one_holds_a_lock_at_a_time() {
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
    async fn many_share_a_lock_until_one_wants_it_alone() {
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
    async fn locks_that_nobody_holds_are_forgotten_unless_something_is_known_of_them() {
        let locks = Locks::default();
        locks.of("known").set_contended();
        for n in 0..10 {
            drop(locks.hold(&n.to_string(), &budget()).await.unwrap());
        }
        assert!(locks.0.lock().unwrap().len() <= 3);
        assert!(locks.of("Known").is_contended());
    }
}
