//! What the checks share: how the provider is set up, and what the checks before have found.

use std::sync::Arc;
use std::time::Duration;

use azure::id::AgentId;
use azure::wire::{self, Answer, Call, Payload, Wire, WireError};
use azure::{Budget, Client, ClientConfig, DataPlane, Ended, Request, Response};
use http::{HeaderMap, HeaderValue, Method, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tfplugin::Value;
use url::Url;

use super::Environment;
use crate::kind::Plane;
use crate::provider::arguments::Arguments;

/// How long one look may take, with the retries in it.
const LOOK: Duration = Duration::from_secs(60);
/// For how long failures are retried: enough for a blip, and no more.
const RETRIES: Duration = Duration::from_secs(4);
/// How long a connection may take, and how long a host may be silent.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the checks share.
pub(super) struct Scene {
    config: Value,
    environment: Environment,
    /// The version of the provider.
    pub(super) version: &'static str,
    /// What the client is made of.
    pub(super) client_config: Option<ClientConfig>,
    /// The client, with the settings of the provider.
    pub(super) client: Option<Client>,
    /// Where objects are kept that name no plane.
    pub(super) plane: Plane,
    /// The subscription: that of the agent, or that of the provider block.
    pub(super) subscription: Option<String>,
    /// The agent, once it is known which.
    pub(super) agent: Option<AgentId>,
    /// The document of the agent on ARM.
    pub(super) document: Json,
    /// The data plane of the agent.
    pub(super) data_plane: Option<DataPlane>,
    /// The object id of the caller, as the token says it.
    pub(super) caller: Option<String>,
    /// By how much the clock of ARM is ahead.
    pub(super) skew: Option<SignedDuration>,
    /// Whether a list of ARM lacked its `value`.
    pub(super) lacked_value: bool,
    /// What the caller may do, as ARM lists it: `permissions` of Microsoft.Authorization.
    pub(super) permissions: Option<Vec<Json>>,
    network: Arc<dyn Wire>,
}

impl Scene {
    /// A scene in which nothing is known but the arguments.
    pub(super) fn new(
        config: Value,
        environment: Environment,
        version: &'static str,
        agent: Option<AgentId>,
    ) -> Self {
        let mut options = azure::HttpOptions::default();
        options.connect_timeout = PATIENCE;
        options.read_timeout = PATIENCE;
        Self {
            config,
            environment,
            version,
            client_config: None,
            client: None,
            plane: Plane::Arm,
            subscription: None,
            agent,
            document: Json::Null,
            data_plane: None,
            caller: None,
            skew: None,
            lacked_value: false,
            permissions: None,
            network: wire::network(options),
        }
    }

    /// The arguments of the provider, with the environment behind them.
    pub(super) fn arguments(&self) -> Arguments<'_> {
        Arguments::new(&self.config, |name| (self.environment)(name))
    }

    /// A variable of the environment, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// Has the client give up soon: whoever waits for a report wants to know, not to get through.
    pub(super) fn hasten(config: &mut ClientConfig) {
        config.retry.failures_for = RETRIES;
        config.http.connect_timeout = PATIENCE;
        config.http.read_timeout = PATIENCE;
    }

    /// The time of one look.
    pub(super) fn budget(&self) -> Budget {
        Budget::detached(LOOK)
    }

    /// The client.
    pub(super) fn client(&self) -> azure::Result<&Client> {
        self.client.as_ref().ok_or_else(missing)
    }

    /// The agent's data plane.
    pub(super) fn data_plane(&self) -> azure::Result<&DataPlane> {
        self.data_plane.as_ref().ok_or_else(missing)
    }

    /// Reads a path of ARM; of another api-version than that of agents, if one is given.
    pub(super) async fn arm(&self, path: &str, version: Option<&str>) -> azure::Result<Response> {
        let request = Request::get(path);
        let request = match version {
            Some(version) => request.query("api-version", version),
            None => request,
        };
        self.client()?.arm(request, &self.budget()).await
    }

    /// Reads a path of the agent's data plane, with a query if it has one.
    pub(super) async fn data(&self, path: &str) -> azure::Result<Response> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let request = pairs.fold(Request::get(path), |request, (name, value)| {
            request.query(name, value)
        });
        self.data_plane()?.send(request, &self.budget()).await
    }

    /// Asks for a page without a token.
    pub(super) async fn anonymous(&self, url: Url) -> Result<Answer, WireError> {
        self.call(Method::GET, url).await
    }

    /// Sends a request without a token or a body.
    pub(super) async fn call(&self, method: Method, url: Url) -> Result<Answer, WireError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Ok(agent) = HeaderValue::from_str(&format!("azuresre-doctor/{}", self.version)) {
            headers.insert(header::USER_AGENT, agent);
        }
        let payload = Payload::Empty;
        let call = Call {
            method,
            url,
            headers,
            payload,
        };
        self.network.send(call).await
    }

    /// Notes by how much the clock of a host is ahead, from the date of its answer.
    pub(super) fn compare_clocks(&mut self, headers: &HeaderMap) {
        let date = headers
            .get(header::DATE)
            .and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        if let Some(date) = date {
            self.skew = Some(date.timestamp().duration_since(Timestamp::now()));
        }
    }
}

/// What does not happen: a check that needs something runs after the one that finds it.
fn missing() -> azure::Error {
    Ended::Canceled.into()
}
