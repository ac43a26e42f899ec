//! The endpoints from which pipelines get tokens that applications trust: those of GitHub Actions
//! and Azure DevOps.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::jwt::Tokens;
use crate::context::Context;
use crate::http::Answer;
use crate::profile::{DEVOPS_ISSUER, GITHUB_ISSUER};

/// `ACTIONS_ID_TOKEN_REQUEST_URL`.
pub(super) fn github(tokens: &Tokens, cx: Context<'_>) -> Answer {
    let audience = cx
        .call
        .query("audience")
        .unwrap_or_else(|| "https://github.com/contoso".to_owned());
    match checked_token(tokens, cx, GITHUB_ISSUER, &audience) {
        Ok(token) => Answer::ok(json!({ "count": token.len(), "value": token })),
        Err(refusal) => *refusal,
    }
}

/// `SYSTEM_OIDCREQUESTURI`.
pub(super) fn azure_devops(tokens: &Tokens, cx: Context<'_>) -> Answer {
    for parameter in ["api-version", "serviceConnectionId"] {
        if cx.call.query(parameter).is_none() {
            let message = format!("The query parameter {parameter} is required.");
            return Answer::json(StatusCode::BAD_REQUEST, json!({ "message": message }));
        }
    }
    match checked_token(tokens, cx, DEVOPS_ISSUER, "api://AzureADTokenExchange") {
        Ok(token) => Answer::ok(json!({ "oidcToken": token })),
        Err(refusal) => *refusal,
    }
}

fn checked_token(
    tokens: &Tokens,
    cx: Context<'_>,
    issuer: &str,
    audience: &str,
) -> Result<String, Box<Answer>> {
    let entra = &cx.profile.entra;
    if cx.call.bearer() != Some(&entra.pipeline_token) {
        let body: Value = json!({ "message": "The request token is missing or wrong." });
        return Err(Box::new(Answer::json(StatusCode::UNAUTHORIZED, body)));
    }
    let now = Timestamp::now().as_second();
    let claims = json!({
        "iss": issuer,
        "sub": entra.pipeline_subject,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + 300,
    });
    tokens.sign(&claims).map_err(|error| {
        let body = json!({ "message": error.to_string() });
        Box::new(Answer::json(StatusCode::INTERNAL_SERVER_ERROR, body))
    })
}
