//! Requests that all stores make, on whichever plane.

use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use azure::{Budget, ErrorKind, Presence, Request, Response, operations};
use serde_json::Value as Json;

use super::{Call, StoreError, Stored};
use crate::document;
use crate::kind::{Key, Plane};

/// How often to look whether an object has appeared or gone.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(200), Duration::from_secs(10));

/// How long reads may go on showing what was there before a write.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);

/// How long to look for what a write of unknown fate has left. The user may be waiting for the
/// run to end.
const AFTERMATH: Duration = Duration::from_secs(5);

/// The path of an object, or of its collection for an empty key.
pub(super) fn path(call: Call<'_>) -> Result<String, StoreError> {
    let Call { kind, target, .. } = call;
    if matches!(kind.key, Key::Agent) {
        return Ok(target.agent.path());
    }
    let collection = collection(call);
    if target.key.is_empty() {
        return Ok(collection);
    }
    azure::id::join(&collection, &target.key)
        .map_err(|error| StoreError::Azure(azure::Error::from(error)))
}

/// The path of the collection that an object is in.
pub(super) fn collection(call: Call<'_>) -> String {
    match call.place.plane {
        Plane::Arm => format!("{}/{}", call.target.agent.path(), call.place.collection),
        Plane::DataPlane => call.place.collection.to_owned(),
    }
}

/// Sends a request on the plane of the call.
pub(super) async fn send(call: Call<'_>, request: Request) -> azure::Result<Response> {
    match call.place.plane {
        Plane::Arm => call.client.arm(request, call.budget).await,
        Plane::DataPlane => {
            let plane = call
                .client
                .data_plane(&call.target.agent, call.budget)
                .await?;
            plane.send(request, call.budget).await
        }
    }
}

/// Reads a body; `None` when there is none, or no agent.
pub(super) async fn read_body(call: Call<'_>) -> Result<Option<Json>, StoreError> {
    let request = Request::get(path(call)?);
    let presence = match call.place.plane {
        Plane::Arm => call.client.arm_read(request, call.budget).await?,
        Plane::DataPlane => {
            match call
                .client
                .find_data_plane(&call.target.agent, call.budget)
                .await?
            {
                Some(plane) => plane.read(request, call.budget).await?,
                None => Presence::Absent,
            }
        }
    };
    Ok(presence.found())
}

/// Reads an object under its key.
pub(super) async fn read(call: Call<'_>) -> Result<Option<Stored>, StoreError> {
    read_body(call)
        .await?
        .map(|body| stored(call, body))
        .transpose()
}

/// Reads an object that was written just now, waiting until it can be seen.
pub(super) async fn read_visible(call: Call<'_>) -> Result<Stored, StoreError> {
    let found = poll_until(&LOOK, call.budget, || async {
        match read(call).await {
            Ok(Some(stored)) => Ok(Step::Done(Ok(stored))),
            Ok(None) => Ok(Step::again("the object cannot be seen yet")),
            Err(StoreError::Azure(error)) => Err(error),
            Err(other) => Ok(Step::Done(Err(other))),
        }
    });
    found.await?
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
        document::remove_secrets(&call.kind.nodes, &mut document);
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
        match read(call).await {
            Ok(Some(stored)) if readable(&stored.document) == before => {
                Ok(Step::again("the object is still shown as it was before"))
            }
            Ok(Some(stored)) => Ok(Step::Done(Ok(stored))),
            Ok(None) => Ok(Step::again("the object cannot be seen yet")),
            Err(StoreError::Azure(error)) => Err(error),
            Err(other) => Ok(Step::Done(Err(other))),
        }
    });
    match shown.await {
        Ok(result) => result,
        // The service made nothing of it.
        Err(_) => read_visible(call).await,
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
    if arm && (started || unfinished || body.get("properties").is_none()) {
        return None;
    }
    stored(call, body.clone()).ok()
}

/// Looks for what a write of unknown fate has left, past an interrupt. What a service has taken
/// may be a little late to show.
pub(super) async fn aftermath<T, F>(look: impl Fn(Budget) -> F) -> Option<T>
where
    F: Future<Output = Result<Option<T>, StoreError>>,
{
    let budget = Budget::detached(AFTERMATH);
    let found = poll_until(&LOOK, &budget, || async {
        match look(budget.clone()).await {
            Ok(Some(found)) => Ok(Step::Done(Some(found))),
            Ok(None) => Ok(Step::again("the object cannot be seen")),
            Err(_) => Ok(Step::Done(None)),
        }
    });
    found.await.ok().flatten()
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
    let absent = poll_until(&LOOK, call.budget, || async {
        match read_body(call).await {
            Ok(None) => Ok(Step::Done(Ok(()))),
            Ok(Some(_)) => Ok(Step::again("the object still exists")),
            Err(StoreError::Azure(error)) => Err(error),
            Err(other) => Ok(Step::Done(Err(other))),
        }
    });
    match absent.await {
        Ok(result) => result,
        Err(error) if error.kind() == ErrorKind::DeadlineExceeded => Err(StoreError::StillThere),
        Err(error) => Err(error.into()),
    }
}

/// Sends an action of an object and waits until it is done.
pub(super) async fn act(call: Call<'_>, action: &str) -> Result<(), StoreError> {
    // What brings an object into a state may be repeated, though it is a POST.
    let request = Request::post(format!("{}/{action}", path(call)?)).idempotent(true);
    let response = send(call, request).await?;
    if call.place.plane == Plane::Arm {
        operations::wait(call.client, &response, call.budget).await?;
    }
    Ok(())
}

/// The object in a body.
pub(super) fn stored(call: Call<'_>, body: Json) -> Result<Stored, StoreError> {
    let document = call
        .place
        .envelope
        .unwrap(body)
        .map_err(StoreError::Envelope)?;
    Ok(Stored {
        key: call.target.key.clone(),
        document,
    })
}
