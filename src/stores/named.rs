//! Objects under names of the user's choice: PUT creates and replaces.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azure::poll::{Schedule, Step, poll_until};
use azure::{Request, Response, operations};
use serde_json::Value as Json;

use super::{
    Call, Change, Reached, Store, StoreError, Stored, WriteFailure, access, annex, gave_up,
    prerequisite,
};
use crate::kind::Plane;

/// How often to send an object again after what it needs has come about, and how many times: about
/// a minute in all.
const AGAIN: Schedule = Schedule::growing(Duration::from_secs(1), Duration::from_secs(10));
const TRIES: u32 = 8;

/// How long the service may go on refusing what belongs to an object that is there.
const CATCHING_UP: Schedule = AGAIN.at_most(Duration::from_secs(60));

/// On ARM a write may be a long-running operation; on the data plane it may be answered with 405
/// or without the object, although it was carried out.
pub(super) struct Named;

#[async_trait]
impl Store for Named {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        let mut found = access::read(call).await?;
        if let (Some(annex), true, Some(stored)) = (&call.kind.annex, call.annexed, &mut found) {
            annex::join(call, annex, &mut stored.document).await?;
        }
        Ok(found)
    }

    async fn conflicting(&self, call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(access::read(call).await?.into_iter().collect())
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        mut document: Json,
    ) -> Result<Stored, WriteFailure> {
        let beside = call.kind.annex.as_ref();
        let beside = beside.map(|annex| (annex, annex::take(annex, &mut document)));
        let stored = match put(call, name, &Json::Null, document).await {
            // Nothing was there before: whatever is there now is ours.
            Err(failure) if failure.is_ambiguous() => match access::remains(call).await {
                Some(stored) => Ok(stored),
                None => Err(failure.without_effect()),
            },
            result => result,
        }?;
        match beside {
            // One that was left behind would hold for this object, too.
            Some((annex, text)) if !text.is_empty() || call.annexed => {
                written_beside(call, annex, &text, stored).await
            }
            _ => Ok(stored),
        }
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let Change {
            current: mut before,
            mut desired,
            name,
            ..
        } = change;
        let beside = call.kind.annex.as_ref().map(|annex| {
            let was = annex::take(annex, &mut before);
            (annex, was, annex::take(annex, &mut desired))
        });
        let stored = match put(call, &name, &before, desired).await {
            // It was there before, so only a change proves that the write arrived.
            Err(failure) if failure.is_ambiguous() => {
                access::arrived(call, &before).await.ok_or(failure)
            }
            result => result,
        }?;
        match beside {
            Some((annex, was, text)) if was != text => {
                written_beside(call, annex, &text, stored).await
            }
            Some((annex, _, text)) => Ok(shown_beside(annex, &text, stored)),
            None => Ok(stored),
        }
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        access::delete(call).await?;
        match &call.kind.annex {
            Some(annex) if call.annexed => annex::remove(call, annex).await,
            _ => Ok(()),
        }
    }
}

/// Writes the second document of an object that is there.
async fn written_beside(
    call: Call<'_>,
    annex: &crate::kind::Annex,
    text: &str,
    stored: Stored,
) -> Result<Stored, WriteFailure> {
    let written = poll_until(&CATCHING_UP, call.budget, || async {
        match annex::write(call, annex, text).await {
            Ok(()) => Ok(Step::Done(Ok(()))),
            // The service may not know the object yet to which this belongs.
            Err(StoreError::Azure(error)) if prerequisite::may_be_missing(&error) => {
                Ok(Step::Failing(error))
            }
            Err(StoreError::Azure(error)) => Err(error),
            Err(other) => Ok(Step::Done(Err(other))),
        }
    });
    match written.await {
        Ok(Ok(())) => Ok(shown_beside(annex, text, stored)),
        Ok(Err(error)) => Err(WriteFailure {
            error,
            reached: Reached::Written(stored.key),
        }),
        Err(error) => Err(WriteFailure {
            reached: match gave_up(&error) {
                true => Reached::Unread(stored.key),
                false => Reached::Written(stored.key),
            },
            error: error.into(),
        }),
    }
}

fn shown_beside(annex: &crate::kind::Annex, text: &str, mut stored: Stored) -> Stored {
    annex::put(annex, &mut stored.document, text);
    stored
}

async fn put(
    call: Call<'_>,
    name: &str,
    before: &Json,
    document: Json,
) -> Result<Stored, WriteFailure> {
    let unread = |error| WriteFailure::unread(call, error);
    let failed = |error| WriteFailure::of(error, &call.target.key);
    let response = taken(call, name, &document).await?;
    if call.place.plane == Plane::Arm && call.patient {
        operations::wait(call.client, &response, call.budget)
            .await
            .map_err(failed)?;
    }
    match access::answered(call, &response) {
        Some(answered) => Ok(answered),
        None => access::read_written(call, before, &document)
            .await
            .map_err(unread),
    }
}

/// Sends a document, again once what it needs has come about.
async fn taken(call: Call<'_>, name: &str, document: &Json) -> Result<Response, WriteFailure> {
    let nothing = WriteFailure::nothing;
    let failed = |error| WriteFailure::of(error, &call.target.key);
    let path = access::path(call).map_err(nothing)?;
    let send = || {
        let body = call.place.envelope.wrap(name, document.clone());
        access::send(call, Request::put(path.clone()).json(body))
    };
    let refusal = match send().await {
        Err(error) if prerequisite::may_be_missing(&error) => error,
        result => return result.map_err(failed),
    };
    let Some(prerequisite) = &call.kind.prerequisite else {
        return Err(failed(refusal));
    };
    match prerequisite::wait(call, prerequisite, document).await {
        Ok(true) => {}
        // It may have come about since the refusal, which asking once more tells.
        Ok(false) => return send().await.map_err(failed),
        // It cannot be found out, and the service's own words say more than that.
        Err(StoreError::Azure(error)) if !gave_up(&error) => return Err(failed(refusal)),
        Err(error) => return Err(nothing(error)),
    }
    // No limit of time, which would cut off a request that is on its way.
    let tries = AtomicU32::new(0);
    let again = poll_until(&AGAIN, call.budget, || async {
        match send().await {
            Ok(response) => Ok(Step::Done(response)),
            Err(error) if !prerequisite::may_be_missing(&error) => Err(error),
            Err(error) if tries.fetch_add(1, Ordering::Relaxed) >= TRIES => Err(error),
            Err(error) => Ok(Step::Failing(error)),
        }
    });
    again.await.map_err(failed)
}
