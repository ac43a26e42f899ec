//! Creation of an object, without overwriting an existing one and without losing the new one.

use serde_json::Value as Json;
use tfplugin::{ApplyResponse, CreateRequest, Value};

use super::object::display_name;
use super::operation::Operation;
use super::report::{Verb, created_twice, exists, report, unfinished};
use super::settle::{known, settle, unread};
use super::{claims, power, siblings, singleton};
use crate::document::{self, Inputs};
use crate::kind::{Key, Kind, StoreKind};
use crate::session::SessionHandle;
use crate::stores::{Reached, StoreError, WriteFailure};

/// Creates the planned object.
pub(super) async fn create(
    kind: &Kind,
    session: &SessionHandle,
    request: CreateRequest,
) -> ApplyResponse {
    let limit = |timeouts: &crate::kind::Timeouts| ("create", timeouts.create);
    let cancel = request.cancel.clone();
    let mut operation = match Operation::new(kind, session, &request.planned, limit, cancel) {
        Ok(operation) => operation,
        Err(error) => return ApplyResponse::failed(error),
    };
    if let Err(error) = operation.load(&request.config, &request.planned) {
        return ApplyResponse::failed(error);
    }
    let subject = operation.object.subject(display_name(&request.planned));
    let awake = match power::awake(&operation).await {
        Ok(awake) => awake,
        Err(error) => return ApplyResponse::failed(report(Verb::Create, &subject, &error)),
    };
    let response = match &kind.store {
        _ if !kind.is_permanent() => {
            let writer = siblings::begin(&operation);
            let response = create_at(&mut operation, &request).await;
            siblings::add_to_waiting_objects(&operation, &response).await;
            writer.end(&operation, response).await
        }
        store => {
            claims::claimed(&mut operation, &subject, async |operation| match store {
                StoreKind::Singleton { .. } => {
                    singleton::adopt(operation, &request, &subject).await
                }
                _ => create_at(operation, &request).await,
            })
            .await
        }
    };
    awake.rest(&operation, response).await
}

async fn create_at(operation: &mut Operation<'_>, request: &CreateRequest) -> ApplyResponse {
    let CreateRequest {
        config,
        planned,
        checkpoint,
        ..
    } = request;
    let name = display_name(planned);
    let subject = operation.object.subject(name);
    let failed = |error: StoreError| ApplyResponse::failed(report(Verb::Create, &subject, &error));
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    let kind = operation.object.kind;
    // Reads may not return an object yet that this run has created.
    if operation.session.created.has(&subject.id, subject.plane) {
        return ApplyResponse::failed(created_twice(&subject));
    }
    match operation.store().conflicting(operation.call(), name).await {
        Ok(found) => {
            if let Some(stored) = found.into_iter().next() {
                let id = operation.object.target_of(&stored.key).id(kind);
                return ApplyResponse::failed(exists(kind, &subject, &id));
            }
        }
        Err(error) => return failed(error),
    }
    let inputs = Inputs {
        planned,
        config,
        prior: &Value::Null,
    };
    let mut body = Json::Null;
    document::write(
        operation.object.kind,
        operation.object.place,
        &mut body,
        inputs,
    );
    // The note precedes the request. If the provider is killed, the next refresh finds the object.
    if operation.object.kind.key() != Key::ServerId {
        let key = &operation.object.target.key;
        checkpoint.save(
            known(operation, planned, key).without_unknowns(),
            Some(operation.object.identity(key)),
        );
    }
    match siblings::create(operation, name, body).await {
        Ok(stored) => {
            let target = operation.object.target_of(&stored.key);
            let id = target.id(operation.object.kind);
            operation.session.created.add(&id, target.plane);
            settle(operation, Verb::Create, inputs, None, &stored).await
        }
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
            reached: Reached::Unread(key),
        }) => unread(operation, planned, &key).with_diagnostics([unfinished(
            Verb::Create,
            &subject,
            &error,
        )]),
        Err(WriteFailure {
            error,
            reached: Reached::Written(key),
        }) => unread(operation, planned, &key).with_diagnostics([report(
            Verb::Create,
            &subject,
            &error,
        )]),
    }
}

/// Keeps an object whose creation continues in the state. Without a state the object would be lost,
/// and with an error the next apply would replace it.
fn given_up(operation: &Operation<'_>, planned: &Value, error: &StoreError) -> ApplyResponse {
    let key = &operation.object.target.key;
    let subject = operation.object.subject(display_name(planned));
    let diagnostic = match (operation.object.kind.key(), error) {
        // An agent starts within minutes, so an expired time limit indicates a problem.
        (Key::Agent, StoreError::Azure(cause))
            if cause.kind() == azure::ErrorKind::DeadlineExceeded =>
        {
            let mut diagnostic = report(Verb::Create, &subject, error);
            diagnostic.detail.push_str(
                "\n\nThe service continues to create the agent. Terraform saves the agent as \
                 tainted, so the next apply replaces it. If the agent becomes ready in the \
                 meantime, run `terraform untaint azuresre_agent.<name>` to keep it. To avoid \
                 this, set a longer `timeouts.create`.",
            );
            diagnostic
        }
        _ => unfinished(Verb::Create, &subject, error),
    };
    unread(operation, planned, key).with_diagnostics([diagnostic])
}
