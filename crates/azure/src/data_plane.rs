//! The data plane of one agent: its readiness, and requests to it.

mod agents;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use agents::Agents;
use agents::{DENIED, Facts, State, UNREACHABLE};
use bytes::Bytes;
use reqwest::StatusCode;
use serde_json::Value;
use tracing::debug;
use url::Url;

use crate::budget::Budget;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Reach, Result};
use crate::exchange::{Target, url_below};
use crate::id::AgentId;
use crate::pages::{ListShape, Pages, Source, Walk};
use crate::poll::{Schedule, Step, poll_until};
use crate::request::Request;
use crate::response::{Presence, Response};
use crate::retry::Patience;
use crate::service_error::{Plane, check, failure, is_html, presence};

/// The data plane of one agent.
#[derive(Clone, Debug)]
pub struct DataPlane {
    client: Client,
    agent: AgentId,
    endpoint: Url,
    state: Arc<State>,
}

/// A data plane at the address that it had when an operation began. Later requests of that
/// operation go there.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    plane: DataPlane,
    facts: Arc<Facts>,
}

/// A collection that every build of the service has. The plane is not up until this collection
/// answers with JSON.
const COLLECTION: &str = "/api/v2/extendedAgent/skills";

/// How long the data plane of a new agent may take to come up. The service's own setup scripts
/// allow the same time.
const COMES_UP_WITHIN: Duration = Duration::from_secs(15 * 60);

/// How long to wait for the data plane if the agent is first used after that time.
const COMES_UP_LATE_WITHIN: Duration = Duration::from_secs(60);

/// How long a role assignment on a new agent may take to take effect.
const ROLE_WITHIN: Duration = Duration::from_secs(10 * 60);

/// How long to try to reach a plane that has not answered yet. Retrying does not help against
/// firewalls and proxies, and all objects of the agent wait for this.
const FIRST_CONTACT: Duration = Duration::from_secs(30);

const COMING_UP: Schedule =
    Schedule::growing(Duration::from_secs(2), Duration::from_secs(5)).at_most(COMES_UP_WITHIN);

impl Located {
    pub(crate) async fn page(
        &self,
        url: &Url,
        request: &Request,
        budget: &Budget,
    ) -> Result<Value> {
        let Self { plane, facts } = self;
        let response = plane.reach(facts, url, request, budget).await?;
        check(response, Plane::DataPlane(&plane.agent))?.into_json()
    }
}

impl DataPlane {
    /// Returns the agent.
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// Returns the address that the plane had when this value was created.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request.
    ///
    /// Fails unless the answer is a success. A success with a page of HTML is a failure as well,
    /// because the service answers like this on paths that it does not know.
    pub async fn send(&self, request: Request, budget: &Budget) -> Result<Response> {
        check(
            self.any(&request, budget).await?,
            Plane::DataPlane(&self.agent),
        )
    }

    /// Reads an object.
    ///
    /// The object is absent if a ready plane answers with 404 and JSON. A plane is ready once it
    /// has answered any request with success and JSON; until then, its list of skills is requested
    /// as a probe. Every other failure is an error: HTML, an empty 403, a 405, a 404 without JSON.
    pub async fn read(&self, request: Request, budget: &Budget) -> Result<Presence> {
        let found = self.find(request, budget).await?;
        found.map_or(Ok(Presence::Absent), |found| {
            found.into_json().map(Presence::Found)
        })
    }

    /// Reads an object, and returns the headers of the answer as well. Returns `None` if the object
    /// is absent.
    pub async fn find(&self, request: Request, budget: &Budget) -> Result<Option<Response>> {
        let plane = Plane::DataPlane(&self.agent);
        presence(self.any(&request, budget).await?, plane)
    }

    /// Reads an object that is not JSON, such as an archive. Returns `None` if it is absent, by the
    /// same rule as [`find`](Self::find). A page of HTML is an error here as well.
    pub async fn download(&self, request: Request, budget: &Budget) -> Result<Option<Bytes>> {
        let plane = Plane::DataPlane(&self.agent);
        let response = self.any(&request, budget).await?;
        if response.status().is_success() {
            return check(response, plane).map(|response| Some(response.into_bytes()));
        }
        presence(response, plane).map(|_| None)
    }

    /// Lists a collection and reads all pages. Links to further pages are followed on this plane only.
    pub async fn list(
        &self,
        request: Request,
        shape: ListShape,
        budget: &Budget,
    ) -> Result<Vec<Value>> {
        self.come_up(budget).await?;
        let facts = self.facts(budget).await?;
        let listed = self.list_at(&facts, &request, shape, budget).await;
        if let Some(stale_after) = suspicion(&listed)
            && let Some(facts) = Box::pin(self.moved(&facts, stale_after, budget)).await
        {
            return self.list_at(&facts, &request, shape, budget).await;
        }
        listed
    }

    /// Lists a collection page by page. Links to further pages are followed on this plane only.
    pub async fn pages(
        &self,
        request: Request,
        shape: ListShape,
        budget: &Budget,
    ) -> Result<Pages> {
        self.come_up(budget).await?;
        let facts = self.facts(budget).await?;
        let begun = self.pages_at(&facts, &request, shape, budget).await;
        if let Some(stale_after) = suspicion(&begun)
            && let Some(facts) = Box::pin(self.moved(&facts, stale_after, budget)).await
        {
            return self.pages_at(&facts, &request, shape, budget).await;
        }
        begun
    }

    async fn facts(&self, budget: &Budget) -> Result<Arc<Facts>> {
        self.state.facts(&self.client, &self.agent, budget).await
    }

    async fn list_at(
        &self,
        facts: &Arc<Facts>,
        request: &Request,
        shape: ListShape,
        budget: &Budget,
    ) -> Result<Vec<Value>> {
        let pages = self.pages_at(facts, request, shape, budget).await?;
        pages.rest(budget).await
    }

    async fn pages_at(
        &self,
        facts: &Arc<Facts>,
        request: &Request,
        shape: ListShape,
        budget: &Budget,
    ) -> Result<Pages> {
        let first = url_below(&facts.endpoint, &request.path, &request.query)?;
        let max = self.client.config().http.max_body;
        let walk = Walk::new(facts.endpoint.clone(), first, shape, max);
        let located = Located {
            plane: self.clone(),
            facts: Arc::clone(facts),
        };
        Pages::begin(walk, Source::DataPlane(located), request.clone(), budget).await
    }

    /// Waits until the plane answers. Every other method waits automatically.
    pub async fn ready(&self, budget: &Budget) -> Result<()> {
        self.come_up(budget).await?;
        if self.state.is_ready() {
            return Ok(());
        }
        let _gate = budget.run(self.state.gate.lock()).await?;
        if self.state.is_ready() {
            return Ok(());
        }
        let facts = self.facts(budget).await?;
        match self.prove(&facts, self.first_contact(&facts), budget).await {
            Ok(()) => Ok(()),
            Err(error) => Box::pin(self.unready(&facts, error, budget)).await,
        }
    }

    /// Sends a request, and returns the answer whatever its status is.
    async fn any(&self, request: &Request, budget: &Budget) -> Result<Response> {
        self.come_up(budget).await?;
        let facts = self.facts(budget).await?;
        let url = url_below(&facts.endpoint, &request.path, &request.query)?;
        let result = self.reach(&facts, &url, request, budget).await;
        let stale_after = match &result {
            // Later requests wait for the one that finds out more.
            Ok(response) if is_html(&response.body) => Some(Duration::ZERO),
            Ok(response) if response.status() == StatusCode::NOT_FOUND => Some(DENIED),
            Ok(_) => None,
            Err(_) => suspicion(&result),
        };
        if let Some(stale_after) = stale_after
            && may_be_sent_again(request, &result)
            && let Some(facts) = Box::pin(self.moved(&facts, stale_after, budget)).await
        {
            let url = url_below(&facts.endpoint, &request.path, &request.query)?;
            return self.reach(&facts, &url, request, budget).await;
        }
        result
    }

    /// Returns the current facts if they differ from `old`, because another process may have
    /// replaced or moved the agent.
    async fn moved(
        &self,
        old: &Facts,
        stale_after: Duration,
        budget: &Budget,
    ) -> Option<Arc<Facts>> {
        let facts = self
            .state
            .facts_again(old, stale_after, &self.client, &self.agent, budget)
            .await
            .ok()?;
        facts.differ(old).then(|| {
            self.state.begin_anew();
            facts
        })
    }

    /// Sends a request to a plane that may not have answered yet. The first request finds out
    /// whether it answers; the others wait for that one.
    async fn reach(
        &self,
        facts: &Facts,
        url: &Url,
        request: &Request,
        budget: &Budget,
    ) -> Result<Response> {
        if !self.state.is_ready() {
            let _gate = budget.run(self.state.gate.lock()).await?;
            if !self.state.is_ready() {
                return self.reach_first(facts, url, request, budget).await;
            }
        }
        let result = self.at(url, request, Patience::default(), budget).await;
        if is_unreachable(&result) {
            // Makes the next request find out whether anything answers.
            self.state.set_ready(false);
        }
        result
    }

    async fn reach_first(
        &self,
        facts: &Facts,
        url: &Url,
        request: &Request,
        budget: &Budget,
    ) -> Result<Response> {
        if let Some(error) = self.state.failure() {
            return Err(error);
        }
        let patience = self.first_contact(facts);
        let result = self.at(url, request, patience, budget).await;
        // A plane that is coming up may deny objects that exist.
        let is_denied = !self.state.is_ready()
            && matches!(&result, Ok(response) if is_absence(response, &self.agent));
        if !is_denied && !is_unreachable(&result) {
            return result;
        }
        let patience = match is_denied {
            true => patience,
            // The request has been retried long enough.
            false => Patience::none(),
        };
        match self.prove(facts, patience, budget).await {
            Ok(()) => {
                // Other requests get answers, so the failure concerns this request alone.
                let is_final = |response: &Response| !response.status().is_server_error();
                if !is_denied && result.as_ref().is_ok_and(is_final) {
                    return result;
                }
            }
            Err(unproved) => {
                let error = match &result {
                    Ok(_) if is_denied => unproved,
                    Ok(response) => failure(response, Some(Plane::DataPlane(&self.agent))),
                    Err(error) => error.repeated().with_reach(error.reach()),
                };
                let reach = error.reach();
                let up = Box::pin(self.unready(facts, error, budget)).await;
                up.map_err(|error| error.with_reach(reach))?;
            }
        }
        match may_be_sent_again(request, &result) {
            true => self.at(url, request, Patience::default(), budget).await,
            false => result,
        }
    }

    async fn at(
        &self,
        url: &Url,
        request: &Request,
        patience: Patience,
        budget: &Budget,
    ) -> Result<Response> {
        let config = self.client.config();
        // The host was checked when the plane was found, but a token is worth a second check.
        refuse_unless_allowed(&self.client, url)?;
        let target = Target {
            plane: Plane::DataPlane(&self.agent),
            audience: &config.data_plane_audience,
            forgive_denied_until: self.state.forgives_until(),
            patience,
        };
        let response = self
            .client
            .exchange()
            .send(target, url, request, budget)
            .await?;
        if response.status().is_success() && response.json().is_some() {
            self.state.set_ready(true);
        }
        Ok(response)
    }

    /// Returns how long to try to reach a plane that has not answered yet. The plane of a stopped
    /// agent is asked only once, because it most likely does not answer.
    fn first_contact(&self, facts: &Facts) -> Patience {
        match facts.is_stopped {
            true => Patience::none(),
            false => Patience {
                unanswered: Some(FIRST_CONTACT),
                ..Patience::default()
            },
        }
    }

    /// Waits for the plane of an agent that this client created or started. Other agents are
    /// assumed to be up until a request shows otherwise.
    async fn come_up(&self, budget: &Budget) -> Result<()> {
        let Some(since) = self.state.comes_up_since else {
            return Ok(());
        };
        if self.state.is_ready() {
            return Ok(());
        }
        let _gate = budget.run(self.state.gate.lock()).await?;
        if self.state.is_ready() {
            return Ok(());
        }
        let facts = self.facts(budget).await?;
        let left = COMES_UP_WITHIN
            .saturating_sub(since.elapsed())
            .max(COMES_UP_LATE_WITHIN);
        Box::pin(self.wait_until_ready(&facts, left, budget)).await
    }

    async fn wait_until_ready(
        &self,
        facts: &Facts,
        within: Duration,
        budget: &Budget,
    ) -> Result<()> {
        debug!(agent = %self.agent, "waiting for the data plane to become ready");
        poll_until(&COMING_UP.at_most(within), budget, || async {
            match self.prove(facts, Patience::default(), budget).await {
                Ok(()) => Ok(Step::Done(())),
                Err(error) => match error.kind() {
                    ErrorKind::NotReady | ErrorKind::Network | ErrorKind::Service => {
                        match self.has_moved(facts, budget).await {
                            true => Err(error),
                            false => Ok(Step::Failing(error)),
                        }
                    }
                    _ => Err(error),
                },
            }
        })
        .await
        .map_err(|error| self.not_ready(facts, error, budget))
    }

    /// Returns whether the agent has moved, which makes waiting here pointless. An agent that this
    /// process has created is not replaced by another while it comes up.
    async fn has_moved(&self, facts: &Facts, budget: &Budget) -> bool {
        self.state.comes_up_since.is_none() && self.moved(facts, DENIED, budget).await.is_some()
    }

    /// Requests the collection. Any answer other than JSON is an error.
    async fn prove(&self, facts: &Facts, patience: Patience, budget: &Budget) -> Result<()> {
        let request = Request::get(COLLECTION);
        let url = url_below(&facts.endpoint, COLLECTION, &[])?;
        let error = match self.at(&url, &request, patience, budget).await {
            Ok(_) if self.state.is_ready() => return Ok(()),
            Ok(response) => failure(&response, Some(Plane::DataPlane(&self.agent))),
            Err(error) => error,
        };
        Err(self.not_ready(facts, error, budget))
    }

    /// Finds out why nothing answers, and waits if that may pass. The error is also the answer to
    /// the requests that follow.
    async fn unready(&self, facts: &Facts, error: Error, budget: &Budget) -> Result<()> {
        if !is_of_the_plane(&error) {
            return Err(error);
        }
        // A stopped agent explains the failure.
        let stale_after = match facts.is_stopped {
            true => UNREACHABLE,
            false => Duration::ZERO,
        };
        let now = self
            .state
            .facts_again(facts, stale_after, &self.client, &self.agent, budget)
            .await;
        let error = match now {
            Ok(now) if now.differ(facts) => return Err(error),
            Ok(now) if now.is_stopped => self.stopped(),
            _ => match self.state.comes_up_within() {
                None => error,
                Some(left) => match self.wait_until_ready(facts, left, budget).await {
                    Ok(()) => return Ok(()),
                    Err(error) if self.has_moved(facts, budget).await => return Err(error),
                    Err(error) => error,
                },
            },
        };
        if is_of_the_plane(&error) {
            self.state.fail(&error);
        }
        Err(error)
    }

    fn stopped(&self) -> Error {
        Error::new(
            ErrorKind::Stopped,
            format!(
                "{} is stopped, so its data plane does not respond",
                self.agent
            ),
        )
        .with_remedy(
            "start the agent in the portal, or set `power_state = \"Running\"` on its \
             `azuresre_agent`. You can do this in the same apply",
        )
    }

    /// Turns an error because of a timeout into "not ready". A refusal stays a refusal.
    fn not_ready(&self, facts: &Facts, error: Error, budget: &Budget) -> Error {
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
            "check that {} is running, and that this machine can reach {}",
            self.agent,
            facts.endpoint.host_str().unwrap_or_default()
        ))
    }
}

/// Returns whether the API did not answer a request, so that other requests may get no answer either.
fn is_unreachable(result: &Result<Response>) -> bool {
    match result {
        Err(error) => error.kind() == ErrorKind::Network,
        Ok(response) => {
            is_html(&response.body) && response.status() != StatusCode::METHOD_NOT_ALLOWED
                || matches!(
                    failure(response, None).kind(),
                    ErrorKind::NotJson | ErrorKind::Service
                ) && !response.status().is_success()
        }
    }
}

/// Returns whether the plane caused a failure, and not the request, the identity or the timeout.
fn is_of_the_plane(error: &Error) -> bool {
    use ErrorKind::{Network, NotJson, NotReady, Service, Stopped};
    [Network, NotJson, NotReady, Service, Stopped].contains(&error.kind())
}

/// Returns how old the facts must be to be read again after a failure that suggests that the plane
/// no longer exists.
fn suspicion<T>(result: &Result<T>) -> Option<Duration> {
    match result.as_ref().err()?.kind() {
        ErrorKind::NotFound => Some(DENIED),
        ErrorKind::Network | ErrorKind::NotJson | ErrorKind::NotReady => Some(UNREACHABLE),
        _ => None,
    }
}

fn is_absence(response: &Response, agent: &AgentId) -> bool {
    let error = failure(response, Some(Plane::DataPlane(agent)));
    !response.status().is_success() && error.kind() == ErrorKind::NotFound
}

/// Returns whether it does no harm to send a request again after this result.
fn may_be_sent_again(request: &Request, result: &Result<Response>) -> bool {
    let reach = match result {
        Ok(response) => response.exchange.reach,
        Err(error) => error.reach(),
    };
    request.is_idempotent() || reach == Reach::Nowhere
}

fn refuse_unless_allowed(client: &Client, url: &Url) -> Result<()> {
    client.config().hosts.check(url).map_err(|refused| {
        Error::new(ErrorKind::HostRefused, refused.to_string()).with_remedy(
            "the provider did not send a token. If the address is correct, add its domain to \
             `data_plane_hosts` in the provider block",
        )
    })
}

#[cfg(test)]
mod tests;
