//! The second document of an object. It is found by its owner, and its id derives from the name of
//! the owner.

use std::time::Duration;

use async_trait::async_trait;
use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, ListShape, Request};
use serde_json::{Map, Value as Json, json};

use super::prerequisite::may_be_missing;
use super::{Call, Change, Reached, Store, StoreError, Stored, WriteFailure, gave_up};
use crate::kind::Companion;

/// How long the service may refuse a second document, because it does not know the new object yet.
const CATCHING_UP: Schedule = Schedule::growing(Duration::from_secs(1), Duration::from_secs(10))
    .at_most(Duration::from_secs(60));

/// A store whose objects each have a second document that holds one of their members.
pub(super) struct WithCompanion<'a> {
    pub(super) inner: Box<dyn Store + 'a>,
    pub(super) companion: Companion,
    /// Whether to read second documents. Users who read from ARM may have no access to the data
    /// plane.
    pub(super) is_read: bool,
}

impl WithCompanion<'_> {
    /// Writes the second document of an existing object.
    async fn write_companion(
        &self,
        call: Call<'_>,
        text: &str,
        stored: Stored,
    ) -> Result<Stored, WriteFailure> {
        let companion = &self.companion;
        let written = poll_until(&CATCHING_UP, call.budget, || async {
            match write(call, companion, text).await {
                // The service may not know the object yet.
                Err(StoreError::Azure(error)) if may_be_missing(&error) => Ok(Step::Failing(error)),
                result => result.map(Step::Done),
            }
        });
        match written.await {
            Ok(()) => Ok(self.with_member(text, stored)),
            Err(error) => Err(WriteFailure {
                reached: match &error {
                    StoreError::Azure(error) if gave_up(error) => Reached::Unread(stored.key),
                    _ => Reached::Written(stored.key),
                },
                error,
            }),
        }
    }

    fn with_member(&self, text: &str, mut stored: Stored) -> Stored {
        put(&self.companion, &mut stored.document, text);
        stored
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for WithCompanion<'_> {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        let mut found = self.inner.read(call).await?;
        if let (true, Some(stored)) = (self.is_read, &mut found) {
            join(call, &self.companion, &mut stored.document).await?;
        }
        Ok(found)
    }

    async fn conflicting(&self, call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError> {
        self.inner.conflicting(call, name).await
    }

    /// Lists the objects without their second documents, which would need one more request each.
    async fn list(
        &self,
        call: Call<'_>,
        query: &[(&str, &str)],
    ) -> Result<Vec<Stored>, StoreError> {
        self.inner.list(call, query).await
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        mut document: Json,
    ) -> Result<Stored, WriteFailure> {
        let text = take(&self.companion, &mut document);
        let stored = self.inner.create(call, name, document).await?;
        // A second document of a deleted object with the same name would apply to this object, too.
        match !text.is_empty() || self.is_read {
            true => self.write_companion(call, &text, stored).await,
            false => Ok(stored),
        }
    }

    async fn update(&self, call: Call<'_>, mut change: Change) -> Result<Stored, WriteFailure> {
        let before = take(&self.companion, &mut change.current);
        let text = take(&self.companion, &mut change.desired);
        let stored = self.inner.update(call, change).await?;
        match before == text {
            true => Ok(self.with_member(&text, stored)),
            false => self.write_companion(call, &text, stored).await,
        }
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        self.inner.delete(call).await?;
        match self.is_read {
            true => remove(call, &self.companion).await,
            false => Ok(()),
        }
    }

    async fn act(&self, call: Call<'_>, action: &str) -> Result<(), StoreError> {
        self.inner.act(call, action).await
    }
}

/// Removes the member of the second document from the object's own document. A missing member
/// counts as empty.
fn take(companion: &Companion, document: &mut Json) -> String {
    let name = companion.member.trim_start_matches('/');
    let taken = document
        .as_object_mut()
        .and_then(|members| members.shift_remove(name));
    match taken {
        Some(Json::String(text)) => text,
        _ => String::new(),
    }
}

/// Reads the second document and adds its member to the object's own document.
async fn join(
    call: Call<'_>,
    companion: &Companion,
    document: &mut Json,
) -> Result<(), StoreError> {
    let found = find_if_served(call, companion).await?;
    let text = found
        .as_ref()
        .and_then(|found| found.pointer(companion.member));
    let text = text.and_then(Json::as_str).unwrap_or_default();
    put(companion, document, text);
    Ok(())
}

/// Sets the member of the second document in a document.
fn put(companion: &Companion, document: &mut Json, text: &str) {
    if let Json::Object(members) = document {
        members.insert(
            companion.member.trim_start_matches('/').to_owned(),
            json!(text),
        );
    }
}

/// Writes the second document, or removes it if the text is empty.
async fn write(call: Call<'_>, companion: &Companion, text: &str) -> Result<(), StoreError> {
    if text.is_empty() {
        return remove(call, companion).await;
    }
    let found = find(call, companion).await?;
    match found {
        Some(body) => replace(call, companion, body, text).await?,
        None => match send(call, companion, Request::put, new(call, companion), text).await {
            // The document exists if the first response was lost and the client repeated the
            // request.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                replace(call, companion, new(call, companion), text).await?;
            }
            result => result?,
        },
    }
    Ok(())
}

/// Removes the second document, if there is one.
async fn remove(call: Call<'_>, companion: &Companion) -> Result<(), StoreError> {
    match find_if_served(call, companion).await? {
        Some(found) => delete(call, companion, &found).await,
        None => Ok(()),
    }
}

/// Finds the second document. Builds of the service that do not support such documents have none.
async fn find_if_served(call: Call<'_>, companion: &Companion) -> Result<Option<Json>, StoreError> {
    match find(call, companion).await {
        Err(StoreError::Azure(error)) if is_unknown_route(&error) => {
            // A data plane that is not ready fails in the same way for every route.
            let agent = &call.target.agent;
            let plane = call.client.data_plane(agent, call.budget).await?;
            plane.ready(call.budget).await?;
            Ok(None)
        }
        result => result,
    }
}

fn is_unknown_route(error: &azure::Error) -> bool {
    use ErrorKind::{MethodNotAllowed, NotFound, NotJson};
    matches!(error.kind(), MethodNotAllowed | NotFound | NotJson)
}

async fn find(call: Call<'_>, companion: &Companion) -> Result<Option<Json>, StoreError> {
    let agent = &call.target.agent;
    let Some(plane) = call.client.find_data_plane(agent, call.budget).await? else {
        return Ok(None);
    };
    let request = Request::get(companion.collection);
    let items = plane.list(request, ListShape::Bare, call.budget).await?;
    let key = call.target.key.as_str();
    let is_ours = |item: &Json| {
        let owner = item.get(companion.owner).and_then(Json::as_str);
        owner.is_some_and(|owner| owner.eq_ignore_ascii_case(key))
    };
    Ok(items.into_iter().find(is_ours))
}

fn new(call: Call<'_>, companion: &Companion) -> Json {
    let id = format!("{}{}", call.target.key, companion.suffix);
    let mut members = Map::new();
    members.insert("id".to_owned(), json!(id));
    members.insert("name".to_owned(), json!(id));
    members.insert("description".to_owned(), json!(""));
    members.insert(companion.owner.to_owned(), json!(call.target.key));
    let lists = companion
        .lists
        .iter()
        .map(|list| ((*list).to_owned(), json!([])));
    members.extend(lists);
    Json::Object(members)
}

/// Sends a second document with the given method. Builds of the service differ in whether PUT
/// replaces an existing document, so replacements try POST first.
async fn send(
    call: Call<'_>,
    companion: &Companion,
    method: fn(String) -> Request,
    mut body: Json,
    text: &str,
) -> azure::Result<()> {
    let path = path(companion, &body)?;
    put(companion, &mut body, text);
    let agent = &call.target.agent;
    let plane = call.client.data_plane(agent, call.budget).await?;
    // Sending the same document twice has no further effect.
    let request = method(path).json(body).idempotent(true);
    plane.send(request, call.budget).await.map(drop)
}

async fn replace(
    call: Call<'_>,
    companion: &Companion,
    body: Json,
    text: &str,
) -> azure::Result<()> {
    match send(call, companion, Request::post, body.clone(), text).await {
        Err(error) if error.kind() == ErrorKind::MethodNotAllowed => {
            send(call, companion, Request::put, body, text).await
        }
        result => result,
    }
}

/// Deletes the second document. It is emptied instead if the build cannot delete it, if somebody
/// else created it, or if its lists are not empty.
async fn delete(call: Call<'_>, companion: &Companion, found: &Json) -> Result<(), StoreError> {
    let is_empty = |list: &'static str| {
        let items = found.get(list).and_then(Json::as_array);
        items.is_none_or(Vec::is_empty)
    };
    let is_ours = found.get("id") == new(call, companion).get("id");
    if !is_ours || !companion.lists.iter().all(|list| is_empty(list)) {
        return Ok(replace(call, companion, found.clone(), "").await?);
    }
    let agent = &call.target.agent;
    let plane = call.client.data_plane(agent, call.budget).await?;
    match plane
        .send(Request::delete(path(companion, found)?), call.budget)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::MethodNotAllowed => {
            Ok(replace(call, companion, found.clone(), "").await?)
        }
        Err(error) => Err(error.into()),
    }
}

fn path(companion: &Companion, document: &Json) -> azure::Result<String> {
    let id = document
        .get("id")
        .and_then(Json::as_str)
        .unwrap_or_default();
    Ok(azure::id::join(companion.collection, id)?)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::testing::{Bench, Inner, Reply, refusal, stored};
    use super::*;
    use crate::kind::Plane;

    const HANDLERS: &str = "GET /api/v1/incidentPlayground/handlers";
    const HANDLER: &str = "/api/v1/incidentPlayground/handlers/one-handler";

    /// A service that keeps at most one second document.
    fn service(handler: Option<Json>) -> Bench {
        let kept = Arc::new(Mutex::new(handler));
        Bench::new("incident_filter", Plane::DataPlane, move |line| {
            let mut kept = kept.lock().unwrap();
            match line.split_once(' ') {
                _ if line == HANDLERS => Reply::Json(200, kept.iter().cloned().collect()),
                Some(("PUT" | "POST", HANDLER)) => {
                    *kept = Some(json!({ "id": "one-handler", "incidentFilterId": "one" }));
                    Reply::Json(200, json!({}))
                }
                Some(("DELETE", HANDLER)) => {
                    *kept = None;
                    Reply::Json(200, json!({}))
                }
                _ => refusal(404),
            }
        })
    }

    fn handler(text: &str) -> Json {
        json!({ "id": "one-handler", "incidentFilterId": "one", "customInstructions": text })
    }

    fn layer(bench: &Bench, is_read: bool) -> (WithCompanion<'static>, Arc<Mutex<Vec<Json>>>) {
        let inner = Inner::default();
        let written = inner.written();
        let store = WithCompanion {
            inner: Box::new(inner),
            companion: bench.call().kind.companion.unwrap(),
            is_read,
        };
        (store, written)
    }

    fn change(before: &str, after: &str) -> Change {
        Change {
            current: json!({ "customInstructions": before }),
            ..Change::first("one", json!({ "customInstructions": after }))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn member_is_written_to_the_companion_and_read_into_the_object() {
        let bench = service(None);
        let (store, written) = layer(&bench, true);
        let document = json!({ "title": "a", "customInstructions": "Look." });
        let created = store.create(bench.call(), "one", document.clone()).await;
        assert_eq!(created.unwrap().document, document);
        assert_eq!(*written.lock().unwrap(), [json!({ "title": "a" })]);
        let body = bench.body(&format!("PUT {HANDLER}"));
        assert_eq!(body["customInstructions"], "Look.");
        assert_eq!(body["incidentFilterId"], "one");
    }

    #[tokio::test(start_paused = true)]
    async fn companion_of_an_object_without_the_member_is_read_only_if_enabled() {
        let bench = service(None);
        let (store, _) = layer(&bench, false);
        let created = store.create(bench.call(), "one", json!({ "title": "a" }));
        assert_eq!(created.await.unwrap().document, json!({ "title": "a" }));
        assert_eq!(bench.lines(), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn unchanged_companion_is_not_written() {
        let bench = service(Some(handler("Look.")));
        let (store, _) = layer(&bench, true);
        let updated = store.update(bench.call(), change("Look.", "Look.")).await;
        assert_eq!(updated.unwrap().document["customInstructions"], "Look.");
        assert_eq!(bench.lines(), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn empty_member_deletes_the_companion() {
        let bench = service(Some(handler("Look.")));
        let (store, _) = layer(&bench, true);
        store
            .update(bench.call(), change("Look.", ""))
            .await
            .unwrap();
        assert_eq!(
            bench.lines(),
            [HANDLERS.to_owned(), format!("DELETE {HANDLER}")]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn companion_with_foreign_content_is_emptied_and_not_deleted() {
        let mut theirs = handler("Look.");
        theirs["tools"] = json!(["RunAzCliReadCommands"]);
        let bench = service(Some(theirs));
        let (store, _) = layer(&bench, true);
        store.delete(bench.call()).await.unwrap();
        let body = bench.body(&format!("POST {HANDLER}"));
        assert_eq!(body["customInstructions"], "");
        assert_eq!(body["tools"], json!(["RunAzCliReadCommands"]));
    }

    #[tokio::test(start_paused = true)]
    async fn refused_companion_is_retried_and_keeps_the_object() {
        let bench = Bench::new("incident_filter", Plane::DataPlane, |line| match line {
            HANDLERS => Reply::Json(200, json!([])),
            _ => refusal(400),
        });
        let (store, _) = layer(&bench, true);
        let created = store.create(bench.call(), "one", json!({ "customInstructions": "a" }));
        let failure = created.await.unwrap_err();
        assert_eq!(failure.reached, Reached::Written(stored(Json::Null).key));
        let sent = bench
            .lines()
            .iter()
            .filter(|line| line.starts_with("PUT"))
            .count();
        assert!(sent > 5, "it was sent {sent} times");
    }
}
