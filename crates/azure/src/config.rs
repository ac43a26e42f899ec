//! The configuration of a client.

use std::sync::Arc;

use url::Url;

use crate::cloud::Cloud;
use crate::credentials::TokenSource;
use crate::hosts::HostPolicy;
use crate::retry::RetryPolicy;
use crate::wire::HttpOptions;

/// The api-version for the children of agents, and for agents unless another one is configured. No
/// typed version has the types of most children.
pub const API_VERSION: &str = "2025-05-01-preview";

/// The default audience of data-plane tokens.
pub const DATA_PLANE_AUDIENCE: &str = "https://azuresre.dev";

/// The configuration of a [`Client`](crate::Client).
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
    /// The id by which support finds all requests of this client. Random by default; `None` sends
    /// none.
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
