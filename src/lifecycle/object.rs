//! An object by its address: its kind, plane and key.

use azure::id::AgentId;
use tfplugin::{Diagnostic, Value};

use super::report::{Subject, misfit};
use crate::document::{self, Absence};
use crate::kind::{Address, AddressError, Key, Kind, Place, Plane, Serial};
use crate::session::Session;
use crate::stores::{Stored, Target};

/// An object, whether it exists or not.
#[derive(Clone)]
pub(crate) struct Object<'a> {
    /// The kind of the object.
    pub(crate) kind: &'a Kind,
    /// The place of the kind on the plane of the object.
    pub(crate) place: &'a Place,
    /// The agent, the plane and the key of the object.
    pub(crate) target: Target,
}

impl<'a> Object<'a> {
    /// Returns the object that a state or a plan describes.
    pub(crate) fn described(
        kind: &'a Kind,
        session: &Session,
        object: &Value,
    ) -> Result<Self, Diagnostic> {
        let plane = object.get("plane").as_str();
        let plane = plane.and_then(|plane| plane.parse().ok());
        let plane = match plane {
            Some(plane) => plane,
            None if kind.is_dual() => kind.default_plane(object, session.plane()?),
            None => kind.default_plane(object, Plane::Arm),
        };
        match kind.address(object, session.subscription_id.as_deref()) {
            Ok(Address { agent, key }) => Self::at(kind, Target { agent, plane, key }),
            Err(AddressError::NoSubscription) => Err(session.no_subscription()),
            Err(AddressError::Invalid { attribute, error }) => Err(Diagnostic::error(
                format!("Invalid {attribute}"),
                format!("{error}."),
            )
            .at(attribute)),
        }
    }

    /// Returns the object at a target.
    pub(crate) fn at(kind: &'a Kind, target: Target) -> Result<Self, Diagnostic> {
        let place = kind.place(target.plane).ok_or_else(|| {
            Diagnostic::error(
                format!("The {} is not available on {}", kind.title, target.plane),
                "The service stores objects of this kind only on the other plane.",
            )
            .at("plane")
        })?;
        Ok(Self {
            kind,
            place,
            target,
        })
    }

    /// Returns the same object on another plane.
    pub(crate) fn on(&self, plane: Plane) -> Result<Self, Diagnostic> {
        let target = Target {
            plane,
            ..self.target.clone()
        };
        Self::at(self.kind, target)
    }

    /// Returns the target with another key, for objects to which the service has just assigned one.
    pub(crate) fn target_of(&self, key: &str) -> Target {
        Target {
            key: key.to_owned(),
            ..self.target.clone()
        }
    }

    /// Returns the identity of the object with a key.
    pub(crate) fn identity(&self, key: &str) -> Value {
        self.target_of(key).address().identity(self.kind)
    }

    /// Returns the description of the object for messages.
    pub(crate) fn subject(&self, name: &str) -> Subject {
        Subject {
            title: self.kind.title,
            name: self.named(name).to_owned(),
            id: self.target.id(self.kind),
            agent: self.target.agent.to_string(),
            plane: self.target.plane,
            dual: self.kind.is_dual(),
            is_agent: self.kind.key() == Key::Agent,
        }
    }

    /// Returns the name of the lock for an object with a name or key. For kinds with serialized
    /// writes, this is the lock of the agent.
    pub(crate) fn lock_name(&self, name: &str) -> String {
        let Self { kind, target, .. } = self;
        match kind.serial {
            Serial::Always => target.agent.to_string(),
            Serial::Never | Serial::WhereRefused => {
                format!("{}/{}/{}", target.agent, kind.segment, self.named(name))
            }
        }
    }

    /// Returns the name of the collection of the object.
    pub(crate) fn collection(&self) -> String {
        let Self { kind, target, .. } = self;
        format!("{} {} {}", target.agent, target.plane, kind.segment).to_lowercase()
    }

    /// Returns the state of the stored object. Values that cannot be read come from `prior`.
    pub(crate) fn state(&self, stored: &Stored, prior: &Value) -> Result<Value, Diagnostic> {
        self.view(stored, prior, Absence::Null)
    }

    /// Like [`Self::state`], with a choice of how to represent objects without content.
    pub(crate) fn view(
        &self,
        stored: &Stored,
        prior: &Value,
        absence: Absence,
    ) -> Result<Value, Diagnostic> {
        let target = self.target_of(&stored.key);
        let mut state = document::read(self.kind, self.place, &stored.document, prior, absence)
            .map_err(|error| misfit(self.kind, &target, prior, error))?;
        let agent_id = || match prior.get("agent_id").as_str().map(AgentId::parse) {
            // The spelling of the user is kept if it means the same agent.
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

    /// Returns the name, or the key of an object without a name.
    fn named<'b>(&'b self, name: &'b str) -> &'b str {
        match name {
            "" => &self.target.key,
            name => name,
        }
    }
}

/// Returns the name by which the user knows the object.
pub(crate) fn display_name(object: &Value) -> &str {
    object.get("name").as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources;

    fn target() -> Target {
        Target {
            agent: AgentId::new("sub", "rg", "agent").unwrap(),
            plane: Plane::Arm,
            key: "triage".to_owned(),
        }
    }

    #[test]
    fn messages_and_locks_use_the_name_or_the_key() {
        let kinds = resources::kinds();
        let kind = kinds.iter().find(|kind| kind.name == "skill").unwrap();
        let object = Object::at(kind, target()).unwrap();
        assert_eq!(object.subject("").name, "triage");
        assert_eq!(object.subject("Triage").name, "Triage");
        assert_eq!(object.lock_name(""), object.lock_name("triage"));
        assert_ne!(object.lock_name("other"), object.lock_name("triage"));
    }

    #[test]
    fn writes_of_serial_kinds_wait_for_their_agent() {
        for kind in resources::kinds() {
            let Some(place) = kind.places.first() else {
                continue;
            };
            let target = Target {
                plane: place.plane,
                ..target()
            };
            let object = Object::at(&kind, target).unwrap();
            assert_eq!(
                kind.serial == Serial::Always,
                object.lock_name("one") == object.lock_name("two"),
                "{}",
                kind.name
            );
        }
    }
}
