//! Waiting until reads show what was written, or do not show any more what was deleted.

use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, Request, Response, operations};
use serde_json::Value as Json;

use super::requests::{path, read, send, stored};
use super::{Call, StoreError, Stored};
use crate::document;
use crate::kind::Plane;

/// How often to look whether an object has appeared or gone.
pub(super) const LOOK: Schedule =
    Schedule::growing(Duration::from_millis(200), Duration::from_secs(10));

/// How long reads may go on showing what was there before a write.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);

/// Reads an object that was written just now, waiting until it can be seen.
pub(super) async fn read_visible(call: Call<'_>) -> Result<Stored, StoreError> {
    let found = poll_until(&LOOK, call.budget, || async {
        Ok(match read(call).await? {
            Some(stored) => Step::Done(stored),
            None => Step::again("the service does not return the object yet"),
        })
    });
    found.await
}

/// Reads an object that was written just now until reads show it other than `before`: for a moment
/// they may still show what was there, or nothing. `before` and `desired` are without what nobody
/// may write.
pub(super) async fn read_written(
    call: Call<'_>,
    before: &Json,
    desired: &Json,
) -> Result<Stored, StoreError> {
    let readable = |document: &Json| {
        let mut document = document.clone();
        document::remove_secrets(call.kind, &mut document);
        document::retain_writable(call.kind, call.place, &mut document);
        document
    };
    let before = readable(before);
    // A change that nobody can read.
    if readable(desired) == before {
        return read_visible(call).await;
    }
    let schedule = LOOK.at_most(SHOWN_WITHIN);
    let shown = poll_until(&schedule, call.budget, || async {
        Ok(match read(call).await? {
            Some(stored) if readable(&stored.document) == before => {
                Step::again("the service still returns the previous version of the object")
            }
            Some(stored) => Step::Done(stored),
            None => Step::again("the service does not return the object yet"),
        })
    });
    match shown.await {
        // The service made nothing of it.
        Err(StoreError::Azure(_)) => read_visible(call).await,
        result => result,
    }
}

/// The object in the answer to a write, unless the service keeps the answer short, or it started an
/// operation and so is older than what that has done.
pub(super) fn answered(call: Call<'_>, response: &Response) -> Option<Stored> {
    let body = response.json()?;
    let arm = call.place.plane == Plane::Arm;
    let state = body
        .pointer("/properties/provisioningState")
        .and_then(Json::as_str);
    let unfinished = state.is_some_and(|state| !state.eq_ignore_ascii_case("Succeeded"));
    let started = response.header("azure-asyncoperation").is_some() || response.status() == 202;
    if call.place.listed_by.is_some()
        || arm && (started || unfinished || body.get("properties").is_none())
    {
        return None;
    }
    stored(call, body.clone()).ok()
}

/// Sends a deletion and waits until the object is gone. One that was gone already is no error.
pub(super) async fn delete(call: Call<'_>) -> Result<(), StoreError> {
    match send(call, Request::delete(path(call)?)).await {
        Ok(response) if call.place.plane == Plane::Arm => {
            operations::wait(call.client, &response, call.budget).await?;
        }
        Ok(_) => {}
        // Whether it is gone is told by reading, which knows a plane that is not ready from an
        // object that does not exist.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            let gone = read(call).await.is_ok_and(|found| found.is_none());
            return if gone { Ok(()) } else { Err(error.into()) };
        }
    }
    gone(call, read).await
}

/// Waits until an object is gone.
pub(super) async fn gone<'a, F>(
    call: Call<'a>,
    read: impl Fn(Call<'a>) -> F,
) -> Result<(), StoreError>
where
    F: Future<Output = Result<Option<Stored>, StoreError>>,
{
    let absent = poll_until(&LOOK, call.budget, || async {
        Ok(match read(call).await? {
            None => Step::Done(()),
            Some(_) => Step::again("the object still exists"),
        })
    });
    match absent.await {
        Err(StoreError::Azure(error)) if error.kind() == ErrorKind::DeadlineExceeded => {
            Err(StoreError::StillThere)
        }
        result => result,
    }
}
