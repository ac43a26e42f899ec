//! One operation on one object: who, where, how long.

use std::sync::Arc;
use std::time::Duration;

use azure::Budget;
use azure::id::AgentId;
use serde_json::Value as Json;
use tfplugin::{Diagnostic, Value};
use tokio_util::sync::CancellationToken;

use super::report::{Subject, misfit};
use super::session::{Held, Session, SessionHandle};
use super::upload;
use crate::document::{self, Absence};
use crate::kind::{
    Address, AddressError, Annex, Field, Key, Kind, Node, Place, Plane, Presence, Timeouts, Wait,
};
use crate::stores::{Call, Options, Store, Stored, Target};

/// An operation on one object.
pub(crate) struct Operation<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) place: &'a Place,
    pub(crate) session: Arc<Session>,
    pub(crate) target: Target,
    pub(crate) budget: Budget,
    /// What it wants of the store.
    pub(crate) options: Options,
    limit: Duration,
    cancel: CancellationToken,
}

impl<'a> Operation<'a> {
    /// The operation on the object that a state or a plan describes.
    pub(crate) fn new(
        kind: &'a Kind,
        session: &SessionHandle,
        object: &Value,
        limit: impl FnOnce(&Timeouts) -> (&'static str, Duration),
        cancel: CancellationToken,
    ) -> Result<Self, Diagnostic> {
        let session = session.get()?;
        let plane = object
            .get("plane")
            .as_str()
            .and_then(|plane| plane.parse().ok());
        let plane = plane.unwrap_or_else(|| kind.default_plane(object, session.plane));
        let (timeout, limit) = limit(&kind.timeouts);
        let configured = object.get("timeouts").get(timeout).as_str();
        let limit = configured
            .and_then(|text| document::parse_duration(text).ok())
            .unwrap_or(limit);
        let target = target(kind, &session, object, plane)?;
        let mut operation = Self::at(kind, session, target, limit, cancel)?;
        let refuses = |wait: &Wait| *object.get(wait.argument) == Value::Bool(false);
        operation.options.waits = !kind.waits.iter().any(refuses);
        operation.options.annex = plane == Plane::DataPlane || is_annexed(kind, object);
        Ok(operation)
    }

    /// The operation on a known object.
    pub(crate) fn at(
        kind: &'a Kind,
        session: Arc<Session>,
        target: Target,
        limit: Duration,
        cancel: CancellationToken,
    ) -> Result<Self, Diagnostic> {
        let place = kind.place(target.plane).ok_or_else(|| {
            Diagnostic::error(
                format!("There is no {} on {}", kind.title, target.plane),
                "The service keeps objects of this kind on the other plane only.",
            )
            .at("plane")
        })?;
        Ok(Self {
            kind,
            place,
            session,
            target,
            budget: Budget::new(limit, cancel.clone()),
            options: Options {
                waits: true,
                annex: true,
                content: None,
            },
            limit,
            cancel,
        })
    }

    /// Takes the content of a file to upload, which must be what was planned.
    pub(crate) fn load(&mut self, config: &Value, planned: &Value) -> Result<(), Diagnostic> {
        if let Some(upload) = self.kind.upload() {
            self.options.content = upload::load(upload, config, planned)?;
        }
        Ok(())
    }

    /// The same object on another plane.
    pub(crate) fn on(&self, plane: Plane) -> Result<Self, Diagnostic> {
        let target = Target {
            plane,
            ..self.target.clone()
        };
        let on = Self::at(
            self.kind,
            Arc::clone(&self.session),
            target,
            self.limit,
            self.cancel.clone(),
        )?;
        Ok(Self {
            budget: self.budget.clone(),
            options: Options {
                waits: self.options.waits,
                ..on.options
            },
            ..on
        })
    }

    /// What a store needs.
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            client: &self.session.client,
            kind: self.kind,
            place: self.place,
            target: &self.target,
            budget: &self.budget,
        }
    }

    /// The same object under a key, which the service may have made.
    pub(crate) fn target_of(&self, key: &str) -> Target {
        Target {
            key: key.to_owned(),
            ..self.target.clone()
        }
    }

    /// The store of the kind, as this operation wants it.
    pub(crate) fn store(&self) -> Box<dyn Store + 'a> {
        self.kind.store(self.options.clone())
    }

    /// What messages say of the object.
    pub(crate) fn subject(&self, name: &str) -> Subject {
        Subject {
            title: self.kind.title,
            name: if name.is_empty() {
                self.target.key.clone()
            } else {
                name.to_owned()
            },
            id: self.target.id(self.kind),
            agent: self.target.agent.to_string(),
            plane: self.target.plane,
            dual: self.kind.is_dual(),
            is_agent: self.kind.key() == Key::Agent,
        }
    }

    /// Waits for the right to write: of the agent where the service takes one write at a time,
    /// else of the object. The time allowed begins when it is there: a queue is nobody's fault.
    pub(crate) async fn lock(&mut self, name: &str) -> Result<Held, azure::Error> {
        let name = if name.is_empty() {
            &self.target.key
        } else {
            name
        };
        let lock = self.lock_name(name);
        let patience = Budget::new(Duration::MAX, self.cancel.clone());
        let held = self.session.locks.hold(&lock, &patience).await?;
        self.budget = Budget::new(self.limit, self.cancel.clone());
        Ok(held)
    }

    /// The name of the lock of an object of this kind and agent.
    pub(crate) fn lock_name(&self, object: &str) -> String {
        let Self { kind, target, .. } = self;
        match kind.serial {
            true => target.agent.to_string(),
            false => format!("{}/{}/{object}", target.agent, kind.segment),
        }
    }

    /// The state of an object as the service holds it. `prior` gives what cannot be read.
    pub(crate) fn state(&self, stored: &Stored, prior: &Value) -> Result<Value, Diagnostic> {
        self.view(stored, prior, Absence::Null)
    }

    /// The same with a choice of what to do with objects that say nothing.
    pub(crate) fn view(
        &self,
        stored: &Stored,
        prior: &Value,
        absence: Absence,
    ) -> Result<Value, Diagnostic> {
        let target = self.target_of(&stored.key);
        let mut state = document::read(self.kind, self.place, &stored.document, prior, absence)
            .map_err(|error| misfit(self.kind, &target, error))?;
        let agent_id = || match prior.get("agent_id").as_str().map(AgentId::parse) {
            // The user's spelling, as long as it means the same.
            Some(Ok(agent)) if agent == target.agent => prior.get("agent_id").clone(),
            _ => Value::from(target.agent.to_string()),
        };
        state.set("id", Value::from(target.id(self.kind)));
        for (name, value) in target.address().values(self.kind.key()) {
            let value = match name {
                "agent_id" => agent_id(),
                _ => Value::from(value),
            };
            state.set(name, value);
        }
        if self.kind.is_dual() {
            state.set("plane", Value::from(target.plane.as_str()));
        }
        state.set("timeouts", prior.get("timeouts").clone());
        Ok(state)
    }

    /// The identity of the object.
    pub(crate) fn identity(&self, key: &str) -> Value {
        self.target_of(key).address().identity(self.kind)
    }

    /// The actions that bring about the planned values which a document does not change.
    pub(crate) fn actions(
        &self,
        planned: &Value,
        config: &Value,
        stored: &Stored,
    ) -> Vec<(&'a Field, &'static str)> {
        actions(self.kind, planned, config, &stored.document)
    }
}

/// Whether the second document of an object matters: it is managed, or nothing is known yet.
pub(crate) fn is_annexed(kind: &Kind, object: &Value) -> bool {
    let managed = |annex: &Annex| !object.get(annex.attribute).is_null();
    kind.annex.as_ref().is_some_and(managed) || object.get("id").is_null()
}

/// The name that a user would call the object by.
pub(crate) fn display_name(object: &Value) -> &str {
    object.get("name").as_str().unwrap_or_default()
}

fn target(
    kind: &Kind,
    session: &Session,
    object: &Value,
    plane: Plane,
) -> Result<Target, Diagnostic> {
    match kind.address(object, session.subscription_id.as_deref()) {
        Ok(Address { agent, key }) => Ok(Target { agent, plane, key }),
        Err(AddressError::NoSubscription) => Err(no_subscription()),
        Err(AddressError::Invalid { attribute, error }) => Err(Diagnostic::error(
            format!("Invalid {attribute}"),
            format!("{error}."),
        )
        .at(attribute)),
    }
}

/// An agent without a subscription.
pub(crate) fn no_subscription() -> Diagnostic {
    Diagnostic::error(
        "No subscription",
        "Set `subscription_id` of the agent or of the provider block, or the environment variable \
         ARM_SUBSCRIPTION_ID.",
    )
    .at("subscription_id")
}

fn actions<'a>(
    kind: &'a Kind,
    planned: &Value,
    config: &Value,
    document: &Json,
) -> Vec<(&'a Field, &'static str)> {
    let fields = kind.nodes.iter().filter_map(|node| match node {
        Node::Field(field) => Some(field.as_ref()),
        Node::OneOf(_) => None,
    });
    let wanted = fields.filter_map(|field| {
        let crate::kind::Bind::Action { at, actions } = &field.bind else {
            return None;
        };
        // What is left to the service is nobody's to change here.
        if matches!(field.presence, Presence::ServerChosen) && config.get(field.name).is_null() {
            return None;
        }
        let planned = match planned.get(field.name) {
            Value::String(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            _ => return None,
        };
        let current = match document.pointer(at) {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Bool(value)) => value.to_string(),
            _ => String::new(),
        };
        if planned.eq_ignore_ascii_case(&current) {
            return None;
        }
        let (_, action) = actions
            .iter()
            .find(|(value, _)| value.eq_ignore_ascii_case(&planned))?;
        Some((field, *action))
    });
    wanted.collect()
}
