//! Moves of an object between planes, without replacing it.
//!
//! The planes may share a store, and the service does not say so. If both planes return equal
//! objects, the provider treats them as the same object, unless their lists show that the stores
//! are separate. If the objects differ, the one on the new plane belongs to somebody else. If the
//! object remains on the old plane, a note lets the next run continue the move.

use std::collections::BTreeSet;

use azure::poll::{Schedule, Step, poll_until};
use serde_json::{Value as Json, json};
use tfplugin::{ApplyResponse, Diagnostic, ReadResponse, UpdateRequest, Value};

use super::freshness::{LATE_WITHIN, LOOK, Written};
use super::notes::{note, noted, put};
use super::object::display_name;
use super::operation::Operation;
use super::report::{Subject, Verb, exists, report, unfinished};
use super::settle::{settle, without_choices};
use super::siblings;
use super::update::change_of;
use crate::document::{self, Inputs, resolved};
use crate::kind::{Kind, Node, Plane, Presence};
use crate::stores::{Reached, StoreError, Stored, WriteFailure};

/// The name of the note that the object still exists on another plane.
const LEFT: &str = "left_behind";
/// The name of the note that the object may still exist on another plane.
const MAYBE_LEFT: &str = "maybe_left_behind";

/// The operations on the object on both planes.
struct Planes<'a> {
    new: &'a Operation<'a>,
    old: Operation<'a>,
}

/// Writes the object on the new plane, and deletes it on the old one if the stores are separate.
pub(super) async fn relocate(
    operation: &mut Operation<'_>,
    before: Plane,
    request: &UpdateRequest,
) -> ApplyResponse {
    let name = display_name(&request.planned);
    let subject = operation.object.subject(name);
    let failed = |error: StoreError| {
        ApplyResponse::failed(report(Verb::Update, &subject, &error).at("plane"))
    };
    let _lock = match operation.lock(name).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    let old = match operation.on(before) {
        Ok(mut old) => {
            // The second document belongs to the object on both planes and must not be deleted.
            old.options.companion = false;
            old
        }
        Err(error) => return ApplyResponse::failed(error),
    };
    let planes = Planes {
        new: &*operation,
        old,
    };
    let (found, there) = match planes.look(request).await {
        Ok(both) => both,
        Err(error) => return failed(error),
    };
    let is_left = note(&request.private, LEFT).is_some();
    match (found, there) {
        (None, there) => planes.copy(request, &subject, there).await,
        (Some(found), None) => planes.write_over(request, &subject, &found).await,
        (Some(found), Some(there)) => {
            if !is_left && !planes.agree(request, &found, &there) {
                let id = operation.object.target.id(operation.object.kind);
                let refusal = exists(operation.object.kind, &subject, &id);
                return ApplyResponse::failed(elsewhere(refusal, &subject, before).at("plane"));
            }
            let response = planes.write_over(request, &subject, &found).await;
            if response.diagnostics.has_errors() {
                return response;
            }
            match is_left || planes.are_separate().await {
                true => planes.leave(response, request, name).await,
                false => noted(response, MAYBE_LEFT, json!(before.as_str())),
            }
        }
    }
}

/// Changes a refreshed state to show that a move is incomplete, or removes the note if it is
/// complete.
pub(super) async fn admit(
    operation: &Operation<'_>,
    private: &[u8],
    mut response: ReadResponse,
) -> ReadResponse {
    let left = note(private, LEFT);
    let plane = left.and_then(|plane| plane.as_str()?.parse::<Plane>().ok());
    let (Some(plane), Some(state)) = (plane, &mut response.state) else {
        return response;
    };
    let Ok(old) = operation.on(plane) else {
        return response;
    };
    match old.store().read(old.call()).await {
        Ok(Some(_)) => state.set("plane", Value::from(plane.as_str())),
        Ok(None) => {
            let mut private = private.to_vec();
            put(&mut private, LEFT, None);
            response.private = Some(private);
        }
        // The next refresh checks again.
        Err(_) => {}
    }
    response
}

/// Returns whether an object on another plane is the object of this state.
pub(super) fn is_equivalent(kind: &Kind, found: &Value, prior: &Value) -> bool {
    let is_read_only = |node: &Node| matches!(node, Node::Field(field) if matches!(field.presence, Presence::Computed { .. }));
    let nodes = kind.nodes.iter().filter(|node| is_read_only(node));
    let read_only: Vec<&str> = nodes.filter_map(Node::name).collect();
    let members = prior
        .as_map()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str());
    let mut managed = members.filter(|name| *name != "plane" && !read_only.contains(name));
    managed.all(|name| agree(found.get(name), prior.get(name)))
}

/// Copies the notes to the response for an object that was not moved.
pub(super) fn still_noted(response: ApplyResponse, private: &[u8]) -> ApplyResponse {
    [LEFT, MAYBE_LEFT]
        .into_iter()
        .fold(response, |response, name| match note(private, name) {
            Some(left) => noted(response, name, left),
            None => response,
        })
}

/// Deletes copies of the object that moves may have left on other planes.
pub(super) async fn delete_left(
    operation: &Operation<'_>,
    private: &[u8],
) -> Result<(), StoreError> {
    let is_left = note(private, LEFT).is_some();
    if !is_left && note(private, MAYBE_LEFT).is_none() {
        return Ok(());
    }
    let planes = operation.object.kind.places.iter().map(|place| place.plane);
    for plane in planes.filter(|plane| *plane != operation.object.target.plane) {
        let Ok(other) = operation.on(plane) else {
            continue;
        };
        let deleted = other.store().delete(other.call()).await;
        // The note is uncertain. If the planes share a store, there is no copy, and the other plane
        // may be unavailable.
        if is_left {
            deleted?;
        }
    }
    Ok(())
}

impl Planes<'_> {
    /// Reads the object on both planes. Soon after a write, both reads may be stale.
    async fn look(
        &self,
        request: &UpdateRequest,
    ) -> Result<(Option<Stored>, Option<Stored>), StoreError> {
        let look = async || {
            let found = self.new.store().read(self.new.call()).await?;
            let there = self.old.store().read(self.old.call()).await?;
            Ok::<_, StoreError>((found, there))
        };
        let both = look().await?;
        let settled = |both: &(Option<Stored>, Option<Stored>)| match both {
            (Some(found), Some(there)) => self.agree(request, found, there),
            _ => true,
        };
        let Some(written) = Written::from_private(&request.private).filter(|_| !settled(&both))
        else {
            return Ok(both);
        };
        let schedule = LOOK.at_most(written.remaining());
        let again = poll_until(&schedule, &self.new.budget, || async {
            Ok::<_, StoreError>(match look().await? {
                both if settled(&both) => Step::Done(both),
                _ => Step::again("the planes show the object differently"),
            })
        });
        // By now, the reads are not stale.
        match again.await {
            Ok(both) => Ok(both),
            Err(_) => look().await,
        }
    }

    /// Returns whether both planes return the same values for all configured arguments.
    fn agree(&self, request: &UpdateRequest, found: &Stored, there: &Stored) -> bool {
        let UpdateRequest { config, prior, .. } = request;
        let shown = self.new.object.state(found, prior);
        let before = self.old.object.state(there, prior);
        let (Ok(shown), Ok(before)) = (shown, before) else {
            return true;
        };
        let kind = self.new.object.kind;
        let attributes = &kind.resource_schema().attributes;
        let shown = tfplugin::plan::keep_spelling(attributes, &before, shown);
        let members = config.as_map().into_iter().flatten();
        let mut configured =
            members.filter(|(name, value)| name.as_str() != "plane" && !value.is_null());
        configured.all(|(name, _)| agree(shown.get(name), before.get(name)))
    }

    /// Returns whether the planes have separate stores: their lists both contain the object, but
    /// differ in other objects.
    async fn are_separate(&self) -> bool {
        let keys = async |operation: &Operation<'_>| {
            let store = operation.store();
            let list = || store.list(operation.call(), &[]);
            let listed = operation
                .listing
                .since(&operation.budget, list)
                .await
                .ok()?;
            let keys: BTreeSet<String> = listed.iter().map(|stored| stored.key.clone()).collect();
            keys.contains(&operation.object.target.key).then_some(keys)
        };
        let differ = async || {
            let (new, old) = (keys(self.new).await?, keys(&self.old).await?);
            Some(new != old)
        };
        // Lists may be stale, too.
        let schedule: Schedule = LOOK.at_most(LATE_WITHIN);
        let equal = poll_until(&schedule, &self.new.budget, || async {
            Ok::<_, azure::Error>(match differ().await {
                Some(true) => Step::again("the lists differ"),
                Some(false) | None => Step::Done(()),
            })
        });
        equal.await.is_err()
    }

    /// Updates the existing object on the new plane. All managed members are written, because
    /// nothing is known about earlier writes on this plane.
    async fn write_over(
        &self,
        request: &UpdateRequest,
        subject: &Subject,
        found: &Stored,
    ) -> ApplyResponse {
        let UpdateRequest {
            config,
            prior,
            planned,
            ..
        } = request;
        // The state is of the old plane, which may omit members. The current values on this plane
        // determine what is removed, and members that are not configured stay unchanged.
        let shown = match self.new.object.state(found, prior) {
            Ok(shown) => shown,
            Err(error) => return ApplyResponse::failed(error),
        };
        let over = Inputs {
            planned: &without_choices(&self.new.object.kind.nodes, planned, config),
            prior: &shown,
            config,
        };
        let change = change_of(self.new, over, found, BTreeSet::new());
        match siblings::update(self.new, change).await {
            Ok(stored) => {
                let inputs = inputs(request);
                settle(self.new, Verb::Update, inputs, Some(found), &stored).await
            }
            Err(WriteFailure { error, .. }) => {
                ApplyResponse::failed(report(Verb::Update, subject, &error).at("plane"))
            }
        }
    }

    /// Creates the object on the new plane, including members that others have set on the old
    /// plane, and deletes it on the old plane.
    async fn copy(
        &self,
        request: &UpdateRequest,
        subject: &Subject,
        there: Option<Stored>,
    ) -> ApplyResponse {
        let name = display_name(&request.planned);
        let body = self.body(request, there);
        let stored = match siblings::create(self.new, name, body.clone()).await {
            Ok(stored) => stored,
            Err(WriteFailure {
                error,
                reached: Reached::Nothing,
            }) => {
                return ApplyResponse::failed(report(Verb::Update, subject, &error).at("plane"));
            }
            // The write may still arrive, so the state refers to the new plane. The old object
            // stays until the new one is known to exist.
            Err(WriteFailure { error, .. }) => {
                let kind = self.new.object.kind;
                let state = resolved(&kind.nodes, &request.planned, &request.prior);
                let response = ApplyResponse::done(state)
                    .with_identity(request.identity.clone())
                    .with_diagnostics([
                        unfinished(Verb::Update, subject, &error),
                        left_behind(&self.old, name, &error),
                    ]);
                return noted(response, LEFT, json!(self.old.object.target.plane.as_str()));
            }
        };
        let response = settle(self.new, Verb::Update, inputs(request), None, &stored).await;
        self.leave(response, request, name).await
    }

    /// Returns the document to create: that of the old plane with all managed members.
    fn body(&self, request: &UpdateRequest, there: Option<Stored>) -> Json {
        let object = &self.new.object;
        let mut body = Json::Null;
        if let Some(there) = there {
            body = there.document;
            document::retain_writable(object.kind, self.old.object.place, &mut body);
            document::retain_writable(object.kind, object.place, &mut body);
            // This write removes what the plan removes.
            document::write(object.kind, object.place, &mut body, inputs(request));
        }
        let from_scratch = Inputs {
            prior: &Value::Null,
            ..inputs(request)
        };
        document::write(object.kind, object.place, &mut body, from_scratch);
        body
    }

    /// Deletes the object on the old plane.
    async fn leave(
        &self,
        response: ApplyResponse,
        request: &UpdateRequest,
        name: &str,
    ) -> ApplyResponse {
        let Self { new, old } = self;
        let kept = new.store().read(new.call()).await.ok().flatten();
        if let Err(error) = old.store().delete(old.call()).await {
            let response = response.with_diagnostics([left_behind(old, name, &error)]);
            return noted(response, LEFT, json!(old.object.target.plane.as_str()));
        }
        // If the new plane was only slow to return an object that both planes share, the deletion
        // has deleted it there, too.
        let subject = new.object.subject(name);
        match new.store().read(new.call()).await {
            Ok(Some(_)) => response,
            Ok(None) => {
                let body = self.body(request, kept);
                match new.store().create(new.call(), name, body).await {
                    Ok(_) => response,
                    Err(WriteFailure { error, .. }) => {
                        ApplyResponse::failed(report(Verb::Update, &subject, &error).at("plane"))
                    }
                }
            }
            Err(error) => response.with_diagnostics([unproved(&subject, &error)]),
        }
    }
}

fn inputs(request: &UpdateRequest) -> Inputs<'_> {
    Inputs {
        planned: &request.planned,
        config: &request.config,
        prior: &request.prior,
    }
}

/// Returns whether two values are equal in all members that both have.
fn agree(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::Map(one), Value::Map(other)) => {
            let mut both = one
                .iter()
                .filter_map(|(name, value)| Some((value, other.get(name)?)));
            both.all(|(one, other)| agree(one, other))
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| agree(one, other))
        }
        _ => one == other,
    }
}

/// Returns the error that another object already exists on the new plane.
fn elsewhere(refusal: Diagnostic, subject: &Subject, before: Plane) -> Diagnostic {
    let Subject { title, plane, .. } = subject;
    Diagnostic {
        detail: format!(
            "Cannot move the {title} from {before} to {plane}, because a different object with the \
             same name already exists there. Nothing was changed. {}",
            refusal.detail
        ),
        ..refusal
    }
}

fn left_behind(old: &Operation<'_>, name: &str, error: &StoreError) -> Diagnostic {
    let (title, plane) = (old.object.kind.title, old.object.target.plane);
    Diagnostic::warning(
        format!("The {title} {name:?} still exists on {plane}"),
        format!(
            "The provider moved the object to the other plane, but could not delete the old one: \
             {error}. While the old object exists, the next plan shows a change of `plane`, and \
             the next apply deletes {} on {plane}.",
            old.object.target.id(old.object.kind)
        ),
    )
}

fn unproved(subject: &Subject, error: &StoreError) -> Diagnostic {
    let Subject {
        title, name, plane, ..
    } = subject;
    Diagnostic::warning(
        format!("Cannot verify the move of the {title} {name:?}"),
        format!(
            "The provider moved the object, but cannot read it on {plane}: {error}. The next plan \
             reads it again."
        ),
    )
}

#[cfg(test)]
mod tests {
    use tfplugin::{ApplyResponse, Severity};

    use super::super::testing::Remembered;
    use super::*;
    use crate::stores::testing::refusal;

    const DELETE_ON_ARM: &str = "DELETE /skills/one";

    /// Returns a skill on ARM, and the configuration that moves it to the data plane.
    async fn skill_to_move() -> (Remembered, ApplyResponse, Value) {
        let skill = Remembered::new("skill");
        let mut config = skill.config(&[("description", "a"), ("content", "b"), ("plane", "arm")]);
        let created = skill.create(&config).await;
        config.set("plane", Value::from("data_plane"));
        (skill, created, config)
    }

    #[tokio::test(start_paused = true)]
    async fn object_moves_with_the_members_of_others() {
        let (skill, created, config) = skill_to_move().await;
        skill.set(Plane::Arm, "stranger", "theirs");
        let moved = skill.update(&created, &config).await;
        assert!(moved.diagnostics.is_empty(), "{:?}", moved.diagnostics);
        assert_eq!(
            moved.state.unwrap().get("plane").as_str(),
            Some("data_plane")
        );
        assert_eq!(skill.document(Plane::DataPlane)["stranger"], "theirs");
        assert!(skill.document(Plane::Arm).is_null());
    }

    #[tokio::test(start_paused = true)]
    async fn different_object_on_the_new_plane_is_refused() {
        let (skill, created, config) = skill_to_move().await;
        skill.set(Plane::DataPlane, "description", "theirs");
        let before = skill.writes();
        let moved = skill.update(&created, &config).await;
        assert!(moved.diagnostics.has_errors());
        assert_eq!(skill.writes(), before);
        assert_eq!(skill.document(Plane::DataPlane)["description"], "theirs");
    }

    #[tokio::test(start_paused = true)]
    async fn object_that_stays_on_the_old_plane_is_deleted_with_the_moved_one() {
        let (skill, created, config) = skill_to_move().await;
        skill.once(DELETE_ON_ARM, |_| refusal(403));
        let moved = skill.update(&created, &config).await;
        let told: Vec<_> = moved.diagnostics.iter().collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].severity, Severity::Warning);
        assert!(skill.document(Plane::Arm).is_object());
        let deleted = skill.delete(&moved).await;
        assert!(deleted.diagnostics.is_empty(), "{:?}", deleted.diagnostics);
        assert!(skill.document(Plane::Arm).is_null());
        assert!(skill.document(Plane::DataPlane).is_null());
    }

    #[tokio::test(start_paused = true)]
    async fn object_that_could_not_be_copied_stays_where_it_is() {
        let (skill, created, config) = skill_to_move().await;
        skill.once("PUT /api/v2/extendedAgent/skills/one", |_| refusal(400));
        let moved = skill.update(&created, &config).await;
        assert!(moved.diagnostics.has_errors());
        assert!(skill.document(Plane::Arm).is_object());
        assert!(skill.document(Plane::DataPlane).is_null());
    }
}
