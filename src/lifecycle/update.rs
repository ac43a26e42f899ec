//! Changing an object in place, and moving it between planes.

use std::collections::BTreeSet;

use tfplugin::{ApplyResponse, Diagnostic, Severity, UpdateRequest, Value};

use super::create::{acted, kept_spelling};
use super::freshness::Written;
use super::operation::{Operation, display_name};
use super::plan::only_local_changes;
use super::report::{Subject, Verb, dropped, report, unfinished};
use super::session::SessionHandle;
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
    let operation = match Operation::new(kind, session, &object, limit, request.cancel.clone()) {
        Ok(operation) => operation,
        Err(error) => return ApplyResponse::failed(error),
    };
    let before: Option<Plane> = prior
        .get("plane")
        .as_str()
        .and_then(|plane| plane.parse().ok());
    match before.filter(|before| kind.is_dual() && *before != operation.target.plane) {
        Some(before) => move_to(&operation, before, &request).await,
        None => change(&operation, &request).await,
    }
}

/// One GET and one write, with nobody else of this process in between.
async fn change(operation: &Operation<'_>, request: &UpdateRequest) -> ApplyResponse {
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
    let subject = operation.subject(display_name(planned));
    let groups = changed_groups(operation.kind, prior, planned);
    let stored = if groups.is_empty() {
        current.clone()
    } else {
        let change = change_of(operation, request, current, groups);
        match operation.store().update(operation.call(), change).await {
            Ok(stored) => stored,
            Err(failure) => return unsuccessful(operation, request, failure).await,
        }
    };
    let mut diagnostics = Vec::new();
    let actions = operation.actions(planned, &stored);
    let mut state = planned.clone();
    for (field, action) in &actions {
        if let Err(error) = operation.store().act(operation.call(), action).await {
            diagnostics.push(report(Verb::Update, &subject, &error).at(field.name));
            // The document was written, this was not.
            state.set(field.name, prior.get(field.name).clone());
        }
    }
    let state = match operation.state(&stored, planned) {
        Ok(answered) => {
            let kept = acted(&answered, planned, &actions);
            let spelled = kept_spelling(operation, planned, kept);
            diagnostics.extend(dropped(&subject, planned, &spelled));
            filled(&state, &answered)
        }
        Err(error) => {
            diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                ..error
            });
            filled(&state, prior)
        }
    };
    ApplyResponse::done(state)
        .with_private(Written::over(operation, Some(current)).to_private())
        .with_identity(operation.identity(&stored.key))
        .with_diagnostics(diagnostics)
}

fn change_of(
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
        Reached::Accepted => {
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

/// Writes the object on the new plane, changing one that is there already as with one store
/// behind both planes, and takes it away on the old one if that still shows it.
async fn move_to(
    operation: &Operation<'_>,
    before: Plane,
    request: &UpdateRequest,
) -> ApplyResponse {
    let UpdateRequest {
        config,
        prior,
        planned,
        ..
    } = request;
    let name = display_name(planned);
    let subject = operation.subject(name);
    let failed = |error: StoreError| {
        ApplyResponse::failed(report(Verb::Update, &subject, &error).at("plane"))
    };
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    let old = match operation.on(before) {
        Ok(old) => old,
        Err(error) => return ApplyResponse::failed(error),
    };
    let found = match operation.store().read(operation.call()).await {
        Ok(found) => found,
        Err(error) => return failed(error),
    };
    if let Some(current) = found {
        // One store behind both planes, or a move that was interrupted: bring it up to date. All
        // that is managed is written, since nobody knows what this plane was told before.
        return write_all(operation, request, &current).await;
    }
    let mut body = serde_json::Value::Null;
    let inputs = Inputs {
        planned,
        config,
        prior: &Value::Null,
    };
    document::write(operation.kind, operation.place, &mut body, inputs);
    match operation
        .store()
        .create(operation.call(), name, body.clone())
        .await
    {
        Ok(stored) => {
            let response = match operation.state(&stored, planned) {
                Ok(answered) => ApplyResponse::done(filled(planned, &answered)),
                Err(error) => {
                    ApplyResponse::done(filled(planned, prior)).with_diagnostics([Diagnostic {
                        severity: Severity::Warning,
                        ..error
                    }])
                }
            };
            let response = response
                .with_identity(operation.identity(&stored.key))
                .with_private(Written::over(operation, None).to_private());
            if let Err(error) = old.store().delete(old.call()).await {
                return response.with_diagnostics([left_behind(&old, name, &error)]);
            }
            // Had this plane only been late to show an object that both share, the deletion would
            // have taken it along.
            match operation.store().read(operation.call()).await {
                Ok(Some(_)) => response,
                Ok(None) => match operation.store().create(operation.call(), name, body).await {
                    Ok(_) => response,
                    Err(WriteFailure { error, .. }) => failed(error),
                },
                Err(error) => response.with_diagnostics([unproved(&subject, &error)]),
            }
        }
        Err(WriteFailure { error, .. }) => failed(error),
    }
}

async fn write_all(
    operation: &Operation<'_>,
    request: &UpdateRequest,
    current: &Stored,
) -> ApplyResponse {
    let UpdateRequest { prior, planned, .. } = request;
    let subject = operation.subject(display_name(planned));
    let change = change_of(operation, request, current, BTreeSet::new());
    match operation.store().update(operation.call(), change).await {
        Ok(stored) => match operation.state(&stored, planned) {
            Ok(answered) => ApplyResponse::done(filled(planned, &answered)),
            Err(error) => {
                ApplyResponse::done(filled(planned, prior)).with_diagnostics([Diagnostic {
                    severity: Severity::Warning,
                    ..error
                }])
            }
        }
        .with_identity(operation.identity(&stored.key)),
        Err(WriteFailure { error, .. }) => {
            ApplyResponse::failed(report(Verb::Update, &subject, &error).at("plane"))
        }
    }
}

fn left_behind(old: &Operation<'_>, name: &str, error: &StoreError) -> Diagnostic {
    Diagnostic::warning(
        format!(
            "The {} {name:?} is left behind on {}",
            old.kind.title, old.target.plane
        ),
        format!(
            "It was moved, but the old one could not be deleted: {error}. Delete {} on {} by hand.",
            old.target.id(old.kind),
            old.target.plane
        ),
    )
}

fn unproved(subject: &Subject, error: &StoreError) -> Diagnostic {
    Diagnostic::warning(
        format!(
            "The {} {:?} was moved, which could not be verified",
            subject.title, subject.name
        ),
        format!(
            "Reading it on {} failed: {error}. The next plan reads it again.",
            subject.plane
        ),
    )
}
