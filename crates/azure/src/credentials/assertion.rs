//! Assertions, which an application sends to Entra ID instead of a secret.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::OidcIssuer;
use super::certificate::Signer;
use super::source::Fixed;
use crate::budget::Budget;
use crate::exchange::{Exchange, Target};
use crate::request::Request;
use crate::retry::{Patience, RetryPolicy};
use crate::verdict::Plane;
use crate::wire::Wire;

/// The source of an assertion.
#[derive(Clone)]
pub(super) enum Assertion {
    /// It was passed in.
    Given(SecretString),
    /// It is in a file, which another program renews.
    File(PathBuf),
    /// A pipeline issues it.
    Requested(Arc<Requested>),
    /// This process signs it.
    Signed(Arc<Signer>),
}

/// A token that a pipeline issues on request.
pub(super) struct Requested {
    issuer: OidcIssuer,
    url: Url,
    exchange: Exchange,
}

/// The audience that federated credentials of Entra ID expect.
const AUDIENCE: &str = "api://AzureADTokenExchange";

const REQUEST_WITHIN: Duration = Duration::from_secs(60);

impl Requested {
    pub(super) fn new(
        issuer: OidcIssuer,
        mut url: Url,
        token: SecretString,
        wire: Arc<dyn Wire>,
    ) -> Self {
        let has_version = url.query_pairs().any(|(key, _)| key == "api-version");
        match &issuer {
            OidcIssuer::GitHub => {
                url.query_pairs_mut().append_pair("audience", AUDIENCE);
            }
            OidcIssuer::AzureDevOps {
                service_connection_id,
            } => {
                if !has_version {
                    url.query_pairs_mut().append_pair("api-version", "7.1");
                }
                url.query_pairs_mut()
                    .append_pair("serviceConnectionId", service_connection_id);
            }
        }
        let exchange = Exchange {
            wire,
            tokens: Arc::new(Fixed(token)),
            retry: RetryPolicy::default(),
            user_agent: concat!("azuresre/", env!("CARGO_PKG_VERSION")).to_owned(),
            correlation_id: None,
        };
        Self {
            issuer,
            url,
            exchange,
        }
    }

    async fn fetch(&self) -> azure_core::Result<String> {
        let (request, member) = match self.issuer {
            OidcIssuer::GitHub => (Request::get(self.url.path()), "value"),
            // Without this header, Azure DevOps answers a bad token with a sign-in page.
            OidcIssuer::AzureDevOps { .. } => (
                Request::post(self.url.path())
                    .header("content-type", "application/json")
                    .header("x-tfs-fedauthredirect", "Suppress")
                    .idempotent(true),
                "oidcToken",
            ),
        };
        let target = Target {
            plane: Plane::Arm,
            audience: AUDIENCE,
            forgive_denied_until: None,
            patience: Patience::default(),
        };
        let response = self
            .exchange
            .send(
                target,
                &self.url,
                &request,
                &Budget::detached(REQUEST_WITHIN),
            )
            .await
            .map_err(|error| refuse(format!("the pipeline did not issue a token: {error}")))?;
        let token = response
            .json()
            .and_then(|document| document.get(member)?.as_str());
        match token {
            Some(token) if response.status().is_success() => Ok(token.to_owned()),
            _ => {
                let said = response.facts().message.unwrap_or_default();
                Err(refuse(format!(
                    "the pipeline did not issue a token: {} returned {} without a `{member}` \
                     {said}",
                    self.url.host_str().unwrap_or_default(),
                    response.status().as_u16(),
                )))
            }
        }
    }
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        match self {
            Self::Given(token) => Ok(token.expose_secret().to_owned()),
            Self::File(path) => {
                let token = tokio::fs::read_to_string(path).await.map_err(|error| {
                    refuse(format!(
                        "cannot read the token file {}: {error}",
                        path.display()
                    ))
                })?;
                match token.trim() {
                    "" => Err(refuse(format!(
                        "the token file {} is empty",
                        path.display()
                    ))),
                    token => Ok(token.to_owned()),
                }
            }
            Self::Requested(requested) => requested.fetch().await,
            Self::Signed(signer) => signer.sign().map_err(|error| refuse(error.to_string())),
        }
    }
}

fn refuse(message: String) -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Credential, message)
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Given",
            Self::File(_) => "File",
            Self::Requested(_) => "Requested",
            Self::Signed(_) => "Signed",
        })
    }
}
