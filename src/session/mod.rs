//! The configured provider, as every operation sees it, and what its operations tell each other.
//!
//! - [`agents`]: which agents this run stops or destroys
//! - [`locks`]: one writer at a time
//! - [`claims`]: which resource has an object that there is only one of
//! - [`created`]: which objects this run has created
//! - [`siblings`]: names that are still to be added to other objects
//! - [`told`]: what users were told

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

/// What a configuration of the provider comes down to.
#[derive(Debug)]
pub struct Session {
    /// The client.
    pub client: Client,
    /// The subscription of agents that name none, as far as it is known.
    pub subscription_id: Option<String>,
    /// The plane of objects that name none, once it is known.
    pub plane: Option<Plane>,
    /// The arguments that are not known yet. States say what these would.
    pub unknown: Vec<String>,
    /// What this run does to agents.
    pub agents: Agents,
    /// One writer at a time, by object or agent.
    pub locks: Locks,
    /// Objects that are there before anybody manages them, which this run has taken.
    pub claims: Claims,
    /// Objects that this run has created.
    pub created: Created,
    /// Objects that wait for others to be named in them.
    pub siblings: Siblings,
    /// What users were told.
    pub told: Told,
    /// Collections that many readers share.
    pub listings: Listings,
}

/// The current session, shared by everything that the provider offers.
#[derive(Clone, Default)]
pub struct SessionHandle(Arc<RwLock<State>>);

#[derive(Default)]
enum State {
    /// `ConfigureProvider` has not been called.
    #[default]
    Unconfigured,
    /// Arguments without which there is no session are not known yet; the plane may be.
    Unknown {
        arguments: Vec<String>,
        plane: Option<Plane>,
    },
    /// All is known.
    Ready(Arc<Session>),
}

impl SessionHandle {
    /// Takes a session, in place of an earlier one.
    pub fn set(&self, session: Session) {
        self.replace(State::Ready(Arc::new(session)));
    }

    /// Notes that there is no session until these arguments are known.
    pub fn set_unknown(&self, arguments: Vec<String>, plane: Option<Plane>) {
        self.replace(State::Unknown { arguments, plane });
    }

    fn replace(&self, state: State) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The session.
    ///
    /// # Errors
    /// When there is none, with what is missing.
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

    /// The subscription that an object names, or else the one that applies.
    pub fn subscription_of(&self, object: &Value) -> Option<String> {
        let named = object.get("subscription_id").as_str().map(str::to_owned);
        named.or_else(|| self.preferences().1)
    }

    /// The error for an agent without a subscription.
    pub fn no_subscription(&self) -> Diagnostic {
        match self.get() {
            Ok(session) => session.no_subscription(),
            Err(error) => error,
        }
    }

    /// The plane and the subscription that apply where an object names none, as far as they are
    /// known without a session.
    pub fn preferences(&self) -> (Option<Plane>, Option<String>) {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(session) => (session.plane, session.subscription_id.clone()),
            State::Unknown { plane, .. } => (*plane, None),
            State::Unconfigured => (None, None),
        }
    }
}

impl Session {
    /// The plane of objects that name none.
    ///
    /// # Errors
    /// When it is not known yet.
    pub fn plane(&self) -> Result<Plane, Diagnostic> {
        self.plane.ok_or_else(|| not_known_yet(&self.unknown))
    }

    /// The error for an agent without a subscription.
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
    fn without_a_session_the_reason_is_told() {
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
