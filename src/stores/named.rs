//! Objects under names of the user's choice: PUT creates and replaces.

use async_trait::async_trait;
use azure::{Request, operations};
use serde_json::Value as Json;

use super::{
    Call, Change, Store, StoreError, Stored, WriteFailure, ambiguous, requests, visibility,
};
use crate::document;
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
        let body = document::wrap(call.kind, call.place, name, document.clone());
        let request = match call.place.posted {
            // To send it again is to write the same again.
            true => Request::post(requests::collection(call)).idempotent(true),
            false => Request::put(path),
        };
        let response = requests::send(call, request.json(body))
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
            Err(failure) if failure.is_ambiguous() => match ambiguous::remains(call).await {
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
                ambiguous::arrived(call, &current).await.ok_or(failure)
            }
            result => result,
        }
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        visibility::delete(call).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Reached;
    use super::super::testing::{Bench, Reply, refusal, shown};
    use super::*;

    const GET: &str = "GET /skills/one";
    const PUT: &str = "PUT /skills/one";
    const STORE: Named = Named { waits: true };

    /// A service that answers writes with `reply`, and shows `after` from then on.
    fn service(before: Option<Json>, reply: fn() -> Reply, after: Option<Json>) -> Bench {
        let mut seen = before;
        Bench::new("skill", Plane::Arm, move |line| match (line, &seen) {
            (PUT, _) => {
                seen.clone_from(&after);
                reply()
            }
            (GET, Some(document)) => shown_on_arm(document),
            _ => Reply::Json(
                404,
                json!({ "error": { "code": "NotFound", "message": "none" } }),
            ),
        })
    }

    fn shown_on_arm(document: &Json) -> Reply {
        shown("skill", Plane::Arm, document)
    }

    fn skill(text: &str) -> Json {
        json!({ "description": text })
    }

    fn change(from: &str, to: &str) -> Change {
        Change {
            current: skill(from),
            ..Change::first("one", skill(to))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_creation_that_was_carried_out_is_found_whatever_was_answered() {
        for reply in [|| Reply::Broken, || refusal(405), || refusal(500)] {
            let bench = service(None, reply, Some(skill("a")));
            let created = STORE.create(bench.call(), "one", skill("a")).await;
            assert_eq!(created.unwrap().document["description"], "a");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_creation_of_which_nothing_shows_has_reached_nothing() {
        for reply in [|| Reply::Broken, || refusal(405), || refusal(400)] {
            let bench = service(None, reply, None);
            let failure = STORE.create(bench.call(), "one", skill("a")).await;
            assert_eq!(failure.unwrap_err().reached, Reached::Nothing);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_of_unknown_fate_is_done_only_if_it_shows() {
        let arrived = service(Some(skill("a")), || Reply::Broken, Some(skill("b")));
        let updated = STORE.update(arrived.call(), change("a", "b")).await;
        assert_eq!(updated.unwrap().document["description"], "b");
        let lost = service(Some(skill("a")), || Reply::Broken, Some(skill("a")));
        let failure = STORE.update(lost.call(), change("a", "b")).await;
        assert!(failure.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_answer_is_followed_by_reading_until_the_change_shows() {
        let mut reads = 0;
        let bench = Bench::new("skill", Plane::Arm, move |line| match line {
            PUT => Reply::Json(200, json!({ "name": "one" })),
            _ => {
                reads += 1;
                shown_on_arm(&skill(if reads > 3 { "b" } else { "a" }))
            }
        });
        let updated = STORE.update(bench.call(), change("a", "b")).await;
        assert_eq!(updated.unwrap().document["description"], "b");
        assert_eq!(bench.lines().len(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_ends_when_nothing_is_shown_any_more() {
        let mut reads = 0;
        let bench = Bench::new("skill", Plane::Arm, move |line| match line {
            GET => {
                reads += 1;
                match reads {
                    1 | 2 => shown_on_arm(&skill("a")),
                    _ => refusal(404),
                }
            }
            _ => Reply::Json(200, json!({})),
        });
        STORE.delete(bench.call()).await.unwrap();
        assert_eq!(bench.lines(), ["DELETE /skills/one", GET, GET, GET]);
    }
}
