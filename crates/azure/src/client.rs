//! The client and its configuration; requests to ARM.

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

/// The api-version that is sent to ARM for what is inside agents, and for agents unless another is
/// configured: no typed version has the types of most children.
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
    /// Whether data planes are going to be asked: their token is then fetched beside the first one for ARM.
    pub expects_data_planes: bool,
    /// The api-version of requests for agents. What is inside them is asked for with [`API_VERSION`].
    pub api_version: String,
    /// Where tokens come from.
    pub token_source: Arc<dyn TokenSource>,
    /// The value of the `user-agent` header, without the partner id.
    pub user_agent: String,
    /// Which hosts may see a data-plane token.
    pub hosts: HostPolicy,
    /// The id by which support finds all requests of this client: a random one to begin with.
    /// `None` sends none.
    pub correlation_request_id: Option<String>,
    /// The GUID of the partner that the usage is attributed to, appended to the user agent as
    /// `pid-{guid}`.
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

/// A client of both planes. Clones share everything: connections, tokens, what is known of agents.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    exchange: Exchange,
    agents: Agents,
    /// Whether a token for data planes is under way, or was.
    signed_in: Once,
}

impl Client {
    /// A client. Nothing is sent yet.
    pub fn new(config: ClientConfig) -> Result<Self> {
        let wire = Arc::new(Http::new(config.http.clone()));
        Self::with_wire(config, wire)
    }

    /// A client over another wire than the network.
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

    /// What the client is made of.
    pub fn config(&self) -> &ClientConfig {
        &self.shared.config
    }

    /// Sends a request to ARM. Anything but a success is an error.
    ///
    /// The path is that of an ARM id, e.g. [`AgentId::path`]; the api-version is added unless the
    /// request has one.
    pub async fn arm(&self, request: Request, budget: &Budget) -> Result<Response> {
        check(self.arm_any(&request, budget).await?, Plane::Arm)
    }

    /// Reads an object on ARM.
    ///
    /// It is absent if ARM says so: a 404 with JSON that speaks of the object, its parent or its
    /// resource group, and not of an unknown subscription or resource type.
    pub async fn arm_read(&self, request: Request, budget: &Budget) -> Result<Presence> {
        let found = self.arm_find(request, budget).await?;
        found.map_or(Ok(Presence::Absent), |found| {
            found.into_json().map(Presence::Found)
        })
    }

    /// Reads an object on ARM, with the headers of the answer; `None` if it is absent.
    pub async fn arm_find(&self, request: Request, budget: &Budget) -> Result<Option<Response>> {
        presence(self.arm_any(&request, budget).await?, Plane::Arm)
    }

    /// Lists a collection on ARM, over all pages.
    pub async fn arm_list(&self, request: Request, budget: &Budget) -> Result<Vec<Value>> {
        let pages = self.arm_pages(request, budget).await?;
        pages.rest(budget).await
    }

    /// Lists a collection on ARM, page by page. Pages are followed to ARM's own origin only.
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

    /// The data plane of an agent. An agent that does not exist is a
    /// [`NotFound`](crate::ErrorKind::NotFound).
    ///
    /// The address is read from the agent's ARM document, once per agent, and is refused before it sees any
    /// token if [`ClientConfig::hosts`] does not allow it. The token is fetched meanwhile.
    pub async fn data_plane(&self, agent: &AgentId, budget: &Budget) -> Result<DataPlane> {
        self.shared.agents.data_plane(self, agent, budget).await
    }

    /// The data plane of an agent, or `None` if there is no such agent.
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

    /// Says that the agent was created just now: its data plane is given time to come up (15
    /// minutes), and roles are given time to take effect (10 minutes).
    pub fn agent_created(&self, agent: &AgentId) {
        self.shared.agents.created(agent);
    }

    /// Says that the agent was started just now: its data plane is given time to come up (15 minutes).
    pub fn agent_started(&self, agent: &AgentId) {
        self.shared.agents.started(agent);
    }

    /// Forgets what is known of an agent: it is about to be deleted or stopped, or has been.
    pub fn forget_agent(&self, agent: &AgentId) {
        self.shared.agents.forget(agent);
    }

    /// Has a token for data planes fetched, once in the life of the client. Whoever needs it waits for
    /// the same one, and is told if there is none.
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

    /// Sends a request to a URL of ARM that is already complete, such as a link.
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

/// Whether a path is that of agents, of one, or of an action of one that typed versions have.
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
    fn the_configured_version_is_for_agents_alone(#[case] rest: &str, #[case] wanted: bool) {
        let path =
            format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.App/agents{rest}");
        assert_eq!(is_of_agent(&path), wanted);
    }
}
