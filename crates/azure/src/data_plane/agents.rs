//! What the client knows about agents: the addresses of their data planes, whether they are up, and
//! since when.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::readiness::{COMES_UP_WITHIN, COMING_UP};
use super::{DataPlane, refuse_unless_allowed};
use crate::arm::Arm;
use crate::budget::Budget;
use crate::error::{Error, ErrorKind, Result};
use crate::id::AgentId;
use crate::poll::{Step, poll_until};
use crate::request::Request;
use crate::response::Response;

/// The agents that the client has used.
#[derive(Debug, Default)]
pub(crate) struct Agents {
    states: Mutex<HashMap<AgentId, Arc<State>>>,
}

/// What the client knows about one agent.
#[derive(Debug, Default)]
pub(super) struct State {
    /// When this client created or started the agent, if it did.
    pub(super) comes_up_since: Option<Instant>,
    /// When this client created the agent, if it did. New roles take a while to take effect.
    roles_since: Option<Instant>,
    /// The facts from the last read of its ARM document.
    facts: Mutex<Option<Arc<Facts>>>,
    /// Held while that document is read, so that one call reads and all others wait.
    discovery: tokio::sync::Mutex<()>,
    ready: AtomicBool,
    /// Held while a call finds out whether the plane is up, for the same reason.
    pub(super) gate: tokio::sync::Mutex<()>,
    /// Why the plane could not be used, and when.
    failure: Mutex<Option<(Error, Instant)>>,
}

/// What the ARM document of an agent contains.
#[derive(Debug)]
pub(super) struct Facts {
    /// The address of its data plane.
    pub(super) endpoint: Url,
    pub(super) is_stopped: bool,
    /// When the agent was created, as reported by the service.
    created_at: Option<String>,
    /// The same instant on the clock of this process, if it is recent.
    created: Option<Instant>,
    /// When the document was read.
    read: Instant,
}

/// How long a role assignment on a new agent may take to take effect.
const ROLE_WITHIN: Duration = Duration::from_secs(10 * 60);

/// How long a failure to reach a plane is the answer to further requests.
const FAILURE_STANDS: Duration = Duration::from_secs(15);

/// How old the facts must be to be read again when an object is denied. This is short because every
/// absent object is denied.
pub(super) const DENIED: Duration = Duration::from_secs(5);

/// How old the facts must be to be read again when nothing answers, or something other than the
/// plane: another process may have replaced the agent a moment ago.
pub(super) const UNREACHABLE: Duration = Duration::from_secs(1);

/// The largest expected difference between the clocks of two machines.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5 * 60);

impl Agents {
    pub(crate) fn created(&self, agent: &AgentId) {
        let now = Instant::now();
        self.put(
            agent,
            State {
                comes_up_since: Some(now),
                roles_since: Some(now),
                ..State::default()
            },
        );
    }

    pub(crate) fn started(&self, agent: &AgentId) {
        let roles_since = self.lock().get(agent).and_then(|state| state.roles_since);
        self.put(
            agent,
            State {
                comes_up_since: Some(Instant::now()),
                roles_since,
                ..State::default()
            },
        );
    }

    pub(crate) fn forget(&self, agent: &AgentId) {
        self.lock().remove(agent);
    }

    pub(crate) async fn data_plane(
        &self,
        arm: &Arm,
        agent: &AgentId,
        budget: &Budget,
    ) -> Result<DataPlane> {
        let state = Arc::clone(self.lock().entry(agent.clone()).or_default());
        let facts = state.facts(arm, agent, budget).await?;
        Ok(DataPlane {
            arm: arm.clone(),
            agent: agent.clone(),
            endpoint: facts.endpoint.clone(),
            state,
        })
    }

    fn put(&self, agent: &AgentId, state: State) {
        self.lock().insert(agent.clone(), Arc::new(state));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AgentId, Arc<State>>> {
        locked(&self.states)
    }
}

impl State {
    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Records that the plane has answered, or that it no longer does.
    pub(super) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
        if ready {
            *locked(&self.failure) = None;
        }
    }

    /// Records that the plane is a different one than before.
    pub(super) fn begin_anew(&self) {
        self.set_ready(false);
        *locked(&self.failure) = None;
    }

    /// Records why the plane cannot be used, for the requests that follow.
    pub(super) fn fail(&self, error: &Error) {
        self.set_ready(false);
        *locked(&self.failure) = Some((error.repeated(), Instant::now()));
    }

    /// Returns why the plane could not be used, if that was a moment ago.
    pub(super) fn failure(&self) -> Option<Error> {
        let failure = locked(&self.failure);
        let (error, at) = failure.as_ref()?;
        (at.elapsed() < FAILURE_STANDS).then(|| error.repeated())
    }

    /// Returns the facts from the last read, if there was one.
    pub(super) fn known(&self) -> Option<Arc<Facts>> {
        locked(&self.facts).clone()
    }

    /// Returns until when a denied access may mean that a role has not taken effect yet.
    pub(super) fn forgives_until(&self) -> Option<Instant> {
        let created = self
            .roles_since
            .or_else(|| self.known().and_then(|facts| facts.created));
        created.map(|created| created + ROLE_WITHIN)
    }

    /// Returns how long the plane may still take to come up, if the agent is new, whoever created
    /// it.
    pub(super) fn comes_up_within(&self) -> Option<Duration> {
        let created = self.known().and_then(|facts| facts.created)?;
        let left = COMES_UP_WITHIN.saturating_sub(created.elapsed());
        (!left.is_zero()).then_some(left)
    }
}

impl Facts {
    /// Returns whether `other` describes another agent, or another address of the same agent.
    pub(super) fn differ(&self, other: &Self) -> bool {
        self.endpoint != other.endpoint || self.created_at != other.created_at
    }
}

impl State {
    /// Returns the facts from the agent's ARM document, which is read once, until
    /// [`facts_again`](Self::facts_again).
    pub(super) async fn facts(
        &self,
        arm: &Arm,
        agent: &AgentId,
        budget: &Budget,
    ) -> Result<Arc<Facts>> {
        if let Some(facts) = self.known() {
            return Ok(facts);
        }
        // Another call may be reading with a larger budget than this one.
        let _reading = budget.run(self.discovery.lock()).await?;
        match self.known() {
            Some(facts) => Ok(facts),
            None => self.read_facts(arm, agent, budget).await,
        }
    }

    /// Reads the facts again, unless `old` is too recent or another call has read them since.
    pub(super) async fn facts_again(
        &self,
        old: &Facts,
        stale_after: Duration,
        arm: &Arm,
        agent: &AgentId,
        budget: &Budget,
    ) -> Result<Arc<Facts>> {
        let _reading = budget.run(self.discovery.lock()).await?;
        match self.known() {
            Some(facts) if facts.read > old.read || facts.read.elapsed() < stale_after => Ok(facts),
            _ => self.read_facts(arm, agent, budget).await,
        }
    }

    async fn read_facts(&self, arm: &Arm, agent: &AgentId, budget: &Budget) -> Result<Arc<Facts>> {
        // Finding the address takes a token for ARM, and using it takes another one. Both are
        // fetched concurrently.
        arm.sign_in_to_data_planes();
        let look = || async {
            let response = arm
                .send(Request::get(agent.path()), budget)
                .await
                .map_err(|error| missing(error, agent))?;
            facts(arm, agent, response)
        };
        let step = match self.comes_up_since {
            Some(_) => Step::Done(poll_until(&COMING_UP, budget, look).await?),
            None => look().await?,
        };
        let facts = match step {
            Step::Done(facts) => Arc::new(facts),
            Step::Failing(error) => return Err(error),
            Step::Again { seen, .. } => return Err(Error::new(ErrorKind::NotReady, seen)),
        };
        *locked(&self.facts) = Some(Arc::clone(&facts));
        Ok(facts)
    }
}

/// Returns the facts in a document, or why it has none yet.
fn facts(arm: &Arm, agent: &AgentId, response: Response) -> Result<Step<Facts>> {
    let now = response
        .header("date")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .map_or_else(Timestamp::now, |date| date.timestamp());
    let document = response.into_json()?;
    let properties = &document["properties"];
    let Some(endpoint) = endpoint(properties) else {
        return Ok(Step::Failing(without_endpoint(agent, properties)));
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let created_at = text(&document["systemData"]["createdAt"]);
    Ok(Step::Done(Facts {
        endpoint: allowed_endpoint(arm, agent, &endpoint)?,
        is_stopped: text(&properties["powerState"])
            .is_some_and(|power| power.eq_ignore_ascii_case("stopped")),
        created: created_at.as_deref().and_then(|at| created(at, now)),
        created_at,
        read: Instant::now(),
    }))
}

/// Returns when the agent was created on the clock of this process, if its plane may still be
/// coming up.
fn created(at: &str, now: Timestamp) -> Option<Instant> {
    let at: Timestamp = at.parse().ok()?;
    let age = match Duration::try_from(now.duration_since(at)) {
        Ok(age) => age,
        // The clocks of two machines differ, or the time is in whole seconds.
        Err(_) if at.duration_since(now).abs() < CLOCKS_DIFFER.try_into().ok()? => Duration::ZERO,
        Err(_) => return None,
    };
    let is_new = age < COMES_UP_WITHIN;
    is_new.then(|| Instant::now().checked_sub(age)).flatten()
}

fn missing(error: Error, agent: &AgentId) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error.within(&format!("the agent {agent} does not exist")),
        _ => error,
    }
}

/// Returns the address: a URL in current versions of the API, only a host in older ones.
fn endpoint(properties: &Value) -> Option<String> {
    let text = |name: &str| properties.get(name).and_then(Value::as_str).map(str::trim);
    let found = ["agentEndpoint", "endpoint", "fqdn"]
        .iter()
        .find_map(|name| text(name).filter(|text| !text.is_empty()))?;
    Some(if found.contains("://") {
        found.to_owned()
    } else {
        format!("https://{found}")
    })
}

fn without_endpoint(agent: &AgentId, properties: &Value) -> Error {
    let facts: Vec<String> = ["provisioningState", "powerState", "runningState"]
        .iter()
        .filter_map(|name| Some(format!("{name} is {}", properties.get(name)?.as_str()?)))
        .collect();
    let facts = if facts.is_empty() {
        String::new()
    } else {
        format!(" ({})", facts.join(", "))
    };
    Error::new(
        ErrorKind::NotReady,
        format!("{agent} has no `agentEndpoint`{facts}"),
    )
    .with_remedy("wait until the agent is provisioned, and start it if it is stopped")
}

fn allowed_endpoint(arm: &Arm, agent: &AgentId, text: &str) -> Result<Url> {
    let refuse = |problem: String| {
        Error::new(
            ErrorKind::HostRefused,
            format!("the `agentEndpoint` of {agent} is invalid: {problem}"),
        )
    };
    let mut url = Url::parse(text).map_err(|error| refuse(error.to_string()))?;
    url.set_query(None);
    url.set_fragment(None);
    refuse_unless_allowed(arm, &url).map_err(|error| error.within(&format!("{agent}")))?;
    Ok(url)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The values are consistent after every statement, so they stay usable after a panic elsewhere.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_recently_created_agents_are_new() {
        tokio::time::advance(Duration::from_secs(3600)).await;
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let age = |at: &str| created(at, now).map(|created| created.elapsed().as_secs());
        assert_eq!(age("2026-01-01T11:58:20Z"), Some(100));
        assert_eq!(age("2026-01-01T11:58:20.5+00:00"), Some(99));
        assert_eq!(age("2026-01-01T11:44:00Z"), None);
        assert_eq!(age("2026-01-01T12:00:00.9Z"), Some(0));
        assert_eq!(age("2026-01-01T12:10:00Z"), None);
        assert_eq!(age("yesterday"), None);
    }
}
