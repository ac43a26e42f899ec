//! The data that checks share: the configuration of the provider, and the results of earlier
//! checks.

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

/// The time limit of a request, including retries.
const LOOK: Duration = Duration::from_secs(60);
/// The time limit for retries, which is enough for a brief failure.
const RETRIES: Duration = Duration::from_secs(4);
/// The time limit for a connection, and for waiting for data.
const PATIENCE: Duration = Duration::from_secs(20);

/// The data that checks share.
pub(super) struct Scene {
    config: Value,
    environment: Environment,
    /// The version of the provider.
    pub(super) version: &'static str,
    /// The configuration of the client.
    pub(super) client_config: Option<ClientConfig>,
    /// The client, with the settings of the provider.
    pub(super) client: Option<Client>,
    /// The default plane of objects.
    pub(super) plane: Plane,
    /// The subscription of the agent or of the provider block.
    pub(super) subscription: Option<String>,
    /// The agent, once it is known.
    pub(super) agent: Option<AgentId>,
    /// The document of the agent on ARM.
    pub(super) document: Json,
    /// The data plane of the agent.
    pub(super) data_plane: Option<DataPlane>,
    /// The object id of the caller from the token.
    pub(super) caller: Option<String>,
    /// The difference between the clock of ARM and the local clock. Positive if ARM is ahead.
    pub(super) skew: Option<SignedDuration>,
    /// Whether a list of ARM lacked its `value`.
    pub(super) lacked_value: bool,
    /// The permissions of the caller as listed by Microsoft.Authorization on ARM.
    pub(super) permissions: Option<Vec<Json>>,
    network: Arc<dyn Wire>,
}

impl Scene {
    /// Creates a scene from the arguments.
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

    /// Returns the arguments of the provider, with the environment as fallback.
    pub(super) fn arguments(&self) -> Arguments<'_> {
        Arguments::new(&self.config, |name| (self.environment)(name))
    }

    /// Returns an environment variable, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    /// Shortens the time limits of the client, because the report matters more than the success of
    /// a request.
    pub(super) fn hasten(config: &mut ClientConfig) {
        config.retry.failures_for = RETRIES;
        config.http.connect_timeout = PATIENCE;
        config.http.read_timeout = PATIENCE;
    }

    /// Returns the time limit of a request.
    pub(super) fn budget(&self) -> Budget {
        Budget::detached(LOOK)
    }

    /// Returns the client.
    pub(super) fn client(&self) -> azure::Result<&Client> {
        self.client.as_ref().ok_or_else(missing)
    }

    /// Returns the agent's data plane.
    pub(super) fn data_plane(&self) -> azure::Result<&DataPlane> {
        self.data_plane.as_ref().ok_or_else(missing)
    }

    /// Reads a path on ARM. `version` overrides the api-version of agents.
    pub(super) async fn arm(&self, path: &str, version: Option<&str>) -> azure::Result<Response> {
        let request = Request::get(path);
        let request = match version {
            Some(version) => request.query("api-version", version),
            None => request,
        };
        self.client()?.arm(request, &self.budget()).await
    }

    /// Reads a path on the agent's data plane. The path may contain a query.
    pub(super) async fn data(&self, path: &str) -> azure::Result<Response> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let request = pairs.fold(Request::get(path), |request, (name, value)| {
            request.query(name, value)
        });
        self.data_plane()?.send(request, &self.budget()).await
    }

    /// Requests a page without a token.
    pub(super) async fn anonymous(&self, url: Url) -> Result<Answer, WireError> {
        self.call(Method::GET, url).await
    }

    /// Sends a request without a token or body.
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

    /// Calculates the difference to the clock of a host from the date of its response.
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

/// Returns an error that cannot occur, because a check runs only after those that it needs.
fn missing() -> azure::Error {
    Ended::Canceled.into()
}
