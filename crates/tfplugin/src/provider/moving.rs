//! Objects that change their type, by `moved` blocks between types and providers.

use serde_json::Value as Json;

use crate::diagnostic::Diagnostic;
use crate::value::Value;

/// A request to convert an object of another type to this type.
#[derive(Debug)]
#[non_exhaustive]
pub struct MoveRequest {
    /// The provider of the object, in lower case, such as `registry.terraform.io/azure/azapi`.
    /// OpenTofu before 1.12.4 sends only the last part.
    pub provider: String,
    /// The type of the object.
    pub type_name: String,
    /// The version of its state.
    pub version: i64,
    /// Its state.
    pub state: Json,
    /// Its identity, from Terraform 1.12 on.
    pub identity: Option<Json>,
    /// The type to convert it to.
    pub target: String,
}

/// The converted object.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct MoveResponse {
    /// What is known. Attributes that are not set are null.
    pub state: Value,
    /// The identity, if it is known. Otherwise the next refresh adds it.
    pub identity: Option<Value>,
}

impl MoveRequest {
    /// Returns the last part of the address of the provider.
    pub fn provider_name(&self) -> &str {
        self.provider.rsplit('/').next().unwrap_or_default()
    }

    /// Returns an error for a type that is not supported.
    pub fn unsupported(&self, supported: &str) -> Diagnostic {
        Diagnostic::error(
            "Unable to move resource state",
            format!(
                "A state of {} of {} cannot become one of {}. {supported} Remove the `moved` block, \
                 and use a `removed` and an `import` block instead.",
                self.type_name, self.provider, self.target
            ),
        )
    }
}

impl MoveResponse {
    /// Creates a response with what is known about the object.
    pub fn new(state: Value, identity: Option<Value>) -> Self {
        Self { state, identity }
    }
}
