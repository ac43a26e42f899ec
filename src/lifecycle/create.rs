//! Creating an object without taking over another and without losing one.

use tfplugin::{ApplyResponse, CreateRequest, Diagnostic, Value};

use super::freshness::Written;
use super::operation::{Operation, display_name};
use super::report::{Verb, dropped, exists, report, unfinished};
use super::session::SessionHandle;
use crate::document::{self, Inputs, filled};
use crate::kind::{Key, Kind};
use crate::stores::{Reached, StoreError, Stored, Target, WriteFailure};

/// Creates the planned object.
pub(super) async fn create(
    kind: &Kind,
    session: &SessionHandle,
    request: CreateRequest,
) -> ApplyResponse {
    let limit = |timeouts: &crate::kind::Timeouts| ("create", timeouts.create);
    let cancel = request.cancel.clone();
    match Operation::new(kind, session, &request.planned, limit, cancel) {
        Ok(operation) => create_at(&operation, &request).await,
        Err(error) => ApplyResponse::failed(error),
    }
}

async fn create_at(operation: &Operation<'_>, request: &CreateRequest) -> ApplyResponse {
    let CreateRequest {
        config,
        planned,
        checkpoint,
        ..
    } = request;
    let name = display_name(planned);
    let subject = operation.subject(name);
    let failed = |error: StoreError| ApplyResponse::failed(report(Verb::Create, &subject, &error));
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    match operation.store().conflicting(operation.call(), name).await {
        Ok(None) => {}
        Ok(Some(stored)) => {
            let target = Target {
                key: stored.key,
                ..operation.target.clone()
            };
            return ApplyResponse::failed(exists(
                operation.kind,
                &subject,
                &target.id(operation.kind),
            ));
        }
        Err(error) => return failed(error),
    }
    let inputs = Inputs {
        planned,
        config,
        prior: &Value::Null,
    };
    let mut body = serde_json::Value::Null;
    document::write(operation.kind, operation.place, &mut body, inputs);
    // Noted before anything is sent: should the call not come back, the next refresh finds out.
    if !matches!(operation.kind.key, Key::ServerId { .. }) {
        let key = &operation.target.key;
        checkpoint.save(
            reached(operation, planned, key),
            Some(operation.identity(key)),
        );
    }
    match operation.store().create(operation.call(), name, body).await {
        Ok(stored) => finish(operation, request, &stored).await,
        Err(WriteFailure {
            error,
            reached: Reached::Nothing,
        }) => failed(error),
        Err(WriteFailure {
            error,
            reached: Reached::Accepted,
        }) => given_up(operation, planned, &error),
        Err(WriteFailure {
            error,
            reached: Reached::Written(key),
        }) => ApplyResponse::done(reached(operation, planned, &key))
            .with_private(Written::over(operation, None).to_private())
            .with_identity(operation.identity(&key))
            .with_diagnostics([report(Verb::Create, &subject, &error)]),
    }
}

/// The actions that a document does not hold, and the state.
async fn finish(
    operation: &Operation<'_>,
    request: &CreateRequest,
    stored: &Stored,
) -> ApplyResponse {
    let CreateRequest {
        planned,
        checkpoint,
        ..
    } = request;
    let identity = operation.identity(&stored.key);
    checkpoint.save(
        reached(operation, planned, &stored.key),
        Some(identity.clone()),
    );
    let subject = operation.subject(display_name(planned));
    let target = Target {
        key: stored.key.clone(),
        ..operation.target.clone()
    };
    let mut diagnostics = Vec::new();
    let actions = operation.actions(planned, stored);
    for (field, action) in &actions {
        let call = crate::stores::Call {
            target: &target,
            ..operation.call()
        };
        if let Err(error) = operation.store().act(call, action).await {
            diagnostics.push(report(Verb::Create, &subject, &error).at(field.name));
        }
    }
    let state = match operation.state(stored, planned) {
        Ok(answered) => {
            let kept = acted(&answered, planned, &actions);
            diagnostics.extend(dropped(
                &subject,
                planned,
                &kept_spelling(operation, planned, kept),
            ));
            filled(planned, &answered)
        }
        // It exists, and what was planned is the best that is known of it.
        Err(error) => {
            diagnostics.push(Diagnostic {
                severity: tfplugin::Severity::Warning,
                ..error
            });
            reached(operation, planned, &stored.key)
        }
    };
    ApplyResponse::done(state)
        .with_private(Written::over(operation, None).to_private())
        .with_identity(identity)
        .with_diagnostics(diagnostics)
}

/// An object whose creation goes on. Its absence would lose it, and an error would have it
/// destroyed by the next apply.
fn given_up(operation: &Operation<'_>, planned: &Value, error: &StoreError) -> ApplyResponse {
    let key = &operation.target.key;
    let subject = operation.subject(display_name(planned));
    let diagnostic = match (&operation.kind.key, error) {
        // Agents take minutes: more than the time allowed means that something is wrong.
        (Key::Agent, StoreError::Azure(cause))
            if cause.kind() == azure::ErrorKind::DeadlineExceeded =>
        {
            let mut diagnostic = report(Verb::Create, &subject, error);
            diagnostic.detail.push_str(
                "\n\nThe service goes on by itself, and the agent is saved as tainted: the next apply \
                 would replace it. If it comes up in the meantime, keep it with `terraform untaint \
                 azuresre_agent.<name>`. A longer `timeouts.create` avoids this.",
            );
            diagnostic
        }
        _ => unfinished(Verb::Create, &subject, error),
    };
    ApplyResponse::done(reached(operation, planned, key))
        .with_private(Written::over(operation, None).to_private())
        .with_identity(operation.identity(key))
        .with_diagnostics([diagnostic])
}

/// The planned state with the key, everything else that is unknown left open.
fn reached(operation: &Operation<'_>, planned: &Value, key: &str) -> Value {
    let mut state = planned.clone();
    let target = Target {
        key: key.to_owned(),
        ..operation.target.clone()
    };
    state.set("id", Value::from(target.id(operation.kind)));
    match operation.kind.key {
        Key::ServerId { .. } => state.set("object_id", Value::from(key)),
        Key::Agent => {
            state.set(
                "subscription_id",
                Value::from(target.agent.subscription_id()),
            );
        }
        Key::Name { .. } => {}
    }
    if operation.kind.is_dual() {
        state.set("plane", Value::from(target.plane.as_str()));
    }
    state.without_unknowns()
}

/// The answer with the values that actions have brought about since.
pub(super) fn acted(
    answered: &Value,
    planned: &Value,
    actions: &[(&crate::kind::Field, &'static str)],
) -> Value {
    let mut answered = answered.clone();
    for (field, _) in actions {
        answered.set(field.name, planned.get(field.name).clone());
    }
    answered
}

/// The answer in the user's spelling: another spelling of the same is nothing to warn of.
pub(super) fn kept_spelling(operation: &Operation<'_>, planned: &Value, answered: Value) -> Value {
    let schema = operation.kind.resource_schema();
    tfplugin::plan::keep_spelling(&schema.attributes, planned, answered)
}
