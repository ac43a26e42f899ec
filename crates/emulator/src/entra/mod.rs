//! Enough of Entra ID for credential code to run: metadata, the token endpoint, managed identity,
//! and the token endpoints of pipelines.

mod jwt;

pub(crate) use jwt::{Claims, Tokens};

use axum::http::StatusCode;

use crate::http::Answer;
use crate::services::Context;

/// Whether a path, in lower case, is one of these services'.
pub(crate) fn owns(lower: &[String]) -> bool {
    let segments: Vec<&str> = lower.iter().map(String::as_str).collect();
    matches!(
        segments.as_slice(),
        ["metadata", "identity", ..]
            | ["_identity" | "_oidc", ..]
            | ["common", "discovery", "instance"]
            | [_, "v2.0", ".well-known", "openid-configuration"]
            | [_, "discovery", "v2.0", "keys"]
            | [_, "oauth2", "v2.0", "token"]
    )
}

/// Answers a request.
pub(crate) fn handle(_tokens: &Tokens, _cx: Context<'_>) -> Answer {
    Answer::empty(StatusCode::NOT_FOUND)
}
