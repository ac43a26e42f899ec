//! The requests of stores, on both planes.

use std::collections::BTreeMap;

use azure::redaction::LogFields;
use azure::{Request, Response, operations};
use serde_json::Value as Json;
use tracing::{Level, enabled};

use super::{Call, StoreError, Stored};
use crate::kind::{EnvelopeError, Key, Plane, StoreKind};

/// Returns the path of an object, or of its collection if the key is empty.
pub(super) fn path(call: Call<'_>) -> Result<String, StoreError> {
    let Call { kind, target, .. } = call;
    if kind.key() == Key::Agent {
        return Ok(target.agent.path());
    }
    let collection = collection(call);
    if target.key.is_empty() || kind.key() == Key::Singleton {
        return Ok(collection);
    }
    let segment = (call.place.spelling.write)(&target.key);
    let path = azure::id::join(&collection, &segment)
        .map_err(|error| StoreError::Azure(azure::Error::from(error)))?;
    Ok(path + call.place.below)
}

/// Returns the path of the collection of an object.
pub(super) fn collection(call: Call<'_>) -> String {
    match call.place.plane {
        Plane::Arm => format!("{}/{}", call.target.agent.path(), call.place.collection),
        Plane::DataPlane => call.place.collection.to_owned(),
    }
}

/// Sends a request on the plane of the call.
pub(super) async fn send(call: Call<'_>, request: Request) -> azure::Result<Response> {
    let request = logged(call, request).conflicts_are_final(call.conflicts_are_final);
    match call.place.plane {
        Plane::Arm => call.client.arm(request, call.budget).await,
        Plane::DataPlane => {
            let plane = call
                .client
                .data_plane(&call.target.agent, call.budget)
                .await?;
            plane.send(request, call.budget).await
        }
    }
}

/// Adds the members that may be logged, with their places in the bodies, to the request.
fn logged(call: Call<'_>, request: Request) -> Request {
    match enabled!(Level::TRACE) {
        true => request.log(LogFields::new(call.kind.logged_members(call.place))),
        false => request,
    }
}

/// Requests a body. Returns `None` if there is no object or no agent.
async fn find(call: Call<'_>) -> Result<Option<Response>, StoreError> {
    let request = logged(call, Request::get(path(call)?));
    let found = match call.place.plane {
        Plane::Arm => call.client.arm_find(request, call.budget).await?,
        Plane::DataPlane => {
            match call
                .client
                .find_data_plane(&call.target.agent, call.budget)
                .await?
            {
                Some(plane) => plane.find(request, call.budget).await?,
                None => None,
            }
        }
    };
    Ok(found)
}

/// Reads an object by its key.
pub(super) async fn read(call: Call<'_>) -> Result<Option<Stored>, StoreError> {
    if call.place.listed_by.is_some() {
        let key = &call.target.key;
        let listed = call.listing.since(call.budget, || list(call, &[])).await?;
        let found = listed.iter().find(|stored| stored.key == *key).cloned();
        // An object that cannot be parsed is not absent.
        return match call.listing.odd().remove(key) {
            Some(reason) if found.is_none() => Err(reason.into()),
            _ => Ok(found),
        };
    }
    let Some(response) = find(call).await? else {
        return Ok(None);
    };
    let etag = response.etag().map(str::to_owned);
    let stored = stored(call, response.into_json()?)?;
    Ok(Some(Stored { etag, ..stored }))
}

/// Lists the collection of the call. The list is empty if there is no agent. Objects with invalid
/// bodies are left out and recorded.
pub(super) async fn list(
    call: Call<'_>,
    query: &[(&str, &str)],
) -> Result<Vec<Stored>, StoreError> {
    let request = logged(call, Request::get(collection(call)));
    let request = query
        .iter()
        .fold(request, |request, (key, value)| request.query(*key, *value));
    let items = match call.place.plane {
        Plane::Arm => call.client.arm_list(request, call.budget).await?,
        Plane::DataPlane => {
            let plane = call.client.find_data_plane(&call.target.agent, call.budget);
            match plane.await? {
                Some(plane) => plane.list(request, call.place.list, call.budget).await?,
                None => Vec::new(),
            }
        }
    };
    let mut odd = BTreeMap::new();
    let found = parse_items(call, items, &mut odd);
    call.listing.set_odd(odd);
    Ok(found)
}

/// Parses the items of a list. Records the reason for items that are left out.
fn parse_items(
    call: Call<'_>,
    items: Vec<Json>,
    odd: &mut BTreeMap<String, EnvelopeError>,
) -> Vec<Stored> {
    let mut found = Vec::new();
    for body in items {
        let Some(key) = listed_key(call, &body) else {
            continue;
        };
        match document(call, body) {
            Ok(document) => found.push(Stored {
                key,
                document,
                etag: None,
            }),
            Err(error) => _ = odd.insert(key, error),
        }
    }
    found
}

/// A collection whose pages are read on demand.
pub(crate) struct Pages {
    pages: Option<azure::Pages>,
    odd: BTreeMap<String, EnvelopeError>,
}

impl Pages {
    /// Opens the collection of the call. It has no pages if there is no agent.
    pub(crate) async fn of(call: Call<'_>) -> Result<Self, StoreError> {
        let request = logged(call, Request::get(collection(call)));
        let pages = match call.place.plane {
            Plane::Arm => Some(call.client.arm_pages(request, call.budget).await?),
            Plane::DataPlane => {
                let plane = call.client.find_data_plane(&call.target.agent, call.budget);
                match plane.await? {
                    Some(plane) => Some(plane.pages(request, call.place.list, call.budget).await?),
                    None => None,
                }
            }
        };
        let odd = BTreeMap::new();
        Ok(Self { pages, odd })
    }

    /// Returns the objects of the next page, or `None` after the last one. Objects with invalid
    /// bodies are left out and recorded.
    pub(crate) async fn next(&mut self, call: Call<'_>) -> Result<Option<Vec<Stored>>, StoreError> {
        let Some(pages) = &mut self.pages else {
            return Ok(None);
        };
        let Some(items) = pages.next(call.budget).await? else {
            return Ok(None);
        };
        let found = parse_items(call, items, &mut self.odd);
        call.listing.set_odd(self.odd.clone());
        Ok(Some(found))
    }

    /// Returns whether there are no more pages.
    pub(crate) fn is_over(&self) -> bool {
        self.pages.as_ref().is_none_or(azure::Pages::is_over)
    }
}

/// Returns the key of an object in a list. ARM may return names in the form `agent/child`.
fn listed_key(call: Call<'_>, body: &Json) -> Option<String> {
    let member = match (&call.kind.store, call.place.listed_by) {
        (StoreKind::ServerId { member, .. }, _) => member,
        (_, Some(member)) => member,
        _ => "name",
    };
    // Objects with a `spec` have their name in `metadata`.
    let named = body
        .get(member)
        .or_else(|| body.get("metadata")?.get(member));
    let key = named?.as_str()?;
    let key = match call.place.plane {
        Plane::Arm => key.rsplit('/').next().unwrap_or(key),
        Plane::DataPlane => key,
    };
    Some(key.to_owned())
}

/// Runs an action of an object and waits for it.
pub(super) async fn act(call: Call<'_>, action: &str) -> Result<(), StoreError> {
    // An action that sets a state can be repeated, although it is a POST.
    let request = Request::post(format!("{}/{action}", path(call)?)).idempotent(true);
    let response = send(call, request).await?;
    if call.place.plane == Plane::Arm {
        operations::wait(call.client, &response, call.budget).await?;
    }
    Ok(())
}

/// Parses the object in a body.
pub(super) fn stored(call: Call<'_>, body: Json) -> Result<Stored, StoreError> {
    Ok(Stored {
        key: call.target.key.clone(),
        document: document(call, body)?,
        etag: None,
    })
}

/// Parses the document in a body.
fn document(call: Call<'_>, body: Json) -> Result<Json, EnvelopeError> {
    crate::document::unwrap(call.kind, call.place, body)
}
