//! Objects under names of the user's choice: PUT creates and replaces.

use async_trait::async_trait;
use azure::{ErrorKind, Request, operations};
use serde_json::Value as Json;

use super::{Call, Change, Reached, Store, StoreError, Stored, WriteFailure, access};
use crate::document;
use crate::kind::Plane;

/// On ARM a write may be a long-running operation; on the data plane it may be answered with 405
/// or without the object, although it was carried out.
pub(super) struct Named;

#[async_trait]
impl Store for Named {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        access::read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(access::read(call).await?.into_iter().collect())
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        match put(call, name, &Json::Null, document).await {
            // Nothing was there before: whatever is there now is ours.
            Err(failure) if is_ambiguous(&failure) => match aftermath(call).await {
                Some(stored) => Ok(stored),
                None if failure.reached == Reached::Accepted => Err(failure),
                None => Err(WriteFailure {
                    reached: Reached::Nothing,
                    ..failure
                }),
            },
            result => result,
        }
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let before = change.current;
        match put(call, &change.name, &before, change.desired).await {
            // It was there before, so only a change proves that the write arrived.
            Err(failure) if is_ambiguous(&failure) => {
                let Some(stored) = aftermath(call).await else {
                    return Err(failure);
                };
                let mut after = stored.document.clone();
                document::retain_writable(call.kind, call.place, &mut after);
                if after == before {
                    Err(failure)
                } else {
                    Ok(stored)
                }
            }
            result => result,
        }
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        access::delete(call).await
    }
}

async fn aftermath(call: Call<'_>) -> Option<Stored> {
    access::aftermath(|budget| async move {
        access::read(Call {
            budget: &budget,
            ..call
        })
        .await
    })
    .await
}

async fn put(
    call: Call<'_>,
    name: &str,
    before: &Json,
    document: Json,
) -> Result<Stored, WriteFailure> {
    let unread = |error| WriteFailure {
        error,
        reached: Reached::Unread(call.target.key.clone()),
    };
    let path = access::path(call).map_err(|error| WriteFailure {
        error,
        reached: Reached::Nothing,
    })?;
    let body = call.place.envelope.wrap(name, document.clone());
    let request = Request::put(path).json(body);
    let failed = |error| WriteFailure::of(error, &call.target.key);
    let response = access::send(call, request).await.map_err(failed)?;
    if call.place.plane == Plane::Arm {
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

/// Whether a write that was answered with a failure may have been carried out all the same.
fn is_ambiguous(failure: &WriteFailure) -> bool {
    match &failure.error {
        StoreError::Azure(error) if !matches!(failure.reached, Reached::Unread(_)) => {
            (error.may_have_been_applied() && !error.was_accepted())
                || error.status() == Some(405)
                || error.kind() == ErrorKind::NotJson
        }
        _ => false,
    }
}
