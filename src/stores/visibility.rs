//! Waiting until reads return what was written, and no longer return what was deleted.

use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, Request, Response, operations};
use serde_json::Value as Json;

use super::requests::{path, read, send, stored};
use super::{Call, StoreError, Stored};
use crate::document;
use crate::kind::Plane;

/// How often to check whether an object has appeared or disappeared.
pub(super) const LOOK: Schedule =
    Schedule::growing(Duration::from_millis(200), Duration::from_secs(10));

/// How long reads may return the previous version after a write.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);

/// Reads an object after a write, and waits until it is visible.
pub(super) async fn read_visible(call: Call<'_>) -> Result<Stored, StoreError> {
    let found = poll_until(&LOOK, call.budget, || async {
        Ok(match read(call).await? {
            Some(stored) => Step::Done(stored),
            None => Step::again("the service does not return the object yet"),
        })
    });
    found.await
}

/// Reads an object after a write, and waits until it differs from `before`. For a moment, reads may
/// return the previous version, or nothing. `before` and `desired` contain only writable members.
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
    // The change is in members that cannot be read.
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
        // The write did not change the object.
        Err(StoreError::Azure(_)) => read_visible(call).await,
        result => result,
    }
}

/// Returns the object in the response to a write. Returns `None` if the response is abridged, or if
/// it shows an object whose operation has only begun.
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

/// Deletes an object and waits until it is gone. Succeeds if it was already gone.
pub(super) async fn delete(call: Call<'_>) -> Result<(), StoreError> {
    match send(call, Request::delete(path(call)?)).await {
        Ok(response) if call.place.plane == Plane::Arm => {
            operations::wait(call.client, &response, call.budget).await?;
        }
        Ok(_) => {}
        // A read decides whether the object is gone, because it distinguishes a plane that is not
        // ready from a missing object.
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
