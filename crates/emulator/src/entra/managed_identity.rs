//! Tokens of the machine's identities: the instance metadata service and App Service's endpoint.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::jwt::Tokens;
use super::{problem, token};
use crate::auth;
use crate::context::Context;
use crate::http::{Answer, Body};
use crate::profile::ManagedIdentity;

/// `/metadata/identity/oauth2/token`.
pub(super) fn instance_metadata(tokens: &Tokens, cx: Context<'_>) -> Answer {
    if !cx
        .call
        .header("metadata")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return refused("invalid_request", "Required metadata header not specified");
    }
    if cx.call.query("api-version").is_none() {
        return refused(
            "invalid_request",
            "Required query variable 'api-version' is missing",
        );
    }
    issue(tokens, cx)
}

/// App Service's `IDENTITY_ENDPOINT`.
pub(super) fn app_service(tokens: &Tokens, cx: Context<'_>) -> Answer {
    let refused = |status: StatusCode, message: &str| {
        let body = json!({ "statusCode": status.as_u16(), "message": message });
        Answer::json(status, body)
    };
    if cx.call.header("x-identity-header") != Some(&cx.profile.entra.identity_header) {
        return refused(
            StatusCode::UNAUTHORIZED,
            "The X-IDENTITY-HEADER is missing or wrong.",
        );
    }
    let answer = issue(tokens, cx);
    // The refusals of this endpoint have another format than those of the instance metadata
    // service.
    match &answer.body {
        Body::Json(body) if !answer.status.is_success() => {
            let message = body.get("error_description").and_then(Value::as_str);
            refused(answer.status, message.unwrap_or_default())
        }
        _ => answer,
    }
}

fn issue(tokens: &Tokens, cx: Context<'_>) -> Answer {
    let Some(resource) = cx
        .call
        .query("resource")
        .filter(|resource| !resource.is_empty())
    else {
        return refused(
            "invalid_request",
            "Required query variable 'resource' is missing",
        );
    };
    let Some(identity) = identity(cx) else {
        return refused("invalid_request", "Identity not found");
    };
    if !auth::known_audience(&resource, &cx.call.base.authority) {
        return problem::unknown_resource(&resource);
    }
    let seconds = cx.profile.entra.token_seconds;
    let now = Timestamp::now().as_second();
    let issued = token::access_token(
        tokens,
        cx,
        &identity.client_id,
        &identity.principal_id,
        &resource,
    );
    match issued {
        // Numbers are strings here, unlike at the token endpoint.
        Ok(token) => Answer::ok(json!({
            "access_token": token,
            "client_id": identity.client_id,
            "expires_in": seconds.to_string(),
            "expires_on": (now + i64::from(seconds)).to_string(),
            "ext_expires_in": seconds.to_string(),
            "not_before": now.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        })),
        Err(error) => refused("unknown_error", &error.to_string()),
    }
}

/// Returns the requested identity: by one of its ids, else the system-assigned one, else the only
/// one.
fn identity<'a>(cx: Context<'a>) -> Option<&'a ManagedIdentity> {
    let all = &cx.profile.entra.managed_identities;
    let asked = |names: &[&str]| names.iter().find_map(|name| cx.call.query(name));
    let same = |known: &str, id: &str| known.eq_ignore_ascii_case(id);
    if let Some(id) = asked(&["client_id", "clientid"]) {
        return all.iter().find(|identity| same(&identity.client_id, &id));
    }
    if let Some(id) = asked(&["object_id", "principal_id"]) {
        return all
            .iter()
            .find(|identity| same(&identity.principal_id, &id));
    }
    if let Some(id) = asked(&["msi_res_id", "mi_res_id"]) {
        return all.iter().find(|identity| {
            identity
                .resource_id
                .as_ref()
                .is_some_and(|known| same(known, &id))
        });
    }
    let system = all.iter().find(|identity| identity.resource_id.is_none());
    system.or_else(|| all.first().filter(|_| all.len() == 1))
}

fn refused(error: &str, description: &str) -> Answer {
    let body: Value = json!({ "error": error, "error_description": description });
    Answer::json(StatusCode::BAD_REQUEST, body)
}
