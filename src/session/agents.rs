//! What this run does to agents, as far as it affects the objects in them.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use azure::id::AgentId;

/// The known changes of agents.
#[derive(Debug, Default)]
pub struct Agents {
    /// The agents that this run has stopped.
    resting: Mutex<HashMap<AgentId, Arc<Resting>>>,
    /// The agents that are planned to be destroyed.
    departing: Mutex<HashSet<AgentId>>,
    /// Whether this process has refreshed any state.
    refreshes: AtomicBool,
    /// The messages about agents that were already reported.
    told: Mutex<HashSet<(AgentId, &'static str)>>,
}

/// An agent that this run has stopped. Counts the writers that keep it running for now.
pub type Resting = tokio::sync::Mutex<usize>;

impl Agents {
    /// Records that this run has stopped or started an agent.
    pub fn set_resting(&self, agent: &AgentId, rests: bool) {
        let mut resting = locked(&self.resting);
        match rests {
            true => _ = resting.entry(agent.clone()).or_default(),
            false => _ = resting.remove(agent),
        }
    }

    /// Returns the agent if this run has stopped it.
    pub fn resting(&self, agent: &AgentId) -> Option<Arc<Resting>> {
        locked(&self.resting).get(agent).cloned()
    }

    /// Records whether an agent is planned to be destroyed.
    pub fn set_departing(&self, agent: AgentId, departs: bool) {
        set(&self.departing, agent, departs);
    }

    /// Returns whether an agent is planned to be destroyed.
    pub fn is_departing(&self, agent: &AgentId) -> bool {
        locked(&self.departing).contains(agent)
    }

    /// Records that this process refreshes states.
    pub fn set_refreshes(&self) {
        self.refreshes.store(true, Ordering::Relaxed);
    }

    /// Returns whether this process has refreshed any state. Hosts plan the destruction of
    /// everything in a separate process, after one that refreshes. The removal of a single
    /// object follows its refresh in the same process.
    pub fn refreshes(&self) -> bool {
        self.refreshes.load(Ordering::Relaxed)
    }

    /// Records a message about an agent, and returns whether it is new.
    pub fn is_news(&self, agent: &AgentId, what: &'static str) -> bool {
        set(&self.told, (agent.clone(), what), true)
    }
}

/// Adds or removes an item. Returns whether that was a change.
fn set<T: Eq + Hash>(items: &Mutex<HashSet<T>>, item: T, is_in: bool) -> bool {
    let mut items = locked(items);
    match is_in {
        true => items.insert(item),
        false => items.remove(&item),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The contents are consistent after every statement, so a panic elsewhere leaves them usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_agents_are_case_insensitive() {
        let agents = Agents::default();
        let id = |name: &str| AgentId::new("sub", "rg", name).unwrap();
        agents.set_departing(id("a"), true);
        assert!(agents.is_departing(&id("A")));
        agents.set_departing(id("A"), false);
        assert!(!agents.is_departing(&id("a")));
        agents.set_resting(&id("a"), true);
        assert!(agents.resting(&id("A")).is_some());
        agents.set_resting(&id("A"), false);
        assert!(agents.resting(&id("a")).is_none());
        assert!(agents.is_news(&id("a"), "it is stopped"));
        assert!(!agents.is_news(&id("A"), "it is stopped"));
        assert!(agents.is_news(&id("a"), "something else"));
    }
}
