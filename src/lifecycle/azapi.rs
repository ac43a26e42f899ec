//! State moves from `azapi_resource`, for `moved` blocks.
//!
//! The body that azapi has sent is read as if it were a response of ARM, so that the state also
//! contains what ARM does not return. The following refresh reads the rest.

use azure::id::ChildId;
use serde_json::{Map, Value as Json, json};
use tfplugin::plan::without_secrets;
use tfplugin::{Diagnostic, MoveRequest, MoveResponse, Value};

use super::object::Object;
use crate::document::Absence;
use crate::kind::{Address, Key, Kind, Place, Plane};
use crate::stores::{Stored, Target};

/// The prefix of the types of agents and the objects in them.
const AGENTS: &str = "microsoft.app/agents";

/// Converts the state of an `azapi_resource` to a state of this kind.
pub(super) fn take_over(kind: &Kind, request: &MoveRequest) -> Result<MoveResponse, Diagnostic> {
    let unsupported = || request.unsupported(&supported(kind));
    let state = &request.state;
    let text = |name: &str| state.get(name).and_then(Json::as_str).unwrap_or_default();
    // Only azapi has this type. The address of the provider is not reliable: if several objects of
    // one resource move, Terraform passes the address of the target from the second one on.
    let is_azapi = request.type_name == "azapi_resource";
    let ty = text("type").to_ascii_lowercase();
    let is_agent = ty
        .split('@')
        .next()
        .is_some_and(|ty| ty.split('/').count() == 2);
    if !is_azapi || !ty.starts_with(AGENTS) || is_agent != (kind.key() == Key::Agent) {
        return Err(unsupported());
    }
    let Some(place) = kind.place(Plane::Arm) else {
        return Err(unsupported());
    };
    let id = text("id");
    let Address { agent, key } = kind.parse_id(id).map_err(|reason| {
        Diagnostic::error(
            "Unable to move resource state",
            format!(
                "{reason}. The ID of an {} has the form {}.",
                kind.type_name(),
                kind.example_id()
            ),
        )
    })?;
    let target = Target {
        agent,
        plane: Plane::Arm,
        key,
    };
    let body = answer(state);
    let document = match kind.key() {
        Key::Agent => Ok(body),
        _ => place.envelope.unwrap(body),
    };
    let document = document.map_err(|reason| {
        Diagnostic::error(
            "Unable to move resource state",
            format!(
                "The `body` of {id} does not describe a {}: {reason}.",
                kind.title
            ),
        )
    })?;
    let stored = Stored {
        key: target.key.clone(),
        document,
        etag: None,
    };
    // Nothing is masked in the body that azapi has sent.
    let open = Place {
        masked: &[],
        ..place.clone()
    };
    let object = Object {
        kind,
        place: &open,
        target,
    };
    let identity = object.identity(&stored.key);
    let state = object.view(&stored, &identity, Absence::Null)?;
    let mut state = without_secrets(&kind.resource_schema().attributes, state);
    if kind.companion.is_some() {
        // Without an id, the refresh reads the second document, as after an import.
        state.set("id", Value::Null);
    }
    Ok(MoveResponse::new(state, Some(identity)))
}

/// Returns the resource as ARM would return it.
fn answer(state: &Json) -> Json {
    let mut answer = match body(state.get("body")) {
        Json::Object(members) => members,
        _ => Map::new(),
    };
    for name in ["location", "tags"] {
        match state.get(name) {
            None | Some(Json::Null) => {}
            Some(value) => {
                answer.insert(name.to_owned(), value.clone());
            }
        }
    }
    if let Some(identity) = state.get("identity").and_then(identity) {
        answer.insert("identity".to_owned(), identity);
    }
    Json::Object(answer)
}

/// Returns the body. It is a typed value since azapi 2, and was JSON text before.
fn body(body: Option<&Json>) -> Json {
    let value = match body {
        Some(Json::Object(members))
            if members.contains_key("type") && members.contains_key("value") =>
        {
            members.get("value")
        }
        other => other,
    };
    match value {
        Some(Json::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        other => other.cloned().unwrap_or_default(),
    }
}

/// Returns the only `identity` block.
fn identity(blocks: &Json) -> Option<Json> {
    let block = match blocks {
        Json::Array(blocks) => blocks.first()?,
        block => block,
    };
    let ids = block.get("identity_ids").and_then(Json::as_array);
    let ids = ids.into_iter().flatten().filter_map(Json::as_str);
    let ids: Map<String, Json> = ids.map(|id| (id.to_owned(), json!({}))).collect();
    let mut identity = json!({ "type": block.get("type")? });
    if !ids.is_empty() {
        identity["userAssignedIdentities"] = Json::Object(ids);
    }
    Some(identity)
}

/// Returns the types that can be moved to a kind, for messages.
fn supported(kind: &Kind) -> String {
    let segments = kind.place(Plane::Arm).and_then(|_| {
        let example = kind.example_id();
        match kind.key() {
            Key::Agent => Some(String::new()),
            _ => ChildId::parse(&example)
                .ok()
                .map(|id| format!("/{}", id.segment())),
        }
    });
    match segments {
        Some(rest) => format!(
            "An `azapi_resource` of the type `Microsoft.App/agents{rest}` can, and an {} of a \
             provider under another address.",
            kind.type_name()
        ),
        None => format!(
            "An {} of a provider under another address can.",
            kind.type_name()
        ),
    }
}
