//! Incident management in its first version: `/api/v1/incidentPlayground`.
//!
//! Filters here are the incident filters of the other routes and of ARM, in another form. A handler
//! contains further instructions for the incidents of a filter.

mod filters;
mod handlers;
mod indexing;
mod platform;

use super::fallback;
use crate::context::Context;
use crate::http::Handled;
use crate::store::{AgentRecord, Tx};

pub(super) use handlers::list as list_handlers;
pub(super) use indexing::{route as route_indexing, validate as validate_platform};
pub(super) use platform::look;

/// Answers a request. `rest` contains the segments below `incidentPlayground`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", ["incidentplatformtype"]) => platform::show(tx, agent),
        (_, ["filters", rest @ ..]) => filters::route(tx, cx, agent, rest),
        (_, ["handlers", rest @ ..]) => handlers::route(tx, cx, agent, rest),
        _ => Ok(fallback::unknown(cx)),
    }
}
