//! What a host stores about an object between two runs.

use anyhow::Result;
use serde_json::Value as Json;

use super::ResourceType;
use crate::value::{Value, json};

/// An object as in a state file.
///
/// Tests that upgrade states of older releases create one directly. All others get it from the
/// provider.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredState {
    /// The schema version that wrote it.
    pub schema_version: i64,
    /// The attributes; dynamic values as `{"value", "type"}`.
    pub attributes: Json,
    /// The private bytes, which the provider receives again.
    pub private: Vec<u8>,
    /// The identity, if there is one.
    pub identity: Option<StoredIdentity>,
    /// Whether it is to be replaced because its creation failed midway.
    pub tainted: bool,
}

/// An identity as in a state file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredIdentity {
    /// The identity schema version that wrote it.
    pub version: i64,
    /// The attributes.
    pub attributes: Json,
}

/// An object that exists, as the provider returned it.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) value: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Value>,
}

impl Object {
    pub(super) fn store(&self, kind: &ResourceType, tainted: bool) -> Result<StoredState> {
        let identity = match (&self.identity, &kind.identity) {
            (Some(value), Some(identity)) => Some(StoredIdentity {
                version: identity.version,
                attributes: json::to_state_json(value, &identity.ty)?,
            }),
            _ => None,
        };
        Ok(StoredState {
            schema_version: kind.schema.version,
            attributes: json::to_state_json(&self.value, &kind.schema.ty)?,
            private: self.private.clone(),
            identity,
            tainted,
        })
    }
}
