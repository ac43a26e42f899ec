//! Collections that are listed once for many concurrent readers.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use azure::Budget;
use tokio::sync::OnceCell;

use super::{StoreError, Stored};
use crate::kind::EnvelopeError;

/// The number of concurrent readers from which listing a collection is worthwhile if objects can
/// also be read one by one. A read of one object should not transfer thousands.
pub const WORTHWHILE: usize = 3;

/// The collections of a run, by name.
#[derive(Debug, Default)]
pub struct Listings(Mutex<HashMap<String, Arc<Listing>>>);

/// A collection and its cached lists.
#[derive(Debug, Default)]
pub struct Listing {
    readers: AtomicUsize,
    /// The objects of one list, until the next write. Each object is taken at most once.
    once: Mutex<Arc<OnceCell<Option<Items>>>>,
    /// The number of lists that have begun.
    begun: AtomicU64,
    /// The last completed list, with its number.
    last: tokio::sync::Mutex<Option<(u64, Arc<Vec<Stored>>)>>,
    /// The objects that the last list left out because their bodies are not valid, by key, with
    /// the reason.
    odd: Mutex<BTreeMap<String, EnvelopeError>>,
}

type Items = Mutex<HashMap<String, Stored>>;

/// A reader, which counts until it is dropped.
#[derive(Debug)]
pub struct Reader<'a>(&'a Listing);

impl Listings {
    /// Returns the collection with a name.
    pub fn of(&self, name: &str) -> Arc<Listing> {
        let mut listings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(listings.entry(name.to_lowercase()).or_default())
    }
}

impl Listing {
    /// Returns the objects that the last list left out because their bodies are not valid, by key,
    /// with the reason.
    pub fn odd(&self) -> BTreeMap<String, EnvelopeError> {
        self.odd
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sets the objects that a list left out.
    pub fn set_odd(&self, odd: BTreeMap<String, EnvelopeError>) {
        *self.odd.lock().unwrap_or_else(PoisonError::into_inner) = odd;
    }

    /// Counts a reader of one object.
    pub fn reader(&self) -> Reader<'_> {
        self.readers.fetch_add(1, Ordering::Relaxed);
        Reader(self)
    }

    /// Takes an object from a list that is shared by readers, if there are at least `readers` of
    /// them. Returns `None` if there are fewer, if the list fails or is empty, or if it does
    /// not contain the object.
    pub async fn take<F>(
        &self,
        key: &str,
        readers: usize,
        list: impl FnOnce() -> F,
    ) -> Option<Stored>
    where
        F: Future<Output = Result<Vec<Stored>, StoreError>>,
    {
        let once = Arc::clone(&self.once.lock().unwrap_or_else(PoisonError::into_inner));
        if !once.initialized() && self.readers.load(Ordering::Relaxed) < readers {
            return None;
        }
        // One reader lists for all of them. If it is interrupted, the next one does.
        let listed = once.get_or_init(|| async {
            let found = list().await.ok().filter(|found| !found.is_empty())?;
            let items = found.into_iter().map(|stored| (stored.key.clone(), stored));
            Some(Mutex::new(items.collect()))
        });
        let items = listed.await.as_ref()?;
        let mut items = items.lock().unwrap_or_else(PoisonError::into_inner);
        items.remove(key)
    }

    /// Discards the shared list, because of a write.
    pub fn forget(&self) {
        *self.once.lock().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    /// Returns a list that begins after the call. All callers that wait for it share it.
    ///
    /// # Errors
    /// Returns an error if the list fails, or if the budget ends first.
    pub async fn since<F>(
        &self,
        budget: &Budget,
        list: impl FnOnce() -> F,
    ) -> Result<Arc<Vec<Stored>>, StoreError>
    where
        F: Future<Output = Result<Vec<Stored>, StoreError>>,
    {
        let before = self.begun.load(Ordering::Acquire);
        let mut last = budget
            .run(self.last.lock())
            .await
            .map_err(azure::Error::from)?;
        if let Some((number, found)) = &*last
            && *number > before
        {
            return Ok(Arc::clone(found));
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let found = Arc::new(list().await?);
        *last = Some((number, Arc::clone(&found)));
        Ok(found)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.readers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::join_all;
    use serde_json::json;
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn objects(keys: &[&str]) -> Vec<Stored> {
        let stored = |key: &&str| Stored {
            key: (*key).to_owned(),
            document: json!({ "key": key }),
            etag: None,
        };
        keys.iter().map(stored).collect()
    }

    /// A service whose lists take one second and return these keys.
    struct Service {
        keys: &'static [&'static str],
        lists: AtomicUsize,
    }

    impl Service {
        const fn new(keys: &'static [&'static str]) -> Self {
            Self {
                keys,
                lists: AtomicUsize::new(0),
            }
        }

        async fn list(&self) -> Result<Vec<Stored>, StoreError> {
            self.lists.fetch_add(1, Ordering::Relaxed);
            sleep(SECOND).await;
            Ok(objects(self.keys))
        }

        fn lists(&self) -> usize {
            self.lists.load(Ordering::Relaxed)
        }
    }

    async fn take(listing: &Listing, service: &Service, key: &str) -> Option<String> {
        let _reader = listing.reader();
        let found = listing.take(key, WORTHWHILE, || service.list()).await;
        if found.is_none() {
            // The reader falls back to a read of its own.
            sleep(SECOND).await;
        }
        Some(found?.key)
    }

    #[tokio::test(start_paused = true)]
    async fn many_readers_share_a_list_and_few_read_alone() {
        let (listing, service) = (Listing::default(), Service::new(&["a", "b", "c"]));
        let few = join_all(["a", "b"].map(|key| take(&listing, &service, key))).await;
        assert_eq!((few, service.lists()), (vec![None, None], 0));
        let keys = ["a", "b", "c", "d"];
        let found = join_all(keys.map(|key| take(&listing, &service, key))).await;
        let found: Vec<_> = found.into_iter().flatten().collect();
        // The first readers came before a list was worthwhile.
        assert_eq!(
            (found.as_slice(), service.lists()),
            (&["c".to_owned()][..], 1)
        );
        assert_eq!(take(&listing, &service, "a").await.as_deref(), Some("a"));
        assert_eq!(take(&listing, &service, "a").await, None);
        assert_eq!(service.lists(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn write_discards_the_list() {
        let (listing, service) = (Listing::default(), Service::new(&["a"]));
        let readers = [listing.reader(), listing.reader(), listing.reader()];
        assert!(take(&listing, &service, "a").await.is_some());
        listing.forget();
        assert!(take(&listing, &service, "a").await.is_some());
        assert_eq!(service.lists(), 2);
        drop(readers);
    }

    #[tokio::test(start_paused = true)]
    async fn empty_list_is_requested_once() {
        let (listing, service) = (Listing::default(), Service::new(&[]));
        let _readers = [listing.reader(), listing.reader()];
        for _ in 0..3 {
            assert_eq!(take(&listing, &service, "a").await, None);
        }
        assert_eq!(service.lists(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn next_reader_lists_after_an_interrupt() {
        let (listing, service) = (Listing::default(), Service::new(&["a"]));
        let _readers = [listing.reader(), listing.reader()];
        let first = take(&listing, &service, "a");
        assert!(tokio::time::timeout(SECOND / 2, first).await.is_err());
        assert!(take(&listing, &service, "a").await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn list_begins_after_its_callers() {
        let (listing, service) = (Listing::default(), Service::new(&["a"]));
        let budget = Budget::detached(60 * SECOND);
        let first = listing.since(&budget, || service.list());
        // These callers come during the first list, which may not show the effects of their writes.
        let later = async {
            sleep(SECOND / 2).await;
            let wait = || listing.since(&budget, || service.list());
            join_all((0..5).map(|_| wait())).await
        };
        let (first, later) = tokio::join!(first, later);
        assert!(first.is_ok() && later.iter().all(Result::is_ok));
        assert_eq!(service.lists(), 2);
    }
}
