//! The data plane of one agent: its readiness, and requests to it.

mod agents;
mod readiness;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use agents::Agents;
use agents::{DENIED, Facts, State, UNREACHABLE};
use async_trait::async_trait;
use bytes::Bytes;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::arm::Arm;
use crate::budget::Budget;
use crate::error::{Error, ErrorKind, Reach, Result};
use crate::exchange::{Target, url_below};
use crate::id::AgentId;
use crate::pages::{ListShape, PageSource, Pages, Walk};
use crate::request::Request;
use crate::response::{Presence, Response};
use crate::retry::Patience;
use crate::verdict::{Plane, check, failure, presence};

/// The data plane of one agent.
#[derive(Clone, Debug)]
pub struct DataPlane {
    arm: Arm,
    agent: AgentId,
    endpoint: Url,
    state: Arc<State>,
}

/// A data plane at the address that it had when an operation began. Later requests of that
/// operation go there.
#[derive(Clone, Debug)]
struct Located {
    plane: DataPlane,
    facts: Arc<Facts>,
}

#[async_trait]
impl PageSource for Located {
    async fn page(&self, url: &Url, request: &Request, budget: &Budget) -> Result<Value> {
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

    pub(crate) fn arm(&self) -> &Arm {
        &self.arm
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

    /// Lists a collection and reads all pages. Links to further pages are followed on this plane
    /// only.
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
        self.state.facts(&self.arm, &self.agent, budget).await
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
        let max = self.arm.config().http.max_body;
        let walk = Walk::new(facts.endpoint.clone(), first, shape, max);
        let located = Located {
            plane: self.clone(),
            facts: Arc::clone(facts),
        };
        Pages::begin(walk, Box::new(located), request.clone(), budget).await
    }

    /// Sends a request, and returns the answer whatever its status is.
    async fn any(&self, request: &Request, budget: &Budget) -> Result<Response> {
        self.come_up(budget).await?;
        let facts = self.facts(budget).await?;
        let url = url_below(&facts.endpoint, &request.path, &request.query)?;
        let result = self.reach(&facts, &url, request, budget).await;
        let stale_after = match &result {
            // Later requests wait for the one that finds out more.
            Ok(response) if response.body.is_html() => Some(Duration::ZERO),
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
            .facts_again(old, stale_after, &self.arm, &self.agent, budget)
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
        let config = self.arm.config();
        // The host was checked when the plane was found, but a token is worth a second check.
        refuse_unless_allowed(&self.arm, url)?;
        let target = Target {
            plane: Plane::DataPlane(&self.agent),
            audience: &config.data_plane_audience,
            forgive_denied_until: self.state.forgives_until(),
            patience,
        };
        let response = self
            .arm
            .exchange()
            .send(target, url, request, budget)
            .await?;
        if response.status().is_success() && response.json().is_some() {
            self.state.set_ready(true);
        }
        Ok(response)
    }
}

/// Returns whether the API did not answer a request, so that other requests may get no answer
/// either.
fn is_unreachable(result: &Result<Response>) -> bool {
    match result {
        Err(error) => error.kind() == ErrorKind::Network,
        Ok(response) => {
            response.body.is_html() && response.status() != StatusCode::METHOD_NOT_ALLOWED
                || matches!(
                    failure(response, None).kind(),
                    ErrorKind::NotJson | ErrorKind::Service
                ) && !response.status().is_success()
        }
    }
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

fn refuse_unless_allowed(arm: &Arm, url: &Url) -> Result<()> {
    arm.config().hosts.check(url).map_err(|refused| {
        Error::new(ErrorKind::HostRefused, refused.to_string()).with_remedy(refused.remedy())
    })
}

#[cfg(test)]
mod tests;
