//! Objects that change their type.

use serde_json::Value as Json;
use tfplugin6::tfplugin6 as tf;

use super::table::ResourceEntry;
use super::{Server, call, resources, wire};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::without_write_only;
use crate::provider::{MoveRequest, MoveResponse};
use crate::value::{self, Surplus, Value};

impl Server {
    pub(super) async fn move_state(
        &self,
        request: tf::move_resource_state::Request,
    ) -> Result<tf::move_resource_state::Response, Diagnostics> {
        let entry = self.resource(&request.target_type_name)?;
        let target = request.target_type_name.clone();
        let moved = {
            let entry = entry.clone();
            call::run(&self.stop, "MoveResourceState", &target, |_| async move {
                move_resource(&entry, request)
            })
            .await??
        };
        Ok(tf::move_resource_state::Response {
            target_state: Some(wire::write(&moved.state, &entry.ty, "moved state")?),
            target_private: moved.private,
            target_identity: Self::write_identity(&entry, &moved.identity)?,
            diagnostics: Vec::new(),
        })
    }
}

struct Moved {
    state: Value,
    identity: Value,
    private: Vec<u8>,
}

fn move_resource(
    entry: &ResourceEntry,
    request: tf::move_resource_state::Request,
) -> Result<Moved, Diagnostics> {
    let raw = request.source_state.unwrap_or_default();
    let identity = request.source_identity.unwrap_or_default();
    // The same type has the same states, whatever the address of the provider is.
    if request.source_type_name == entry.resource.name() {
        let state = resources::upgrade_resource(entry, request.source_schema_version, &raw.json)?;
        return Ok(Moved {
            state,
            identity: same_identity(entry, &identity.json),
            private: request.source_private,
        });
    }
    let state = serde_json::from_slice(&raw.json).map_err(|error| {
        let from = &request.source_type_name;
        Diagnostic::error(
            "Unable to move resource state",
            format!("The state of {from} that is to be moved cannot be read: {error}."),
        )
    })?;
    let asked = MoveRequest {
        provider: request.source_provider_address,
        type_name: request.source_type_name,
        version: request.source_schema_version,
        state,
        identity: serde_json::from_slice(&identity.json).ok(),
        target: request.target_type_name,
    };
    let MoveResponse { state, identity } = entry.resource.take_over(asked)?;
    let attributes = &entry.schema.attributes;
    let names = attributes.keys().map(String::as_str);
    let full = Value::map(names.map(|name| (name, state.get(name).clone())));
    if !full.is_wholly_known() {
        return Err(Diagnostic::error(
            "The provider moved an unknown value",
            "A moved state must be known. This is a bug in the provider; please report it.",
        )
        .into());
    }
    Ok(Moved {
        state: without_write_only(attributes, full),
        identity: complete(identity.unwrap_or_default()),
        private: Vec::new(),
    })
}

/// Returns the identity of an object of the same type, or null if it has no complete one.
fn same_identity(entry: &ResourceEntry, json: &[u8]) -> Value {
    let json: Option<Json> = serde_json::from_slice(json).ok();
    let identity = json.zip(entry.identity_type()).and_then(|(json, ty)| {
        // An identity with another schema is added by the next refresh.
        value::from_json(&json, &ty, Surplus::Ignore).ok()
    });
    complete(identity.unwrap_or_default())
}

/// Returns the identity if all of it is known, or null.
fn complete(identity: Value) -> Value {
    let mut members = identity.as_map().into_iter().flatten();
    match members.all(|(_, value)| value.is_known()) {
        true => identity,
        false => Value::Null,
    }
}
