//! Entries of a catalog that the service keeps, and that can be enabled and disabled.

use std::time::Duration;

use async_trait::async_trait;
use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, Request};
use serde_json::{Value as Json, json};

use super::{
    Call, Change, Store, StoreError, Stored, WriteFailure, ambiguous, requests, visibility,
};
use crate::document;

/// How often and how long to look for an entry. The entries of a new connector appear after its
/// first contact with its server.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(500), Duration::from_secs(15))
    .at_most(Duration::from_secs(3 * 60));

/// The member that is changed.
const SWITCH: &str = "enabled";

/// A store for catalog entries. Nothing is created or deleted. A delete restores the default of the
/// service.
pub(super) struct Switch;

#[async_trait]
impl Store for Switch {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        requests::read(call).await
    }

    /// Returns nothing, because the entry exists before it is managed.
    async fn conflicting(&self, _call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(Vec::new())
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        let found = wait_for_entry(call).await.map_err(WriteFailure::nothing)?;
        let mut current = found.document;
        document::retain_writable(call.kind, call.place, &mut current);
        // The other members of the entry stay, and an unchanged value is not a change.
        let mut desired = current.clone();
        desired[SWITCH] = document[SWITCH].clone();
        let change = Change {
            current,
            ..Change::first(name, desired)
        };
        self.update(call, change).await
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let on = change.desired.get(SWITCH) == Some(&json!(true));
        if let Err(error) = turn(call, on).await {
            return ambiguous::unless_arrived(call, &change.current, error).await;
        }
        visibility::read_written(call, &change.current, &change.desired)
            .await
            .map_err(|error| WriteFailure::unread(call, error))
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        let Some(stored) = requests::read(call).await? else {
            return Ok(());
        };
        if let Some(on) = default_of(&stored.document) {
            turn(call, on).await?;
        }
        Ok(())
    }
}

/// Returns whether an entry has the default of the service. An unknown default counts as equal.
pub(crate) fn is_default(entry: &Json) -> bool {
    let on = entry.get(SWITCH).and_then(Json::as_bool);
    on.zip(default_of(entry))
        .is_none_or(|(on, default)| on == default)
}

/// Returns the default of the service, which is not known for every tool.
fn default_of(entry: &Json) -> Option<bool> {
    let mode = entry.get("defaultMode").and_then(Json::as_str)?;
    Some(!mode.eq_ignore_ascii_case("disabled"))
}

async fn turn(call: Call<'_>, on: bool) -> azure::Result<()> {
    let body = json!({ "overrides": [{ "name": call.target.key, SWITCH: on }] });
    let request = Request::post(format!("{}/configure", requests::collection(call)))
        .json(body)
        // Repeating the request has no further effect.
        .idempotent(true);
    requests::send(call, request).await.map(drop)
}

/// Waits for an entry and returns it. Fails at once if there is an entry with a similar name.
async fn wait_for_entry(call: Call<'_>) -> Result<Stored, StoreError> {
    let name = &call.target.key;
    let missing = |near| StoreError::NoEntry {
        name: name.clone(),
        near,
    };
    let found = poll_until(&LOOK, call.budget, || async {
        if let Some(stored) = requests::read(call).await? {
            return Ok(Step::Done(stored));
        }
        let entries = requests::list(call, &[]).await?;
        // The entry may have appeared between the two requests.
        if let Some(stored) = entries.iter().find(|entry| entry.key == *name) {
            return Ok(Step::Done(stored.clone()));
        }
        match near(name, &entries) {
            near if near.is_empty() => Ok(Step::again("it does not exist yet")),
            near => Err(missing(near)),
        }
    });
    found.await.map_err(|error| match error {
        StoreError::Azure(error) if error.kind() == ErrorKind::DeadlineExceeded => {
            missing(Vec::new())
        }
        error => error,
    })
}

/// Returns the names of entries that differ from a name only in case or separators. For built-in
/// entries, up to two letters may differ. The entries of a connector may have similar names, and
/// may appear one after the other.
fn near(name: &str, entries: &[Stored]) -> Vec<String> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', '.', ' '], "");
    let is_near = |entry: &&Stored| {
        let is_of_connector = entry
            .document
            .get("source")
            .is_some_and(|source| source == "mcp");
        plain(&entry.key) == plain(name)
            || (!is_of_connector && strsim::damerau_levenshtein(&entry.key, name) <= 2)
    };
    entries
        .iter()
        .filter(is_near)
        .map(|entry| entry.key.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("RunCommand", &["run_command"])]
    #[case("run_comand", &["run_command"])]
    #[case("orders_get_item3", &[])]
    #[case("orders-get-item1", &["orders_get_item1"])]
    #[case("something_else", &[])]
    fn only_names_that_cannot_be_other_entries_are_near(
        #[case] name: &str,
        #[case] wanted: &[&str],
    ) {
        let entry = |key: &str, source: &str| Stored {
            key: key.to_owned(),
            document: json!({ "source": source }),
            etag: None,
        };
        let entries = [
            entry("run_command", "system"),
            entry("orders_get_item1", "mcp"),
            entry("orders_get_item2", "mcp"),
        ];
        assert_eq!(near(name, &entries), wanted);
    }
}
