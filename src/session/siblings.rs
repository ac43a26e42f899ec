//! Objects that were written without some of the names that they should hold, and who came since.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::stores::Target;

/// What is still to be added to which objects, and what this run has created.
#[derive(Debug, Default)]
pub struct Siblings {
    owners: Mutex<Vec<Owner>>,
    /// The collections and keys of objects that came, which lists may not show yet.
    arrived: Mutex<BTreeSet<(String, String)>>,
    /// How many write to a collection.
    writers: Mutex<HashMap<String, usize>>,
    /// Told whenever one begins, or a name was added.
    changed: Notify,
}

/// An object that was written without some of the names that it should hold.
#[derive(Clone)]
pub struct Owner {
    /// The collection that it is in.
    pub collection: String,
    /// Where it is.
    pub target: Target,
    /// The document with all names. It is not read again: reads may be late.
    pub whole: Json,
    /// The names that it lacks.
    pub missing: BTreeSet<String>,
    /// Whether the user was told of those.
    pub told: bool,
}

impl Siblings {
    /// Notes an owner in place of what was noted of the same object.
    pub fn note(&self, owner: Owner) {
        self.with(|owners| {
            owners.retain(|known| !known.is(&owner.collection, &owner.target.key));
            owners.push(owner);
        });
    }

    /// What is noted of an object.
    pub fn noted(&self, collection: &str, key: &str) -> Option<Owner> {
        self.with(|owners| {
            let mut owners = owners.iter();
            owners.find(|owner| owner.is(collection, key)).cloned()
        })
    }

    /// Forgets what is noted of an object.
    pub fn forget(&self, collection: &str, key: &str) {
        self.with(|owners| owners.retain(|owner| !owner.is(collection, key)));
    }

    /// Notes that a name was added to an object, and tells whoever waits for it.
    pub fn added(&self, collection: &str, key: &str, name: &str) {
        self.with(|owners| {
            let mut owners = owners.iter_mut();
            if let Some(owner) = owners.find(|owner| owner.is(collection, key)) {
                owner.missing.remove(name);
            }
        });
        self.changed.notify_waiters();
    }

    /// Notes that one more writes to a collection.
    pub fn begin(&self, collection: &str) {
        self.with_writers(|writers| *writers.entry(collection.to_owned()).or_default() += 1);
        self.changed.notify_waiters();
    }

    /// Notes that one fewer writes to a collection. Gives whether that was the last.
    pub fn end(&self, collection: &str) -> bool {
        self.with_writers(|writers| {
            let count = writers.entry(collection.to_owned()).or_default();
            *count = count.saturating_sub(1);
            *count == 0
        })
    }

    /// Waits until all names were added to the objects of a collection, or somebody else writes to it, who
    /// is to find out then.
    pub async fn settled(&self, collection: &str) {
        loop {
            let changed = self.changed.notified();
            if self.is_written(collection) || !self.is_lacking(collection) {
                return;
            }
            changed.await;
        }
    }

    /// Whether anybody writes to a collection.
    pub fn is_written(&self, collection: &str) -> bool {
        self.with_writers(|writers| writers.get(collection) > Some(&0))
    }

    /// The objects of a collection that still lack names, each once.
    pub fn to_tell(&self, collection: &str) -> Vec<Owner> {
        self.with(|owners| {
            let mut lacking = Vec::new();
            for owner in owners
                .iter_mut()
                .filter(|owner| owner.is_to_tell(collection))
            {
                owner.told = true;
                lacking.push(owner.clone());
            }
            lacking
        })
    }

    fn is_lacking(&self, collection: &str) -> bool {
        self.with(|owners| owners.iter().any(|owner| owner.is_to_tell(collection)))
    }

    /// Notes that an object came, and gives those that lack its name.
    pub fn came(&self, collection: &str, key: &str) -> Vec<Owner> {
        // Before looking for notes: who writes one later finds this.
        self.with_arrived(|arrived| arrived.insert((collection.to_owned(), key.to_owned())));
        self.with(|owners| {
            let lacks =
                |owner: &&Owner| owner.collection == collection && owner.missing.contains(key);
            owners.iter().filter(lacks).cloned().collect()
        })
    }

    /// Forgets that an object came.
    pub fn left(&self, collection: &str, key: &str) {
        let pair = (collection.to_owned(), key.to_owned());
        self.with_arrived(|arrived| arrived.remove(&pair));
    }

    /// Whether an object came in this run.
    pub fn has_come(&self, collection: &str, key: &str) -> bool {
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
    fn is_to_tell(&self, collection: &str) -> bool {
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
    fn who_comes_learns_who_lacks_its_name() {
        let siblings = Siblings::default();
        siblings.note(owner("one", &["two", "three"]));
        siblings.note(owner("four", &["five"]));
        let lacking = siblings.came("subagents", "two");
        assert_eq!(lacking.len(), 1);
        assert_eq!(lacking[0].target.key, "one");
        assert!(siblings.has_come("subagents", "two"));
        assert!(siblings.came("skills", "three").is_empty());
        siblings.added("subagents", "one", "two");
        let noted = siblings.noted("subagents", "one").unwrap();
        assert_eq!(noted.missing, BTreeSet::from(["three".to_owned()]));
        siblings.forget("subagents", "one");
        assert!(siblings.noted("subagents", "one").is_none());
        siblings.left("subagents", "two");
        assert!(!siblings.has_come("subagents", "two"));
    }

    #[test]
    fn the_last_note_of_an_object_stands() {
        let siblings = Siblings::default();
        siblings.note(owner("one", &["two", "three"]));
        siblings.note(owner("one", &["three"]));
        assert!(siblings.came("subagents", "two").is_empty());
        assert_eq!(siblings.came("subagents", "three").len(), 1);
    }

    #[tokio::test]
    async fn the_last_writer_waits_for_names_or_for_another() {
        let siblings = Siblings::default();
        siblings.note(owner("one", &["two"]));
        siblings.begin("subagents");
        siblings.begin("subagents");
        assert!(!siblings.end("subagents"));
        assert!(siblings.end("subagents"));
        let added = async { siblings.added("subagents", "one", "two") };
        tokio::join!(siblings.settled("subagents"), added);
        assert!(siblings.to_tell("subagents").is_empty());

        siblings.note(owner("one", &["three"]));
        let begun = async { siblings.begin("subagents") };
        tokio::join!(siblings.settled("subagents"), begun);
        assert!(siblings.is_written("subagents"));
        assert_eq!(siblings.to_tell("subagents").len(), 1);
        assert!(siblings.to_tell("subagents").is_empty());
    }
}
