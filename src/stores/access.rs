//! Requests that all stores make, on whichever plane.

use std::future::pending;
use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use azure::{Budget, Ended, ErrorKind, Request, Response, operations};
use serde_json::Value as Json;

use super::{Call, StoreError, Stored, WriteFailure};
use crate::document;
use crate::kind::{Key, Plane};

/// How often to look whether an object has appeared or gone.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(200), Duration::from_secs(10));

/// How long reads may go on showing what was there before a write.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);

/// How long to look for what a write of unknown fate has left.
const AFTERMATH: Duration = Duration::from_secs(5);

/// How long to go on looking once the user wants the run to end: two seconds is all that an answer
/// may take then.
const LAST_LOOKS: Duration = Duration::from_millis(1500);

/// The path of an object, or of its collection for an empty key.
pub(super) fn path(call: Call<'_>) -> Result<String, StoreError> {
    let Call { kind, target, .. } = call;
    if matches!(kind.key, Key::Agent) {
        return Ok(target.agent.path());
    }
    let collection = collection(call);
    if target.key.is_empty() || matches!(kind.key, Key::Singleton { .. }) {
        return Ok(collection);
    }
    let segment = (call.place.spelling.write)(&target.key);
    azure::id::join(&collection, &segment)
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

/// Asks for a body; `None` when there is none, or no agent.
async fn find(call: Call<'_>) -> Result<Option<Response>, StoreError> {
    let request = Request::get(path(call)?);
    let found = match call.place.plane {
        Plane::Arm => call.client.arm_find(request, call.budget).await?,
        Plane::DataPlane => {
            match call
                .client
                .find_data_plane(&call.target.agent, call.budget)
                .await?
            {
                Some(plane) => plane.find(request, call.budget).await?,
                None => None,
            }
        }
    };
    Ok(found)
}

/// Reads an object under its key.
pub(super) async fn read(call: Call<'_>) -> Result<Option<Stored>, StoreError> {
    if call.place.listed_by.is_some() {
        let key = &call.target.key;
        let mut listed = list(call, &[]).await?.into_iter();
        return Ok(listed.find(|stored| stored.key == *key));
    }
    let Some(response) = find(call).await? else {
        return Ok(None);
    };
    let etag = response.etag().map(str::to_owned);
    let stored = stored(call, response.into_json()?)?;
    Ok(Some(Stored { etag, ..stored }))
}

/// Lists the collection of the call; empty when there is no agent.
pub(super) async fn list(
    call: Call<'_>,
    query: &[(&str, &str)],
) -> Result<Vec<Stored>, StoreError> {
    let request = Request::get(collection(call));
    let request = query
        .iter()
        .fold(request, |request, (key, value)| request.query(*key, *value));
    let items = match call.place.plane {
        Plane::Arm => call.client.arm_list(request, call.budget).await?,
        Plane::DataPlane => {
            let plane = call.client.find_data_plane(&call.target.agent, call.budget);
            match plane.await? {
                Some(plane) => plane.list(request, call.place.list, call.budget).await?,
                None => Vec::new(),
            }
        }
    };
    let items = items.into_iter().filter_map(|body| {
        let key = listed_key(call, &body)?;
        let document = call
            .place
            .envelope
            .unwrap(body)
            .map_err(StoreError::Envelope);
        Some(document.map(|document| Stored {
            key,
            document,
            etag: None,
        }))
    });
    items.collect()
}

/// The key of an object in a list. ARM may name one `agent/child`.
fn listed_key(call: Call<'_>, body: &Json) -> Option<String> {
    let member = match (&call.kind.key, call.place.listed_by) {
        (Key::ServerId { member, .. }, _) => member,
        (_, Some(member)) => member,
        _ => "name",
    };
    let key = body.get(member)?.as_str()?;
    let key = match call.place.plane {
        Plane::Arm => key.rsplit('/').next().unwrap_or(key),
        Plane::DataPlane => key,
    };
    Some(key.to_owned())
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
    if call.place.listed_by.is_some()
        || arm && (started || unfinished || body.get("properties").is_none())
    {
        return None;
    }
    stored(call, body.clone()).ok()
}

/// Looks for what a write of unknown fate has left, for a moment even after an interrupt. What a
/// service has taken may be a little late to show.
pub(super) async fn aftermath<T, F>(budget: &Budget, look: impl Fn(Budget) -> F) -> Option<T>
where
    F: Future<Output = Result<Option<T>, StoreError>>,
{
    let unstopped = Budget::detached(AFTERMATH);
    let found = poll_until(&LOOK, &unstopped, || async {
        match look(unstopped.clone()).await {
            Ok(Some(found)) => Ok(Step::Done(Some(found))),
            Ok(None) => Ok(Step::again("the object cannot be seen")),
            Err(_) => Ok(Step::Done(None)),
        }
    });
    let interrupted = async {
        if budget.run(pending::<()>()).await == Err(Ended::Canceled) {
            tokio::time::sleep(LAST_LOOKS).await;
        } else {
            pending().await
        }
    };
    tokio::select! {
        found = found => found.ok().flatten(),
        () = interrupted => None,
    }
}

/// The object that a write of unknown fate has left, if any.
pub(super) async fn remains(call: Call<'_>) -> Option<Stored> {
    aftermath(call.budget, |budget| async move {
        read(Call {
            budget: &budget,
            ..call
        })
        .await
    })
    .await
}

/// The object after a change of unknown fate, if it shows that the change has arrived: it is other
/// than `before`, which is without what nobody may write.
pub(super) async fn arrived(call: Call<'_>, before: &Json) -> Option<Stored> {
    let stored = remains(call).await?;
    let mut after = stored.document.clone();
    document::retain_writable(call.kind, call.place, &mut after);
    (after != *before).then_some(stored)
}

/// What a failed write comes to after all: the object, if it shows that the write has arrived.
pub(super) async fn unless_arrived(
    call: Call<'_>,
    before: &Json,
    error: azure::Error,
) -> Result<Stored, WriteFailure> {
    let failure = WriteFailure::of(error, &call.target.key);
    match failure.is_ambiguous() {
        true => {
            let arrived = arrived(call, before).await;
            arrived.ok_or_else(|| failure.without_effect())
        }
        false => Err(failure),
    }
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
        match read(call).await {
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
        etag: None,
    })
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How long it takes to look in vain, when the interrupt comes after so many seconds.
    async fn in_vain(interrupt: Option<u32>) -> Duration {
        let cancel = CancellationToken::new();
        let budget = Budget::new(60 * SECOND, cancel.clone());
        let start = Instant::now();
        let looking = tokio::spawn(async move {
            let nothing = |_| async { Ok(None::<()>) };
            aftermath(&budget, nothing).await
        });
        if let Some(after) = interrupt {
            tokio::time::sleep(after * SECOND).await;
            cancel.cancel();
        }
        assert_eq!(looking.await.unwrap(), None);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupt_leaves_less_than_two_seconds_to_look() {
        assert_eq!(in_vain(None).await, AFTERMATH);
        for (after, limit) in [(0, 2 * SECOND), (1, 3 * SECOND), (4, AFTERMATH)] {
            let took = in_vain(Some(after)).await;
            assert!(
                took > after * SECOND && took <= limit,
                "{took:?} after {after} s"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_shows_in_time_is_found_past_an_interrupt() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let budget = Budget::new(60 * SECOND, cancel);
        let start = Instant::now();
        let look = |_| async move { Ok((start.elapsed() >= SECOND / 2).then_some(7)) };
        assert_eq!(aftermath(&budget, look).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_is_not_answered_ends_with_an_interrupt() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let budget = Budget::new(60 * SECOND, cancel);
        let start = Instant::now();
        let look = |_| pending::<Result<Option<()>, StoreError>>();
        assert_eq!(aftermath(&budget, look).await, None);
        assert!(start.elapsed() < 2 * SECOND);
    }
}
