//! Authorization: the checks of tokens on both planes, and of roles on data planes.

use axum::http::StatusCode;

use crate::context::Context;
use crate::entra::{Claims, Tokens};
use crate::http::{Answer, Refusal};
use crate::hub;
use crate::profile::Role;
use crate::{TOKEN, roles};

/// The first-party application of Azure SRE Agent.
const APPLICATION: &str = "59f0a04a-b322-4310-adc9-39ac41e9631e";
const DATA_PLANE_AUDIENCES: [&str; 3] =
    ["https://azuresre.dev", "https://azuresre.ai", APPLICATION];
const ARM_AUDIENCES: [&str; 2] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
];

/// Returns whether tokens can be issued for this audience.
pub(crate) fn known_audience(audience: &str, authority: &str) -> bool {
    is_arm(audience, authority) || is_data_plane(audience)
}

/// Returns the audience of a bearer token, valid or not, for the log.
pub(crate) fn audience(tokens: &Tokens, token: &str) -> String {
    if token == TOKEN {
        return "emulator".to_owned();
    }
    tokens
        .audience(token)
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Refuses a request to ARM without a token for it.
pub(crate) fn arm(tokens: &Tokens, cx: Context<'_>) -> Result<(), Refusal> {
    check(tokens, cx, |audience| {
        is_arm(audience, &cx.call.base.authority)
    })
    .map(drop)
}

/// Returns the caller's role. Refuses a request to a data plane without a token for it.
pub(crate) fn data_plane(tokens: &Tokens, cx: Context<'_>) -> Result<Role, Refusal> {
    let claims = check(tokens, cx, is_data_plane)?;
    let entra = &cx.profile.entra;
    let own_role = claims.and_then(|claims| {
        let application = entra
            .applications
            .iter()
            .find(|application| application.client_id == claims.appid);
        let identity = entra
            .managed_identities
            .iter()
            .find(|identity| identity.client_id == claims.appid);
        application
            .and_then(|application| application.role)
            .or_else(|| identity.and_then(|identity| identity.role))
    });
    Ok(own_role.unwrap_or(cx.profile.role))
}

/// Returns the refusal of a request that a role does not allow. `below` contains the segments of
/// the path, starting with `api`.
pub(crate) fn forbidden(cx: Context<'_>, role: Role, below: &[&str]) -> Option<Answer> {
    let allowed = roles::allows(role, &cx.call.method, below);
    (!allowed).then(|| refusal(cx))
}

/// Returns 403, with a body unless the profile says otherwise.
pub(crate) fn refusal(cx: Context<'_>) -> Answer {
    if cx.profile.empty_forbidden {
        return Answer::empty(StatusCode::FORBIDDEN);
    }
    Refusal::new(
        StatusCode::FORBIDDEN,
        "Forbidden",
        "The caller does not have a role on this agent that allows the action.",
    )
    .into()
}

/// Returns the claims of the caller's token, or `None` for the fixed one.
fn check(
    tokens: &Tokens,
    cx: Context<'_>,
    fits: impl Fn(&str) -> bool,
) -> Result<Option<Claims>, Refusal> {
    let Some(token) = cx.call.bearer() else {
        return Err(unauthenticated(
            cx,
            "AuthenticationFailed",
            if hub::is_hub(&cx.call.path) {
                "Authentication failed. There is neither an 'Authorization' header nor the \
                 parameter 'access_token'."
            } else {
                "Authentication failed. The 'Authorization' header is missing."
            },
        ));
    };
    if token == TOKEN {
        return Ok(None);
    }
    let claims = tokens.verify(token).map_err(|problem| {
        let code = if problem.expired() {
            "ExpiredAuthenticationToken"
        } else {
            "InvalidAuthenticationToken"
        };
        unauthenticated(
            cx,
            code,
            &format!("The access token is invalid: {problem}."),
        )
    })?;
    if !fits(&claims.aud) {
        return Err(unauthenticated(
            cx,
            "InvalidAuthenticationTokenAudience",
            &format!(
                "The access token has been obtained for wrong audience or resource '{}'.",
                claims.aud
            ),
        ));
    }
    Ok(Some(claims))
}

fn unauthenticated(cx: Context<'_>, code: &str, message: &str) -> Refusal {
    let authority = cx
        .call
        .base
        .login_url(&format!("/{}", cx.profile.entra.tenant_id));
    Refusal::new(StatusCode::UNAUTHORIZED, code, message).with(
        "WWW-Authenticate",
        format!(
            "Bearer authorization_uri=\"{authority}\", error=\"invalid_token\", \
             error_description=\"{message}\""
        ),
    )
}

fn is_arm(audience: &str, authority: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    // A cloud whose resource manager is the emulator requests tokens for that address.
    let own = audience
        .strip_prefix("https://")
        .or_else(|| audience.strip_prefix("http://"));
    ARM_AUDIENCES.contains(&audience) || own == Some(authority)
}

fn is_data_plane(audience: &str) -> bool {
    DATA_PLANE_AUDIENCES.contains(&audience.trim_end_matches('/'))
}
