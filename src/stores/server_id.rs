//! Objects under ids of the service's making: POST creates, PUT under the id changes.

use std::collections::BTreeSet;

use async_trait::async_trait;
use azure::Request;
use serde_json::Value as Json;

use super::{
    Call, Change, Reached, Store, StoreError, Stored, Target, WriteFailure, ambiguous,
    is_ambiguous, requests, visibility,
};
use crate::document;

/// Names need not be unique here, so the objects of a name are looked at before and, when the
/// fate of a creation is not known, after it: only a new one is ours.
pub(super) struct ServerId {
    /// The member of the document that holds the id.
    pub(super) member: &'static str,
    /// The path below the collection that creates.
    pub(super) create: &'static str,
    /// The member of the answer to a creation that holds the id.
    pub(super) created: &'static str,
}

#[async_trait]
impl Store for ServerId {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        requests::read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError> {
        of_name(call, name).await
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        let nothing = WriteFailure::nothing;
        let body = document::wrap(call.kind, call.place, name, document);
        let request =
            Request::post(format!("{}{}", requests::collection(call), self.create)).json(body);
        let key = match requests::send(call, request).await {
            Ok(response) => response
                .json()
                .and_then(|body| body.get(self.created)?.as_str().map(str::to_owned)),
            Err(error) if is_ambiguous(&error) => {
                let ours = new_of_name(call, name).await;
                return ours.ok_or_else(|| nothing(error.into()));
            }
            Err(error) => return Err(nothing(error.into())),
        };
        let Some(key) = key else {
            // Created, and the answer does not say under which id: nothing had the name before.
            let ours = new_of_name(call, name).await;
            let reason = format!("the property `{}` is missing", self.created);
            return ours.ok_or_else(|| nothing(StoreError::Envelope(reason)));
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

/// The object of a name after a creation of unknown fate, when nothing had the name before.
async fn new_of_name(call: Call<'_>, name: &str) -> Option<Stored> {
    ambiguous::look_for(call.budget, |budget| async move {
        let call = Call {
            budget: &budget,
            ..call
        };
        of_name(call, name).await.map(single)
    })
    .await
}

/// The objects of a name.
async fn of_name(call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError> {
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

    /// A service whose answer to a creation breaks off, and which then lists these ids of a name.
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
    async fn a_creation_of_unknown_fate_is_found_by_its_name() {
        let bench = listing(&["new"]);
        let created = store(&bench).create(bench.call(), "hook", json!({})).await;
        assert_eq!(created.unwrap().key, "new");
        let creations = bench.lines();
        let creations = creations.iter().filter(|line| line.starts_with("POST"));
        assert_eq!(creations.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_several_of_a_name_is_not_guessed() {
        for ids in [&[][..], &["one", "two"]] {
            let bench = listing(ids);
            let failure = store(&bench).create(bench.call(), "hook", json!({})).await;
            assert_eq!(failure.unwrap_err().reached, Reached::Nothing);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_creation_is_not_looked_for() {
        let bench = Bench::new("http_trigger", Plane::DataPlane, |_| refusal(400));
        let failure = store(&bench).create(bench.call(), "hook", json!({})).await;
        assert_eq!(failure.unwrap_err().reached, Reached::Nothing);
        assert_eq!(bench.lines().len(), 1);
    }
}
