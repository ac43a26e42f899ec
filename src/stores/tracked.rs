//! The agent: a tracked ARM resource, created by PUT and updated by PATCH.
//!
//! A PUT would clear everything that it omits, such as the incident platform and its filters.

use async_trait::async_trait;
use azure::id::AgentId;
use azure::{Budget, Client, Request, operations};
use serde_json::Value as Json;

use super::{
    Call, Change, Reached, Store, StoreError, Stored, WriteFailure, ambiguous, requests, visibility,
};
use crate::document;

/// The store for agents.
pub(super) struct Tracked;

#[async_trait]
impl Store for Tracked {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        requests::read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(requests::read(call).await?.into_iter().collect())
    }

    async fn create(
        &self,
        call: Call<'_>,
        _name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        call.client.forget_agent(&call.target.agent);
        let document = known(call, document);
        let request = Request::put(call.target.agent.path()).json(document.clone());
        let written = match write(call, request, &Json::Null, &document).await {
            // Nothing existed before, so any agent that exists now is the one that was created, and
            // it starts by itself.
            Err(failure) if failure.is_ambiguous() && failure.reached != Reached::Accepted => {
                Err(match ambiguous::remains(call).await {
                    Some(_) => WriteFailure {
                        reached: Reached::Unread(call.target.key.clone()),
                        ..failure
                    },
                    None => failure.without_effect(),
                })
            }
            result => result,
        };
        if !matches!(&written, Err(failure) if failure.reached == Reached::Nothing) {
            call.client.agent_created(&call.target.agent);
        }
        written
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let (current, desired) = (known(call, change.current), known(call, change.desired));
        let patch = document::merge_patch(&current, &desired, &change.groups);
        if patch.as_object().is_some_and(serde_json::Map::is_empty) {
            return visibility::read_visible(call)
                .await
                .map_err(WriteFailure::nothing);
        }
        let request = Request::patch(call.target.agent.path()).json(patch);
        write(call, request, &current, &desired).await
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        let result = visibility::delete(call).await;
        call.client.forget_agent(&call.target.agent);
        result
    }

    async fn act(&self, call: Call<'_>, action: &str) -> Result<(), StoreError> {
        act_on_agent(call.client, &call.target.agent, action, call.budget).await
    }
}

/// Starts or stops an agent, and waits until that is done.
pub(crate) async fn act_on_agent(
    client: &Client,
    agent: &AgentId,
    action: &str,
    budget: &Budget,
) -> Result<(), StoreError> {
    // An action that sets a state can be repeated, although it is a POST.
    let request = Request::post(format!("{}/{action}", agent.path())).idempotent(true);
    let response = client.arm(request, budget).await?;
    operations::wait(client, &response, budget).await?;
    match action {
        "start" => client.agent_started(agent),
        _ => client.forget_agent(agent),
    }
    Ok(())
}

/// Removes members from a document that the api-version of the run does not support.
fn known(call: Call<'_>, mut document: Json) -> Json {
    let version = &call.client.config().api_version;
    document::remove_unknown(&call.kind.nodes, version, &mut document);
    document
}

async fn write(
    call: Call<'_>,
    request: Request,
    before: &Json,
    desired: &Json,
) -> Result<Stored, WriteFailure> {
    let failed = |error| WriteFailure::of(error, &call.target.key);
    let response = requests::send(call, request).await.map_err(failed)?;
    operations::wait(call.client, &response, call.budget)
        .await
        .map_err(failed)?;
    let written = match visibility::answered(call, &response) {
        Some(answered) => Ok(answered),
        None => visibility::read_written(call, before, desired).await,
    };
    written.map_err(|error| WriteFailure::unread(call, error))
}
