//! Reads and writes the named objects of an agent, for both planes.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use crate::context::Context;
use crate::http::Handled;
use crate::kinds::{Check, Kind, REPOSITORIES, SUBAGENTS, TOOLS};
use crate::store::{
    AgentRecord, Key, ObjectRecord, ObjectStore, ProvisioningState, REPO_INSTRUCTIONS, Tx, now,
};

/// How long after a write reads may still return the previous version.
const LATE_FOR_SECONDS: i64 = 10;

/// The objects of one kind of one agent.
pub(crate) struct Objects<'a> {
    pub(crate) cx: Context<'a>,
    pub(crate) agent: &'a AgentRecord,
    pub(crate) kind: &'static Kind,
    pub(crate) store: ObjectStore,
}

/// An object as sent by a client.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub(crate) object_type: String,
    pub(crate) tags: Value,
    pub(crate) owner: Value,
    pub(crate) properties: Map<String, Value>,
}

impl<'a> Objects<'a> {
    /// Returns the objects that data planes see.
    pub(crate) fn shared(cx: Context<'a>, agent: &'a AgentRecord, kind: &'static Kind) -> Self {
        Self {
            cx,
            agent,
            kind,
            store: ObjectStore::Shared,
        }
    }

    /// Returns the object as a read sees it, which may be its state before the last write.
    pub(crate) fn read(&self, tx: &mut Tx<'_>, name: &str) -> Handled<Option<ObjectRecord>> {
        match tx.get::<ObjectRecord>(&self.key(name))? {
            Some(record) => self.seen(tx, record),
            None => Ok(None),
        }
    }

    /// Returns the objects as a list contains them, in the order of their names.
    pub(crate) fn list(&self, tx: &mut Tx<'_>) -> Handled<Vec<ObjectRecord>> {
        let prefix = Key::objects_of_kind(&self.agent.uid, self.store, self.kind.name);
        let mut visible = Vec::new();
        for (_, record) in tx.scan(&prefix)? {
            visible.extend(self.seen(tx, record)?);
        }
        Ok(visible)
    }

    /// Returns the objects after the last write.
    pub(crate) fn all_current(&self, tx: &Tx<'_>) -> Handled<Vec<ObjectRecord>> {
        let prefix = Key::objects_of_kind(&self.agent.uid, self.store, self.kind.name);
        let records: Vec<(Key, ObjectRecord)> = tx.scan(&prefix)?;
        Ok(records
            .into_iter()
            .map(|(_, record)| record)
            .filter(|record| !record.deleted)
            .collect())
    }

    /// Returns the object after the last write.
    pub(crate) fn current(&self, tx: &Tx<'_>, name: &str) -> Handled<Option<ObjectRecord>> {
        let record: Option<ObjectRecord> = tx.get(&self.key(name))?;
        Ok(record.filter(|record| !record.deleted))
    }

    /// Checks and stores an object. Returns whether it is new.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        name: &str,
        sent: Envelope,
    ) -> Handled<(ObjectRecord, bool)> {
        let (record, created) = self.prepared(tx, name, sent)?;
        self.save(tx, &record)?;
        if self.cx.profile.list_glitch {
            tx.put(&Key::list_glitch(&self.agent.uid, self.kind.name), &true)?;
        }
        Ok((record, created))
    }

    /// Checks an object, and returns what would be stored.
    pub(crate) fn tried(&self, tx: &Tx<'_>, name: &str, sent: Envelope) -> Handled<ObjectRecord> {
        Ok(self.prepared(tx, name, sent)?.0)
    }

    /// Checks and completes an object. Returns whether it is new.
    fn prepared(&self, tx: &Tx<'_>, name: &str, sent: Envelope) -> Handled<(ObjectRecord, bool)> {
        let stored: Option<ObjectRecord> = tx.get(&self.key(name))?;
        let existing = stored.as_ref().filter(|record| !record.deleted);
        let siblings = |sibling: &str| {
            sibling.eq_ignore_ascii_case(name) || matches!(self.current(tx, sibling), Ok(Some(_)))
        };
        let properties = self.kind.prepare(&Check {
            profile: self.cx.profile,
            name,
            properties: &sent.properties,
            existing,
            siblings: &siblings,
            platform: &self.agent.platform,
            workspace_mode: self.cx.profile.workspace_mode && runs_workspace_loop(self.agent),
        })?;
        let created = existing.is_none();
        let moment = now();
        let record = ObjectRecord {
            name: existing.map_or_else(|| name.to_owned(), |existing| existing.name.clone()),
            object_type: sent.object_type,
            tags: sent.tags,
            owner: sent.owner,
            properties,
            created: existing.map_or_else(|| moment.clone(), |existing| existing.created.clone()),
            modified: moment,
            provisioning: ProvisioningState::Succeeded,
            deployment_error: None,
            operation: None,
            lag: self.cx.profile.visibility_lag,
            before: self.before(stored.as_ref()),
            deleted: false,
            encoded: None,
            settling: if self.kind.name == REPOSITORIES {
                self.cx.profile.clone_polls
            } else {
                self.cx.profile.index_polls
            },
        };
        Ok((record, created))
    }

    /// Deletes an object and what depends on it. Returns `false` if it does not exist.
    pub(crate) fn delete(&self, tx: &mut Tx<'_>, name: &str) -> Handled<bool> {
        let Some(stored) = self.current(tx, name)? else {
            return Ok(false);
        };
        self.forget_dependents(tx, name)?;
        if self.cx.profile.visibility_lag == 0 {
            tx.remove(&self.key(name))?;
        } else {
            let before = self.before(Some(&stored));
            let lag = self.cx.profile.visibility_lag;
            self.save(
                tx,
                &ObjectRecord {
                    lag,
                    before,
                    deleted: true,
                    modified: now(),
                    operation: None,
                    ..stored
                },
            )?;
        }
        Ok(true)
    }

    /// Stores a record unchanged.
    pub(crate) fn save(&self, tx: &mut Tx<'_>, record: &ObjectRecord) -> Handled<()> {
        Ok(tx.put(&self.key(&record.name), record)?)
    }

    /// Counts a read of the current object, which brings it closer to its final state.
    pub(crate) fn settle(&self, tx: &mut Tx<'_>, name: &str) -> Handled<()> {
        match tx.get::<ObjectRecord>(&self.key(name))? {
            Some(record) if record.settling > 0 => {
                let settling = record.settling - 1;
                self.save(tx, &ObjectRecord { settling, ..record })
            }
            _ => Ok(()),
        }
    }

    /// Removes a record immediately.
    pub(crate) fn forget(&self, tx: &mut Tx<'_>, name: &str) -> Handled<()> {
        tx.remove(&self.key(name))?;
        Ok(())
    }

    fn key(&self, name: &str) -> Key {
        Key::object(&self.agent.uid, self.store, self.kind.name, name)
    }

    /// Removes what is deleted together with an object.
    fn forget_dependents(&self, tx: &mut Tx<'_>, name: &str) -> Handled<()> {
        if self.kind.name == TOOLS.name {
            self.forget_tool(tx, name)?;
        } else if self.kind.name == REPOSITORIES {
            let name = name.to_lowercase();
            tx.remove(&Key::item(&self.agent.uid, REPO_INSTRUCTIONS, &name))?;
        }
        Ok(())
    }

    /// Removes a deleted tool from the subagents that list it.
    fn forget_tool(&self, tx: &mut Tx<'_>, name: &str) -> Handled<()> {
        let prefix = Key::objects_of_kind(&self.agent.uid, self.store, SUBAGENTS.name);
        for (key, mut subagent) in tx.scan::<ObjectRecord>(&prefix)? {
            let Some(Value::Array(tools)) = subagent.properties.get_mut("tools") else {
                continue;
            };
            let before = tools.len();
            tools.retain(|tool| tool.as_str() != Some(name));
            if tools.len() != before {
                tx.put(&key, &subagent)?;
            }
        }
        Ok(())
    }

    /// Returns what reads will still see after a write that replaces `stored`.
    fn before(&self, stored: Option<&ObjectRecord>) -> Option<Box<ObjectRecord>> {
        shown(stored.filter(|_| self.cx.profile.visibility_lag > 0)?)
    }

    /// Counts a read, and returns what it sees.
    fn seen(&self, tx: &mut Tx<'_>, mut record: ObjectRecord) -> Handled<Option<ObjectRecord>> {
        if is_late(&record) {
            record.lag -= 1;
            self.save(tx, &record)?;
            return Ok(record.before.map(|before| *before));
        }
        if record.deleted {
            self.forget(tx, &record.name)?;
            return Ok(None);
        }
        if record.lag > 0 {
            record.lag = 0;
            record.before = None;
            self.save(tx, &record)?;
        }
        if self.kind.name == REPOSITORIES {
            return self.seen_clone(tx, record).map(Some);
        }
        Ok(Some(record))
    }

    /// Returns a repository with the state of its clone, which advances with every read.
    fn seen_clone(&self, tx: &mut Tx<'_>, mut record: ObjectRecord) -> Handled<ObjectRecord> {
        let status = if record.settling > 0 {
            "NotStarted"
        } else {
            "Ready"
        };
        if record.settling > 0 {
            record.settling -= 1;
            self.save(tx, &record)?;
        }
        record
            .properties
            .insert("cloneStatus".to_owned(), json!(status));
        let commit = (status == "Ready").then(|| commit(&record));
        for (name, value) in [
            ("scanStatus", json!(status)),
            ("latestCommit", json!(commit)),
            ("errorMessage", Value::Null),
        ] {
            record.properties.insert(name.to_owned(), value);
        }
        Ok(record)
    }
}

/// Returns the commit of a clone, which depends on what is cloned.
fn commit(repository: &ObjectRecord) -> String {
    let of = |name: &str| repository.properties.get(name).cloned().unwrap_or_default();
    let source = format!("{} {}", of("url"), of("branch"));
    let digest = Sha1::digest(source);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn runs_workspace_loop(agent: &AgentRecord) -> bool {
    agent
        .properties
        .get("experimentalSettings")
        .and_then(|settings| settings.get("EnableV2AgentLoop"))
        .is_some_and(|flag| flag == &Value::Bool(true))
}

/// Returns what reads of an object see now.
fn shown(record: &ObjectRecord) -> Option<Box<ObjectRecord>> {
    if is_late(record) {
        return record.before.clone();
    }
    (!record.deleted).then(|| {
        Box::new(ObjectRecord {
            before: None,
            ..record.clone()
        })
    })
}

/// Returns whether reads of an object still see what its last write has replaced.
fn is_late(record: &ObjectRecord) -> bool {
    record.lag > 0 && is_recent(&record.modified)
}

/// Returns whether a write is so recent that reads may still be late. This limit applies even if
/// nothing was read since.
fn is_recent(modified: &str) -> bool {
    modified.parse::<Timestamp>().is_ok_and(|modified| {
        let age = Timestamp::now().duration_since(modified);
        age < SignedDuration::from_secs(LATE_FOR_SECONDS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_AGO: &str = "2026-01-01T00:00:00Z";

    /// Returns the second version of an object, whose first was `before`.
    fn second(modified: &str, lag: u32, before: Option<ObjectRecord>) -> ObjectRecord {
        ObjectRecord {
            name: "one".to_owned(),
            object_type: String::new(),
            tags: Value::Null,
            owner: "second".into(),
            properties: Map::new(),
            created: LONG_AGO.to_owned(),
            modified: modified.to_owned(),
            provisioning: ProvisioningState::Succeeded,
            deployment_error: None,
            operation: None,
            lag,
            before: before.map(Box::new),
            deleted: false,
            encoded: None,
            settling: 0,
        }
    }

    #[test]
    fn reads_never_return_to_a_version_that_they_have_left() {
        let shown = |record: &ObjectRecord| shown(record).map(|record| record.owner);
        assert_eq!(shown(&second(&now(), 2, None)), None);
        assert_eq!(shown(&second(&now(), 0, None)), Some("second".into()));
        // Nobody has read the object, but its reads are no longer late.
        assert_eq!(shown(&second(LONG_AGO, 2, None)), Some("second".into()));
        let mut first = second(LONG_AGO, 0, None);
        first.owner = "first".into();
        assert_eq!(
            shown(&second(&now(), 1, Some(first.clone()))),
            Some("first".into())
        );
        assert_eq!(
            shown(&second(LONG_AGO, 1, Some(first))),
            Some("second".into())
        );
    }

    #[test]
    fn reads_are_late_only_for_a_limited_time() {
        assert!(is_recent(&now()));
        assert!(!is_recent("2026-01-01T00:00:00Z"));
        assert!(!is_recent("at some time"));
    }
}
