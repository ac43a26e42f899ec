//! Errors in Entra ID's format.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::http::Answer;
use crate::store::now;

/// Returns an error of the token endpoint: an `AADSTS` number, the OAuth error, and what went
/// wrong.
pub(super) fn answer(number: u32, error: &str, message: &str) -> Answer {
    let status = if error == "invalid_client" {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::BAD_REQUEST
    };
    let (trace, correlation, moment) = (Uuid::new_v4(), Uuid::new_v4(), now());
    Answer::json(
        status,
        json!({
            "error": error,
            "error_description": format!(
                "AADSTS{number}: {message} Trace ID: {trace} Correlation ID: {correlation} \
                 Timestamp: {moment}"
            ),
            "error_codes": [number],
            "timestamp": moment,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
        }),
    )
}

/// Returns the refusal of a resource for which no token can be issued.
pub(super) fn unknown_resource(resource: &str) -> Answer {
    answer(
        500_011,
        "invalid_resource",
        &format!("The resource principal named {resource} was not found in the tenant."),
    )
}
