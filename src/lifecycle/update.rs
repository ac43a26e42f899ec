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

#[cfg(test)]
mod tests {
    use tfplugin::Value;

    use super::super::testing::Remembered;
    use crate::kind::Plane;
    use crate::stores::testing::refusal;

    const PUT: &str = "PUT /skills/one";

    /// Returns a created skill with its configuration and the response to its creation.
    async fn skill() -> (Remembered, Value, tfplugin::ApplyResponse) {
        let skill = Remembered::new("skill");
        let config = skill.config(&[("description", "a"), ("content", "b")]);
        let created = skill.create(&config).await;
        (skill, config, created)
    }

    #[tokio::test(start_paused = true)]
    async fn members_of_others_survive() {
        let (skill, mut config, created) = skill().await;
        skill.set(Plane::Arm, "stranger", "theirs");
        config.set("description", Value::from("new"));
        let updated = skill.update(&created, &config).await;
        assert!(updated.diagnostics.is_empty(), "{:?}", updated.diagnostics);
        assert_eq!(
            updated.state.unwrap().get("description").as_str(),
            Some("new")
        );
        let document = skill.document(Plane::Arm);
        assert_eq!(
            (&document["description"], &document["stranger"]),
            (&"new".into(), &"theirs".into())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn change_of_local_arguments_sends_nothing() {
        let (skill, mut config, created) = skill().await;
        config.set(
            "timeouts",
            Value::map([
                ("create", Value::from("5m")),
                ("read", Value::Null),
                ("update", Value::Null),
                ("delete", Value::Null),
            ]),
        );
        let updated = skill.update(&created, &config).await;
        assert!(updated.diagnostics.is_empty(), "{:?}", updated.diagnostics);
        assert_eq!(skill.writes(), [PUT]);
    }

    #[tokio::test(start_paused = true)]
    async fn vanished_object_is_not_created_again() {
        let (skill, mut config, created) = skill().await;
        skill.remove(Plane::Arm);
        config.set("description", Value::from("new"));
        let updated = skill.update(&created, &config).await;
        assert!(updated.diagnostics.has_errors());
        assert_eq!(skill.writes(), [PUT]);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_change_keeps_the_prior_state() {
        let (skill, mut config, created) = skill().await;
        skill.once(PUT, |_| refusal(400));
        config.set("description", Value::from("new"));
        let updated = skill.update(&created, &config).await;
        assert!(updated.diagnostics.has_errors());
        assert_eq!(updated.state, created.state);
    }

    #[tokio::test(start_paused = true)]
    async fn outdated_write_is_repeated_over_changes_of_others() {
        let (skill, mut config, created) = skill().await;
        skill.once(PUT, |documents| {
            documents.get_mut(&Plane::Arm).unwrap()["stranger"] = "theirs".into();
            refusal(412)
        });
        config.set("description", Value::from("new"));
        let updated = skill.update(&created, &config).await;
        assert!(updated.diagnostics.is_empty(), "{:?}", updated.diagnostics);
        let document = skill.document(Plane::Arm);
        assert_eq!(
            (&document["description"], &document["stranger"]),
            (&"new".into(), &"theirs".into())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn outdated_write_does_not_overwrite_another_change_of_the_same_arguments() {
        let (skill, mut config, created) = skill().await;
        skill.once(PUT, |documents| {
            documents.get_mut(&Plane::Arm).unwrap()["description"] = "theirs".into();
            refusal(412)
        });
        config.set("description", Value::from("new"));
        let updated = skill.update(&created, &config).await;
        let error = updated.diagnostics.iter().next().unwrap();
        assert!(
            error.detail.starts_with("Somebody else changed"),
            "{error:?}"
        );
        assert_eq!(skill.document(Plane::Arm)["description"], "theirs");
    }
}
