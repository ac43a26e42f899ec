//! The parts of Entra ID that credential libraries need.
//!
//! | Path | Module |
//! |---|---|
//! | `/{tenant}/v2.0/.well-known/openid-configuration`, `/common/discovery/instance` | `metadata` |
//! | `/{tenant}/oauth2/v2.0/token` | `token`, with assertions in `assertion` and people in `user` |
//! | `/{tenant}/oauth2/v2.0/devicecode` | `user` |
//! | `/metadata/identity/oauth2/token`, `/_identity/msi/token` | `managed_identity` |
//! | `/_oidc/github`, `/_oidc/azure-devops` | `pipelines` |

mod assertion;
mod jwt;
mod managed_identity;
mod metadata;
mod pipelines;
mod problem;
mod token;
mod user;

pub(crate) use jwt::{Claims, Tokens};

use axum::http::{Method, StatusCode};

use crate::context::Context;
use crate::http::Answer;
use crate::site::Site;

/// The first segments of endpoints that belong to the machine or the pipeline, not to Entra ID.
const OTHERS: [&str; 3] = ["metadata", "_identity", "_oidc"];

/// Returns whether a path, in lower case, belongs to these services.
pub(crate) fn owns(lower: &[String]) -> bool {
    let segments: Vec<&str> = lower.iter().map(String::as_str).collect();
    matches!(
        segments.as_slice(),
        ["metadata", "identity", ..]
            | ["_identity" | "_oidc", ..]
            | ["common", "discovery", "instance"]
            | [_, "v2.0", ".well-known", "openid-configuration"]
            | [_, "discovery", "v2.0", "keys"]
            | [_, "oauth2", "v2.0", "token" | "devicecode" | "authorize"]
            | ["devicelogin"]
    )
}

/// Answers a request.
pub(crate) fn handle(tokens: &Tokens, cx: Context<'_>) -> Answer {
    let lower = cx.call.lower_segments();
    let segments: Vec<&str> = lower.iter().map(String::as_str).collect();
    if cx.call.base.site == Site::Login
        && segments.first().is_some_and(|first| OTHERS.contains(first))
    {
        return Answer::empty(StatusCode::NOT_FOUND).unknown();
    }
    match (&cx.call.method, segments.as_slice()) {
        (&Method::GET, ["common", "discovery", "instance"]) => metadata::instance(cx),
        (&Method::GET, [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            metadata::openid(cx, tenant)
        }
        (&Method::GET, [_, "discovery", "v2.0", "keys"]) => metadata::keys(),
        (&Method::POST, [tenant, "oauth2", "v2.0", "token"]) => token::issue(tokens, cx, tenant),
        (&Method::POST, [tenant, "oauth2", "v2.0", "devicecode"]) => {
            user::device_code(tokens, cx, tenant)
        }
        (&Method::GET, [_, "oauth2", "v2.0", "authorize"] | ["devicelogin"]) => Answer::html(
            StatusCode::OK,
            "<html><body>The emulator has no page to sign in on. A device code works without one.\
             </body></html>",
        ),
        (&Method::GET, ["metadata", "identity", "oauth2", "token"]) => {
            managed_identity::instance_metadata(tokens, cx)
        }
        (&Method::GET, ["_identity", "msi", "token"]) => managed_identity::app_service(tokens, cx),
        (&Method::GET, ["_oidc", "github"]) => pipelines::github(tokens, cx),
        (&Method::POST, ["_oidc", "azure-devops"]) => pipelines::azure_devops(tokens, cx),
        (_, [_, "oauth2", "v2.0", "token"]) => problem::answer(
            900_561,
            "invalid_request",
            "The endpoint only accepts POST requests.",
        ),
        _ => Answer::empty(StatusCode::NOT_FOUND).unknown(),
    }
}
