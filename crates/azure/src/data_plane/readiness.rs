//! Whether a data plane answers, and waiting until it does.

use std::time::Duration;

use tracing::debug;

use super::DataPlane;
use super::agents::{DENIED, Facts, UNREACHABLE};
use crate::budget::Budget;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::url_below;
use crate::poll::{Schedule, Step, poll_until};
use crate::request::Request;
use crate::retry::Patience;
use crate::verdict::{Plane, failure};

/// A collection that every build of the service has. The plane is not up until this collection
/// answers with JSON.
pub(super) const COLLECTION: &str = "/api/v2/extendedAgent/skills";

/// How long the data plane of a new agent may take to come up. The service's own setup scripts
/// allow the same time.
pub(super) const COMES_UP_WITHIN: Duration = Duration::from_secs(15 * 60);

/// How long to wait for the data plane if the agent is first used after that time.
const COMES_UP_LATE_WITHIN: Duration = Duration::from_secs(60);

/// How long to try at most to reach a plane that has not answered yet. Retrying does not help
/// against firewalls and proxies, and all objects of the agent wait for this.
const FIRST_CONTACT: Duration = Duration::from_secs(30);

pub(super) const COMING_UP: Schedule =
    Schedule::growing(Duration::from_secs(2), Duration::from_secs(5)).at_most(COMES_UP_WITHIN);

impl DataPlane {
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

    /// Waits for the plane of an agent that this client created or started. Other agents are
    /// assumed to be up until a request shows otherwise.
    pub(super) async fn come_up(&self, budget: &Budget) -> Result<()> {
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
    pub(super) async fn prove(
        &self,
        facts: &Facts,
        patience: Patience,
        budget: &Budget,
    ) -> Result<()> {
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
    pub(super) async fn unready(&self, facts: &Facts, error: Error, budget: &Budget) -> Result<()> {
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
            .facts_again(facts, stale_after, &self.arm, &self.agent, budget)
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

    /// Returns how long to try to reach a plane that has not answered yet. The plane of a stopped
    /// agent is asked only once, because it most likely does not answer.
    pub(super) fn first_contact(&self, facts: &Facts) -> Patience {
        match facts.is_stopped {
            true => Patience::none(),
            false => Patience {
                unanswered: Some(FIRST_CONTACT),
                ..Patience::default()
            },
        }
    }
}

/// Returns whether the plane caused a failure, and not the request, the identity or the timeout.
fn is_of_the_plane(error: &Error) -> bool {
    use ErrorKind::{Network, NotJson, NotReady, Service, Stopped};
    [Network, NotJson, NotReady, Service, Stopped].contains(&error.kind())
}
