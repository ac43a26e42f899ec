//! The storage: one ordered table from keys to JSON, in memory or in a file.
//!
//! A request is one transaction. It is committed, durably if there is a file, before the answer is
//! sent. If the file cannot be written, for example because the disk is full, the request fails,
//! and the next one finds the file unchanged.

mod changes;
mod events;
mod file;
mod keys;
mod records;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError, ReadableTable, Table, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(crate) use events::Events;
pub(crate) use keys::{AgentKey, Key, ObjectStore, REPO_INSTRUCTIONS};
pub(crate) use records::{
    Action, AgentRecord, ObjectRecord, OperationRecord, OperationState, PowerState,
    ProvisioningState, TriggerRecord, ago, now, precise_now,
};

const DOCUMENTS: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new("documents");

/// The emulator's storage failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The data file cannot be opened.
    #[error("cannot open the data file {path}: {source}{}", remedy(source))]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: DatabaseError,
    },
    /// A transaction failed.
    #[error("cannot use the data: {0}")]
    Storage(#[source] Box<redb::Error>),
    /// A stored document does not have the structure of this version.
    #[error(
        "the stored document {key} cannot be read: {source}; it was written by another version, start \
         with a new data file"
    )]
    Document {
        /// Its key.
        key: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// The documents of the emulator.
#[derive(Debug)]
pub(crate) struct Store {
    path: Option<PathBuf>,
    /// `None` while the file cannot be opened.
    database: Mutex<Option<Database>>,
    events: Events,
    /// `None` unless changes are tracked.
    changes: Option<changes::Changes>,
}

impl Store {
    /// Opens the file, creating it if needed, or creates an empty store in memory. `watched` says
    /// whether to track changes.
    pub(crate) fn open(path: Option<&Path>, watched: bool) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.map(Path::to_owned),
            database: Mutex::new(Some(database(path)?)),
            events: Events::default(),
            changes: watched.then(changes::Changes::default),
        })
    }

    /// Returns the events that transactions send.
    pub(crate) fn events(&self) -> &Events {
        &self.events
    }

    /// Returns the changes, if they are tracked.
    pub(crate) fn changes(&self) -> Option<&changes::Changes> {
        self.changes.as_ref()
    }

    /// Runs `work` exclusively, and discards its changes. The result shows what it would do.
    pub(crate) fn rehearse<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(work, false)
    }

    /// Runs `work` exclusively, and commits its changes if it succeeds.
    pub(crate) fn transaction<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(work, true)
    }

    fn run<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
        keeps: bool,
    ) -> Result<T, E> {
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = self.begin(&mut database)?;
        let (result, changed, told, keys) = {
            let documents = transaction.open_table(DOCUMENTS).map_err(storage)?;
            let mut tx = Tx {
                documents,
                events: &self.events,
                changed: false,
                told: Vec::new(),
                keys: self.changes.as_ref().map(|_| Vec::new()),
            };
            let result = work(&mut tx)?;
            (result, tx.changed, tx.told, tx.keys)
        };
        if changed && keeps {
            transaction.commit().map_err(storage)?;
            if let (Some(changes), Some(keys)) = (&self.changes, keys) {
                changes.note(keys);
            }
        } else {
            transaction.abort().map_err(storage)?;
        }
        if !keeps {
            return Ok(result);
        }
        // Still exclusive, so that listeners receive the events of transactions in order.
        for (topic, told) in told {
            self.events.send(&topic, told);
        }
        Ok(result)
    }

    /// Begins a transaction. If a read or write of the file has failed before, opens the database
    /// again first.
    fn begin(&self, database: &mut Option<Database>) -> Result<WriteTransaction, StoreError> {
        if let Some(open) = &*database {
            match open.begin_write() {
                Err(_) if self.path.is_some() => {}
                result => return result.map_err(storage),
            }
        }
        // Closing it unlocks the file.
        *database = None;
        let opened = self::database(self.path.as_deref())?;
        database.insert(opened).begin_write().map_err(storage)
    }

    /// Returns the documents with the requested keys, by key.
    pub(crate) fn dump(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Map<String, Value>, StoreError> {
        self.transaction(|tx| {
            let mut all = Map::new();
            for entry in tx.documents.iter().map_err(storage)? {
                let (key, document) = entry.map_err(storage)?;
                if is_wanted(key.value()) {
                    all.insert(
                        key.value().to_owned(),
                        decode(key.value(), document.value())?,
                    );
                }
            }
            Ok(all)
        })
    }

    /// Removes everything.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        self.transaction(|tx| {
            tx.changed = true;
            tx.documents.retain(|_, _| false).map_err(storage)
        })?;
        if let Some(changes) = &self.changes {
            changes.note_all();
        }
        Ok(())
    }
}

/// The documents, during one transaction.
pub(crate) struct Tx<'t> {
    documents: Table<'t, &'static str, &'static [u8]>,
    events: &'t Events,
    changed: bool,
    told: Vec<(String, Arc<str>)>,
    /// The changed keys, if changes are tracked.
    keys: Option<Vec<String>>,
}

impl Tx<'_> {
    /// Returns the document under a key.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        match self.documents.get(key.as_str()).map_err(storage)? {
            Some(document) => decode(key.as_str(), document.value()).map(Some),
            None => Ok(None),
        }
    }

    /// Returns whether anyone listens to a topic.
    pub(crate) fn is_heard(&self, topic: &str) -> bool {
        self.events.is_heard(topic)
    }

    /// Sends an event to the listeners of a topic if the transaction is committed.
    pub(crate) fn tell(&mut self, topic: &str, told: impl Into<Arc<str>>) {
        self.told.push((topic.to_owned(), told.into()));
    }

    /// Stores a document under a key.
    pub(crate) fn put<T: Serialize>(&mut self, key: &Key, document: &T) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(document).map_err(|source| StoreError::Document {
            key: key.as_str().to_owned(),
            source,
        })?;
        self.documents
            .insert(key.as_str(), bytes.as_slice())
            .map_err(storage)?;
        self.note(key);
        Ok(())
    }

    /// Removes a document. Returns whether it existed.
    pub(crate) fn remove(&mut self, key: &Key) -> Result<bool, StoreError> {
        let removed = self
            .documents
            .remove(key.as_str())
            .map_err(storage)?
            .is_some();
        if removed {
            self.note(key);
        }
        Ok(removed)
    }

    fn note(&mut self, key: &Key) {
        self.changed = true;
        if let Some(keys) = &mut self.keys {
            keys.push(key.as_str().to_owned());
        }
    }

    /// Returns the documents whose keys start with `prefix`, in the order of their keys.
    pub(crate) fn scan<T: DeserializeOwned>(
        &self,
        prefix: &Key,
    ) -> Result<Vec<(Key, T)>, StoreError> {
        let mut found = Vec::new();
        for entry in self.documents.range(prefix.as_str()..).map_err(storage)? {
            let (key, document) = entry.map_err(storage)?;
            if !key.value().starts_with(prefix.as_str()) {
                break;
            }
            found.push((
                Key::from_stored(key.value()),
                decode(key.value(), document.value())?,
            ));
        }
        Ok(found)
    }

    /// Removes the documents whose keys start with `prefix`.
    pub(crate) fn remove_all(&mut self, prefix: &Key) -> Result<(), StoreError> {
        let keys: Vec<Key> = self
            .scan::<Value>(prefix)?
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        for key in keys {
            self.remove(&key)?;
        }
        Ok(())
    }
}

/// Opens the database in a file, or creates an empty one in memory.
fn database(path: Option<&Path>) -> Result<Database, StoreError> {
    match path {
        Some(path) => file::open(path).map_err(|source| StoreError::Open {
            path: path.to_owned(),
            source,
        }),
        None => {
            let memory = Database::builder().create_with_backend(InMemoryBackend::new());
            memory.map_err(storage)
        }
    }
}

fn remedy(source: &DatabaseError) -> &'static str {
    match source {
        DatabaseError::DatabaseAlreadyOpen => "; is another emulator using it?",
        _ => "",
    }
}

fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|source| StoreError::Document {
        key: key.to_owned(),
        source,
    })
}

fn storage(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Storage(Box::new(error.into()))
}

#[cfg(test)]
mod tests {
    use super::{AgentKey, Key, Store, StoreError};

    fn key(name: &str) -> Key {
        Key::agent(&AgentKey::new("s", "rg", name))
    }

    #[test]
    fn a_failed_transaction_changes_nothing() {
        let store = Store::open(None, false).unwrap();
        let result: Result<(), StoreError> = store.transaction(|tx| {
            tx.put(&key("a"), &1)?;
            Err(StoreError::Document {
                key: String::new(),
                source: serde_json::from_str::<u8>("x").unwrap_err(),
            })
        });
        assert!(result.is_err());
        assert!(store.dump(|_| true).unwrap().is_empty());
    }

    #[test]
    fn a_scan_stops_at_its_prefix() {
        let store = Store::open(None, false).unwrap();
        let found = store
            .transaction(|tx| {
                for name in ["a", "b"] {
                    tx.put(&key(name), &name)?;
                }
                tx.put(&Key::agent(&AgentKey::new("s", "rg2", "c")), &"c")?;
                tx.scan::<String>(&Key::agents_in_group("S", "RG"))
            })
            .unwrap();
        assert_eq!(
            found.into_iter().map(|(_, name)| name).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn a_file_keeps_what_was_committed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.redb");
        Store::open(Some(&path), false)
            .unwrap()
            .transaction(|tx| tx.put(&key("a"), &7))
            .unwrap();
        let store = Store::open(Some(&path), false).unwrap();
        let found: Option<u32> = store.transaction(|tx| tx.get(&key("a"))).unwrap();
        assert_eq!(found, Some(7));
        assert!(matches!(
            Store::open(Some(&path), false),
            Err(StoreError::Open { .. })
        ));
        store.clear().unwrap();
        assert!(store.dump(|_| true).unwrap().is_empty());
    }
}
