//! An ephemeral resource for the access token that the provider uses.

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

/// The time limit of the sign-in.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The ephemeral resource `azuresre_access_token`.
pub(super) struct AccessToken {
    session: SessionHandle,
}

impl AccessToken {
    /// Creates the ephemeral resource in a session.
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
            description: "Gets an access token for ARM or for the data plane of agents, for the \
                          identity that the provider uses. Terraform stores the token neither in \
                          state nor in plans."
                .to_owned(),
            ..Schema::from([
                (
                    "plane",
                    Attribute::string(
                        "Plane that accepts the token. Possible values are `arm`, and `data_plane` \
                         for the endpoints of all agents to which the identity has access.",
                    )
                    .required()
                    .validator(Validator::one_of(&["arm", "data_plane"], false)),
                ),
                (
                    "token",
                    Attribute::string(
                        "Access token. Send it in an `Authorization: Bearer` header.",
                    )
                    .computed()
                    .sensitive(),
                ),
                (
                    "expires_on",
                    Attribute::string(
                        "Expiration time of the token in the RFC 3339 format. The token is valid \
                         for at least a few minutes. Null if the token does not expire.",
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
        // There is no renewal, because it could not change a token that is already in use.
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
