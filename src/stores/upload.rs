//! Files that are uploaded under their name, listed with their status, and never downloaded.

use std::time::Duration;

use async_trait::async_trait;
use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, Multipart, Request};
use bytes::Bytes;
use serde_json::Value as Json;

use super::{
    Call, Change, Reached, Store, StoreError, Stored, WriteFailure, ambiguous, requests, visibility,
};
use crate::kind::Upload;

/// How often to check whether an upload is visible.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(200), Duration::from_secs(5));

/// How long the list may return the previous version of a file.
const SHOWN_WITHIN: Duration = Duration::from_secs(20);

/// A store for files. An upload under an existing name replaces the file.
pub(super) struct Files<'a> {
    pub(super) upload: &'a Upload,
    /// The content to upload. `None` if a file is only read or deleted.
    pub(super) content: Option<Bytes>,
}

#[async_trait]
impl Store for Files<'_> {
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
        self.update(call, Change::first(name, document)).await
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let Some(content) = &self.content else {
            return Err(WriteFailure {
                error: StoreError::NoContent,
                reached: Reached::Nothing,
            });
        };
        let name = &change.name;
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let parts = Multipart::new().file("files", name, kind.essence_str(), content.clone());
        let request = Request::post(self.upload.path)
            .query("triggerIndexing", "true")
            .multipart(parts)
            // Repeating the upload replaces the file with the same one.
            .idempotent(true);
        let before = requests::read(call).await.map_err(WriteFailure::nothing)?;
        if let Err(error) = requests::send(call, request).await {
            let failure = WriteFailure::of(error, &call.target.key);
            if !failure.is_ambiguous() {
                return Err(failure);
            }
            let found = ambiguous::remains(call).await;
            let new = found.filter(|found| !is_old(before.as_ref(), found));
            return new.ok_or_else(|| failure.without_effect());
        }
        wait_until_shown(call, before.as_ref())
            .await
            .map_err(|error| WriteFailure::unread(call, error))
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        let path = azure::id::join(self.upload.delete, &call.target.key)
            .map_err(|error| StoreError::Azure(azure::Error::from(error)))?;
        match requests::send(call, Request::delete(path)).await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        visibility::gone(call, requests::read).await
    }
}

/// Waits until the list contains the file in a version other than `before`. If the file stays the
/// same after all, the new content has the same size.
async fn wait_until_shown(call: Call<'_>, before: Option<&Stored>) -> Result<Stored, StoreError> {
    let schedule = LOOK.at_most(SHOWN_WITHIN);
    let found = poll_until(&schedule, call.budget, || async {
        Ok(match requests::read(call).await? {
            Some(stored) if !is_old(before, &stored) => Step::Done(stored),
            _ => Step::again("the service does not return the file yet"),
        })
    });
    match found.await {
        Err(StoreError::Azure(error)) => requests::read(call).await?.ok_or_else(|| error.into()),
        result => result,
    }
}

/// Returns whether the list contains the version of a file from before the upload.
fn is_old(before: Option<&Stored>, found: &Stored) -> bool {
    let same =
        |member: &str, before: &Stored| found.document.get(member) == before.document.get(member);
    before.is_some_and(|before| same("size", before) && same("lastModified", before))
}
