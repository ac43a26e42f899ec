//! The data plane of one agent: where it is, whether it is ready, and requests to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tracing::debug;
use url::Url;

use crate::budget::Budget;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{Target, url_below};
use crate::id::AgentId;
use crate::pages::{self, ListShape};
use crate::poll::{Schedule, Step, poll_until};
use crate::request::Request;
use crate::response::{Presence, Response};
use crate::service_error::{Plane, check, failure, presence};

/// The data plane of one agent.
#[derive(Clone, Debug)]
pub struct DataPlane {
    client: Client,
    agent: AgentId,
    endpoint: Url,
    state: Arc<State>,
}

/// What is known of the agents that have been spoken to.
#[derive(Debug, Default)]
pub(crate) struct Agents {
    states: Mutex<HashMap<AgentId, Arc<State>>>,
}

#[derive(Debug, Default)]
struct State {
    endpoint: OnceCell<Url>,
    ready: AtomicBool,
    created: Option<Instant>,
    /// Held by whoever finds out whether the plane is up, so that one asks and all wait.
    gate: tokio::sync::Mutex<()>,
}

/// A collection that every build of the service has: as long as it does not answer with JSON, the
/// plane is not up.
const COLLECTION: &str = "/api/v2/extendedAgent/skills";

/// How long the data plane of a new agent may take to come up. The service's own set-up scripts
/// allow as much.
const COMES_UP_WITHIN: Duration = Duration::from_secs(15 * 60);

/// How long it may take if it is first used when that time is already over.
const COMES_UP_LATE_WITHIN: Duration = Duration::from_secs(60);

/// How long a role on a new agent may take to take effect.
const ROLE_WITHIN: Duration = Duration::from_secs(10 * 60);

const COMING_UP: Schedule =
    Schedule::growing(Duration::from_secs(2), Duration::from_secs(5)).at_most(COMES_UP_WITHIN);

impl DataPlane {
    /// The agent.
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// The address.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Sends a request. Anything but a success is an error, and so is a success that is a page of
    /// HTML, with which the service answers on paths that it does not know.
    pub async fn send(&self, request: Request, budget: &Budget) -> Result<Response> {
        check(
            self.any(&request, budget).await?,
            Plane::DataPlane(&self.agent),
        )
    }

    /// Reads an object.
    ///
    /// It is absent if a plane that is ready answers with 404 and JSON. A plane is ready once it
    /// has answered any request with success and JSON; until then, its list of skills is asked
    /// for. Every other failure is an error: HTML, an empty 403, a 405, a 404 without JSON.
    pub async fn read(&self, request: Request, budget: &Budget) -> Result<Presence> {
        let found = self.find(request, budget).await?;
        found.map_or(Ok(Presence::Absent), |found| {
            found.into_json().map(Presence::Found)
        })
    }

    /// Reads an object, with the headers of the answer; `None` if it is absent.
    pub async fn find(&self, request: Request, budget: &Budget) -> Result<Option<Response>> {
        let plane = Plane::DataPlane(&self.agent);
        let found = presence(self.any(&request, budget).await?, plane)?;
        if found.is_some() || self.is_ready() {
            return Ok(found);
        }
        // A plane that is coming up may deny objects that it has. So it is asked again once it has
        // shown that it is up.
        self.be_ready(budget).await?;
        presence(self.any(&request, budget).await?, plane)
    }

    /// Reads an object that is no JSON, such as an archive; `None` if it is absent, by the same rule
    /// as for [`find`](Self::find). A page of HTML is an error here as well.
    pub async fn download(&self, request: Request, budget: &Budget) -> Result<Option<Bytes>> {
        if let found @ Some(_) = self.bytes(&request, budget).await? {
            return Ok(found);
        }
        self.be_ready(budget).await?;
        self.bytes(&request, budget).await
    }

    /// Lists a collection, over all pages. Pages are followed on this plane only.
    pub async fn list(
        &self,
        request: Request,
        shape: ListShape,
        budget: &Budget,
    ) -> Result<Vec<Value>> {
        self.come_up(budget).await?;
        let first = url_below(&self.endpoint, &request.path, &request.query)?;
        let max = self.client.config().http.max_body;
        pages::collect(&self.endpoint, first, shape, max, budget, |url| {
            let request = request.clone();
            async move {
                let response = self.at(&url, &request, budget).await?;
                check(response, Plane::DataPlane(&self.agent))?.into_json()
            }
        })
        .await
    }

    /// Waits until the plane answers. Every other call does so by itself.
    pub async fn ready(&self, budget: &Budget) -> Result<()> {
        self.come_up(budget).await?;
        self.be_ready(budget).await
    }

    async fn bytes(&self, request: &Request, budget: &Budget) -> Result<Option<Bytes>> {
        let plane = Plane::DataPlane(&self.agent);
        let response = self.any(request, budget).await?;
        if response.status().is_success() {
            return check(response, plane).map(|response| Some(response.into_bytes()));
        }
        presence(response, plane).map(|_| None)
    }

    fn is_ready(&self) -> bool {
        self.state.ready.load(Ordering::Relaxed)
    }

    async fn any(&self, request: &Request, budget: &Budget) -> Result<Response> {
        self.come_up(budget).await?;
        let url = url_below(&self.endpoint, &request.path, &request.query)?;
        self.at(&url, request, budget).await
    }

    async fn at(&self, url: &Url, request: &Request, budget: &Budget) -> Result<Response> {
        let config = self.client.config();
        // Checked when the plane was found; a token is worth checking twice.
        refuse_unless_allowed(&self.client, url)?;
        let target = Target {
            plane: Plane::DataPlane(&self.agent),
            audience: &config.data_plane_audience,
            forgive_denied_until: self.state.created.map(|created| created + ROLE_WITHIN),
        };
        let response = self
            .client
            .exchange()
            .send(target, url, request, budget)
            .await?;
        if response.status().is_success() && response.json().is_some() {
            self.state.ready.store(true, Ordering::Relaxed);
        }
        Ok(response)
    }

    /// Waits for the plane of an agent that was created by this client. Other agents are taken to
    /// be up.
    async fn come_up(&self, budget: &Budget) -> Result<()> {
        let Some(created) = self.state.created else {
            return Ok(());
        };
        if self.is_ready() {
            return Ok(());
        }
        let _gate = budget.run(self.state.gate.lock()).await?;
        if self.is_ready() {
            return Ok(());
        }
        let left = COMES_UP_WITHIN
            .saturating_sub(created.elapsed())
            .max(COMES_UP_LATE_WITHIN);
        debug!(agent = %self.agent, "waiting for the data plane of a new agent");
        poll_until(&COMING_UP.at_most(left), budget, || async {
            match self.prove_ready(budget).await {
                Ok(()) => Ok(Step::Done(())),
                Err(error) => match error.kind() {
                    ErrorKind::NotReady | ErrorKind::Network | ErrorKind::Service => {
                        Ok(Step::Failing(error))
                    }
                    _ => Err(error),
                },
            }
        })
        .await
        .map_err(|error| self.not_ready(error, budget))
    }

    /// Has one of all who want to know ask whether the plane is up.
    async fn be_ready(&self, budget: &Budget) -> Result<()> {
        if self.is_ready() {
            return Ok(());
        }
        let _gate = budget.run(self.state.gate.lock()).await?;
        match self.is_ready() {
            true => Ok(()),
            false => self.prove_ready(budget).await,
        }
    }

    /// Asks for the collection. Any answer but JSON is an error.
    async fn prove_ready(&self, budget: &Budget) -> Result<()> {
        let request = Request::get(COLLECTION);
        let url = url_below(&self.endpoint, COLLECTION, &[])?;
        let response = self.at(&url, &request, budget).await?;
        if self.is_ready() {
            return Ok(());
        }
        let error = failure(&response, Some(Plane::DataPlane(&self.agent)));
        Err(self.not_ready(error, budget))
    }

    /// What did not answer in time is not ready; a refusal stays a refusal.
    fn not_ready(&self, error: Error, budget: &Budget) -> Error {
        match error.kind() {
            ErrorKind::DeadlineExceeded if budget.ended().is_some() => return error,
            ErrorKind::DeadlineExceeded
            | ErrorKind::Network
            | ErrorKind::NotFound
            | ErrorKind::NotJson
            | ErrorKind::NotReady
            | ErrorKind::MethodNotAllowed
            | ErrorKind::Rejected
            | ErrorKind::Service => {}
            _ => return error,
        }
        error.with_kind(ErrorKind::NotReady).with_remedy(format!(
            "check that {} is running, and that {} can be reached from here",
            self.agent,
            self.endpoint.host_str().unwrap_or_default()
        ))
    }
}

impl Agents {
    pub(crate) fn created(&self, agent: &AgentId) {
        let state = State {
            created: Some(Instant::now()),
            ..State::default()
        };
        self.lock().insert(agent.clone(), Arc::new(state));
    }

    pub(crate) fn forget(&self, agent: &AgentId) {
        self.lock().remove(agent);
    }

    pub(crate) async fn data_plane(
        &self,
        client: &Client,
        agent: &AgentId,
        budget: &Budget,
    ) -> Result<DataPlane> {
        let state = Arc::clone(self.lock().entry(agent.clone()).or_default());
        let discover = state.endpoint.get_or_try_init(|| {
            let is_new = state.created.is_some();
            discover(client, agent, is_new, budget)
        });
        // Another call may be discovering, with a longer budget than ours.
        let endpoint = budget.run(discover).await??.clone();
        Ok(DataPlane {
            client: client.clone(),
            agent: agent.clone(),
            endpoint,
            state,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AgentId, Arc<State>>> {
        // The map is whole after every statement, so that a panic elsewhere leaves it usable.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the address of the data plane from the agent's ARM document.
async fn discover(client: &Client, agent: &AgentId, is_new: bool, budget: &Budget) -> Result<Url> {
    let look = || async {
        let document = client
            .arm(Request::get(agent.path()), budget)
            .await
            .map_err(|e| missing(e, agent))?;
        let document = document.into_json()?;
        match endpoint(&document["properties"]) {
            Some(text) => allowed_endpoint(client, agent, &text).map(Step::Done),
            None => Ok(Step::Failing(without_endpoint(agent, &document))),
        }
    };
    if is_new {
        return poll_until(&COMING_UP, budget, look).await;
    }
    match look().await? {
        Step::Done(url) => Ok(url),
        Step::Failing(error) => Err(error),
        Step::Again { seen, .. } => Err(Error::new(ErrorKind::NotReady, seen)),
    }
}

fn missing(error: Error, agent: &AgentId) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error.within(&format!("the agent {agent} does not exist")),
        _ => error,
    }
}

/// The address: a URL in current versions of the API, a host alone in older ones.
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

fn without_endpoint(agent: &AgentId, document: &Value) -> Error {
    let properties = &document["properties"];
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

fn allowed_endpoint(client: &Client, agent: &AgentId, text: &str) -> Result<Url> {
    let refuse = |problem: String| {
        Error::new(
            ErrorKind::HostRefused,
            format!("the `agentEndpoint` of {agent} is unusable: {problem}"),
        )
    };
    let mut url = Url::parse(text).map_err(|error| refuse(error.to_string()))?;
    url.set_query(None);
    url.set_fragment(None);
    refuse_unless_allowed(client, &url).map_err(|error| error.within(&format!("{agent}")))?;
    Ok(url)
}

fn refuse_unless_allowed(client: &Client, url: &Url) -> Result<()> {
    client.config().hosts.check(url).map_err(|refused| {
        Error::new(ErrorKind::HostRefused, refused.to_string())
            .with_remedy("no token was sent; if the address is right, allow its host explicitly")
    })
}

#[cfg(test)]
mod tests;
