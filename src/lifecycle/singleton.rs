//! Objects of which every agent has one: they are taken over instead of created.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use tfplugin::{ApplyResponse, CreateRequest, Diagnostic, Value};

use super::operation::Operation;
use super::report::{Subject, Verb, report, unfinished};
use super::settle::{settle, unread};
use super::update::write_over;
use crate::document::{self, Inputs};
use crate::kind::{Key, SINGLETON};
use crate::stores::{Reached, StoreError, Stored, WriteFailure};

/// The singletons that this run has taken, by id, each with a mark: two resources cannot have the
/// same one.
///
/// The mark is in the private data of the resource that took it. When a resource is renamed its
/// new self takes the object over, and the old one, which lacks the mark, must not empty it.
#[derive(Debug, Default)]
pub struct Singletons(Mutex<HashMap<String, u64>>);

/// The member of private data that holds the mark.
const MARK: &str = "taken_as";

impl Singletons {
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

/// The response of an update with the mark that was there before.
pub(super) fn still_marked(response: ApplyResponse, private: &[u8]) -> ApplyResponse {
    match mark_in(private) {
        Some(mark) => marked(response, mark),
        None => response,
    }
}

/// Takes the object over, and says what it was before if that was something.
pub(super) async fn adopt(operation: &mut Operation<'_>, request: &CreateRequest) -> ApplyResponse {
    let subject = operation.subject(SINGLETON);
    let Some(mark) = operation.session.singletons.take(&subject.id) else {
        return ApplyResponse::failed(taken_twice(&subject));
    };
    let response = adopt_free(operation, request, &subject).await;
    match response.state {
        Some(_) => marked(response, mark),
        None => {
            operation.session.singletons.release(&subject.id);
            response
        }
    }
}

async fn adopt_free(
    operation: &mut Operation<'_>,
    request: &CreateRequest,
    subject: &Subject,
) -> ApplyResponse {
    let CreateRequest {
        config, planned, ..
    } = request;
    let failed = |error: StoreError| ApplyResponse::failed(report(Verb::Create, subject, &error));
    let _lock = match operation.lock(SINGLETON).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    let current = match operation.store().read(operation.call()).await {
        Ok(Some(current)) => current,
        // Nothing was ever written.
        Ok(None) => Stored {
            key: SINGLETON.to_owned(),
            document: Json::Null,
            etag: None,
        },
        Err(error) => return failed(error),
    };
    let inputs = Inputs {
        planned,
        config,
        prior: &Value::Null,
    };
    match write_over(operation, inputs, &BTreeSet::new(), current).await {
        Ok((before, stored)) => {
            let warning = replaced(operation, subject, &before, planned);
            settle(operation, Verb::Create, inputs, Some(&before), &stored)
                .await
                .with_diagnostics(warning)
        }
        Err(WriteFailure {
            error,
            reached: Reached::Nothing,
        }) => failed(error),
        Err(WriteFailure {
            error,
            reached: Reached::Accepted | Reached::Unread(_),
        }) => unread(operation, planned, SINGLETON).with_diagnostics([unfinished(
            Verb::Create,
            subject,
            &error,
        )]),
        Err(WriteFailure { error, .. }) => unread(operation, planned, SINGLETON)
            .with_diagnostics([report(Verb::Create, subject, &error)]),
    }
}

/// What was there, unless that was nothing or is what is there now.
fn replaced(
    operation: &Operation<'_>,
    subject: &Subject,
    before: &Stored,
    planned: &Value,
) -> Option<Diagnostic> {
    let Key::Singleton { reset } = &operation.kind.key else {
        return None;
    };
    let managed = |document: &Json| {
        let stored = Stored {
            document: document.clone(),
            ..before.clone()
        };
        let state = operation.state(&stored, planned).ok()?;
        let of_document = |name: &str| {
            operation
                .kind
                .nodes
                .iter()
                .any(|node| node.name() == Some(name))
        };
        let members = state.as_map()?.iter().filter(|(name, _)| of_document(name));
        Some(document::to_plain(&Value::map(
            members.map(|(name, value)| (name.as_str(), value.clone())),
        )))
    };
    let was = managed(&before.document)?;
    let planned = document::to_plain(planned);
    let stays = was
        .as_object()?
        .iter()
        .all(|(name, value)| planned.get(name) == Some(value));
    if before.document.is_null() || stays || Some(&was) == managed(reset).as_ref() {
        return None;
    }
    let was = serde_json::to_string_pretty(&was).unwrap_or_default();
    Some(Diagnostic::warning(
        format!("The {} of the agent was replaced", subject.title),
        format!(
            "An agent has one, so that it is taken over instead of created, and this is what it was \
             before:\n\n{was}\n\nObject: {}",
            subject.id
        ),
    ))
}

fn taken_twice(subject: &Subject) -> Diagnostic {
    Diagnostic::error(
        format!("The {} of the agent is managed twice", subject.title),
        format!(
            "Another resource of this configuration has it already, and an agent has one only: two \
             would undo each other's changes. Keep one of them.\n\nObject: {}",
            subject.id
        ),
    )
    .at("agent_id")
}
