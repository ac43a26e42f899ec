//! Objects that were written without some of the names that they should hold, and who came since.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::stores::Target;

/// What is still to be added to which objects, and what this run has created.
#[derive(Debug, Default)]
pub struct Siblings {
    owners: Mutex<Vec<Owner>>,
    /// The collections and keys of objects that came, which lists may not show yet.
    arrived: Mutex<BTreeSet<(String, String)>>,
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
    /// Told whenever one was added.
    pub added: Arc<Notify>,
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
                owner.added.notify_waiters();
            }
        });
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

    fn with_arrived<T>(&self, work: impl FnOnce(&mut BTreeSet<(String, String)>) -> T) -> T {
        work(&mut self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Owner {
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
            added: Arc::default(),
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
}
