//! An operation on an object, with its time limit and its options for the store.

use std::sync::Arc;
use std::time::Duration;

use azure::Budget;
use tfplugin::{Diagnostic, Value};
use tokio_util::sync::CancellationToken;

use super::object::Object;
use super::upload;
use crate::document;
use crate::kind::{Companion, Kind, Plane, Serial, Timeouts, Wait};
use crate::session::locks::Held;
use crate::session::{Session, SessionHandle};
use crate::stores::{Call, Listing, Options, Store};

/// An operation on an object.
pub(crate) struct Operation<'a> {
    pub(crate) object: Object<'a>,
    pub(crate) session: Arc<Session>,
    pub(crate) budget: Budget,
    /// The options for the store.
    pub(crate) options: Options,
    /// The collection of the object.
    pub(crate) listing: Arc<Listing>,
    limit: Duration,
    cancel: CancellationToken,
}

impl<'a> Operation<'a> {
    /// Creates the operation on the object that a state or a plan describes.
    pub(crate) fn new(
        kind: &'a Kind,
        session: &SessionHandle,
        value: &Value,
        limit: impl FnOnce(&Timeouts) -> (&'static str, Duration),
        cancel: CancellationToken,
    ) -> Result<Self, Diagnostic> {
        let session = session.get()?;
        let object = Object::described(kind, &session, value)?;
        let (timeout, limit) = limit(&kind.timeouts);
        let configured = value.get("timeouts").get(timeout).as_str();
        let limit = configured
            .and_then(|text| document::parse_duration(text).ok())
            .unwrap_or(limit);
        let refuses = |wait: &Wait| *value.get(wait.argument) == Value::Bool(false);
        let options = Options {
            waits: !kind.waits.iter().any(refuses),
            companion: object.target.plane == Plane::DataPlane || has_companion(kind, value),
            content: None,
            contended: (kind.serial == Serial::WhereRefused)
                .then(|| session.locks.of(&object.target.agent.to_string())),
        };
        Ok(Self {
            listing: session.listings.of(&object.collection()),
            object,
            session,
            budget: Budget::new(limit, cancel.clone()),
            options,
            limit,
            cancel,
        })
    }

    /// Loads the content of a file to upload, which must match the plan.
    pub(crate) fn load(&mut self, config: &Value, planned: &Value) -> Result<(), Diagnostic> {
        if let Some(upload) = self.object.kind.upload() {
            self.options.content = upload::load(upload, config, planned)?;
        }
        Ok(())
    }

    /// Returns the same operation on another plane, with the remaining time.
    pub(crate) fn on(&self, plane: Plane) -> Result<Self, Diagnostic> {
        let object = self.object.on(plane)?;
        Ok(Self {
            listing: self.session.listings.of(&object.collection()),
            object,
            session: Arc::clone(&self.session),
            budget: self.budget.clone(),
            options: Options {
                waits: self.options.waits,
                companion: true,
                content: None,
                contended: self.options.contended.clone(),
            },
            limit: self.limit,
            cancel: self.cancel.clone(),
        })
    }

    /// Returns the context for the requests of the store.
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            client: &self.session.client,
            kind: self.object.kind,
            place: self.object.place,
            target: &self.object.target,
            listing: &self.listing,
            budget: &self.budget,
            conflicts_are_final: false,
        }
    }

    /// Returns the store of the kind with the options of this operation.
    pub(crate) fn store(&self) -> Box<dyn Store + 'a> {
        self.object.kind.store(self.options.clone())
    }

    /// Returns a budget with the complete time limit, starting now.
    pub(crate) fn full_budget(&self) -> Budget {
        Budget::new(self.limit, self.cancel.clone())
    }

    /// Acquires the lock of an object by name. The time limit starts after that, so that waiting
    /// does not count.
    pub(crate) async fn lock(&mut self, name: &str) -> Result<Writing, azure::Error> {
        let lock = self.object.lock_name(name);
        let unlimited = Budget::new(Duration::MAX, self.cancel.clone());
        let held = self.session.locks.hold(&lock, &unlimited).await?;
        self.budget = self.full_budget();
        Ok(Writing::new(held, Arc::clone(&self.listing)))
    }
}

/// The exclusive right to write an object. Shared lists are discarded when it is acquired and
/// dropped.
pub(crate) struct Writing {
    _held: Held,
    listing: Arc<Listing>,
}

impl Writing {
    pub(crate) fn new(held: Held, listing: Arc<Listing>) -> Self {
        listing.forget();
        Self {
            _held: held,
            listing,
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.listing.forget();
    }
}

/// Returns whether an operation must read the second document of an object: if it is managed, or if
/// nothing is known yet.
pub(crate) fn has_companion(kind: &Kind, object: &Value) -> bool {
    let managed = |companion: &Companion| !object.get(companion.attribute).is_null();
    kind.companion.as_ref().is_some_and(managed) || object.get("id").is_null()
}
