//! The token that the provider itself signs in with.

use std::time::Duration;

use async_trait::async_trait;
use azure::{Budget, ClientConfig};
use jiff::{Timestamp, Unit};
use secrecy::ExposeSecret as _;
use tfplugin::schema::Validator;
use tfplugin::{
    Attribute, Diagnostic, Diagnostics, EphemeralResource, OpenRequest, OpenResponse, Schema,
};

use crate::data_sources::told;
use crate::kind::Plane;
use crate::session::SessionHandle;

/// How long signing in may take.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// A token for one of the planes.
pub(super) struct AccessToken {
    session: SessionHandle,
}

impl AccessToken {
    /// Tokens of a session.
    pub(super) fn new(session: SessionHandle) -> Self {
        Self { session }
    }
}

#[async_trait]
impl EphemeralResource for AccessToken {
    fn name(&self) -> &str {
        "azuresre_access_token"
    }

    fn schema(&self) -> Schema {
        Schema {
            description: "A token for ARM or for the data plane of agents, of whomever the provider block signs in \
                          as. It is stored neither in state nor in plans."
                .to_owned(),
            ..Schema::from([
                (
                    "plane",
                    Attribute::string(
                        "What the token is for: `arm`, or `data_plane` for the endpoints of all agents that the \
                         one who signs in may use.",
                    )
                    .required()
                    .validator(Validator::one_of(&["arm", "data_plane"], false)),
                ),
                (
                    "token",
                    Attribute::string("The token, for a header `authorization: Bearer`.")
                        .computed()
                        .sensitive(),
                ),
                (
                    "expires_on",
                    Attribute::string(
                        "When it ends, in the form of RFC 3339. It lasts some minutes at least, and is null where \
                         it does not end.",
                    )
                    .computed(),
                ),
            ])
        }
    }

    async fn open(&self, request: OpenRequest) -> Result<OpenResponse, Diagnostics> {
        let OpenRequest { config, cancel, .. } = request;
        let session = self.session.get()?;
        let client = session.client.config();
        let plane = config
            .get("plane")
            .as_str()
            .and_then(|plane| plane.parse().ok());
        let audience = match plane {
            Some(Plane::DataPlane) => &client.data_plane_audience,
            Some(Plane::Arm) | None => &client.arm_audience,
        };
        let budget = Budget::new(TIMEOUT, cancel);
        let token = token(client, audience, &budget).await.map_err(|error| {
            Diagnostic::error("Cannot get an access token", told(&error)).at("plane")
        })?;
        let ends = token
            .expires_on
            .and_then(|end| Timestamp::try_from(end).ok());
        let ends = ends.and_then(|end| end.round(Unit::Second).ok());
        let mut result = config;
        result.set("token", token.secret.expose_secret().into());
        result.set("expires_on", ends.map(|end| end.to_string()).into());
        // Renewing could not change the token, so that it would be of no use.
        Ok(OpenResponse::new(result))
    }
}

async fn token(
    client: &ClientConfig,
    audience: &str,
    budget: &Budget,
) -> azure::Result<azure::credentials::AccessToken> {
    budget.run(client.token_source.token(audience)).await?
}
