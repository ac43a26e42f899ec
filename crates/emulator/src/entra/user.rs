//! A person who signs in with a device code, and stays signed in with refresh tokens.
//!
//! Nobody can type the code here, so the client that requested it is signed in as the profile's
//! user at the first poll. Codes and refresh tokens contain all their data, signed like access
//! tokens, so nothing is stored.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::jwt::Tokens;
use super::{metadata, problem, token};
use crate::context::Context;
use crate::http::Answer;

/// The grant type of polls for a device code.
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The same grant type, as older clients write it.
pub(super) const OLD_DEVICE_CODE: &str = "device_code";
/// The grant type of refresh tokens.
pub(super) const REFRESH_TOKEN: &str = "refresh_token";
/// The lifetime of a code, in seconds.
const CODE_SECONDS: i64 = 900;
/// The lifetime of a refresh token, in seconds: 90 days.
const REFRESH_SECONDS: i64 = 90 * 24 * 3600;

/// The contents of a code or a refresh token.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    /// The grant that it is valid for.
    grant: String,
    client_id: String,
    /// The scope that it was requested with.
    scope: String,
    exp: i64,
}

/// `/{tenant}/oauth2/v2.0/devicecode`.
pub(super) fn device_code(tokens: &Tokens, cx: Context<'_>, tenant: &str) -> Answer {
    if let Some(refusal) = unknown(cx, tenant) {
        return refusal;
    }
    let form: HashMap<String, String> = cx.call.form().into_iter().collect();
    let (Some(client_id), Some(scope)) = (form.get("client_id"), form.get("scope")) else {
        return problem::answer(
            900_144,
            "invalid_request",
            "The request body must contain the following parameters: 'client_id' and 'scope'.",
        );
    };
    let page = cx.call.base.login_url("/devicelogin");
    match ticket(tokens, DEVICE_CODE, client_id, scope, CODE_SECONDS) {
        Ok(code) => Answer::ok(json!({
            "user_code": "EMULATOR1",
            "device_code": code,
            "verification_uri": page,
            "expires_in": CODE_SECONDS,
            "interval": 5,
            "message": format!(
                "To sign in, use a web browser to open the page {page} and enter the code EMULATOR1 \
                 to authenticate. (The emulator does not wait for that.)"
            ),
        })),
        Err(failure) => *failure,
    }
}

/// Answers the grants of a person, at the token endpoint.
pub(super) fn grant(
    tokens: &Tokens,
    cx: Context<'_>,
    tenant: &str,
    grant: &str,
    form: &HashMap<String, String>,
) -> Answer {
    if let Some(refusal) = unknown(cx, tenant) {
        return refusal;
    }
    checked(tokens, cx, grant, form).unwrap_or_else(|refusal| *refusal)
}

fn checked(
    tokens: &Tokens,
    cx: Context<'_>,
    grant: &str,
    form: &HashMap<String, String>,
) -> Result<Answer, Box<Answer>> {
    let (member, wanted) = if grant == REFRESH_TOKEN {
        ("refresh_token", REFRESH_TOKEN)
    } else {
        ("device_code", DEVICE_CODE)
    };
    let sent = form.get(member).map(String::as_str).unwrap_or_default();
    let ticket: Ticket = tokens
        .statement(sent)
        .and_then(|statement| serde_json::from_value(statement).ok())
        .filter(|ticket: &Ticket| ticket.grant == wanted)
        .ok_or_else(|| {
            refused(
                9_002_313,
                "invalid_grant",
                &format!("The {member} is malformed."),
            )
        })?;
    if form.get("client_id") != Some(&ticket.client_id) {
        return Err(refused(
            70_000,
            "invalid_grant",
            &format!("The {member} was issued to another client."),
        ));
    }
    if ticket.exp <= Timestamp::now().as_second() {
        return Err(if wanted == DEVICE_CODE {
            refused(70_020, "expired_token", "The device code has expired.")
        } else {
            refused(700_082, "invalid_grant", "The refresh token has expired.")
        });
    }
    let scope = form.get("scope").filter(|scope| !scope.is_empty());
    signed_in(
        tokens,
        cx,
        &ticket.client_id,
        scope.unwrap_or(&ticket.scope),
    )
}

/// Returns the tokens of the profile's user for a public client.
fn signed_in(
    tokens: &Tokens,
    cx: Context<'_>,
    client_id: &str,
    scope: &str,
) -> Result<Answer, Box<Answer>> {
    let entra = &cx.profile.entra;
    let user = &entra.user;
    let audience = token::audience(cx, scope)?;
    let failed = |error: &dyn std::fmt::Display| {
        refused(90033, "temporarily_unavailable", &error.to_string())
    };
    let access = token::access_token(tokens, cx, client_id, &user.object_id, &audience)
        .map_err(|error| failed(&error))?;
    let now = Timestamp::now().as_second();
    let seconds = i64::from(entra.token_seconds);
    let about = tokens
        .sign(&json!({
            "aud": client_id,
            "iss": cx.call.base.login_url(&format!("/{}/v2.0", entra.tenant_id)),
            "iat": now,
            "nbf": now,
            "exp": now + seconds.max(300),
            "name": user.name,
            "preferred_username": user.username,
            "oid": user.object_id,
            "sub": user.object_id,
            "tid": entra.tenant_id,
            "ver": "2.0",
        }))
        .map_err(|error| failed(&error))?;
    let info: Value = json!({ "uid": user.object_id, "utid": entra.tenant_id });
    Ok(Answer::ok(json!({
        "token_type": "Bearer",
        "scope": scope,
        "expires_in": entra.token_seconds,
        "ext_expires_in": entra.token_seconds,
        "access_token": access,
        "refresh_token": ticket(tokens, REFRESH_TOKEN, client_id, scope, REFRESH_SECONDS)?,
        "id_token": about,
        "client_info": URL_SAFE_NO_PAD.encode(info.to_string()),
    })))
}

fn ticket(
    tokens: &Tokens,
    grant: &str,
    client_id: &str,
    scope: &str,
    seconds: i64,
) -> Result<String, Box<Answer>> {
    let ticket = Ticket {
        grant: grant.to_owned(),
        client_id: client_id.to_owned(),
        scope: scope.to_owned(),
        exp: Timestamp::now().as_second() + seconds,
    };
    tokens
        .sign(&ticket)
        .map_err(|error| refused(90033, "temporarily_unavailable", &error.to_string()))
}

/// Returns the refusal of a tenant that is neither the emulated one nor a placeholder for any.
fn unknown(cx: Context<'_>, tenant: &str) -> Option<Answer> {
    let known = metadata::is_tenant(cx, tenant) || metadata::is_any_tenant(tenant);
    (!known).then(|| metadata::unknown_tenant(tenant))
}

fn refused(number: u32, error: &str, message: &str) -> Box<Answer> {
    Box::new(problem::answer(number, error, message))
}
