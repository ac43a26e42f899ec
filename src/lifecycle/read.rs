//! Refreshes of a state, and the first read after an import.

use tfplugin::{Diagnostic, ReadRequest, ReadResponse, Value};

use super::freshness::{self, Written};
use super::object::{Object, display_name};
use super::operation::Operation;
use super::report::{Verb, report};
use super::{by_product, power, relocate, upload};
use crate::kind::Kind;
use crate::session::SessionHandle;
use crate::stores::{Stored, WORTHWHILE};

/// Reads the object of a state.
pub(super) async fn read(
    kind: &Kind,
    session: &SessionHandle,
    request: ReadRequest,
) -> ReadResponse {
    let ReadRequest {
        state: prior,
        private,
        cancel,
        ..
    } = request;
    let written = Written::from_private(&private);
    let limit = |timeouts: &crate::kind::Timeouts| ("read", timeouts.read);
    let operation = match Operation::new(kind, session, &prior, limit, cancel) {
        Ok(operation) => operation,
        Err(error) => return ReadResponse::failed(error),
    };
    operation.session.agents.set_refreshes();
    // A state has a plane, but the result of an import has none.
    match kind.is_dual() && prior.get("plane").is_null() {
        true => search(&operation, &prior).await,
        false => refresh(&operation, &prior, &private, written.as_ref()).await,
    }
}

async fn refresh(
    operation: &Operation<'_>,
    prior: &Value,
    private: &[u8],
    written: Option<&Written>,
) -> ReadResponse {
    let mut response = read_at(operation, prior, written).await;
    if let Some(state) = &mut response.state {
        by_product::admit(operation.object.kind, private, state);
        return relocate::admit(operation, private, response).await;
    }
    if response.diagnostics.has_errors() || !is_known(prior) {
        return response;
    }
    // An earlier run may have been killed after it moved the object.
    for other in elsewhere(operation) {
        let moved = read_at(&other, prior, None).await;
        let is_it = |state: &Value| relocate::is_equivalent(other.object.kind, state, prior);
        if moved.state.as_ref().is_some_and(is_it) {
            // If both planes share a store, the object exists here too, and the first read was
            // stale.
            let again = read_at(operation, prior, None).await;
            return match again.state {
                Some(_) => again,
                None => moved,
            };
        }
    }
    response
}

/// Looks for the object on the plane that the provider prefers, and then on the other plane.
async fn search(operation: &Operation<'_>, prior: &Value) -> ReadResponse {
    let kind = operation.object.kind;
    let response = read_at(operation, prior, None).await;
    if response.diagnostics.has_errors() {
        return response;
    }
    if let Some(state) = &response.state {
        // If both planes share a store, the default plane of the object decides.
        let home = kind.default_plane(state, operation.object.target.plane);
        let at_home = elsewhere(operation).find(|other| other.object.target.plane == home);
        if let Some(at_home) = at_home {
            let found = read_at(&at_home, prior, None).await;
            if found.state.is_some() {
                return found;
            }
        }
        return response;
    }
    for other in elsewhere(operation) {
        let response = read_at(&other, prior, None).await;
        if response.state.is_some() || response.diagnostics.has_errors() {
            return response;
        }
    }
    response
}

/// Returns the same operation on the other planes of the kind.
fn elsewhere<'a>(operation: &Operation<'a>) -> impl Iterator<Item = Operation<'a>> {
    let planes = operation.object.kind.places.iter().map(|place| place.plane);
    let others = planes.filter(|plane| *plane != operation.object.target.plane);
    others.filter_map(|plane| operation.on(plane).ok())
}

async fn read_at(
    operation: &Operation<'_>,
    prior: &Value,
    written: Option<&Written>,
) -> ReadResponse {
    let _reader = operation.listing.reader();
    if let Some((state, key)) = listed(operation, prior, written).await {
        return found(operation, state, &key);
    }
    match freshness::read(operation, written, prior).await {
        Ok(Some(stored)) => match state(operation, &stored, prior) {
            Ok(state) => found(operation, state, &stored.key),
            Err(error) => ReadResponse::failed(error),
        },
        Ok(None) => ReadResponse::gone(),
        // After an import, there is no state to keep.
        Err(error) if power::is_stopped(&error) && is_known(prior) => power::kept(operation, prior),
        Err(error) => {
            let subject = operation.object.subject(display_name(prior));
            ReadResponse::failed(report(Verb::Read, &subject, &error))
        }
    }
}

/// Returns the state and key of an object from a shared list, if they match the known state.
///
/// Otherwise the object is read by itself, because a list may be stale and may omit members. If a
/// read is itself a list, the listed state is final.
async fn listed(
    operation: &Operation<'_>,
    prior: &Value,
    written: Option<&Written>,
) -> Option<(Value, String)> {
    let Object {
        kind,
        place,
        target,
    } = &operation.object;
    let may_be_late = written.is_some_and(Written::is_young);
    // A list does not contain second documents.
    let is_whole = place.listed_whole && !(kind.companion.is_some() && operation.options.companion);
    if !is_known(prior) || !is_whole || may_be_late {
        return None;
    }
    let store = operation.store();
    let list = || store.list(operation.call(), &[]);
    let readers = match place.listed_by {
        // A single read would need a list, too.
        Some(_) => 1,
        None => WORTHWHILE,
    };
    let stored = operation.listing.take(&target.key, readers, list).await?;
    let state = state(operation, &stored, prior).ok()?;
    let attributes = &kind.resource_schema().attributes;
    let state = tfplugin::plan::keep_spelling(attributes, prior, state);
    (place.listed_by.is_some() || state == *prior).then_some((state, stored.key))
}

/// Returns whether this is a complete state, in contrast to the result of an import.
fn is_known(prior: &Value) -> bool {
    !prior.get("id").is_null() && !prior.get("agent_id").is_null()
}

/// Returns the state of an object that was read.
pub(crate) fn state(
    operation: &Operation<'_>,
    stored: &Stored,
    prior: &Value,
) -> Result<Value, Diagnostic> {
    let mut state = operation.object.state(stored, prior)?;
    upload::compare(operation.object.kind, prior, &mut state);
    Ok(state)
}

fn found(operation: &Operation<'_>, state: Value, key: &str) -> ReadResponse {
    let warning = failed_provisioning(operation, &state);
    let mut response = ReadResponse::found(state).with_identity(operation.object.identity(key));
    response.diagnostics.extend(warning);
    response
}

/// Returns a warning if the provisioning of the object failed, for example after the provider
/// stopped waiting for it.
fn failed_provisioning(operation: &Operation<'_>, state: &Value) -> Option<Diagnostic> {
    let result = state.get("provisioning_state").as_str()?;
    if !["failed", "canceled"].contains(&result.to_ascii_lowercase().as_str()) {
        return None;
    }
    let subject = operation.object.subject(display_name(state));
    let reason = state
        .get("deployment_error")
        .as_str()
        .unwrap_or("it does not give a reason");
    Some(Diagnostic::warning(
        format!(
            "Provisioning of the {} {:?} did not succeed",
            subject.title, subject.name
        ),
        format!(
            "The service reports the provisioning state {result}: {reason}. Correct the cause, or \
             recreate the object with `terraform apply -replace=ADDRESS`.\n\nObject: {}",
            subject.id
        ),
    ))
}
