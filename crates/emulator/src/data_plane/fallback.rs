//! Answers outside of the API: the portal's page, or that of a front door.

use axum::http::StatusCode;

use crate::context::Context;
use crate::http::Answer;

/// Returns the answer for a route that the API does not have: the portal's page for reads, 405 for
/// everything else.
pub(super) fn unknown(cx: Context<'_>) -> Answer {
    if cx.call.is_write() {
        return Answer::empty(StatusCode::METHOD_NOT_ALLOWED)
            .with("Allow", "GET, HEAD")
            .unknown();
    }
    Answer::html(
        StatusCode::OK,
        "<!doctype html><html><head><title>Azure SRE Agent</title></head>\
         <body><div id=\"root\"></div></body></html>",
    )
    .unknown()
}

/// Returns the answer of a data plane that does not exist yet, or not any more.
pub(super) fn unavailable(status: StatusCode) -> Answer {
    Answer::html(
        status,
        "<html><body><h1>The service is not available.</h1></body></html>",
    )
}

/// Returns the answer of a host without an agent. In the cloud, its name would not even resolve.
pub(super) fn no_such_host() -> Answer {
    Answer::html(
        StatusCode::NOT_FOUND,
        "<html><body><h1>There is no agent at this address.</h1></body></html>",
    )
    .unknown()
}
