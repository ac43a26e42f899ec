//! The token endpoint: client credentials with a secret, a certificate or a federated token.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use super::assertion;
use super::jwt::{Claims, TokenError, Tokens};
use super::{metadata, problem, user};
use crate::auth;
use crate::context::Context;
use crate::http::Answer;
use crate::profile::Application;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Answers a token request.
pub(super) fn issue(tokens: &Tokens, cx: Context<'_>, tenant: &str) -> Answer {
    let form: HashMap<String, String> = cx.call.form().into_iter().collect();
    let grant_type = form.get("grant_type").map(String::as_str);
    if let Some(grant @ (user::DEVICE_CODE | user::OLD_DEVICE_CODE | user::REFRESH_TOKEN)) =
        grant_type
    {
        return user::grant(tokens, cx, tenant, grant, &form);
    }
    match checked(tokens, cx, tenant, &form) {
        Ok((application, audience)) => grant(tokens, cx, application, &audience),
        Err(refusal) => *refusal,
    }
}

/// Creates an access token for an application or identity.
pub(super) fn access_token(
    tokens: &Tokens,
    cx: Context<'_>,
    client_id: &str,
    object_id: &str,
    audience: &str,
) -> Result<String, TokenError> {
    let entra = &cx.profile.entra;
    let issued = Timestamp::now().as_second();
    tokens.sign(&Claims {
        aud: audience.to_owned(),
        iss: format!("https://sts.windows.net/{}/", entra.tenant_id),
        sub: object_id.to_owned(),
        appid: client_id.to_owned(),
        oid: object_id.to_owned(),
        tid: entra.tenant_id.clone(),
        iat: issued,
        nbf: issued,
        exp: issued + i64::from(entra.token_seconds),
    })
}

fn grant(tokens: &Tokens, cx: Context<'_>, application: &Application, audience: &str) -> Answer {
    // The object id of the service principal, which is derived from the application's id.
    let object = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, application.client_id.as_bytes());
    match access_token(
        tokens,
        cx,
        &application.client_id,
        &object.to_string(),
        audience,
    ) {
        Ok(token) => Answer::ok(json!({
            "token_type": "Bearer",
            "expires_in": cx.profile.entra.token_seconds,
            "ext_expires_in": cx.profile.entra.token_seconds,
            "access_token": token,
        })),
        Err(error) => problem::answer(90033, "temporarily_unavailable", &error.to_string()),
    }
}

fn checked<'a>(
    tokens: &Tokens,
    cx: Context<'a>,
    tenant: &str,
    form: &HashMap<String, String>,
) -> Result<(&'a Application, String), Box<Answer>> {
    if !metadata::is_tenant(cx, tenant) {
        return Err(Box::new(metadata::unknown_tenant(tenant)));
    }
    let field = |name: &str| {
        form.get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                refused(
                    900_144,
                    "invalid_request",
                    &format!("The request body must contain the following parameter: '{name}'."),
                )
            })
    };
    let grant = field("grant_type")?;
    if grant != "client_credentials" {
        return Err(refused(
            70003,
            "unsupported_grant_type",
            &format!("The app requested an unsupported grant type '{grant}'."),
        ));
    }
    let client_id = field("client_id")?;
    let application = cx
        .profile
        .entra
        .applications
        .iter()
        .find(|application| application.client_id.eq_ignore_ascii_case(client_id))
        .ok_or_else(|| {
            refused(
                700_016,
                "unauthorized_client",
                &format!(
                    "Application with identifier '{client_id}' was not found in the directory."
                ),
            )
        })?;
    if let Ok(secret) = field("client_secret") {
        check_secret(application, secret)?;
    } else if let Ok(presented) = field("client_assertion") {
        if field("client_assertion_type")? != JWT_BEARER {
            return Err(refused(
                900_144,
                "invalid_request",
                "The client_assertion_type is not supported.",
            ));
        }
        assertion::check(tokens, cx, application, presented)?;
    } else {
        return Err(refused(
            7_000_218,
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ));
    }
    let scope = field("scope")?;
    Ok((application, audience(cx, scope)?))
}

fn check_secret(application: &Application, secret: &str) -> Result<(), Box<Answer>> {
    if application.client_secret.as_deref() == Some(secret) {
        return Ok(());
    }
    Err(refused(
        7_000_215,
        "invalid_client",
        &format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the \
             client secret value, not the client secret ID, for a secret added to app '{}'.",
            application.client_id
        ),
    ))
}

/// Returns the resource of a scope: the part before `/.default`.
pub(super) fn audience(cx: Context<'_>, scope: &str) -> Result<String, Box<Answer>> {
    let scopes: Vec<&str> = scope
        .split(' ')
        .filter(|scope| !["openid", "profile", "offline_access"].contains(scope))
        .collect();
    let resource = match scopes.as_slice() {
        [scope] => scope.strip_suffix("/.default"),
        _ => None,
    };
    match resource {
        Some(resource) if auth::known_audience(resource, &cx.call.base.authority) => {
            Ok(resource.to_owned())
        }
        Some(resource) => Err(Box::new(problem::unknown_resource(resource))),
        None => Err(refused(
            1_002_012,
            "invalid_scope",
            &format!(
                "The provided value for scope {scope} is not valid. Client credential flows must \
                 have a scope value with /.default suffixed to the resource identifier."
            ),
        )),
    }
}

fn refused(number: u32, error: &str, message: &str) -> Box<Answer> {
    Box::new(problem::answer(number, error, message))
}
