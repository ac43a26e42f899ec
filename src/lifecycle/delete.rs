//! Deletion of an object, with a proof of its absence.

use tfplugin::{ApplyResponse, DeleteRequest, Diagnostic};

use super::object::display_name;
use super::operation::Operation;
use super::report::{Subject, Verb, report};
use super::{claims, power, relocate, siblings};
use crate::kind::Kind;
use crate::session::SessionHandle;
use crate::stores::StoreError;

/// Deletes the object of a state.
pub(super) async fn delete(
    kind: &Kind,
    session: &SessionHandle,
    request: DeleteRequest,
) -> ApplyResponse {
    let DeleteRequest {
        prior,
        private,
        cancel,
        ..
    } = request;
    let limit = |timeouts: &crate::kind::Timeouts| ("delete", timeouts.delete);
    let mut operation = match Operation::new(kind, session, &prior, limit, cancel) {
        Ok(operation) => operation,
        Err(error) => return ApplyResponse::failed(error),
    };
    let name = display_name(&prior);
    let subject = operation.object.subject(name);
    let awake = match power::awake(&operation).await {
        Ok(awake) => awake,
        Err(error) => return ApplyResponse::failed(report(Verb::Delete, &subject, &error)),
    };
    let response = delete_at(&mut operation, name, &private).await;
    awake.rest(&operation, response).await
}

async fn delete_at(operation: &mut Operation<'_>, name: &str, private: &[u8]) -> ApplyResponse {
    let kind = operation.object.kind;
    let subject = operation.object.subject(name);
    let failed = |error: StoreError| ApplyResponse::failed(report(Verb::Delete, &subject, &error));
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    if kind.is_permanent() && claims::is_taken_by_another(&operation.session, &subject.id, private)
    {
        return ApplyResponse::gone();
    }
    siblings::forget_arrival(operation);
    let deleted = async {
        operation.store().delete(operation.call()).await?;
        relocate::delete_left(operation, private).await
    };
    match deleted.await {
        Ok(()) => {
            operation.session.claims.release(&subject.id);
            operation.session.created.remove(&subject.id, subject.plane);
            ApplyResponse::gone()
        }
        Err(StoreError::Stays(refusal)) => {
            operation.session.claims.release(&subject.id);
            ApplyResponse::gone().with_diagnostics([stays(&subject, &refusal)])
        }
        Err(error) if power::is_stopped(&error) && power::is_deleted_with_agent(private) => {
            power::left_to_agent(operation)
        }
        Err(error) => failed(error),
    }
}

/// Returns the warning that the service neither deletes nor empties an object.
fn stays(subject: &Subject, refusal: &azure::Error) -> Diagnostic {
    Diagnostic::warning(
        format!("The {} was not emptied", subject.title),
        format!(
            "Terraform no longer manages this object, but the service rejected the request to \
             empty it, so its settings stay. If they must go, change them in the \
             portal.\n\nResponse of the service: {refusal}\n\nObject: {}",
            subject.id
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::Remembered;
    use crate::kind::Plane;
    use crate::stores::testing::refusal;

    #[tokio::test(start_paused = true)]
    async fn deletion_succeeds_whether_or_not_the_object_exists() {
        let skill = Remembered::new("skill");
        let config = skill.config(&[("description", "a"), ("content", "b")]);
        let created = skill.create(&config).await;
        for _ in 0..2 {
            let deleted = skill.delete(&created).await;
            assert!(deleted.diagnostics.is_empty(), "{:?}", deleted.diagnostics);
            assert!(deleted.state.is_none());
            assert!(skill.document(Plane::Arm).is_null());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn deleted_object_can_be_created_again_in_the_same_run() {
        let skill = Remembered::new("skill");
        let config = skill.config(&[("description", "a"), ("content", "b")]);
        let created = skill.create(&config).await;
        skill.delete(&created).await;
        let again = skill.create(&config).await;
        assert!(again.diagnostics.is_empty(), "{:?}", again.diagnostics);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_deletion_is_an_error() {
        let skill = Remembered::new("skill");
        let config = skill.config(&[("description", "a"), ("content", "b")]);
        let created = skill.create(&config).await;
        skill.once("DELETE /skills/one", |_| refusal(403));
        assert!(skill.delete(&created).await.diagnostics.has_errors());
        assert!(skill.document(Plane::Arm).is_object());
    }
}
