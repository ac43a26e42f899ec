//! Objects with ids that the service assigns. POST creates them, and PUT to the id updates them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use azure::Request;
use serde_json::Value as Json;

use super::{
    Call, Change, Reached, Store, StoreError, Stored, Target, WriteFailure, ambiguous,
    is_ambiguous, requests, visibility,
};
use crate::document;
use crate::kind::EnvelopeError;

/// A store for objects with assigned ids. Their names need not be unique. To identify the object of
/// an ambiguous creation, objects with its name are listed before and after it.
pub(super) struct ServerId {
    /// The member of the document that holds the id.
    pub(super) member: &'static str,
    /// The path for creations, relative to the collection.
    pub(super) create: &'static str,
    /// The member of the response to a creation that holds the id.
    pub(super) created: &'static str,
}

#[async_trait]
impl Store for ServerId {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        requests::read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError> {
        objects_named(call, name).await
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        let body = document::wrap(call.kind, call.place, name, document);
        let request =
            Request::post(format!("{}{}", requests::collection(call), self.create)).json(body);
        let key = match requests::send(call, request).await {
            Ok(response) => response
                .json()
                .and_then(|body| body.get(self.created)?.as_str().map(str::to_owned)),
            Err(error) if is_ambiguous(&error) => {
                let ours = find_created(call, name).await;
                return ours.ok_or_else(|| WriteFailure::nothing(error));
            }
            Err(error) => return Err(WriteFailure::nothing(error)),
        };
        let Some(key) = key else {
            // The object was created, but the response does not contain its id. No object had the
            // name before.
            let ours = find_created(call, name).await;
            let reason = EnvelopeError::Missing(self.created);
            return ours.ok_or_else(|| WriteFailure::nothing(reason));
        };
        let target = Target {
            key: key.clone(),
            ..call.target.clone()
        };
        let call = Call {
            target: &target,
            ..call
        };
        visibility::read_visible(call)
            .await
            .map_err(|error| WriteFailure {
                error,
                reached: Reached::Unread(key),
            })
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let path = requests::path(call).map_err(WriteFailure::nothing)?;
        let Change {
            current,
            desired,
            name,
            ..
        } = change;
        let body = document::wrap(call.kind, call.place, &name, desired.clone());
        let response = requests::send(call, Request::put(path).json(body))
            .await
            .map_err(|error| WriteFailure::of(error, &call.target.key))?;
        let answered = response
            .json()
            .filter(|body| body.get(self.member).is_some_and(Json::is_string));
        match answered.and_then(|body| requests::stored(call, body.clone()).ok()) {
            Some(answered) => Ok(answered),
            None => visibility::read_written(call, &current, &desired).await,
        }
        .map_err(|error| WriteFailure::unread(call, error))
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        visibility::delete(call).await
    }
}

/// Returns the object that an ambiguous creation left behind. No object must have had the name
/// before.
async fn find_created(call: Call<'_>, name: &str) -> Option<Stored> {
    ambiguous::look_for(call.budget, |budget| async move {
        let call = Call {
            budget: &budget,
            ..call
        };
        objects_named(call, name).await.map(single)
    })
    .await
}

/// Returns the objects with a name.
async fn objects_named(call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError> {
    let mut seen = BTreeSet::new();
    let mut found = requests::list(call, &[]).await?;
    found.retain(|stored| {
        let named = stored.document.get("name").and_then(Json::as_str) == Some(name);
        named && seen.insert(stored.key.clone())
    });
    Ok(found)
}

fn single(mut found: Vec<Stored>) -> Option<Stored> {
    (found.len() == 1).then(|| found.remove(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Bench, Reply, refusal};
    use super::*;
    use crate::kind::{Plane, StoreKind};

    fn store(bench: &Bench) -> ServerId {
        match &bench.call().kind.store {
            StoreKind::ServerId {
                member,
                create,
                created,
            } => ServerId {
                member,
                create,
                created,
            },
            _ => panic!("the service makes no ids"),
        }
    }

    /// A service whose response to a creation breaks off, and whose lists then contain these ids
    /// for a name.
    fn listing(ids: &'static [&'static str]) -> Bench {
        Bench::new("http_trigger", Plane::DataPlane, move |line| {
            match line.starts_with("GET") {
                true => {
                    let item = |id: &&str| json!({ "triggerId": id, "id": id, "name": "hook" });
                    Reply::Json(200, ids.iter().map(item).collect())
                }
                false => Reply::Broken,
            }
        })
    }

    #[tokio::test(start_paused = true)]
    async fn ambiguous_creation_is_found_by_name() {
        let bench = listing(&["new"]);
        let created = store(&bench).create(bench.call(), "hook", json!({})).await;
        assert_eq!(created.unwrap().key, "new");
        let creations = bench.lines();
        let creations = creations.iter().filter(|line| line.starts_with("POST"));
        assert_eq!(creations.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn ambiguous_creation_is_not_guessed_among_equal_names() {
        for ids in [&[][..], &["one", "two"]] {
            let bench = listing(ids);
            let failure = store(&bench).create(bench.call(), "hook", json!({})).await;
            assert_eq!(failure.unwrap_err().reached, Reached::Nothing);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn refused_creation_is_not_searched_for() {
        let bench = Bench::new("http_trigger", Plane::DataPlane, |_| refusal(400));
        let failure = store(&bench).create(bench.call(), "hook", json!({})).await;
        assert_eq!(failure.unwrap_err().reached, Reached::Nothing);
        assert_eq!(bench.lines().len(), 1);
    }
}
