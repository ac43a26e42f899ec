//! The client, its configuration, and requests to ARM.

use std::sync::{Arc, Once};

use serde_json::Value;
use url::Url;

use crate::budget::Budget;
use crate::cloud::{Cloud, parse_endpoint};
use crate::credentials::TokenSource;
use crate::data_plane::{Agents, DataPlane};
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{Exchange, Target, url_below};
use crate::hosts::HostPolicy;
use crate::id::AgentId;
use crate::pages::{ListShape, Pages, Source, Walk};
use crate::request::Request;
use crate::response::{Presence, Response};
use crate::retry::{Patience, RetryPolicy};
use crate::service_error::{Plane, check, presence};
use crate::wire::{Http, HttpOptions, Wire};

/// The api-version for the children of agents, and for agents unless another one is configured. No
/// typed version has the types of most children.
pub const API_VERSION: &str = "2025-05-01-preview";

/// The default audience of data-plane tokens.
pub const DATA_PLANE_AUDIENCE: &str = "https://azuresre.dev";

/// The configuration of a [`Client`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The address of ARM.
    pub arm_endpoint: Url,
    /// The audience of ARM tokens.
    pub arm_audience: String,
    /// The audience of data-plane tokens.
    pub data_plane_audience: String,
    /// Whether data planes will be used. If so, their token is fetched together with the first one
    /// for ARM.
    pub expects_data_planes: bool,
    /// The api-version of requests for agents. Requests for their children use [`API_VERSION`].
    pub api_version: String,
    /// The source of tokens.
    pub token_source: Arc<dyn TokenSource>,
    /// The value of the `user-agent` header, without the partner id.
    pub user_agent: String,
    /// The hosts that may receive a data-plane token.
    pub hosts: HostPolicy,
    /// The id by which support finds all requests of this client. Random by default; `None` sends none.
    pub correlation_request_id: Option<String>,
    /// The GUID of the partner that usage is attributed to. It is appended to the user agent as
    /// `pid-{guid}`.
    pub partner_id: Option<String>,
    /// How connections are made.
    pub http: HttpOptions,
    /// How failed requests are retried.
    pub retry: RetryPolicy,
}

impl ClientConfig {
    /// Returns a configuration with the addresses of `cloud`, tokens from `token_source`, and
    /// defaults for the rest.
    pub fn new(cloud: &Cloud, token_source: Arc<dyn TokenSource>) -> Self {
        Self {
            arm_endpoint: cloud.arm_endpoint(),
            arm_audience: cloud.arm_audience().to_owned(),
            data_plane_audience: DATA_PLANE_AUDIENCE.to_owned(),
            expects_data_planes: false,
            api_version: API_VERSION.to_owned(),
            token_source,
            user_agent: concat!("azuresre/", env!("CARGO_PKG_VERSION")).to_owned(),
            hosts: HostPolicy::default(),
            correlation_request_id: Some(uuid::Uuid::new_v4().to_string()),
            partner_id: None,
            http: HttpOptions::default(),
            retry: RetryPolicy::default(),
        }
    }
}

/// A client of both planes. Clones share everything: connections, tokens and what is known about agents.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    exchange: Exchange,
    agents: Agents,
    /// Whether the fetch of a token for data planes has been started.
    signed_in: Once,
}

impl Client {
    /// Creates a client. Sends nothing. Fails if the configuration is unusable.
    pub fn new(config: ClientConfig) -> Result<Self> {
        let wire = Arc::new(Http::new(config.http.clone()));
        Self::with_wire(config, wire)
    }

    /// Creates a client that uses `wire` instead of the network.
    pub fn with_wire(mut config: ClientConfig, wire: Arc<dyn Wire>) -> Result<Self> {
        config.arm_endpoint = parse_endpoint(config.arm_endpoint.as_str())?;
        for (what, value) in [
            ("api-version", &config.api_version),
            ("ARM token audience", &config.arm_audience),
            ("data-plane token audience", &config.data_plane_audience),
        ] {
            if value.trim().is_empty() {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    format!("the {what} is empty"),
                ));
            }
        }
        let user_agent = match &config.partner_id {
            Some(partner) => format!("{} pid-{partner}", config.user_agent),
            None => config.user_agent.clone(),
        };
        let exchange = Exchange {
            wire,
            tokens: Arc::clone(&config.token_source),
            retry: config.retry.clone(),
            user_agent,
            correlation_id: config.correlation_request_id.clone(),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                exchange,
                agents: Agents::default(),
                signed_in: Once::new(),
            }),
        })
    }

    /// Returns the configuration of the client.
    pub fn config(&self) -> &ClientConfig {
        &self.shared.config
    }

    /// Sends a request to ARM. Fails unless the answer is a success.
    ///
    /// The path is that of an ARM id, e.g. [`AgentId::path`]. The api-version is added unless the
    /// request has one.
    pub async fn arm(&self, request: Request, budget: &Budget) -> Result<Response> {
        check(self.arm_any(&request, budget).await?, Plane::Arm)
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
        presence(self.arm_any(&request, budget).await?, Plane::Arm)
    }

    /// Lists a collection on ARM and reads all pages.
    pub async fn arm_list(&self, request: Request, budget: &Budget) -> Result<Vec<Value>> {
        let pages = self.arm_pages(request, budget).await?;
        pages.rest(budget).await
    }

    /// Lists a collection on ARM page by page. Links to further pages are followed to ARM's own
    /// origin only.
    pub async fn arm_pages(&self, request: Request, budget: &Budget) -> Result<Pages> {
        let first = self.arm_url(&request)?;
        let origin = self.config().arm_endpoint.clone();
        let walk = Walk::new(origin, first, ListShape::Value, self.config().http.max_body);
        Pages::begin(walk, Source::Arm(self.clone()), request, budget).await
    }

    pub(crate) async fn page(
        &self,
        url: &Url,
        request: &Request,
        budget: &Budget,
    ) -> Result<Value> {
        check(self.arm_at(url, request, budget).await?, Plane::Arm)?.into_json()
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
        self.shared.agents.data_plane(self, agent, budget).await
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
        self.shared.agents.created(agent);
    }

    /// Reports that the agent was just started, so that its data plane gets time to come up (15 minutes).
    pub fn agent_started(&self, agent: &AgentId) {
        self.shared.agents.started(agent);
    }

    /// Forgets what is known about an agent that was deleted or stopped, or is about to be.
    pub fn forget_agent(&self, agent: &AgentId) {
        self.shared.agents.forget(agent);
    }

    /// Starts to fetch a token for data planes, once in the lifetime of the client. Requests that
    /// need it wait for the same one, and fail if there is none.
    pub(crate) fn sign_in_to_data_planes(&self) {
        self.shared.signed_in.call_once(|| {
            let shared = Arc::clone(&self.shared);
            tokio::spawn(async move {
                let audience = &shared.config.data_plane_audience;
                _ = shared.exchange.tokens.token(audience).await;
            });
        });
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.shared.exchange
    }

    fn arm_url(&self, request: &Request) -> Result<Url> {
        let mut query = request.query.clone();
        if !query
            .iter()
            .any(|(key, _)| key.eq_ignore_ascii_case("api-version"))
        {
            let version = match is_of_agent(&request.path) {
                true => self.config().api_version.as_str(),
                false => API_VERSION,
            };
            query.insert(0, ("api-version".to_owned(), version.to_owned()));
        }
        url_below(&self.config().arm_endpoint, &request.path, &query)
    }

    async fn arm_any(&self, request: &Request, budget: &Budget) -> Result<Response> {
        self.arm_at(&self.arm_url(request)?, request, budget).await
    }

    /// Sends a request to a complete URL of ARM, such as a link.
    pub(crate) async fn arm_at(
        &self,
        url: &Url,
        request: &Request,
        budget: &Budget,
    ) -> Result<Response> {
        if self.config().expects_data_planes {
            self.sign_in_to_data_planes();
        }
        let target = Target {
            plane: Plane::Arm,
            audience: &self.config().arm_audience,
            forgive_denied_until: None,
            patience: Patience::default(),
        };
        self.exchange().send(target, url, request, budget).await
    }
}

/// Returns whether a path is that of all agents, of one agent, or of an action that typed versions have.
fn is_of_agent(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let Some((_, rest)) = lower.split_once("/providers/microsoft.app/agents") else {
        return false;
    };
    let mut segments = rest
        .split('/')
        .filter(|segment| !segment.is_empty())
        .skip(1);
    match (segments.next(), segments.next()) {
        (None, _) => true,
        (Some(action), None) => ["start", "stop"].contains(&action),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", true)]
    #[case("/shop", true)]
    #[case("/shop/start", true)]
    #[case("/shop/skills/triage", false)]
    #[case("/shop/DataConnectors", false)]
    #[case("/shop/usages", false)]
    fn configured_version_only_applies_to_agents(#[case] rest: &str, #[case] wanted: bool) {
        let path =
            format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.App/agents{rest}");
        assert_eq!(is_of_agent(&path), wanted);
    }
}
