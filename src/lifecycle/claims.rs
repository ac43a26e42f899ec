//! Objects that are there before anybody manages them, so that two resources could have the same one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use tfplugin::{ApplyResponse, Diagnostic};

use super::operation::Operation;
use super::report::Subject;
use crate::kind::Key;

/// The objects that this run has taken, by id, each with a mark.
///
/// The mark is in the private data of the resource that took it. When a resource is renamed its
/// new self takes the object over, and the old one, which lacks the mark, must not empty it.
#[derive(Debug, Default)]
pub struct Claims(Mutex<HashMap<String, u64>>);

/// The member of private data that holds the mark.
const MARK: &str = "taken_as";

impl Claims {
    /// Takes one, and gives the mark. None if it is taken already.
    fn take(&self, id: &str) -> Option<u64> {
        self.with(|taken| match taken.entry(id.to_lowercase()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                Some(*free.insert(since.unwrap_or_default().as_micros() as u64))
            }
        })
    }

    /// Gives one back.
    pub(super) fn release(&self, id: &str) {
        self.with(|taken| taken.remove(&id.to_lowercase()));
    }

    /// Whether another resource has taken it in this run.
    pub(super) fn is_taken_by_another(&self, id: &str, private: &[u8]) -> bool {
        let mark = self.with(|taken| taken.get(&id.to_lowercase()).copied());
        mark.is_some() && mark != mark_in(private)
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, u64>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Does what begins the management of an object, unless another resource has it already.
pub(super) async fn claimed(
    operation: &mut Operation<'_>,
    subject: &Subject,
    begin: impl AsyncFnOnce(&mut Operation<'_>) -> ApplyResponse,
) -> ApplyResponse {
    let session = operation.session.clone();
    let Some(mark) = session.claims.take(&subject.id) else {
        return ApplyResponse::failed(taken_twice(operation, subject));
    };
    let response = begin(operation).await;
    if response.state.is_none() {
        session.claims.release(&subject.id);
        return response;
    }
    marked(response, mark)
}

/// The response of an update with the mark that was there before.
pub(super) fn still_marked(response: ApplyResponse, private: &[u8]) -> ApplyResponse {
    match mark_in(private) {
        Some(mark) => marked(response, mark),
        None => response,
    }
}

fn mark_in(private: &[u8]) -> Option<u64> {
    let note: Json = serde_json::from_slice(private).ok()?;
    note.get(MARK)?.as_u64()
}

/// The response with the mark in its private data.
fn marked(mut response: ApplyResponse, mark: u64) -> ApplyResponse {
    let note = serde_json::from_slice(response.private.as_deref().unwrap_or_default()).ok();
    let mut note = note.filter(Json::is_object).unwrap_or_else(|| json!({}));
    note[MARK] = json!(mark);
    response.private = Some(note.to_string().into_bytes());
    response
}

fn taken_twice(operation: &Operation<'_>, subject: &Subject) -> Diagnostic {
    let (which, at) = match operation.kind.key() {
        Key::Singleton => ("of the agent".to_owned(), "agent_id"),
        _ => (format!("{:?}", subject.name), "name"),
    };
    Diagnostic::error(
        format!("The {} {which} is managed twice", subject.title),
        format!(
            "Another resource of this configuration has it already, and there is only one: two would \
             undo each other's changes. Keep one of them.\n\nObject: {}",
            subject.id
        ),
    )
    .at(at)
}
