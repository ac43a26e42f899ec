//! Objects that were written without some of the names that they refer to, and the objects that
//! were created since.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::stores::Target;

/// The names that must still be added to objects, and the objects that this run has created.
#[derive(Debug, Default)]
pub struct Siblings {
    owners: Mutex<Vec<Owner>>,
    /// The collections and keys of created objects, which lists may not contain yet.
    arrived: Mutex<BTreeSet<(String, String)>>,
    /// The number of writers to each collection.
    writers: Mutex<HashMap<String, usize>>,
    /// Notifies waiters whenever a writer begins or a name is added.
    changed: Notify,
}

/// An object that was written without some of its names.
#[derive(Clone)]
pub struct Owner {
    /// The collection of the object.
    pub collection: String,
    /// The location of the object.
    pub target: Target,
    /// The document with all names. It is not read again, because reads may be stale.
    pub whole: Json,
    /// The names that are still missing.
    pub missing: BTreeSet<String>,
    /// Whether the user was warned about the missing names.
    pub told: bool,
}

impl Siblings {
    /// Records an owner, and replaces the last record of the same object.
    pub fn note(&self, owner: Owner) {
        self.with(|owners| {
            owners.retain(|known| !known.is(&owner.collection, &owner.target.key));
            owners.push(owner);
        });
    }

    /// Returns the record of an object.
    pub fn noted(&self, collection: &str, key: &str) -> Option<Owner> {
        self.with(|owners| {
            let mut owners = owners.iter();
            owners.find(|owner| owner.is(collection, key)).cloned()
        })
    }

    /// Removes the record of an object.
    pub fn forget(&self, collection: &str, key: &str) {
        self.with(|owners| owners.retain(|owner| !owner.is(collection, key)));
    }

    /// Records that a name was added to an object, and notifies waiters.
    pub fn added(&self, collection: &str, key: &str, name: &str) {
        self.with(|owners| {
            let mut owners = owners.iter_mut();
            if let Some(owner) = owners.find(|owner| owner.is(collection, key)) {
                owner.missing.remove(name);
            }
        });
        self.changed.notify_waiters();
    }

    /// Records the start of a writer to a collection.
    pub fn begin(&self, collection: &str) {
        self.with_writers(|writers| *writers.entry(collection.to_owned()).or_default() += 1);
        self.changed.notify_waiters();
    }

    /// Records the end of a writer to a collection. Returns whether it was the last one.
    pub fn end(&self, collection: &str) -> bool {
        self.with_writers(|writers| {
            let count = writers.entry(collection.to_owned()).or_default();
            *count = count.saturating_sub(1);
            *count == 0
        })
    }

    /// Waits until all names were added to the objects of a collection, or until another writer
    /// begins, which then takes over the wait.
    pub async fn settled(&self, collection: &str) {
        loop {
            let changed = self.changed.notified();
            if self.is_written(collection) || !self.is_lacking(collection) {
                return;
            }
            changed.await;
        }
    }

    /// Returns whether there are writers to a collection.
    pub fn is_written(&self, collection: &str) -> bool {
        self.with_writers(|writers| writers.get(collection) > Some(&0))
    }

    /// Returns the objects of a collection with missing names. Each is returned only once.
    pub fn take_unreported(&self, collection: &str) -> Vec<Owner> {
        self.with(|owners| {
            let mut lacking = Vec::new();
            for owner in owners
                .iter_mut()
                .filter(|owner| owner.is_unreported(collection))
            {
                owner.told = true;
                lacking.push(owner.clone());
            }
            lacking
        })
    }

    fn is_lacking(&self, collection: &str) -> bool {
        self.with(|owners| owners.iter().any(|owner| owner.is_unreported(collection)))
    }

    /// Records a created object, and returns the objects that lack its name.
    pub fn arrived(&self, collection: &str, key: &str) -> Vec<Owner> {
        // This precedes the search, so that an owner that is recorded later finds this object.
        self.with_arrived(|arrived| arrived.insert((collection.to_owned(), key.to_owned())));
        self.with(|owners| {
            let lacks =
                |owner: &&Owner| owner.collection == collection && owner.missing.contains(key);
            owners.iter().filter(lacks).cloned().collect()
        })
    }

    /// Removes a created object from the record.
    pub fn departed(&self, collection: &str, key: &str) {
        let pair = (collection.to_owned(), key.to_owned());
        self.with_arrived(|arrived| arrived.remove(&pair));
    }

    /// Returns whether an object was created in this run.
    pub fn has_arrived(&self, collection: &str, key: &str) -> bool {
        let pair = (collection.to_owned(), key.to_owned());
        self.with_arrived(|arrived| arrived.contains(&pair))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Owner>) -> T) -> T {
        work(&mut self.owners.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_writers<T>(&self, work: impl FnOnce(&mut HashMap<String, usize>) -> T) -> T {
        work(&mut self.writers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_arrived<T>(&self, work: impl FnOnce(&mut BTreeSet<(String, String)>) -> T) -> T {
        work(&mut self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Owner {
    fn is_unreported(&self, collection: &str) -> bool {
        self.collection == collection && !self.told && !self.missing.is_empty()
    }

    fn is(&self, collection: &str, key: &str) -> bool {
        self.collection == collection && self.target.key == key
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lacks {:?}", self.target.key, self.missing)
    }
}

#[cfg(test)]
mod tests {
    use azure::id::AgentId;

    use super::*;
    use crate::kind::Plane;

    fn owner(key: &str, missing: &[&str]) -> Owner {
        Owner {
            collection: "subagents".to_owned(),
            target: Target {
                agent: AgentId::new("sub", "rg", "agent").unwrap(),
                plane: Plane::Arm,
                key: key.to_owned(),
            },
            whole: Json::Null,
            missing: missing.iter().map(|&name| name.to_owned()).collect(),
            told: false,
        }
    }

    #[test]
    fn created_object_finds_owners_that_lack_its_name() {
        let siblings = Siblings::default();
        siblings.note(owner("one", &["two", "three"]));
        siblings.note(owner("four", &["five"]));
        let lacking = siblings.arrived("subagents", "two");
        assert_eq!(lacking.len(), 1);
        assert_eq!(lacking[0].target.key, "one");
        assert!(siblings.has_arrived("subagents", "two"));
        assert!(siblings.arrived("skills", "three").is_empty());
        siblings.added("subagents", "one", "two");
        let noted = siblings.noted("subagents", "one").unwrap();
        assert_eq!(noted.missing, BTreeSet::from(["three".to_owned()]));
        siblings.forget("subagents", "one");
        assert!(siblings.noted("subagents", "one").is_none());
        siblings.departed("subagents", "two");
        assert!(!siblings.has_arrived("subagents", "two"));
    }

    #[test]
    fn last_record_of_an_object_counts() {
        let siblings = Siblings::default();
        siblings.note(owner("one", &["two", "three"]));
        siblings.note(owner("one", &["three"]));
        assert!(siblings.arrived("subagents", "two").is_empty());
        assert_eq!(siblings.arrived("subagents", "three").len(), 1);
    }

    #[tokio::test]
    async fn last_writer_waits_for_names_or_another_writer() {
        let siblings = Siblings::default();
        siblings.note(owner("one", &["two"]));
        siblings.begin("subagents");
        siblings.begin("subagents");
        assert!(!siblings.end("subagents"));
        assert!(siblings.end("subagents"));
        let added = async { siblings.added("subagents", "one", "two") };
        tokio::join!(siblings.settled("subagents"), added);
        assert!(siblings.take_unreported("subagents").is_empty());

        siblings.note(owner("one", &["three"]));
        let begun = async { siblings.begin("subagents") };
        tokio::join!(siblings.settled("subagents"), begun);
        assert!(siblings.is_written("subagents"));
        assert_eq!(siblings.take_unreported("subagents").len(), 1);
        assert!(siblings.take_unreported("subagents").is_empty());
    }
}
