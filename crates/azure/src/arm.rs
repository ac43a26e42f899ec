//! Requests to ARM.

use std::sync::{Arc, Once};

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use crate::budget::Budget;
use crate::cloud::parse_endpoint;
use crate::config::{API_VERSION, ClientConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{Exchange, Target, url_below};
use crate::pages::{ListShape, PageSource, Pages, Walk};
use crate::request::Request;
use crate::response::Response;
use crate::retry::Patience;
use crate::verdict::{Plane, check, presence};
use crate::wire::Wire;

/// ARM, with what requests to every plane share: the configuration, connections and tokens.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    exchange: Exchange,
    /// Whether the fetch of a token for data planes has been started.
    signed_in: Once,
}

impl Arm {
    /// Sends requests over `wire`. Fails if the configuration is unusable.
    pub(crate) fn new(mut config: ClientConfig, wire: Arc<dyn Wire>) -> Result<Self> {
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
                signed_in: Once::new(),
            }),
        })
    }

    pub(crate) fn config(&self) -> &ClientConfig {
        &self.shared.config
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.shared.exchange
    }

    /// Sends a request. Fails unless the answer is a success.
    pub(crate) async fn send(&self, request: Request, budget: &Budget) -> Result<Response> {
        check(self.any(&request, budget).await?, Plane::Arm)
    }

    /// Reads an object. Returns `None` if it is absent.
    pub(crate) async fn find(&self, request: Request, budget: &Budget) -> Result<Option<Response>> {
        presence(self.any(&request, budget).await?, Plane::Arm)
    }

    /// Reads the first page of a collection.
    pub(crate) async fn pages(&self, request: Request, budget: &Budget) -> Result<Pages> {
        let first = self.url(&request)?;
        let origin = self.config().arm_endpoint.clone();
        let walk = Walk::new(origin, first, ListShape::Value, self.config().http.max_body);
        Pages::begin(walk, Box::new(self.clone()), request, budget).await
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

    fn url(&self, request: &Request) -> Result<Url> {
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

    async fn any(&self, request: &Request, budget: &Budget) -> Result<Response> {
        self.at(&self.url(request)?, request, budget).await
    }

    /// Sends a request to a complete URL, such as a link.
    pub(crate) async fn at(
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

#[async_trait]
impl PageSource for Arm {
    async fn page(&self, url: &Url, request: &Request, budget: &Budget) -> Result<Value> {
        check(self.at(url, request, budget).await?, Plane::Arm)?.into_json()
    }
}

/// Returns whether a path is that of all agents, of one agent, or of an action that typed versions
/// have.
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
