//! Claims on objects that exist before they are managed, so that only one resource manages each.

use serde_json::json;
use tfplugin::{ApplyResponse, Diagnostic};

use super::notes::{note, noted};
use super::operation::Operation;
use super::report::Subject;
use crate::kind::Key;
use crate::session::Session;

/// The member of private data that holds the mark of a claim.
const MARK: &str = "taken_as";

/// Returns whether a resource with other private data has claimed the object in this run.
pub(super) fn is_taken_by_another(session: &Session, id: &str, private: &[u8]) -> bool {
    session.claims.is_taken_by_another(id, mark_in(private))
}

/// Claims an object and starts to manage it, unless another resource has claimed it.
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

/// Copies the mark of a claim to the response of an update.
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
