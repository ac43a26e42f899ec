//! Objects that change their type: `moved` blocks between types and providers.

use serde_json::Value as Json;

use crate::diagnostic::Diagnostic;
use crate::value::Value;

/// An object of another type, to become one of this type.
#[derive(Debug)]
#[non_exhaustive]
pub struct MoveRequest {
    /// The provider that it is of, in lower case, such as `registry.terraform.io/azure/azapi`. OpenTofu
    /// before 1.12.4 gives the last part alone.
    pub provider: String,
    /// The type that it is of.
    pub type_name: String,
    /// The version of its state.
    pub version: i64,
    /// Its state.
    pub state: Json,
    /// Its identity, from Terraform 1.12 on.
    pub identity: Option<Json>,
    /// The type that it is to become.
    pub target: String,
}

/// The object as one of this type.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct MoveResponse {
    /// What is known; attributes that are not given are null.
    pub state: Value,
    /// The identity, as far as it is known; the next refresh supplies it otherwise.
    pub identity: Option<Value>,
}

impl MoveRequest {
    /// The last part of the address of the provider.
    pub fn provider_name(&self) -> &str {
        self.provider.rsplit('/').next().unwrap_or_default()
    }

    /// An error for a source that nothing is taken over from.
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
    /// What is known of the object.
    pub fn new(state: Value, identity: Option<Value>) -> Self {
        Self { state, identity }
    }
}
