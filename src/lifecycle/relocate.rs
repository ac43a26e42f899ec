//! Moving an object between planes, in place.

use std::collections::BTreeSet;

use tfplugin::{ApplyResponse, Diagnostic, UpdateRequest, Value};

use super::object::display_name;
use super::operation::Operation;
use super::report::{Subject, Verb, report, unfinished};
use super::settle::{settle, without_choices};
use super::siblings;
use super::update::change_of;
use crate::document::{self, Inputs, filled};
use crate::kind::Plane;
use crate::stores::{Reached, StoreError, WriteFailure};

/// Writes the object on the new plane, changing one that is there already as with one store
/// behind both planes, and takes it away on the old one if that is another.
pub(super) async fn relocate(
    operation: &mut Operation<'_>,
    before: Plane,
    request: &UpdateRequest,
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
    let name = display_name(planned);
    let subject = operation.object.subject(name);
    let failed = |error: StoreError| {
        ApplyResponse::failed(report(Verb::Update, &subject, &error).at("plane"))
    };
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    let operation = &*operation;
    let old = match operation.on(before) {
        Ok(mut old) => {
            // A second document belongs to the object wherever that is.
            old.options.companion = false;
            old
        }
        Err(error) => return ApplyResponse::failed(error),
    };
    match operation.store().read(operation.call()).await {
        Ok(None) => {}
        // One store behind both planes, or a move that was interrupted. All that is managed is
        // written, since nobody knows what this plane was told before.
        Ok(Some(current)) => {
            // The state is of the other plane, which may show less: what this one holds is what is
            // taken away, and what nobody configured is left as it is.
            let shown = match operation.object.state(&current, prior) {
                Ok(shown) => shown,
                Err(error) => return ApplyResponse::failed(error),
            };
            let over = Inputs {
                planned: &without_choices(operation.object.kind, planned, config),
                prior: &shown,
                config,
            };
            let change = change_of(operation, over, &current, BTreeSet::new());
            return match siblings::update(operation, change).await {
                Ok(stored) => {
                    settle(operation, Verb::Update, inputs, Some(&current), &stored).await
                }
                Err(WriteFailure { error, .. }) => failed(error),
            };
        }
        Err(error) => return failed(error),
    }
    let mut body = serde_json::Value::Null;
    let anew = Inputs {
        prior: &Value::Null,
        ..inputs
    };
    document::write(
        operation.object.kind,
        operation.object.place,
        &mut body,
        anew,
    );
    let store = operation.store();
    let stored = match siblings::create(operation, name, body.clone()).await {
        Ok(stored) => stored,
        Err(WriteFailure {
            error,
            reached: Reached::Nothing,
        }) => return failed(error),
        // It is on its way, so this is where the state has to look for it; the old one stays
        // until it is known to have arrived.
        Err(WriteFailure { error, .. }) => {
            let state = filled(&operation.object.kind.nodes, planned, prior);
            return ApplyResponse::done(state)
                .with_identity(request.identity.clone())
                .with_diagnostics([
                    unfinished(Verb::Update, &subject, &error),
                    left_behind(&old, name, &error),
                ]);
        }
    };
    let response = settle(operation, Verb::Update, inputs, None, &stored).await;
    if let Err(error) = old.store().delete(old.call()).await {
        return response.with_diagnostics([left_behind(&old, name, &error)]);
    }
    // Had this plane only been late to show an object that both share, the deletion would have
    // taken it along.
    match store.read(operation.call()).await {
        Ok(Some(_)) => response,
        Ok(None) => match store.create(operation.call(), name, body).await {
            Ok(_) => response,
            Err(WriteFailure { error, .. }) => failed(error),
        },
        Err(error) => response.with_diagnostics([unproved(&subject, &error)]),
    }
}

fn left_behind(old: &Operation<'_>, name: &str, error: &StoreError) -> Diagnostic {
    let (title, plane) = (old.object.kind.title, old.object.target.plane);
    Diagnostic::warning(
        format!("The {title} {name:?} is left behind on {plane}"),
        format!(
            "It was to be moved, and the old one was not deleted: {error}. Once the new one is there, \
             delete {} on {plane} by hand.",
            old.object.target.id(old.object.kind)
        ),
    )
}

fn unproved(subject: &Subject, error: &StoreError) -> Diagnostic {
    let Subject {
        title, name, plane, ..
    } = subject;
    Diagnostic::warning(
        format!("The {title} {name:?} was moved, which could not be verified"),
        format!("Reading it on {plane} failed: {error}. The next plan reads it again."),
    )
}
