//! What this run does to agents, as far as the objects in them have to know.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use azure::id::AgentId;

/// What was noted of agents.
#[derive(Debug, Default)]
pub struct Agents {
    /// Those that this run has stopped.
    resting: Mutex<HashMap<AgentId, Arc<Resting>>>,
    /// Those that are planned to be destroyed.
    departing: Mutex<HashSet<AgentId>>,
    /// Whether this process has refreshed anything.
    refreshes: AtomicBool,
    /// Those of which something was told, by what that was.
    told: Mutex<HashSet<(AgentId, &'static str)>>,
}

/// An agent that this run has stopped: how many write to it all the same, and have it run meanwhile.
pub type Resting = tokio::sync::Mutex<usize>;

impl Agents {
    /// Notes that this run has stopped an agent, or started it.
    pub fn set_resting(&self, agent: &AgentId, rests: bool) {
        let mut resting = locked(&self.resting);
        match rests {
            true => _ = resting.entry(agent.clone()).or_default(),
            false => _ = resting.remove(agent),
        }
    }

    /// An agent that this run has stopped.
    pub fn resting(&self, agent: &AgentId) -> Option<Arc<Resting>> {
        locked(&self.resting).get(agent).cloned()
    }

    /// Notes that an agent is planned to be destroyed, or to stay.
    pub fn set_departing(&self, agent: AgentId, departs: bool) {
        set(&self.departing, agent, departs);
    }

    /// Whether an agent is planned to be destroyed.
    pub fn is_departing(&self, agent: &AgentId) -> bool {
        locked(&self.departing).contains(agent)
    }

    /// Notes that this process refreshes states.
    pub fn set_refreshes(&self) {
        self.refreshes.store(true, Ordering::Relaxed);
    }

    /// Whether this process has refreshed anything. Hosts plan the destruction of everything in a process of its
    /// own, after one that refreshes; the removal of a single object follows its refresh.
    pub fn refreshes(&self) -> bool {
        self.refreshes.load(Ordering::Relaxed)
    }

    /// Whether this was not told of an agent before.
    pub fn is_news(&self, agent: &AgentId, what: &'static str) -> bool {
        set(&self.told, (agent.clone(), what), true)
    }
}

/// Puts an item in or takes it out. Gives whether that changes anything.
fn set<T: Eq + Hash>(items: &Mutex<HashSet<T>>, item: T, is_in: bool) -> bool {
    let mut items = locked(items);
    match is_in {
        true => items.insert(item),
        false => items.remove(&item),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What they hold is whole after every statement, so that a panic elsewhere leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_do_not_heed_the_casing_of_ids() {
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
