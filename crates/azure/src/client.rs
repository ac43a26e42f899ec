//! The client and its configuration; requests to ARM.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::budget::Budget;
use crate::cloud::Cloud;
use crate::credentials::TokenSource;
use crate::data_plane::DataPlane;
use crate::error::Result;
use crate::hosts::HostPolicy;
use crate::id::AgentId;
use crate::request::Request;
use crate::response::{Presence, Response};
use crate::retry::RetryPolicy;
use crate::wire::HttpOptions;

/// The api-version that is sent to ARM unless configured or given with the request.
pub const API_VERSION: &str = "2025-05-01-preview";

/// For whom data-plane tokens are issued unless configured.
pub const DATA_PLANE_AUDIENCE: &str = "https://azuresre.dev";

/// What a [`Client`] is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The address of ARM.
    pub arm_endpoint: Url,
    /// For whom ARM tokens are issued.
    pub arm_audience: String,
    /// For whom data-plane tokens are issued.
    pub data_plane_audience: String,
    /// The api-version of ARM requests.
    pub api_version: String,
    /// Where tokens come from.
    pub token_source: Arc<dyn TokenSource>,
    /// The value of the `user-agent` header, without the partner id.
    pub user_agent: String,
    /// Which hosts may see a data-plane token.
    pub hosts: HostPolicy,
    /// The id by which support finds all requests of this client; a random one unless given, none
    /// if empty.
    pub correlation_request_id: Option<String>,
    /// The partner that the usage is attributed to, appended to the user agent as `pid-{guid}`.
    pub partner_id: Option<String>,
    /// How connections are made.
    pub http: HttpOptions,
    /// How failed requests are repeated.
    pub retry: RetryPolicy,
}

impl ClientConfig {
    /// The addresses of `cloud`, tokens from `token_source`, and defaults for the rest.
    pub fn new(cloud: &Cloud, token_source: Arc<dyn TokenSource>) -> Self {
        Self {
            arm_endpoint: cloud.arm_endpoint(),
            arm_audience: cloud.arm_audience().to_owned(),
            data_plane_audience: DATA_PLANE_AUDIENCE.to_owned(),
            api_version: API_VERSION.to_owned(),
            token_source,
            user_agent: concat!("azuresre/", env!("CARGO_PKG_VERSION")).to_owned(),
            hosts: HostPolicy::default(),
            correlation_request_id: None,
            partner_id: None,
            http: HttpOptions::default(),
            retry: RetryPolicy::default(),
        }
    }
}

/// A client of both planes. Clones share everything: connections, tokens, what is known of agents.
#[derive(Clone, Debug)]
pub struct Client {
    config: Arc<ClientConfig>,
}

impl Client {
    /// A client. Nothing is sent yet.
    pub fn new(config: ClientConfig) -> Result<Self> {
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// What the client is made of.
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Sends a request to ARM. Anything but a success is an error.
    ///
    /// The path is that of an ARM id, e.g. [`AgentId::path`]; the api-version is added unless the
    /// request has one.
    pub async fn arm(&self, request: Request, budget: &Budget) -> Result<Response> {
        let _ = (request, budget);
        unimplemented!()
    }

    /// Reads an object on ARM.
    pub async fn arm_read(&self, request: Request, budget: &Budget) -> Result<Presence> {
        let _ = (request, budget);
        unimplemented!()
    }

    /// Reads an object on ARM, with the headers of the answer; `None` if it is absent.
    pub async fn arm_find(&self, request: Request, budget: &Budget) -> Result<Option<Response>> {
        let _ = (request, budget);
        unimplemented!()
    }

    /// Lists a collection on ARM, over all pages.
    pub async fn arm_list(&self, request: Request, budget: &Budget) -> Result<Vec<Value>> {
        let _ = (request, budget);
        unimplemented!()
    }

    /// The data plane of an agent. An agent that does not exist is a
    /// [`NotFound`](crate::ErrorKind::NotFound).
    ///
    /// The address is read from the agent's ARM document, once per agent, and is refused before any
    /// token is fetched if [`ClientConfig::hosts`] does not allow it.
    pub async fn data_plane(&self, agent: &AgentId, budget: &Budget) -> Result<DataPlane> {
        let _ = (agent, budget);
        unimplemented!()
    }

    /// The data plane of an agent, or `None` if there is no such agent.
    pub async fn find_data_plane(
        &self,
        agent: &AgentId,
        budget: &Budget,
    ) -> Result<Option<DataPlane>> {
        let _ = (agent, budget);
        unimplemented!()
    }

    /// Says that the agent was created just now: its data plane is given time to come up, and
    /// roles are given time to take effect.
    pub fn agent_created(&self, agent: &AgentId) {
        let _ = agent;
    }

    /// Forgets what is known of an agent: it is about to be deleted, or has been.
    pub fn forget_agent(&self, agent: &AgentId) {
        let _ = agent;
    }
}
