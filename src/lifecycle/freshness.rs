//! Distinction between changes and stale reads.
//!
//! For a moment after a write, the service may return the previous version, or nothing. A read
//! after every write would cost one request per object. Instead, the private data of the resource
//! keeps a note of the previous version. If a refresh finds exactly that version soon after the
//! write, it reads again.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use azure::poll::{Schedule, Step, poll_until};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use tfplugin::Value;
use tokio::time::Instant;

use super::operation::Operation;
use crate::document::{self, Absence};
use crate::stores::{StoreError, Stored};

/// How long reads may be stale after a write.
pub(super) const LATE_WITHIN: Duration = Duration::from_secs(20);

/// How often to read again.
pub(super) const LOOK: Schedule =
    Schedule::growing(Duration::from_millis(200), Duration::from_secs(3));

/// A note of a write: its time, and a fingerprint of the previous version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    at: Duration,
    before: Option<String>,
}

impl Written {
    /// Creates a note of a write that has just replaced `before`, which is `None` for a new object.
    /// `known` is the state, which determines the members in the fingerprint.
    pub(super) fn over(operation: &Operation<'_>, before: Option<&Stored>, known: &Value) -> Self {
        Self {
            at: now(),
            before: before.and_then(|stored| fingerprint(operation, stored, known)),
        }
    }

    /// Converts the note to private data.
    pub(super) fn to_private(&self) -> Vec<u8> {
        let note = json!({ "written_at": self.at.as_secs(), "before": self.before });
        note.to_string().into_bytes()
    }

    /// Returns the note in private data, if it is recent enough to matter.
    pub(super) fn from_private(private: &[u8]) -> Option<Self> {
        let note: Json = serde_json::from_slice(private).ok()?;
        let at = Duration::from_secs(note.get("written_at")?.as_u64()?);
        let before = note.get("before")?.as_str().map(str::to_owned);
        let written = Self { at, before };
        written.is_young().then_some(written)
    }

    /// Returns whether reads may still be stale.
    pub(super) fn is_young(&self) -> bool {
        self.remaining() > Duration::ZERO
    }

    /// Returns how much longer reads may be stale. A note from the future was written with a wrong
    /// clock, so its age is unknown and it is ignored.
    pub(super) fn remaining(&self) -> Duration {
        let present = now();
        match self.at > present + LATE_WITHIN {
            true => Duration::ZERO,
            false => LATE_WITHIN.saturating_sub(present.saturating_sub(self.at)),
        }
    }

    /// Returns whether a read returned the version from before the write.
    pub(super) fn is_late(
        &self,
        operation: &Operation<'_>,
        found: Option<&Stored>,
        known: &Value,
    ) -> bool {
        match (found, &self.before) {
            (None, before) => before.is_none(),
            (Some(_), None) => false,
            (Some(stored), Some(before)) => {
                fingerprint(operation, stored, known).as_ref() == Some(before)
            }
        }
    }
}

/// Reads an object, and reads again while the result is the version from before the last write.
pub(super) async fn read(
    operation: &Operation<'_>,
    written: Option<&Written>,
    known: &Value,
) -> Result<Option<Stored>, StoreError> {
    let found = operation.store().read(operation.call()).await?;
    let is_late = |written: &Written, found: &Option<Stored>| {
        written.is_late(operation, found.as_ref(), known)
    };
    let Some(written) = written.filter(|written| is_late(written, &found)) else {
        return Ok(found);
    };
    let schedule = LOOK
        .after(Duration::from_millis(200))
        .at_most(written.remaining());
    let again = poll_until(&schedule, &operation.budget, || async {
        match operation.store().read(operation.call()).await {
            Ok(found) if is_late(written, &found) => Ok(Step::again(
                "the service still returns the object as it was before the last write",
            )),
            other => Ok::<_, azure::Error>(Step::Done(other)),
        }
    });
    match again.await {
        Ok(found) => found,
        // The budget ended while the read could still be stale.
        Err(error) if written.is_young() => Err(error.into()),
        // The result is not stale any more. The previous version was restored.
        Err(_) => operation.store().read(operation.call()).await.or(Ok(found)),
    }
}

/// Returns a hash of an object's state, without the members that the service keeps changing.
fn fingerprint(operation: &Operation<'_>, stored: &Stored, known: &Value) -> Option<String> {
    let mut document = stored.document.clone();
    document::remove_unwritable(operation.object.kind, operation.object.place, &mut document);
    // The second document is stored separately, so it does not show whether this one is stale.
    if let (Some(companion), Json::Object(members)) =
        (&operation.object.kind.companion, &mut document)
    {
        members.shift_remove(companion.member.trim_start_matches('/'));
    }
    // Only the configured members of partial objects are compared.
    let shown = document::read(
        operation.object.kind,
        operation.object.place,
        &document,
        known,
        Absence::Shown,
    );
    let digest = Sha256::digest(document::to_plain(&shown.ok()?).to_string());
    Some(hex::encode(digest))
}

/// Returns the time since the epoch. It adds the time on the clock of the runtime, which tests
/// pause, to the system time of the first call.
fn now() -> Duration {
    static START: LazyLock<(SystemTime, Instant)> =
        LazyLock::new(|| (SystemTime::now(), Instant::now()));
    let (time, start) = *START;
    let time = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    // Every test has its own runtime with its own clock.
    let passed = Instant::now().saturating_duration_since(start);
    let ahead = start.saturating_duration_since(Instant::now());
    (time + passed).saturating_sub(ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_round_trip_through_the_state() {
        for before in [None, Some("ab".to_owned())] {
            let written = Written {
                at: Duration::from_secs(now().as_secs()),
                before,
            };
            assert_eq!(Written::from_private(&written.to_private()), Some(written));
        }
    }

    #[test]
    fn notes_from_the_future_are_ignored() {
        let ahead = Written {
            at: now() + Duration::from_secs(3_600),
            before: None,
        };
        assert_eq!(Written::from_private(&ahead.to_private()), None);
    }

    #[test]
    fn old_notes_and_other_data_are_ignored() {
        let old = Written {
            at: Duration::from_secs(1),
            before: None,
        };
        assert_eq!(Written::from_private(&old.to_private()), None);
        assert_eq!(Written::from_private(b""), None);
        assert_eq!(Written::from_private(b"{}"), None);
    }
}
