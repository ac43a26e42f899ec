//! The keys: paths whose common prefixes form ranges. They are in lower case, because no name of
//! these services is case-sensitive.

use serde::{Deserialize, Serialize};

/// A key of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

/// The collection of the instructions for repositories, by the names of the repositories in lower
/// case.
pub(crate) const REPO_INSTRUCTIONS: &str = "repo-instructions";

/// One of the two stores of children. There is only one unless the profile says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectStore {
    /// The data plane's, or that of both planes.
    Shared,
    /// ARM's own.
    Arm,
}

/// The identity of an agent, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AgentKey {
    subscription: String,
    resource_group: String,
    name: String,
}

impl AgentKey {
    pub(crate) fn new(subscription: &str, resource_group: &str, name: &str) -> Self {
        Self {
            subscription: subscription.to_lowercase(),
            resource_group: resource_group.to_lowercase(),
            name: name.to_lowercase(),
        }
    }

    /// Returns the agent's id in lower case.
    pub(crate) fn path(&self) -> String {
        format!(
            "/subscriptions/{}/resourcegroups/{}/providers/microsoft.app/agents/{}",
            self.subscription, self.resource_group, self.name
        )
    }
}

impl Key {
    /// Returns the key of an agent.
    pub(crate) fn agent(agent: &AgentKey) -> Self {
        Self::of(&[
            "agent",
            &agent.subscription,
            &agent.resource_group,
            &agent.name,
        ])
    }

    /// Returns the prefix of the keys of all agents.
    pub(crate) fn agents() -> Self {
        Self::of(&["agent", ""])
    }

    /// Returns the key of a resource group that was created.
    pub(crate) fn resource_group(subscription: &str, name: &str) -> Self {
        Self::of(&["group", &subscription.to_lowercase(), &name.to_lowercase()])
    }

    /// Returns the prefix of the keys of a subscription's resource groups.
    pub(crate) fn resource_groups(subscription: &str) -> Self {
        Self::of(&["group", &subscription.to_lowercase(), ""])
    }

    /// Returns the prefix of the keys of a subscription's agents.
    pub(crate) fn agents_in_subscription(subscription: &str) -> Self {
        Self::of(&["agent", &subscription.to_lowercase(), ""])
    }

    /// Returns the prefix of the keys of a resource group's agents.
    pub(crate) fn agents_in_group(subscription: &str, group: &str) -> Self {
        Self::of(&[
            "agent",
            &subscription.to_lowercase(),
            &group.to_lowercase(),
            "",
        ])
    }

    /// Returns the key of the number of agents that were created with this id.
    pub(crate) fn generation(agent: &AgentKey) -> Self {
        Self::of(&[
            "generation",
            &agent.subscription,
            &agent.resource_group,
            &agent.name,
        ])
    }

    /// Returns the key of the agent behind a data-plane prefix.
    pub(crate) fn endpoint(host: &str) -> Self {
        Self::of(&["endpoint", &host.to_lowercase()])
    }

    /// Returns the key of an object of the agent with this `uid`.
    pub(crate) fn object(uid: &str, store: ObjectStore, kind: &str, name: &str) -> Self {
        Self::of(&["object", uid, store.segment(), kind, &name.to_lowercase()])
    }

    /// Returns the prefix of the keys of an agent's objects of one kind.
    pub(crate) fn objects_of_kind(uid: &str, store: ObjectStore, kind: &str) -> Self {
        Self::of(&["object", uid, store.segment(), kind, ""])
    }

    /// Returns the prefix of the keys of all objects of an agent.
    pub(crate) fn objects(uid: &str) -> Self {
        Self::of(&["object", uid, ""])
    }

    /// Returns the key of an HTTP trigger of an agent.
    pub(crate) fn trigger(uid: &str, id: &str) -> Self {
        Self::of(&["trigger", uid, &id.to_lowercase()])
    }

    /// Returns the prefix of the keys of an agent's HTTP triggers.
    pub(crate) fn triggers(uid: &str) -> Self {
        Self::of(&["trigger", uid, ""])
    }

    /// Returns the key of a document of which an agent has exactly one.
    pub(crate) fn singleton(uid: &str, name: &str) -> Self {
        Self::of(&["singleton", uid, name])
    }

    /// Returns the prefix of the keys of these documents.
    pub(crate) fn singletons(uid: &str) -> Self {
        Self::of(&["singleton", uid, ""])
    }

    /// Returns the key of a GitHub domain that an agent may use.
    pub(crate) fn github_domain(uid: &str, domain: &str) -> Self {
        Self::of(&["domain", uid, &domain.to_lowercase()])
    }

    /// Returns the prefix of the keys of an agent's GitHub domains.
    pub(crate) fn github_domains(uid: &str) -> Self {
        Self::of(&["domain", uid, ""])
    }

    /// Returns the key of a document in one of an agent's smaller collections. `id` is
    /// case-sensitive.
    pub(crate) fn item(uid: &str, collection: &str, id: &str) -> Self {
        Self::of(&["item", uid, collection, id])
    }

    /// Returns the prefix of the keys of such a collection.
    pub(crate) fn items(uid: &str, collection: &str) -> Self {
        Self::of(&["item", uid, collection, ""])
    }

    /// Returns the prefix of the keys of all these collections.
    pub(crate) fn all_items(uid: &str) -> Self {
        Self::of(&["item", uid, ""])
    }

    /// Returns the key of the number of HTTP triggers that an agent ever had.
    pub(crate) fn trigger_count(uid: &str) -> Self {
        Self::of(&["triggers", uid])
    }

    /// Returns the key of an operation.
    pub(crate) fn operation(id: &str) -> Self {
        Self::of(&["operation", &id.to_lowercase()])
    }

    /// Returns the key that marks a list of this kind as just written to.
    pub(crate) fn list_glitch(uid: &str, kind: &str) -> Self {
        Self::of(&["glitch", uid, kind])
    }

    /// Returns whether a stored key outlives the object that it concerns: an operation, or the
    /// counter of agents.
    pub(crate) fn is_of_the_past(stored: &str) -> bool {
        matches!(stored.split('/').next(), Some("operation" | "generation"))
    }

    /// Returns the original parts of a stored key.
    pub(crate) fn parts(stored: &str) -> Vec<String> {
        let parts = stored.split('/');
        parts
            .map(|part| part.replace("%2f", "/").replace("%25", "%"))
            .collect()
    }

    /// Creates a key from its stored form.
    pub(super) fn from_stored(key: &str) -> Self {
        Self(key.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn of(parts: &[&str]) -> Self {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| part.replace('%', "%25").replace('/', "%2f"))
            .collect();
        Self(parts.join("/"))
    }
}

impl ObjectStore {
    fn segment(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Arm => "arm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentKey, Key, ObjectStore};

    #[test]
    fn keys_ignore_case_and_keep_slashes_apart() {
        assert_eq!(
            Key::agent(&AgentKey::new("S", "RG", "A")),
            Key::agent(&AgentKey::new("s", "rg", "a"))
        );
        assert_ne!(
            Key::object("u", ObjectStore::Shared, "hooks", "a/b"),
            Key::object("u", ObjectStore::Shared, "hooks/a", "b")
        );
    }
}
