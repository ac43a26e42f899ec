//! Moving an object between planes, in place.
//!
//! Planes may share a store, and nobody says whether they do. What both show alike is taken for one object, unless
//! their lists differ otherwise; what they show differently is somebody else's. What a move has left on the old
//! plane is noted, and the next run goes on from there.

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

/// The name of the note that the object is still on another plane, too.
const LEFT: &str = "left_behind";
/// The name of the note that it may be.
const MAYBE_LEFT: &str = "maybe_left_behind";

/// The object on both planes.
struct Planes<'a> {
    new: &'a Operation<'a>,
    old: Operation<'a>,
}

/// Writes the object on the new plane, and takes it away on the old one if that is another.
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
            // A second document belongs to the object wherever that is.
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

/// Has a refreshed state say that a move is still to be ended, or forgets that it was.
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
        // It is looked at again by the next refresh.
        Err(_) => {}
    }
    response
}

/// Whether an object of another plane is the one of this state.
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

/// The notes of an object that stays where it is.
pub(super) fn still_noted(response: ApplyResponse, private: &[u8]) -> ApplyResponse {
    [LEFT, MAYBE_LEFT]
        .into_iter()
        .fold(response, |response, name| match note(private, name) {
            Some(left) => noted(response, name, left),
            None => response,
        })
}

/// Deletes what moves may have left on other planes.
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
        // Where both planes share a store there is nothing left, and one of them may be closed.
        if is_left {
            deleted?;
        }
    }
    Ok(())
}

impl Planes<'_> {
    /// The object on the new plane, and on the old one. Soon after a write both may be late.
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
        // What they show by now is what they hold.
        match again.await {
            Ok(both) => Ok(both),
            Err(_) => look().await,
        }
    }

    /// Whether both planes show the same, as far as it is configured.
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

    /// Whether the planes have stores of their own, as far as their lists tell: both have the object, and
    /// they differ in others.
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
        // A list may be late as well.
        let schedule: Schedule = LOOK.at_most(LATE_WITHIN);
        let equal = poll_until(&schedule, &self.new.budget, || async {
            Ok::<_, azure::Error>(match differ().await {
                Some(true) => Step::again("the lists differ"),
                Some(false) | None => Step::Done(()),
            })
        });
        equal.await.is_err()
    }

    /// Writes over the object that the new plane has already. All that is managed is written, since nobody knows
    /// what this plane was told before.
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
        // The state is of the other plane, which may show less: what this one holds is what is taken away, and what
        // nobody configured is left as it is.
        let shown = match self.new.object.state(found, prior) {
            Ok(shown) => shown,
            Err(error) => return ApplyResponse::failed(error),
        };
        let over = Inputs {
            planned: &without_choices(self.new.object.kind, planned, config),
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

    /// Writes the object where there is none yet, with what others have set on the old plane, and takes it away there.
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
            // It is on its way, so this is where the state has to look for it; the old one stays
            // until it is known to have arrived.
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

    /// The document to create: that of the old plane, with all that is managed written over it.
    fn body(&self, request: &UpdateRequest, there: Option<Stored>) -> Json {
        let object = &self.new.object;
        let mut body = Json::Null;
        if let Some(there) = there {
            body = there.document;
            document::retain_writable(object.kind, self.old.object.place, &mut body);
            document::retain_writable(object.kind, object.place, &mut body);
            // What is taken away by the same plan.
            document::write(object.kind, object.place, &mut body, inputs(request));
        }
        let anew = Inputs {
            prior: &Value::Null,
            ..inputs(request)
        };
        document::write(object.kind, object.place, &mut body, anew);
        body
    }

    /// Takes the object away on the old plane.
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
        // Had this plane only been late to show an object that both share, the deletion would have
        // taken it along.
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

/// Whether two values are the same where both are shown.
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

/// The refusal of an object that is on the new plane already and is not the one that moves.
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
