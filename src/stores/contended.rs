//! Writes that some builds of the service run concurrently, and others one at a time per agent.
//!
//! Writes start out concurrent. Once the service has refused one because another is running, they
//! queue for the lock of the agent, which is fairer and faster than independent retries.

use std::sync::Arc;

use async_trait::async_trait;
use azure::Budget;
use serde_json::Value as Json;
use tokio::time::Instant;

use super::{Call, Change, Reached, Store, StoreError, Stored, WriteFailure};
use crate::session::locks::{Held, Lock};

/// A store whose writes may conflict with each other.
pub(super) struct Contended<'a> {
    pub(super) inner: Box<dyn Store + 'a>,
    /// The lock of the agent.
    pub(super) lock: Arc<Lock>,
}

/// The permission to send a write once. Holds the lock until it is dropped.
struct Turn {
    is_alone: bool,
    budget: Budget,
    _held: Held,
}

impl Contended<'_> {
    /// Waits until a write may be sent: concurrently with others, or alone after a conflict. The
    /// time that it waits does not count against the time limit of the write.
    async fn turn(&self, call: Call<'_>) -> Result<Turn, StoreError> {
        let start = Instant::now();
        let unlimited = call.budget.without_deadline();
        let is_alone = self.lock.is_contended();
        let held = match is_alone {
            true => self.lock.hold(&unlimited).await,
            false => self.lock.share(&unlimited).await,
        };
        Ok(Turn {
            is_alone,
            budget: call.budget.longer_by(start.elapsed()),
            _held: held?,
        })
    }

    /// Returns whether a write must be sent again, because the service refused it for another one.
    /// From then on, each write is sent alone.
    fn must_repeat(&self, turn: &Turn, error: &StoreError) -> bool {
        let is_conflict = matches!(error, StoreError::Azure(error)
            if error.is_busy() && !error.may_have_been_applied());
        let must_repeat = is_conflict && !turn.is_alone;
        if must_repeat {
            self.lock.set_contended();
        }
        must_repeat
    }

    /// Like [`Contended::must_repeat`], for writes that may have had an effect.
    fn must_repeat_write(&self, turn: &Turn, failure: &WriteFailure) -> bool {
        failure.reached == Reached::Nothing && self.must_repeat(turn, &failure.error)
    }
}

impl Turn {
    fn call<'a>(&'a self, call: Call<'a>) -> Call<'a> {
        Call {
            budget: &self.budget,
            conflicts_are_final: !self.is_alone,
            ..call
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for Contended<'_> {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        self.inner.read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError> {
        self.inner.conflicting(call, name).await
    }

    async fn list(
        &self,
        call: Call<'_>,
        query: &[(&str, &str)],
    ) -> Result<Vec<Stored>, StoreError> {
        self.inner.list(call, query).await
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        loop {
            let turn = self.turn(call).await.map_err(WriteFailure::nothing)?;
            let created = self
                .inner
                .create(turn.call(call), name, document.clone())
                .await;
            match created {
                Err(failure) if self.must_repeat_write(&turn, &failure) => {}
                created => return created,
            }
        }
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        loop {
            let turn = self.turn(call).await.map_err(WriteFailure::nothing)?;
            match self.inner.update(turn.call(call), change.clone()).await {
                Err(failure) if self.must_repeat_write(&turn, &failure) => {}
                updated => return updated,
            }
        }
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        loop {
            let turn = self.turn(call).await?;
            match self.inner.delete(turn.call(call)).await {
                Err(error) if self.must_repeat(&turn, &error) => {}
                deleted => return deleted,
            }
        }
    }

    async fn act(&self, call: Call<'_>, action: &str) -> Result<(), StoreError> {
        loop {
            let turn = self.turn(call).await?;
            match self.inner.act(turn.call(call), action).await {
                Err(error) if self.must_repeat(&turn, &error) => {}
                acted => return acted,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures::future::join_all;
    use serde_json::json;

    use super::super::testing::{Bench, Reply};
    use super::*;

    /// A service whose writes take eight seconds. It accepts a limited number at a time.
    struct Service {
        running: AtomicUsize,
        at_a_time: usize,
        refused: AtomicUsize,
    }

    #[async_trait]
    impl Store for Arc<Service> {
        async fn read(&self, _: Call<'_>) -> Result<Option<Stored>, StoreError> {
            Ok(None)
        }

        async fn conflicting(&self, _: Call<'_>, _: &str) -> Result<Vec<Stored>, StoreError> {
            Ok(Vec::new())
        }

        async fn create(
            &self,
            call: Call<'_>,
            name: &str,
            document: Json,
        ) -> Result<Stored, WriteFailure> {
            if self.running.fetch_add(1, Ordering::SeqCst) >= self.at_a_time {
                self.running.fetch_sub(1, Ordering::SeqCst);
                self.refused.fetch_add(1, Ordering::SeqCst);
                assert!(call.conflicts_are_final, "it is alone and refused");
                let busy = json!({ "error": { "code": "OperationConflict", "message": "busy" } });
                let bench =
                    Bench::new("skill", Plane::Arm, move |_| Reply::Json(409, busy.clone()));
                let call = Call {
                    conflicts_are_final: true,
                    ..bench.call()
                };
                let error = super::super::requests::send(call, azure::Request::put("/x")).await;
                return Err(WriteFailure::of(error.unwrap_err(), name));
            }
            let installed = call.budget.sleep(Duration::from_secs(8)).await;
            self.running.fetch_sub(1, Ordering::SeqCst);
            installed.map_err(|ended| WriteFailure::nothing(azure::Error::from(ended)))?;
            Ok(Stored {
                key: name.to_owned(),
                document,
                etag: None,
            })
        }

        async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
            self.create(call, &change.name, change.desired).await
        }

        async fn delete(&self, _: Call<'_>) -> Result<(), StoreError> {
            Ok(())
        }
    }

    use crate::kind::Plane;

    /// Returns how long four writes take, and how many were refused.
    async fn four(at_a_time: usize) -> (u64, usize) {
        let service = Arc::new(Service {
            running: AtomicUsize::new(0),
            at_a_time,
            refused: AtomicUsize::new(0),
        });
        let lock = Arc::new(Lock::default());
        let bench = Bench::new("skill", Plane::Arm, |_| Reply::Broken);
        let start = Instant::now();
        let written = (0..4).map(|n| {
            let store = Contended {
                inner: Box::new(Arc::clone(&service)),
                lock: Arc::clone(&lock),
            };
            let (bench, name) = (&bench, format!("c{n}"));
            // The time limit of each write only covers its own duration.
            async move {
                let budget = azure::Budget::detached(Duration::from_secs(9));
                let call = Call {
                    budget: &budget,
                    ..bench.call()
                };
                store
                    .create(call, &name, json!({}))
                    .await
                    .map(|stored| stored.key)
            }
        });
        let written = join_all(written).await;
        assert!(written.iter().all(Result::is_ok), "{written:?}");
        (
            start.elapsed().as_secs(),
            service.refused.load(Ordering::SeqCst),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn writes_run_concurrently_if_the_service_allows_it() {
        assert_eq!(four(4).await, (8, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn writes_are_serialized_after_a_conflict() {
        let (seconds, refused) = four(1).await;
        assert_eq!(seconds, 32);
        assert!(refused <= 3, "{refused}");
    }
}
