//! What is answered where there is no API: the portal's page, or a front door's.

use axum::http::StatusCode;

use crate::http::Answer;
use crate::services::Context;

/// A route the API does not have: the portal's page for reads, 405 for everything else.
pub(super) fn unknown(cx: Context<'_>) -> Answer {
    if cx.call.is_write() {
        return Answer::empty(StatusCode::METHOD_NOT_ALLOWED)
            .with("Allow", "GET, HEAD")
            .unknown();
    }
    Answer::html(
        StatusCode::OK,
        "<!doctype html><html><head><title>Azure SRE Agent</title></head><body><div id=\"root\"></div></body></html>",
    )
    .unknown()
}

/// A data plane that is not there yet, or not any more.
pub(super) fn unavailable(status: StatusCode) -> Answer {
    Answer::html(
        status,
        "<html><body><h1>The service is not available.</h1></body></html>",
    )
}

/// A host that no agent has; in the cloud its name would not even resolve.
pub(super) fn no_such_host() -> Answer {
    Answer::html(
        StatusCode::NOT_FOUND,
        "<html><body><h1>There is no agent at this address.</h1></body></html>",
    )
    .unknown()
}
