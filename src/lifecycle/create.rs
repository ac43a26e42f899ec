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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::Remembered;
    use crate::kind::Plane;
    use crate::stores::testing::{Reply, refusal};

    const PUT: &str = "PUT /skills/one";

    #[tokio::test(start_paused = true)]
    async fn object_is_written_once_and_complete() {
        let skill = Remembered::new("skill");
        let created = skill
            .create(&skill.config(&[("description", "a"), ("content", "b")]))
            .await;
        assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
        let state = created.state.unwrap();
        assert!(state.is_wholly_known());
        assert!(
            state
                .get("id")
                .as_str()
                .unwrap()
                .ends_with("/agents/agent/skills/one")
        );
        assert_eq!(skill.writes(), [PUT]);
        let document = skill.document(Plane::Arm);
        assert_eq!(
            (&document["description"], &document["skillContent"]),
            (&json!("a"), &json!("b"))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn existing_object_is_refused_without_a_write() {
        let skill = Remembered::new("skill");
        skill.set(Plane::Arm, "description", "theirs");
        let created = skill
            .create(&skill.config(&[("description", "a"), ("content", "b")]))
            .await;
        assert!(created.state.is_none());
        let error = created.diagnostics.iter().next().unwrap();
        assert!(
            error.detail.contains("to = azuresre_skill.example"),
            "{error:?}"
        );
        assert_eq!(skill.writes(), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_object_is_not_in_the_state() {
        let skill = Remembered::new("skill");
        skill.once(PUT, |_| refusal(400));
        let created = skill
            .create(&skill.config(&[("description", "a"), ("content", "b")]))
            .await;
        assert!(created.state.is_none());
        assert!(created.diagnostics.has_errors());
    }

    #[tokio::test(start_paused = true)]
    async fn second_object_with_the_same_name_in_a_run_is_refused() {
        let skill = Remembered::new("skill");
        let config = skill.config(&[("description", "a"), ("content", "b")]);
        assert!(!skill.create(&config).await.diagnostics.has_errors());
        // Reads do not show the first one yet.
        skill.remove(Plane::Arm);
        assert!(skill.create(&config).await.diagnostics.has_errors());
        assert_eq!(skill.writes(), [PUT]);
    }

    /// Without a state the object would be lost, and with an error the next apply would replace it.
    #[tokio::test(start_paused = true)]
    async fn written_object_that_cannot_be_read_stays_in_the_state() {
        let skill = Remembered::new("skill");
        skill.once(PUT, |_| Reply::Json(200, json!({})));
        let created = skill
            .create(&skill.config(&[("description", "a"), ("content", "b")]))
            .await;
        let state = created.state.unwrap();
        assert_eq!(state.get("description").as_str(), Some("a"));
        assert!(state.is_wholly_known());
        assert!(!created.diagnostics.is_empty());
        assert!(
            !created.diagnostics.has_errors(),
            "{:?}",
            created.diagnostics
        );
    }
}
