//! The second document of an object: found by its owner, kept under the owner's name.

use azure::{ErrorKind, ListShape, Request};
use serde_json::{Map, Value as Json, json};

use super::{Call, StoreError};
use crate::kind::Annex;

/// Takes the member of the second document out of the object's own. A missing one is empty.
pub(super) fn take(annex: &Annex, document: &mut Json) -> String {
    let name = annex.member.trim_start_matches('/');
    let taken = document
        .as_object_mut()
        .and_then(|members| members.shift_remove(name));
    match taken {
        Some(Json::String(text)) => text,
        _ => String::new(),
    }
}

/// Puts the member of the second document into the object's own.
pub(super) async fn join(
    call: Call<'_>,
    annex: &Annex,
    document: &mut Json,
) -> Result<(), StoreError> {
    let found = find_if_served(call, annex).await?;
    let text = found.as_ref().and_then(|found| found.pointer(annex.member));
    let text = text.and_then(Json::as_str).unwrap_or_default();
    put(annex, document, text);
    Ok(())
}

/// Puts a text where the member of the second document is shown.
pub(super) fn put(annex: &Annex, document: &mut Json, text: &str) {
    if let Json::Object(members) = document {
        members.insert(annex.member.trim_start_matches('/').to_owned(), json!(text));
    }
}

/// Writes the second document; an empty text takes it away.
pub(super) async fn write(call: Call<'_>, annex: &Annex, text: &str) -> Result<(), StoreError> {
    if text.is_empty() {
        return remove(call, annex).await;
    }
    let found = find(call, annex).await?;
    match found {
        Some(body) => replace(call, annex, body, text).await?,
        None => match send(call, annex, Request::put, new(call, annex), text).await {
            // An answer was lost, and the request sent again.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                replace(call, annex, new(call, annex), text).await?;
            }
            result => result?,
        },
    }
    Ok(())
}

/// Takes the second document away, if there is one.
pub(super) async fn remove(call: Call<'_>, annex: &Annex) -> Result<(), StoreError> {
    match find_if_served(call, annex).await? {
        Some(found) => delete(call, annex, &found).await,
        None => Ok(()),
    }
}

/// A build of the service that does not know such documents has none.
async fn find_if_served(call: Call<'_>, annex: &Annex) -> Result<Option<Json>, StoreError> {
    match find(call, annex).await {
        Err(StoreError::Azure(error)) if is_unknown_route(&error) => {
            // A plane that is not ready answers every route like this.
            let agent = &call.target.agent;
            let plane = call.client.data_plane(agent, call.budget).await?;
            plane.ready(call.budget).await?;
            Ok(None)
        }
        result => result,
    }
}

fn is_unknown_route(error: &azure::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotJson) || error.status() == Some(405)
}

async fn find(call: Call<'_>, annex: &Annex) -> Result<Option<Json>, StoreError> {
    let agent = &call.target.agent;
    let Some(plane) = call.client.find_data_plane(agent, call.budget).await? else {
        return Ok(None);
    };
    let request = Request::get(annex.collection);
    let items = plane.list(request, ListShape::Bare, call.budget).await?;
    let key = call.target.key.as_str();
    let is_ours = |item: &Json| {
        let owner = item.get(annex.owner).and_then(Json::as_str);
        owner.is_some_and(|owner| owner.eq_ignore_ascii_case(key))
    };
    Ok(items.into_iter().find(is_ours))
}

fn new(call: Call<'_>, annex: &Annex) -> Json {
    let id = format!("{}{}", call.target.key, annex.suffix);
    let mut members = Map::new();
    members.insert("id".to_owned(), json!(id));
    members.insert("name".to_owned(), json!(id));
    members.insert("description".to_owned(), json!(""));
    members.insert(annex.owner.to_owned(), json!(call.target.key));
    let lists = annex
        .lists
        .iter()
        .map(|list| ((*list).to_owned(), json!([])));
    members.extend(lists);
    Json::Object(members)
}

/// Sends a second document by POST where there is one already: builds of the service differ in
/// whether PUT replaces.
async fn send(
    call: Call<'_>,
    annex: &Annex,
    method: fn(String) -> Request,
    mut body: Json,
    text: &str,
) -> azure::Result<()> {
    let path = path(annex, &body)?;
    put(annex, &mut body, text);
    let agent = &call.target.agent;
    let plane = call.client.data_plane(agent, call.budget).await?;
    // The same document twice is the same as once.
    let request = method(path).json(body).idempotent(true);
    plane.send(request, call.budget).await.map(drop)
}

async fn replace(call: Call<'_>, annex: &Annex, body: Json, text: &str) -> azure::Result<()> {
    match send(call, annex, Request::post, body.clone(), text).await {
        Err(error) if error.status() == Some(405) => {
            send(call, annex, Request::put, body, text).await
        }
        result => result,
    }
}

/// A build of the service that cannot delete it is left with an empty one, and so is one that
/// somebody else has made, or added to.
async fn delete(call: Call<'_>, annex: &Annex, found: &Json) -> Result<(), StoreError> {
    let is_empty = |list: &'static str| {
        let items = found.get(list).and_then(Json::as_array);
        items.is_none_or(Vec::is_empty)
    };
    let is_ours = found.get("id") == new(call, annex).get("id");
    if !is_ours || !annex.lists.iter().all(|list| is_empty(list)) {
        return Ok(replace(call, annex, found.clone(), "").await?);
    }
    let agent = &call.target.agent;
    let plane = call.client.data_plane(agent, call.budget).await?;
    match plane
        .send(Request::delete(path(annex, found)?), call.budget)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.status() == Some(405) => {
            Ok(replace(call, annex, found.clone(), "").await?)
        }
        Err(error) => Err(error.into()),
    }
}

fn path(annex: &Annex, document: &Json) -> azure::Result<String> {
    let id = document
        .get("id")
        .and_then(Json::as_str)
        .unwrap_or_default();
    Ok(azure::id::join(annex.collection, id)?)
}
