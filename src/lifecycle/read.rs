//! Refreshing a state, and the first read after an import.

use tfplugin::{ReadRequest, ReadResponse, Value};

use super::freshness::{self, Written};
use super::operation::{Operation, display_name};
use super::report::{Verb, report};
use super::session::SessionHandle;
use crate::kind::Kind;

/// Reads the object of a state.
pub(super) async fn read(
    kind: &Kind,
    session: &SessionHandle,
    request: ReadRequest,
) -> ReadResponse {
    let ReadRequest {
        state: prior,
        private,
        cancel,
        ..
    } = request;
    let written = Written::from_private(&private);
    let limit = |timeouts: &crate::kind::Timeouts| ("read", timeouts.read);
    let operation = match Operation::new(kind, session, &prior, limit, cancel) {
        Ok(operation) => operation,
        Err(error) => return ReadResponse::failed(error),
    };
    // A state knows where its object is. An import does not: it looks where the provider prefers,
    // and then on the other plane.
    let searched = kind.is_dual() && prior.get("plane").is_null();
    let response = read_at(&operation, &prior, written.as_ref()).await;
    if !searched || response.state.is_some() || response.diagnostics.has_errors() {
        return response;
    }
    let others = kind.places.iter().map(|place| place.plane);
    for plane in others.filter(|plane| *plane != operation.target.plane) {
        let response = match operation.on(plane) {
            Ok(operation) => read_at(&operation, &prior, written.as_ref()).await,
            Err(error) => return ReadResponse::failed(error),
        };
        if response.state.is_some() || response.diagnostics.has_errors() {
            return response;
        }
    }
    response
}

async fn read_at(
    operation: &Operation<'_>,
    prior: &Value,
    written: Option<&Written>,
) -> ReadResponse {
    match freshness::read(operation, written, prior).await {
        Ok(Some(stored)) => match operation.state(&stored, prior) {
            Ok(state) => ReadResponse::found(state).with_identity(operation.identity(&stored.key)),
            Err(error) => ReadResponse::failed(error),
        },
        Ok(None) => ReadResponse::gone(),
        Err(error) => {
            let subject = operation.subject(display_name(prior));
            ReadResponse::failed(report(Verb::Read, &subject, &error))
        }
    }
}
