//! Objects that refer to others of their kind by name. The service refuses names of objects that do
//! not exist.
//!
//! Two objects that refer to each other could therefore never be created. So the provider first
//! writes an object without the missing names. When the same run creates the missing object, it
//! adds its name.

use std::sync::Arc;
use std::time::Duration;

use azure::ErrorKind;
use azure::poll::{Schedule, Step, poll_until};
use serde_json::Value as Json;
use tfplugin::{ApplyResponse, Diagnostic};

use super::operation::{Operation, Writing};
use crate::session::Session;
use crate::session::siblings::Owner;
use crate::stores::{Call, Change, Reached, StoreError, Stored, WriteFailure};

/// How long the last writer waits for other writers to begin before it reports missing names.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often and how long to check whether an added name is visible.
const SHOWN: Schedule = Schedule::growing(Duration::from_millis(200), Duration::from_secs(3))
    .at_most(Duration::from_secs(20));

/// Creates an object. If the service refuses names, creates it without the missing ones.
pub(super) async fn create(
    operation: &Operation<'_>,
    name: &str,
    body: Json,
) -> Result<Stored, WriteFailure> {
    let store = operation.store();
    let refusal = match store.create(operation.call(), name, body.clone()).await {
        Err(failure) if names_siblings(operation, &failure, &body) => failure,
        result => return result,
    };
    let without = without_missing(operation, body.clone(), refusal).await?;
    let result = store.create(operation.call(), name, without).await;
    written(operation, &body, result)
}

/// Updates an object. If the service refuses names, updates it without the missing ones.
pub(super) async fn update(
    operation: &Operation<'_>,
    change: Change,
) -> Result<Stored, WriteFailure> {
    let store = operation.store();
    let refusal = match store.update(operation.call(), change.clone()).await {
        Err(failure) if names_siblings(operation, &failure, &change.desired) => failure,
        result => return result,
    };
    let desired = without_missing(operation, change.desired.clone(), refusal).await?;
    let whole = change.desired.clone();
    let result = store
        .update(operation.call(), Change { desired, ..change })
        .await;
    written(operation, &whole, result)
}

/// Adds the name of a new object to the objects that wait for it.
pub(super) async fn add_to_waiting_objects(operation: &Operation<'_>, response: &ApplyResponse) {
    if operation.object.kind.siblings.is_none() || response.state.is_none() {
        return;
    }
    let key = &operation.object.target.key;
    let siblings = &operation.session.siblings;
    for owner in siblings.arrived(&operation.object.collection(), key) {
        if let Err(error) = add(operation, &owner.target.key, key).await {
            let owner = owner.target.key.as_str();
            tracing::warn!(%error, owner, sibling = key.as_str(), "a name was not added");
        }
    }
}

/// Removes an object from the known arrivals, because it is being deleted.
pub(super) fn forget_arrival(operation: &Operation<'_>) {
    if operation.object.kind.siblings.is_some() {
        let siblings = &operation.session.siblings;
        siblings.departed(&operation.object.collection(), &operation.object.target.key);
    }
}

/// A writer to a collection of objects that refer to each other.
pub(super) struct Writer(Option<(Arc<Session>, String)>);

/// Registers a writer.
pub(super) fn begin(operation: &Operation<'_>) -> Writer {
    let collection = operation.object.collection();
    Writer(operation.object.kind.siblings.map(|_| {
        operation.session.siblings.begin(&collection);
        (Arc::clone(&operation.session), collection)
    }))
}

impl Writer {
    /// Ends the writer. If it is the last one, adds a warning for each object whose names are still
    /// missing. Other writers may still create those objects.
    pub(super) async fn end(
        mut self,
        operation: &Operation<'_>,
        response: ApplyResponse,
    ) -> ApplyResponse {
        let Some((session, collection)) = self.0.take() else {
            return response;
        };
        let siblings = &session.siblings;
        if !siblings.end(&collection) {
            return response;
        }
        let budget = operation.full_budget().at_most(PATIENCE);
        _ = budget.run(siblings.settled(&collection)).await;
        if siblings.is_written(&collection) {
            return response;
        }
        let lacking = siblings.take_unreported(&collection);
        let warnings = lacking.iter().map(|owner| warn(operation, owner));
        response.with_diagnostics(warnings)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some((session, collection)) = self.0.take() {
            session.siblings.end(&collection);
        }
    }
}

/// Returns the note of an object in the same collection.
fn noted(operation: &Operation<'_>, key: &str) -> Option<Owner> {
    let siblings = &operation.session.siblings;
    siblings.noted(&operation.object.collection(), key)
}

fn forget(operation: &Operation<'_>) {
    let siblings = &operation.session.siblings;
    siblings.forget(&operation.object.collection(), &operation.object.target.key);
}

/// Returns the written object with all its names, because the missing ones will be added later.
fn written(
    operation: &Operation<'_>,
    whole: &Json,
    result: Result<Stored, WriteFailure>,
) -> Result<Stored, WriteFailure> {
    let Ok(mut stored) = result else {
        forget(operation);
        return result;
    };
    let at = operation.object.kind.siblings.unwrap_or_default();
    if let (Some(list), Some(names)) = (stored.document.pointer_mut(at), whole.pointer(at)) {
        *list = names.clone();
    }
    Ok(stored)
}

fn names_siblings(operation: &Operation<'_>, failure: &WriteFailure, body: &Json) -> bool {
    let refused = matches!(&failure.error, StoreError::Azure(error)
        if error.kind() == ErrorKind::Rejected && failure.reached == Reached::Nothing);
    let list = operation
        .object
        .kind
        .siblings
        .and_then(|at| body.pointer(at));
    let names = list.and_then(Json::as_array);
    refused && names.is_some_and(|names| !names.is_empty())
}

/// Removes the missing names from a document, and records that they must be added later. If all
/// names exist by now, the document is returned unchanged. If nothing can be found out, the refusal
/// is returned.
async fn without_missing(
    operation: &Operation<'_>,
    mut body: Json,
    refusal: WriteFailure,
) -> Result<Json, WriteFailure> {
    let whole = body.clone();
    let Some(list) = operation
        .object
        .kind
        .siblings
        .and_then(|at| body.pointer_mut(at))
    else {
        return Err(refusal);
    };
    let names: Vec<String> = strings(list);
    // The note precedes the list and is shortened after it. An object that is created in between
    // finds the note, and waits for the lock of this object.
    let mut owner = Owner {
        collection: operation.object.collection(),
        target: operation.object.target.clone(),
        whole,
        missing: names.iter().cloned().collect(),
        told: false,
    };
    let siblings = &operation.session.siblings;
    siblings.note(owner.clone());
    let Ok(existing) = operation.store().list(operation.call(), &[]).await else {
        forget(operation);
        return Err(refusal);
    };
    let exists = |name: &String| {
        existing.iter().any(|stored| stored.key == *name)
            || siblings.has_arrived(&owner.collection, name)
    };
    let (there, missing): (Vec<_>, Vec<_>) = names.into_iter().partition(exists);
    *list = there.into();
    owner.missing = missing.into_iter().collect();
    match owner.missing.is_empty() {
        true => forget(operation),
        false => siblings.note(owner),
    }
    Ok(body)
}

/// Adds a name to an object, under the lock of that object.
async fn add(operation: &Operation<'_>, key: &str, name: &str) -> Result<(), StoreError> {
    let Operation {
        session, budget, ..
    } = operation;
    let kind = operation.object.kind;
    let lock = operation.object.lock_name(key);
    let held = session.locks.hold(&lock, budget).await?;
    let _writing = Writing::new(held, Arc::clone(&operation.listing));
    // The previous holder of the lock may have failed to write the object, or may have added the
    // name already.
    let owner = noted(operation, key).filter(|owner| owner.missing.contains(name));
    let Some(owner) = owner else {
        return Ok(());
    };
    let mut desired = owner.whole.clone();
    let Some(list) = kind.siblings.and_then(|at| desired.pointer_mut(at)) else {
        return Ok(());
    };
    let mut present = strings(list);
    present.retain(|known| known == name || !owner.missing.contains(known));
    *list = present.into();
    let call = Call {
        target: &owner.target,
        ..operation.call()
    };
    let change = Change::first(key, desired);
    let written = operation.store().update(call, change).await;
    written.map_err(|failure| failure.error)?;
    session.siblings.added(&owner.collection, key, name);
    // The note of the object's own write does not cover this one. Without a wait, a stale read
    // would look like a change by somebody else.
    let shown = poll_until(&SHOWN, budget, || async {
        let found = operation.store().read(call).await;
        let names = found
            .ok()
            .flatten()
            .map(|stored| names(operation, &stored.document));
        Ok::<_, azure::Error>(
            match names.is_some_and(|names| names.iter().any(|known| known == name)) {
                true => Step::Done(()),
                false => Step::again("the service does not return the name yet"),
            },
        )
    });
    drop(shown.await);
    Ok(())
}

fn names(operation: &Operation<'_>, document: &Json) -> Vec<String> {
    let list = operation
        .object
        .kind
        .siblings
        .and_then(|at| document.pointer(at));
    list.map(strings).unwrap_or_default()
}

fn strings(list: &Json) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Json::as_str).map(str::to_owned).collect()
}

fn warn(operation: &Operation<'_>, owner: &Owner) -> Diagnostic {
    let (title, key) = (operation.object.kind.title, &owner.target.key);
    let names: Vec<&str> = owner.missing.iter().map(String::as_str).collect();
    let warning = Diagnostic::warning(
        format!("The {title} {key:?} refers to objects that do not exist"),
        format!(
            "The service rejects the names of objects that do not exist, so the provider omitted \
             these names: {}. The provider adds each name as soon as this run creates the object. \
             If this run does not create it, the next plan shows the difference. In that case, \
             create the {title} with that name, or remove the name.",
            names.join(", ")
        ),
    );
    let attribute = operation.object.kind.siblings.unwrap_or_default();
    match *key == operation.object.target.key {
        true => warning.at(attribute.trim_start_matches('/')),
        false => warning,
    }
}
