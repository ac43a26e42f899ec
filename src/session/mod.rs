//! The configured provider, and the state that its operations share.
//!
//! - [`agents`]: the agents that this run stops or destroys
//! - [`locks`]: locks on objects and agents
//! - [`claims`]: the resources that own objects which exist only once
//! - [`created`]: the objects that this run has created
//! - [`siblings`]: the names that must still be added to other objects
//! - [`told`]: the messages that users have seen

pub mod agents;
pub mod claims;
pub mod created;
pub mod locks;
pub mod siblings;
pub mod told;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use azure::Client;
use tfplugin::{Diagnostic, Value};

use self::agents::Agents;
use self::claims::Claims;
use self::created::Created;
use self::locks::Locks;
use self::siblings::Siblings;
use self::told::Told;
use crate::kind::Plane;
use crate::stores::Listings;

/// The configuration of the provider, and the state that operations share.
#[derive(Debug)]
pub struct Session {
    /// The client of the service.
    pub client: Client,
    /// The default subscription of agents, if it is set and known.
    pub subscription_id: Option<String>,
    /// The default plane of objects, if it is known.
    pub plane: Option<Plane>,
    /// The arguments that are not known yet. The state has the values that depend on them.
    pub unknown: Vec<String>,
    /// What this run does to agents.
    pub agents: Agents,
    /// The locks on objects and agents.
    pub locks: Locks,
    /// The objects with claims, which exist before they are managed.
    pub claims: Claims,
    /// The objects that this run has created.
    pub created: Created,
    /// The objects that wait for other objects that they refer to.
    pub siblings: Siblings,
    /// The messages that users have seen.
    pub told: Told,
    /// The collections that many readers share.
    pub listings: Listings,
}

/// The current session, shared by all parts of the provider.
#[derive(Clone, Default)]
pub struct SessionHandle(Arc<RwLock<State>>);

#[derive(Default)]
enum State {
    /// `ConfigureProvider` has not been called.
    #[default]
    Unconfigured,
    /// Required arguments are not known yet. The plane may be known.
    Unknown {
        arguments: Vec<String>,
        plane: Option<Plane>,
    },
    /// The session is ready.
    Ready(Arc<Session>),
}

impl SessionHandle {
    /// Sets the session and replaces an earlier one.
    pub fn set(&self, session: Session) {
        self.replace(State::Ready(Arc::new(session)));
    }

    /// Records that there is no session until these arguments are known.
    pub fn set_unknown(&self, arguments: Vec<String>, plane: Option<Plane>) {
        self.replace(State::Unknown { arguments, plane });
    }

    fn replace(&self, state: State) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Returns the session.
    ///
    /// # Errors
    /// Returns an error with the missing arguments if there is no session.
    pub fn get(&self) -> Result<Arc<Session>, Diagnostic> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(session) => Ok(Arc::clone(session)),
            State::Unconfigured => Err(Diagnostic::error(
                "The provider is not configured",
                "Terraform requested an object before it configured the provider. This is a bug in \
                 Terraform or in the provider. Please report it.",
            )),
            State::Unknown { arguments, .. } => Err(not_known_yet(arguments)),
        }
    }

    /// Returns the subscription of an object, or else the default.
    pub fn subscription_of(&self, object: &Value) -> Option<String> {
        let named = object.get("subscription_id").as_str().map(str::to_owned);
        named.or_else(|| self.preferences().1)
    }

    /// Returns the error for an agent without a subscription.
    pub fn no_subscription(&self) -> Diagnostic {
        match self.get() {
            Ok(session) => session.no_subscription(),
            Err(error) => error,
        }
    }

    /// Returns the default plane and subscription, as far as they are known without a session.
    pub fn preferences(&self) -> (Option<Plane>, Option<String>) {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(session) => (session.plane, session.subscription_id.clone()),
            State::Unknown { plane, .. } => (*plane, None),
            State::Unconfigured => (None, None),
        }
    }
}

impl Session {
    /// Creates a session in which nothing has happened.
    pub fn new(client: Client, plane: Option<Plane>) -> Self {
        Self {
            client,
            subscription_id: None,
            plane,
            unknown: Vec::new(),
            agents: Agents::default(),
            locks: Locks::default(),
            claims: Claims::default(),
            created: Created::default(),
            siblings: Siblings::default(),
            told: Told::default(),
            listings: Listings::default(),
        }
    }

    /// Returns the default plane of objects.
    ///
    /// # Errors
    /// Returns an error if it is not known yet.
    pub fn plane(&self) -> Result<Plane, Diagnostic> {
        self.plane.ok_or_else(|| not_known_yet(&self.unknown))
    }

    /// Returns the error for an agent without a subscription.
    pub fn no_subscription(&self) -> Diagnostic {
        if self.unknown.iter().any(|name| name == "subscription_id") {
            return not_known_yet(&self.unknown);
        }
        Diagnostic::error(
            "No subscription",
            "Set `subscription_id` on the agent or in the provider block, or set the environment \
             variable `ARM_SUBSCRIPTION_ID`.",
        )
        .at("subscription_id")
    }
}

fn not_known_yet(arguments: &[String]) -> Diagnostic {
    Diagnostic::error(
        "The provider configuration is not known yet",
        format!(
            "The provider can read objects only after these arguments of the provider block are \
             known: {}. First apply the resources that these arguments depend on, for example with \
             `-target`.",
            arguments.join(", ")
        ),
    )
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionHandle")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_session_is_an_error_with_a_reason() {
        let handle = SessionHandle::default();
        assert_eq!(
            handle.get().unwrap_err().summary,
            "The provider is not configured"
        );
        handle.set_unknown(vec!["client_secret".into()], Some(Plane::DataPlane));
        let error = handle.get().unwrap_err();
        assert!(error.detail.contains("client_secret"));
        assert_eq!(handle.preferences().0, Some(Plane::DataPlane));
    }
}
