//! Changing an object in place.

use std::collections::BTreeSet;

use tfplugin::{ApplyResponse, Diagnostic, UpdateRequest};

use super::operation::{Operation, display_name};
use super::plan::only_local_changes;
use super::relocate::relocate;
use super::report::{Verb, report, unfinished};
use super::session::SessionHandle;
use super::settle::settle;
use crate::document::{self, Inputs, changed_groups, filled};
use crate::kind::{Kind, Plane};
use crate::stores::{Change, Reached, StoreError, Stored, WriteFailure};

/// Brings the object from the prior to the planned state.
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
        let state = filled(planned, prior);
        return ApplyResponse::done(state).with_identity(identity.clone());
    }
    let limit = |timeouts: &crate::kind::Timeouts| ("update", timeouts.update);
    // The key of an object that the service named is in the state alone.
    let mut object = planned.clone();
    object.set("object_id", prior.get("object_id").clone());
    let mut operation = match Operation::new(kind, session, &object, limit, request.cancel.clone())
    {
        Ok(operation) => operation,
        Err(error) => return ApplyResponse::failed(error),
    };
    let before: Option<Plane> = prior
        .get("plane")
        .as_str()
        .and_then(|plane| plane.parse().ok());
    match before.filter(|before| kind.is_dual() && *before != operation.target.plane) {
        Some(before) => relocate(&mut operation, before, &request).await,
        None => change(&mut operation, &request).await,
    }
}

/// One GET and one write, with nobody else of this process in between.
async fn change(operation: &mut Operation<'_>, request: &UpdateRequest) -> ApplyResponse {
    let name = display_name(&request.planned);
    let subject = operation.subject(name);
    let failed = |error: StoreError| ApplyResponse::failed(report(Verb::Update, &subject, &error));
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    let current = match operation.store().read(operation.call()).await {
        Ok(Some(current)) => current,
        Ok(None) => {
            return ApplyResponse::failed(Diagnostic::error(
                format!("The {} {name:?} is gone", subject.title),
                "It was deleted by somebody else after the plan was made. Plan and apply again to \
                 create it anew.",
            ));
        }
        Err(error) => return failed(error),
    };
    write(operation, request, &current).await
}

async fn write(
    operation: &Operation<'_>,
    request: &UpdateRequest,
    current: &Stored,
) -> ApplyResponse {
    let UpdateRequest { prior, planned, .. } = request;
    let groups = changed_groups(operation.kind, prior, planned, &request.config);
    let stored = if groups.is_empty() {
        current.clone()
    } else {
        let change = change_of(operation, request, current, groups);
        match operation.store().update(operation.call(), change).await {
            Ok(stored) => stored,
            Err(failure) => return unsuccessful(operation, request, failure).await,
        }
    };
    let inputs = Inputs {
        planned,
        config: &request.config,
        prior,
    };
    settle(operation, Verb::Update, inputs, Some(current), &stored).await
}

/// The current document with the managed members written over it.
pub(super) fn change_of(
    operation: &Operation<'_>,
    request: &UpdateRequest,
    current: &Stored,
    groups: BTreeSet<String>,
) -> Change {
    let UpdateRequest {
        config,
        prior,
        planned,
        ..
    } = request;
    let mut current = current.document.clone();
    document::retain_writable(operation.kind, operation.place, &mut current);
    let mut desired = current.clone();
    let inputs = Inputs {
        planned,
        config,
        prior,
    };
    document::write(operation.kind, operation.place, &mut desired, inputs);
    Change {
        current,
        desired,
        groups,
        name: display_name(planned).to_owned(),
    }
}

/// What is so after a write that failed: what the service shows, or else the prior state.
async fn unsuccessful(
    operation: &Operation<'_>,
    request: &UpdateRequest,
    failure: WriteFailure,
) -> ApplyResponse {
    let UpdateRequest { prior, planned, .. } = request;
    let subject = operation.subject(display_name(planned));
    let identity = operation.identity(&operation.target.key);
    match failure.reached {
        Reached::Accepted | Reached::Unread(_) => {
            let warning = unfinished(Verb::Update, &subject, &failure.error);
            ApplyResponse::done(filled(planned, prior))
                .with_identity(identity)
                .with_diagnostics([warning])
        }
        Reached::Nothing | Reached::Written(_) => ApplyResponse::done(prior.clone())
            .with_identity(identity)
            .with_diagnostics([report(Verb::Update, &subject, &failure.error)]),
    }
}
