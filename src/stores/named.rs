//! Objects with names that the user chooses. PUT creates and replaces them.

use async_trait::async_trait;
use azure::{Request, operations};
use serde_json::Value as Json;

use super::{
    Call, Change, Store, StoreError, Stored, WriteFailure, ambiguous, requests, visibility,
};
use crate::document;
use crate::kind::Plane;

/// A store for named objects. On ARM, a write may be a long-running operation. On the data plane,
/// the response may be 405 or may not contain the object, although the write succeeded.
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
            // Repeating the request writes the same object again.
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
            // Nothing existed before, so any object that exists now is the one that was created.
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
            // The object existed before, so only a change proves that the write has arrived.
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

    /// A service that returns `before` until the first write, responds to writes with `reply`, and
    /// returns `after` from then on.
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
    async fn creation_that_succeeded_is_found_after_any_response() {
        for reply in [|| Reply::Broken, || refusal(405), || refusal(500)] {
            let bench = service(None, reply, Some(skill("a")));
            let created = STORE.create(bench.call(), "one", skill("a")).await;
            assert_eq!(created.unwrap().document["description"], "a");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn creation_without_visible_object_has_no_effect() {
        for reply in [|| Reply::Broken, || refusal(405), || refusal(400)] {
            let bench = service(None, reply, None);
            let failure = STORE.create(bench.call(), "one", skill("a")).await;
            assert_eq!(failure.unwrap_err().reached, Reached::Nothing);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ambiguous_update_succeeds_only_if_it_is_visible() {
        let arrived = service(Some(skill("a")), || Reply::Broken, Some(skill("b")));
        let updated = STORE.update(arrived.call(), change("a", "b")).await;
        assert_eq!(updated.unwrap().document["description"], "b");
        let lost = service(Some(skill("a")), || Reply::Broken, Some(skill("a")));
        let failure = STORE.update(lost.call(), change("a", "b")).await;
        assert!(failure.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn short_response_is_followed_by_reads_until_the_change_is_visible() {
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
    async fn deletion_ends_when_the_object_is_gone() {
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
