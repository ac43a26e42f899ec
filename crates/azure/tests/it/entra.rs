//! A scripted Entra ID, and token sources that sign in to it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use azure::Cloud;
use azure::cloud::CustomCloud;
use azure::credentials::{self, CredentialSettings, Method, TokenSource};
use secrecy::ExposeSecret as _;
use serde_json::json;
use url::Url;

use crate::server::{Arrived, Server, json as json_answer};

pub(crate) const ARM: &str = "https://management.azure.com";
pub(crate) const DATA_PLANE: &str = "https://azuresre.dev";
pub(crate) const TENANT: &str = "11111111-1111-1111-1111-111111111111";
pub(crate) const CLIENT: &str = "22222222-2222-2222-2222-222222222222";

/// Answers like Entra ID, with the scope as the token.
pub(crate) fn entra(request: &Arrived) -> Response<Body> {
    let token = format!("token for {}", request.form()["scope"]);
    json_answer(
        200,
        &json!({"token_type": "Bearer", "expires_in": 3600, "access_token": token}),
    )
}

pub(crate) async fn entra_server() -> Server {
    Server::start(|request| async move { entra(&request) }).await
}

pub(crate) fn settings(authority: &Url) -> CredentialSettings {
    let cloud = Cloud::Custom(CustomCloud {
        authority_host: authority.clone(),
        arm_endpoint: authority.clone(),
        arm_audience: ARM.to_owned(),
    });
    let mut settings = CredentialSettings::for_cloud(&cloud);
    settings.tenant_id = Some(TENANT.to_owned());
    settings
}

pub(crate) fn source(method: Method, settings: CredentialSettings) -> Arc<dyn TokenSource> {
    credentials::new(method, settings).unwrap()
}

pub(crate) async fn token(source: &Arc<dyn TokenSource>, audience: &str) -> String {
    source
        .token(audience)
        .await
        .unwrap()
        .secret
        .expose_secret()
        .to_owned()
}

pub(crate) fn client_secret() -> Method {
    Method::ClientSecret {
        client_id: CLIENT.to_owned(),
        client_secret: "hunter2".into(),
    }
}
