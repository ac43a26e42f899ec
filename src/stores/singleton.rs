//! Documents that always exist, so they are never created or deleted.

use async_trait::async_trait;
use azure::{ErrorKind, Request};
use serde_json::Value as Json;

use super::{
    Call, Change, Store, StoreError, Stored, WriteFailure, ambiguous, requests, visibility,
};
use crate::document;

/// How often to retry emptying a document that others keep changing.
const CONTENTION: usize = 5;

/// A store for singleton documents. If the service has versions, each write is conditional on one.
/// `*` stands for a document that was never written.
pub(super) struct Singleton {
    /// The empty document.
    pub(super) reset: Json,
    /// Whether the service may refuse the empty document.
    pub(super) may_stay: bool,
}

#[async_trait]
impl Store for Singleton {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        requests::read(call).await
    }

    /// Returns nothing, because the document always exists and is taken over.
    async fn conflicting(&self, _call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(Vec::new())
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
        let Change {
            current,
            desired,
            etag,
            ..
        } = change;
        let path = requests::path(call).map_err(WriteFailure::nothing)?;
        if let Err(error) = put(call, path, desired.clone(), etag).await {
            return ambiguous::unless_arrived(call, &current, error).await;
        }
        visibility::read_written(call, &current, &desired)
            .await
            .map_err(|error| WriteFailure::unread(call, error))
    }

    /// Empties the document. Members that are not managed stay.
    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        for _ in 0..CONTENTION {
            let Some(Stored { document, etag, .. }) = requests::read(call).await? else {
                return Ok(());
            };
            let mut empty = document;
            document::retain_writable(call.kind, call.place, &mut empty);
            document::put_over(&mut empty, &Json::Null, &self.reset);
            match put(call, requests::path(call)?, empty, etag).await {
                Err(error) if error.kind() == ErrorKind::PreconditionFailed => {}
                Err(error) if self.may_stay && matches!(error.status(), Some(400 | 422)) => {
                    return Err(StoreError::Stays(error));
                }
                result => return Ok(result?),
            }
        }
        Err(StoreError::Changed)
    }
}

async fn put(
    call: Call<'_>,
    path: String,
    document: Json,
    etag: Option<String>,
) -> azure::Result<()> {
    let body = document::wrap(call.kind, call.place, &call.target.key, document);
    let request = Request::put(path).json(body);
    let version = etag.unwrap_or_else(|| "*".to_owned());
    requests::send(call, request.header("if-match", version)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Bench, Reply};
    use super::*;
    use crate::kind::{Plane, StoreKind};

    /// Deletes an object whose emptying is answered with a status.
    async fn deleted(kind: &str, status: u16) -> Result<(), StoreError> {
        let bench = Bench::new(kind, Plane::DataPlane, move |line| {
            match line.starts_with("PUT") {
                true => Reply::Json(status, json!({ "error": { "message": "no" } })),
                false => Reply::Json(200, json!({ "assignmentGroup": "a", "lookbackDays": 3 })),
            }
        });
        let StoreKind::Singleton {
            reset, may_stay, ..
        } = &bench.call().kind.store
        else {
            panic!("{kind} is no singleton");
        };
        let store = Singleton {
            reset: reset.clone(),
            may_stay: *may_stay,
        };
        store.delete(bench.call()).await
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_document_that_may_stay_stays_when_its_emptying_is_rejected() {
        let stays = |result| matches!(result, Err(StoreError::Stays(_)));
        assert!(stays(deleted("servicenow_indexing", 400).await));
        assert!(stays(deleted("servicenow_indexing", 422).await));
        assert!(!stays(deleted("servicenow_indexing", 423).await));
        assert!(!stays(deleted("custom_instructions", 400).await));
        assert!(deleted("servicenow_indexing", 200).await.is_ok());
    }
}
