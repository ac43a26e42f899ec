//! Objects that are there before anybody manages them have one resource each.

use serde_json::json;
use tfplugin::{ApplyResponse, Diagnostic};

use super::notes::{note, noted};
use super::operation::Operation;
use super::report::Subject;
use crate::kind::Key;
use crate::session::Session;

/// The member of private data that holds the mark.
const MARK: &str = "taken_as";

/// Whether another resource than the one with this private data has taken an object in this run.
pub(super) fn is_taken_by_another(session: &Session, id: &str, private: &[u8]) -> bool {
    session.claims.is_taken_by_another(id, mark_in(private))
}

/// Does what begins the management of an object, unless another resource has it already.
pub(super) async fn claimed(
    operation: &mut Operation<'_>,
    subject: &Subject,
    begin: impl AsyncFnOnce(&mut Operation<'_>) -> ApplyResponse,
) -> ApplyResponse {
    let session = operation.session.clone();
    let Some(mark) = session.claims.take(&subject.id) else {
        return ApplyResponse::failed(taken_twice(operation, subject));
    };
    let response = begin(operation).await;
    if response.state.is_none() {
        session.claims.release(&subject.id);
        return response;
    }
    noted(response, MARK, json!(mark))
}

/// The response of an update with the mark that was there before.
pub(super) fn still_marked(response: ApplyResponse, private: &[u8]) -> ApplyResponse {
    match mark_in(private) {
        Some(mark) => noted(response, MARK, json!(mark)),
        None => response,
    }
}

fn mark_in(private: &[u8]) -> Option<u64> {
    note(private, MARK)?.as_u64()
}

fn taken_twice(operation: &Operation<'_>, subject: &Subject) -> Diagnostic {
    let (which, at) = match operation.object.kind.key() {
        Key::Singleton => ("of the agent".to_owned(), "agent_id"),
        _ => (format!("{:?}", subject.name), "name"),
    };
    Diagnostic::error(
        format!("Two resources manage the {} {which}", subject.title),
        format!(
            "Another resource in this configuration already manages this object, and there is only \
             one. The two resources would undo each other's changes. Keep one of them.\n\nObject: \
             {}",
            subject.id
        ),
    )
    .at(at)
}
