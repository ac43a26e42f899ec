//! The client of both planes.

use std::sync::Arc;

use serde_json::Value;

use crate::arm::Arm;
use crate::budget::Budget;
use crate::config::ClientConfig;
use crate::data_plane::{Agents, DataPlane};
use crate::error::{ErrorKind, Result};
use crate::id::AgentId;
use crate::pages::Pages;
use crate::request::Request;
use crate::response::{Presence, Response};
use crate::wire::{Http, Wire};

/// A client of both planes. Clones share everything: connections, tokens and what is known about
/// agents.
#[derive(Clone, Debug)]
pub struct Client {
    arm: Arm,
    agents: Arc<Agents>,
}

impl Client {
    /// Creates a client. Sends nothing. Fails if the configuration is unusable.
    pub fn new(config: ClientConfig) -> Result<Self> {
        let wire = Arc::new(Http::new(config.http.clone()));
        Self::with_wire(config, wire)
    }

    /// Creates a client that uses `wire` instead of the network.
    pub fn with_wire(config: ClientConfig, wire: Arc<dyn Wire>) -> Result<Self> {
        Ok(Self {
            arm: Arm::new(config, wire)?,
            agents: Arc::default(),
        })
    }

    /// Returns the configuration of the client.
    pub fn config(&self) -> &ClientConfig {
        self.arm.config()
    }

    /// Sends a request to ARM. Fails unless the answer is a success.
    ///
    /// The path is that of an ARM id, e.g. [`AgentId::path`]. The api-version is added unless the
    /// request has one.
    pub async fn arm(&self, request: Request, budget: &Budget) -> Result<Response> {
        self.arm.send(request, budget).await
    }

    /// Reads an object on ARM.
    ///
    /// The object is absent if ARM answers with a 404 with JSON that concerns the object, its
    /// parent or its resource group, and not an unknown subscription or resource type.
    pub async fn arm_read(&self, request: Request, budget: &Budget) -> Result<Presence> {
        let found = self.arm_find(request, budget).await?;
        found.map_or(Ok(Presence::Absent), |found| {
            found.into_json().map(Presence::Found)
        })
    }

    /// Reads an object on ARM, and returns the headers of the answer as well. Returns `None` if it
    /// is absent.
    pub async fn arm_find(&self, request: Request, budget: &Budget) -> Result<Option<Response>> {
        self.arm.find(request, budget).await
    }

    /// Lists a collection on ARM and reads all pages.
    pub async fn arm_list(&self, request: Request, budget: &Budget) -> Result<Vec<Value>> {
        let pages = self.arm_pages(request, budget).await?;
        pages.rest(budget).await
    }

    /// Lists a collection on ARM page by page. Links to further pages are followed to ARM's own
    /// origin only.
    pub async fn arm_pages(&self, request: Request, budget: &Budget) -> Result<Pages> {
        self.arm.pages(request, budget).await
    }

    /// Returns the data plane of an agent.
    ///
    /// The address is read from the agent's ARM document, once per agent. The token is fetched at
    /// the same time.
    ///
    /// # Errors
    /// Returns [`NotFound`](crate::ErrorKind::NotFound) if the agent does not exist, and
    /// [`HostRefused`](crate::ErrorKind::HostRefused), without sending a token, if
    /// [`ClientConfig::hosts`] does not allow the address.
    pub async fn data_plane(&self, agent: &AgentId, budget: &Budget) -> Result<DataPlane> {
        self.agents.data_plane(&self.arm, agent, budget).await
    }

    /// Returns the data plane of an agent, or `None` if the agent does not exist.
    pub async fn find_data_plane(
        &self,
        agent: &AgentId,
        budget: &Budget,
    ) -> Result<Option<DataPlane>> {
        match self.data_plane(agent, budget).await {
            Ok(plane) => Ok(Some(plane)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reports that the agent was just created, so that its data plane gets time to come up (15
    /// minutes), and roles get time to take effect (10 minutes).
    pub fn agent_created(&self, agent: &AgentId) {
        self.agents.created(agent);
    }

    /// Reports that the agent was just started, so that its data plane gets time to come up (15
    /// minutes).
    pub fn agent_started(&self, agent: &AgentId) {
        self.agents.started(agent);
    }

    /// Forgets what is known about an agent that was deleted or stopped, or is about to be.
    pub fn forget_agent(&self, agent: &AgentId) {
        self.agents.forget(agent);
    }

    /// Returns what sends requests to ARM.
    pub(crate) fn as_arm(&self) -> &Arm {
        &self.arm
    }
}
