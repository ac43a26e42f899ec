//! Updates of an object without replacing it.

use std::collections::BTreeSet;

use azure::ErrorKind;
use tfplugin::{ApplyResponse, UpdateRequest};

use super::freshness::{self, Written};
use super::object::display_name;
use super::operation::{Operation, has_companion};
use super::plan::only_local_changes;
use super::relocate::{self, relocate};
use super::report::{Verb, report, unfinished, vanished};
use super::settle::settle;
use super::{actions, claims, power, siblings};
use crate::document::{self, Inputs, changed_groups, resolved};
use crate::kind::{Kind, Plane};
use crate::session::SessionHandle;
use crate::stores::{Change, Reached, StoreError, Stored, WriteFailure};

/// How often to retry a write that conflicts with writes by others.
const CONTENTION: usize = 5;

/// Updates the object from the prior to the planned state.
pub(super) async fn update(
    kind: &Kind,
    session: &SessionHandle,
    request: UpdateRequest,
) -> ApplyResponse {
    let UpdateRequest {
        prior,
        planned,
        identity,
        ..
    } = &request;
    if only_local_changes(kind, prior, planned) {
        let state = resolved(&kind.nodes, planned, prior);
        return ApplyResponse::done(state).with_identity(identity.clone());
    }
    let limit = |timeouts: &crate::kind::Timeouts| ("update", timeouts.update);
    // If the service assigned the key, only the state contains it.
    let mut object = planned.clone();
    object.set("object_id", prior.get("object_id").clone());
    let mut operation = match Operation::new(kind, session, &object, limit, request.cancel.clone())
    {
        Ok(operation) => operation,
        Err(error) => return ApplyResponse::failed(error),
    };
    operation.options.companion |= has_companion(kind, prior);
    if let Err(error) = operation.load(&request.config, planned) {
        return ApplyResponse::failed(error);
    }
    let before: Option<Plane> = prior
        .get("plane")
        .as_str()
        .and_then(|plane| plane.parse().ok());
    let awake = match power::awake(&operation).await {
        Ok(awake) => awake,
        Err(error) => {
            let subject = operation.object.subject(display_name(planned));
            return ApplyResponse::failed(report(Verb::Update, &subject, &error));
        }
    };
    let writer = siblings::begin(&operation);
    let plane = operation.object.target.plane;
    let response = match before.filter(|before| kind.is_dual() && *before != plane) {
        Some(before) => {
            let response = relocate(&mut operation, before, &request).await;
            siblings::add_to_waiting_objects(&operation, &response).await;
            response
        }
        None => {
            let response = change(&mut operation, &request).await;
            let response = relocate::still_noted(response, &request.private);
            claims::still_marked(response, &request.private)
        }
    };
    let response = writer.end(&operation, response).await;
    awake.rest(&operation, response).await
}

/// Reads and writes the object, under a lock that excludes other writers of this process.
async fn change(operation: &mut Operation<'_>, request: &UpdateRequest) -> ApplyResponse {
    let name = display_name(&request.planned);
    let subject = operation.object.subject(name);
    let failed = |error: StoreError| ApplyResponse::failed(report(Verb::Update, &subject, &error));
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    // A refresh has already waited for the last write, but objects in a stopped agent are not
    // refreshed.
    let written = Written::from_private(&request.private);
    let current = match freshness::read(operation, written.as_ref(), &request.prior).await {
        Ok(Some(current)) => current,
        Ok(None) => return ApplyResponse::failed(vanished(&subject)),
        Err(error) => return failed(error),
    };
    let current = match actions::begin(operation, request, current).await {
        Ok(current) => current,
        Err(error) => return failed(error),
    };
    write(operation, request, current).await
}

async fn write(
    operation: &Operation<'_>,
    request: &UpdateRequest,
    current: Stored,
) -> ApplyResponse {
    let UpdateRequest {
        config,
        prior,
        planned,
        ..
    } = request;
    let inputs = Inputs {
        planned,
        config,
        prior,
    };
    let groups = changed_groups(operation.object.kind, prior, planned, config);
    if groups.is_empty() && operation.options.content.is_none() {
        return settle(operation, Verb::Update, inputs, Some(&current), &current).await;
    }
    match write_over(operation, inputs, &groups, current).await {
        Ok((before, stored)) => {
            settle(operation, Verb::Update, inputs, Some(&before), &stored).await
        }
        Err(failure) => unsuccessful(operation, request, failure),
    }
}

/// Writes the managed members to the current document. If somebody else has changed other members
/// since it was read, reads it again and retries. Also returns the document that was replaced.
pub(super) async fn write_over(
    operation: &Operation<'_>,
    inputs: Inputs<'_>,
    groups: &BTreeSet<String>,
    mut current: Stored,
) -> Result<(Stored, Stored), WriteFailure> {
    let managed = |stored: &Stored| operation.object.state(stored, inputs.prior).ok();
    let known = managed(&current);
    let mut is_visible = false;
    for _ in 0..CONTENTION {
        let change = change_of(operation, inputs, &current, groups.clone());
        is_visible |= change.current != change.desired;
        let failure = match siblings::update(operation, change).await {
            Ok(stored) => return Ok((current, stored)),
            Err(failure) => failure,
        };
        if !is_outdated(&failure) {
            return Err(failure);
        }
        match operation.store().read(operation.call()).await {
            Ok(Some(now)) => {
                let change = change_of(operation, inputs, &now, groups.clone());
                // The object already is as desired, because the response to an earlier attempt was
                // lost.
                if is_visible && change.current == change.desired {
                    return Ok((current, now));
                }
                // When an object is taken over, its current content does not matter.
                if !inputs.prior.is_null() && managed(&now) != known {
                    break;
                }
                current = now;
            }
            Ok(None) => break,
            Err(error) => {
                return Err(WriteFailure {
                    error,
                    reached: Reached::Nothing,
                });
            }
        }
    }
    Err(WriteFailure {
        error: StoreError::Changed,
        reached: Reached::Nothing,
    })
}

fn is_outdated(failure: &WriteFailure) -> bool {
    matches!(&failure.error, StoreError::Azure(error) if error.kind() == ErrorKind::PreconditionFailed)
}

/// Returns the update that sets the managed members of the current document.
pub(super) fn change_of(
    operation: &Operation<'_>,
    inputs: Inputs<'_>,
    current: &Stored,
    groups: BTreeSet<String>,
) -> Change {
    let mut before = current.document.clone();
    document::retain_writable(operation.object.kind, operation.object.place, &mut before);
    let mut desired = before.clone();
    document::write(
        operation.object.kind,
        operation.object.place,
        &mut desired,
        inputs,
    );
    Change {
        current: before,
        desired,
        groups,
        name: display_name(inputs.planned).to_owned(),
        etag: current.etag.clone(),
    }
}

/// Returns the response after a failed write: with the prior state, or with the plan if the write
/// may still succeed.
fn unsuccessful(
    operation: &Operation<'_>,
    request: &UpdateRequest,
    failure: WriteFailure,
) -> ApplyResponse {
    let UpdateRequest { prior, planned, .. } = request;
    let subject = operation.object.subject(display_name(planned));
    let identity = operation.object.identity(&operation.object.target.key);
    // The result is unknown, and some members cannot be read back. The next run sends them again.
    let is_open = failure.reached == Reached::Accepted
        && matches!(&failure.error, StoreError::Azure(error) if !error.was_accepted());
    match failure.reached {
        Reached::Accepted | Reached::Unread(_) if !is_open => {
            let warning = unfinished(Verb::Update, &subject, &failure.error);
            ApplyResponse::done(resolved(&operation.object.kind.nodes, planned, prior))
                .with_identity(identity)
                .with_diagnostics([warning])
        }
        _ => ApplyResponse::done(prior.clone())
            .with_identity(identity)
            .with_diagnostics([report(Verb::Update, &subject, &failure.error)]),
    }
}
