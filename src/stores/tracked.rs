//! The agent: a tracked ARM resource, created by PUT and changed by PATCH.
//!
//! A full PUT would clear whatever it leaves out, the incident platform and its filters among it.

use async_trait::async_trait;
use azure::{Request, operations};
use serde_json::Value as Json;

use super::{Call, Change, Reached, Store, StoreError, Stored, WriteFailure, access};
use crate::document;

/// The agent itself.
pub(super) struct Tracked;

#[async_trait]
impl Store for Tracked {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        access::read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, _name: &str) -> Result<Option<Stored>, StoreError> {
        access::read(call).await
    }

    async fn create(
        &self,
        call: Call<'_>,
        _name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        call.client.forget_agent(&call.target.agent);
        let stored = write(call, Request::put(call.target.agent.path()).json(document)).await?;
        call.client.agent_created(&call.target.agent);
        Ok(stored)
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let patch = document::merge_patch(&change.current, &change.desired, &change.groups);
        if patch.as_object().is_some_and(serde_json::Map::is_empty) {
            return access::read_visible(call)
                .await
                .map_err(|error| WriteFailure {
                    error,
                    reached: Reached::Nothing,
                });
        }
        write(call, Request::patch(call.target.agent.path()).json(patch)).await
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        let result = access::delete(call).await;
        call.client.forget_agent(&call.target.agent);
        result
    }
}

async fn write(call: Call<'_>, request: Request) -> Result<Stored, WriteFailure> {
    let failed = |error| WriteFailure::of(error, &call.target.key);
    let response = access::send(call, request).await.map_err(failed)?;
    operations::wait(call.client, &response, call.budget)
        .await
        .map_err(failed)?;
    access::read_visible(call)
        .await
        .map_err(|error| WriteFailure {
            error,
            reached: Reached::Written(call.target.key.clone()),
        })
}
