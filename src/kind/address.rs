//! Addresses of objects, converted between values, ids and identities.
//!
//! Only this module knows which attributes of a state, an identity or a configuration identify an
//! object.

use azure::id::{AgentId, ChildId, IdError};
use tfplugin::Value;

use super::{Key, Kind};

/// The last segment of the id of a singleton.
pub const SINGLETON: &str = "default";

/// The address of an object: its agent and its key within the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The agent that the object is, or that it belongs to.
    pub agent: AgentId,
    /// The name of the agent or object, the id that the service assigned to the object, or
    /// [`SINGLETON`].
    pub key: String,
}

/// The reason why values do not address an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The id of the subscription is missing.
    #[error("no subscription is set")]
    NoSubscription,
    /// A value is not valid in an id.
    #[error("{error}")]
    Invalid {
        /// The name of the attribute.
        attribute: &'static str,
        /// The reason why the value is not valid.
        error: Box<IdError>,
    },
}

impl Key {
    /// Returns the attributes that identify an object. They make up its identity.
    pub const fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Agent => &["name", "resource_group_name", "subscription_id"],
            Self::Name => &["agent_id", "name"],
            Self::ServerId => &["agent_id", "object_id"],
            Self::Singleton => &["agent_id"],
        }
    }

    /// Returns the attribute that distinguishes the objects of one agent.
    pub const fn within_agent(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("name"),
            Self::ServerId => Some("object_id"),
            Self::Agent | Self::Singleton => None,
        }
    }

    /// Returns an example key for messages.
    const fn example(self) -> &'static str {
        match self {
            Self::Agent | Self::Name => "example",
            Self::ServerId => "00000000-0000-0000-0000-000000000000",
            Self::Singleton => SINGLETON,
        }
    }
}

/// An id that does not identify an object of a kind. Messages are part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectIdError {
    /// It is not the id of an agent, or of an object of an agent.
    #[error(transparent)]
    Id(#[from] IdError),
    /// It is the id of an object of another kind, which has this segment.
    #[error("`{0}` belongs to another kind of object")]
    OtherKind(String),
    /// It does not end like the id of a singleton.
    #[error("its last part must be `{SINGLETON}`")]
    OtherSingleton,
}

impl Kind {
    /// Returns the address in a state, a plan or an identity. `subscription` is the default for
    /// agents without a subscription.
    ///
    /// # Errors
    /// Returns an error if a value is missing or not valid in an id.
    pub fn address(
        &self,
        values: &Value,
        subscription: Option<&str>,
    ) -> Result<Address, AddressError> {
        let text = |name: &str| values.get(name).as_str().unwrap_or_default();
        let invalid = |attribute| {
            move |error| AddressError::Invalid {
                attribute,
                error: Box::new(error),
            }
        };
        if self.key() == Key::Agent {
            let given = values.get("subscription_id").as_str().or(subscription);
            let subscription = given.ok_or(AddressError::NoSubscription)?;
            let agent = AgentId::new(subscription, text("resource_group_name"), text("name"));
            return Ok(Address {
                agent: agent.map_err(invalid("name"))?,
                key: text("name").to_owned(),
            });
        }
        let agent = AgentId::parse(text("agent_id")).map_err(invalid("agent_id"))?;
        let key = self.key().within_agent().map_or(SINGLETON, text);
        Ok(Address {
            agent,
            key: key.to_owned(),
        })
    }

    /// Parses an id in the ARM format.
    ///
    /// # Errors
    /// Returns the reason why `id` does not identify an object of this kind.
    pub fn parse_id(&self, id: &str) -> Result<Address, ObjectIdError> {
        if self.key() == Key::Agent {
            let agent = AgentId::parse(id)?;
            let key = agent.name().to_owned();
            return Ok(Address { agent, key });
        }
        let child = ChildId::parse(id)?;
        let segment = child.segment();
        let mut known = std::iter::once(&self.segment).chain(self.aliases);
        if !known.any(|known| known.eq_ignore_ascii_case(segment)) {
            return Err(ObjectIdError::OtherKind(segment.to_owned()));
        }
        if self.key() == Key::Singleton && child.name() != SINGLETON {
            return Err(ObjectIdError::OtherSingleton);
        }
        Ok(Address {
            agent: child.agent().clone(),
            key: child.name().to_owned(),
        })
    }

    /// Returns an example id of this kind.
    pub fn example_id(&self) -> String {
        let agent = AgentId::new(
            "00000000-0000-0000-0000-000000000000",
            "rg-sre",
            "sre-agent",
        );
        let key = self.key().example().to_owned();
        agent.map_or_else(|_| String::new(), |agent| Address { agent, key }.id(self))
    }
}

impl Address {
    /// Returns the id in the ARM format, for both planes. The id is empty until the service has
    /// assigned one.
    pub fn id(&self, kind: &Kind) -> String {
        match kind.key() {
            Key::Agent => self.agent.to_string(),
            _ => self
                .agent
                .child(kind.segment, self.key.as_str())
                .map_or_else(|_| String::new(), |child| child.to_string()),
        }
    }

    /// Returns the attributes of the identity with their values.
    pub fn values(&self, key: Key) -> impl Iterator<Item = (&'static str, String)> {
        let value = move |name: &str| match name {
            "agent_id" => self.agent.to_string(),
            "resource_group_name" => self.agent.resource_group_name().to_owned(),
            "subscription_id" => self.agent.subscription_id().to_owned(),
            _ if key == Key::Agent => self.agent.name().to_owned(),
            _ => self.key.clone(),
        };
        key.attributes()
            .iter()
            .map(move |name| (*name, value(name)))
    }

    /// Returns the identity of the object.
    pub fn identity(&self, kind: &Kind) -> Value {
        let values = self.values(kind.key());
        Value::map(values.map(|(name, value)| (name, Value::from(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::kinds;

    #[test]
    fn ids_and_identities_round_trip_for_every_kind() {
        for kind in kinds() {
            let id = kind.example_id();
            let address = kind.parse_id(&id).unwrap();
            assert_eq!(address.id(&kind), id);
            let again = kind.address(&address.identity(&kind), None);
            assert_eq!(again.as_ref(), Ok(&address), "{}", kind.name);
            let named = kind.identity_schema().attributes;
            assert!(
                named
                    .keys()
                    .map(String::as_str)
                    .eq(kind.key().attributes().iter().copied()),
                "{}",
                kind.name
            );
        }
    }

    #[test]
    fn invalid_ids_are_rejected_with_a_reason() {
        let kinds = kinds();
        let kind = |name: &str| kinds.iter().find(|kind| kind.name == name).unwrap();
        let skill = kind("skill").example_id();
        let error = kind("hook").parse_id(&skill).unwrap_err();
        assert_eq!(error, ObjectIdError::OtherKind("skills".to_owned()));
        let instructions = kind("custom_instructions");
        let other = instructions.example_id().replace("/default", "/mine");
        let error = instructions.parse_id(&other).unwrap_err();
        assert_eq!(error, ObjectIdError::OtherSingleton);
        assert_eq!(error.to_string(), "its last part must be `default`");
        let agent = Value::map([("name", "a1".into()), ("resource_group_name", "rg".into())]);
        assert_eq!(
            kind("agent").address(&agent, None),
            Err(AddressError::NoSubscription)
        );
        assert!(kind("agent").address(&agent, Some("s")).is_ok());
    }
}
