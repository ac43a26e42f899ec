//! Objects under names of the user's choice: PUT creates and replaces.

use async_trait::async_trait;
use azure::{Request, operations};
use serde_json::Value as Json;

use super::{
    Call, Change, Store, StoreError, Stored, WriteFailure, aftermath, requests, visibility,
};
use crate::kind::Plane;

/// On ARM a write may be a long-running operation; on the data plane it may be answered with 405
/// or without the object, although it was carried out.
pub(super) struct Named {
    /// Whether to wait for the operation that a write starts on ARM.
    pub(super) waits: bool,
}

impl Named {
    async fn put(
        &self,
        call: Call<'_>,
        name: &str,
        before: &Json,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        let unread = |error| WriteFailure::unread(call, error);
        let failed = |error| WriteFailure::of(error, &call.target.key);
        let path = requests::path(call).map_err(WriteFailure::nothing)?;
        let body = call.place.envelope.wrap(name, document.clone());
        let response = requests::send(call, Request::put(path).json(body))
            .await
            .map_err(failed)?;
        if call.place.plane == Plane::Arm && self.waits {
            operations::wait(call.client, &response, call.budget)
                .await
                .map_err(failed)?;
        }
        match visibility::answered(call, &response) {
            Some(answered) => Ok(answered),
            None => visibility::read_written(call, before, &document)
                .await
                .map_err(unread),
        }
    }
}

#[async_trait]
impl Store for Named {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        requests::read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(requests::read(call).await?.into_iter().collect())
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        match self.put(call, name, &Json::Null, document).await {
            // Nothing was there before: whatever is there now is ours.
            Err(failure) if failure.is_ambiguous() => match aftermath::remains(call).await {
                Some(stored) => Ok(stored),
                None => Err(failure.without_effect()),
            },
            result => result,
        }
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let Change {
            current,
            desired,
            name,
            ..
        } = change;
        match self.put(call, &name, &current, desired).await {
            // It was there before, so only a change proves that the write arrived.
            Err(failure) if failure.is_ambiguous() => {
                aftermath::arrived(call, &current).await.ok_or(failure)
            }
            result => result,
        }
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        visibility::delete(call).await
    }
}
