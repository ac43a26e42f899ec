//! Resource types and their requests.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use super::moving::{MoveRequest, MoveResponse};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::Defaults;
use crate::schema::{IdentitySchema, Schema};
use crate::value::{Path, Value};

/// A resource type.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// Returns the full type name, such as `example_thing`.
    fn name(&self) -> &str;

    /// Returns the schema. Called once, at start.
    fn schema(&self) -> Schema;

    /// Returns the schema of its identity. Called once, at start.
    fn identity(&self) -> Option<IdentitySchema> {
        None
    }

    /// Performs checks beyond the schema. Must work without provider configuration and network, and
    /// must accept unknown values.
    fn validate(&self, _request: &ValidateRequest, _diagnostics: &mut Diagnostics) {}

    /// Returns defaults of top-level attributes that only the configured provider knows. Must not
    /// use the network.
    fn defaults(&self, _config: &Value, _prior: &Value) -> Defaults {
        Defaults::new()
    }

    /// Refines a finished plan: sets computed values that are already known, and adds warnings.
    /// Must not use the network, and must return the same result every time.
    fn plan(&self, _request: &mut PlanRequest, _diagnostics: &mut Diagnostics) {}

    /// Reads the object of a state.
    async fn read(&self, request: ReadRequest) -> ReadResponse;

    /// Creates the planned object.
    async fn create(&self, request: CreateRequest) -> ApplyResponse;

    /// Updates the object from the prior to the planned state.
    async fn update(&self, request: UpdateRequest) -> ApplyResponse;

    /// Deletes the object. A response without state and without errors means success, also if the
    /// object did not exist any more.
    async fn delete(&self, request: DeleteRequest) -> ApplyResponse;

    /// Converts an import id or identity to a state that [`Resource::read`] can use.
    async fn import(&self, request: ImportRequest) -> Result<ImportResponse, Diagnostics>;

    /// Upgrades the JSON of a state of an older version to the current schema.
    ///
    /// # Errors
    /// Fails if that version cannot be upgraded.
    fn upgrade(&self, request: UpgradeRequest) -> Result<Json, Diagnostics> {
        Err(Diagnostic::error(
            "Unable to upgrade resource state",
            format!(
                "This version of the provider cannot upgrade the state of {} from schema version {}. \
                 Upgrade to an intermediate version of the provider first.",
                self.name(),
                request.version
            ),
        )
        .into())
    }

    /// Takes over the object of another type, perhaps of another provider. A state of the same type
    /// is upgraded instead, whatever the name of the provider is. Must work without provider
    /// configuration and network.
    ///
    /// # Errors
    /// Fails if this type takes over nothing from there. The error says what it does take over.
    fn take_over(&self, request: MoveRequest) -> Result<MoveResponse, Diagnostics> {
        Err(request
            .unsupported("No other type can be moved to it.")
            .into())
    }

    /// Changes the generated configuration of an object. It follows from the schema, without
    /// computed values and defaults.
    fn generate(&self, _config: &mut Value) {}
}

/// A configuration to check.
#[derive(Debug)]
#[non_exhaustive]
pub struct ValidateRequest {
    /// The configuration, perhaps with unknown values.
    pub config: Value,
}

/// A plan to refine.
#[derive(Debug)]
#[non_exhaustive]
pub struct PlanRequest {
    /// The configuration, or null if the object is to be destroyed.
    pub config: Value,
    /// The state after refresh, or null if there is none or it is to be replaced.
    pub prior: Value,
    /// The plan so far, or null if the object is to be destroyed.
    pub planned: Value,
    /// Bytes to store with the state. Apply receives them.
    pub private: Vec<u8>,
    /// Paths at which a change needs a new object, in addition to those that the schema declares.
    pub replace: Vec<Path>,
}

/// A state to refresh.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReadRequest {
    /// The stored state. After an import, it contains what the import returned, and everything
    /// else is null.
    pub state: Value,
    /// The stored identity, or null if there is none.
    pub identity: Value,
    /// The stored private bytes.
    pub private: Vec<u8>,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An object to create.
#[derive(Debug)]
#[non_exhaustive]
pub struct CreateRequest {
    /// The configuration, which is the only source of write-only values.
    pub config: Value,
    /// The planned state.
    pub planned: Value,
    /// The private bytes of the plan.
    pub private: Vec<u8>,
    /// Records what already exists, in case the call does not finish.
    pub checkpoint: Checkpoint,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An object to update.
#[derive(Debug)]
#[non_exhaustive]
pub struct UpdateRequest {
    /// The configuration, which is the only source of write-only values.
    pub config: Value,
    /// The prior state.
    pub prior: Value,
    /// The planned state.
    pub planned: Value,
    /// The identity, or null if there is none.
    pub identity: Value,
    /// The private bytes of the plan.
    pub private: Vec<u8>,
    /// Records what has already changed, in case the call does not finish.
    pub checkpoint: Checkpoint,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An object to delete.
#[derive(Debug)]
#[non_exhaustive]
pub struct DeleteRequest {
    /// The state.
    pub prior: Value,
    /// The private bytes.
    pub private: Vec<u8>,
    /// Canceled when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An object to import, by id or by identity.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportRequest {
    /// The id from the user.
    Id(String),
    /// The identity from the user. Attributes that the user omitted are null.
    Identity(Value),
}

/// The state of an older version.
#[derive(Debug)]
#[non_exhaustive]
pub struct UpgradeRequest {
    /// Its version.
    pub version: i64,
    /// Its JSON.
    pub state: Json,
}

/// A refreshed state.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ReadResponse {
    /// The state, or `None` if the object is gone. Ignored if there are errors.
    pub state: Option<Value>,
    /// The identity, or `None` to keep the stored one.
    pub identity: Option<Value>,
    /// The private bytes, or `None` to keep the stored ones.
    pub private: Option<Vec<u8>>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// What is known about an object after create, update or delete.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ApplyResponse {
    /// The state. If there are errors, it describes what exists, so that nothing is orphaned.
    /// Values that are still unknown are stored as null.
    pub state: Option<Value>,
    /// The identity, or `None` to keep the planned one.
    pub identity: Option<Value>,
    /// The private bytes, or `None` to keep the planned ones.
    pub private: Option<Vec<u8>>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// An imported object.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ImportResponse {
    /// What is known. Attributes that are not set are null.
    pub state: Value,
    /// The identity, for types that have one.
    pub identity: Option<Value>,
}

/// A record of what exists, which is kept outside of the call.
///
/// If a call panics after its first remote write, the host stores the last record.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint(Arc<Mutex<Option<Note>>>);

/// A state and an identity.
type Note = (Value, Option<Value>);

impl ValidateRequest {
    /// Creates a request for a configuration.
    pub fn new(config: Value) -> Self {
        Self { config }
    }
}

impl CreateRequest {
    /// Creates a request for an object that nothing is noted about.
    pub fn new(config: Value, planned: Value) -> Self {
        Self {
            config,
            planned,
            private: Vec::new(),
            checkpoint: Checkpoint::default(),
            cancel: CancellationToken::new(),
        }
    }
}

impl UpdateRequest {
    /// Creates a request for an object that nothing is noted about.
    pub fn new(config: Value, prior: Value, planned: Value) -> Self {
        Self {
            config,
            prior,
            planned,
            identity: Value::Null,
            private: Vec::new(),
            checkpoint: Checkpoint::default(),
            cancel: CancellationToken::new(),
        }
    }
}

impl DeleteRequest {
    /// Creates a request for an object that nothing is noted about.
    pub fn new(prior: Value) -> Self {
        Self {
            prior,
            private: Vec::new(),
            cancel: CancellationToken::new(),
        }
    }
}

impl ReadResponse {
    /// Reports the current state of the object.
    pub fn found(state: Value) -> Self {
        Self {
            state: Some(state),
            ..Self::default()
        }
    }

    /// Reports that the object is gone.
    pub fn gone() -> Self {
        Self::default()
    }

    /// Reports that the object could not be read. The stored state is kept.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Self {
            diagnostics: diagnostics.into(),
            ..Self::default()
        }
    }

    /// Sets the identity.
    #[must_use]
    pub fn with_identity(self, identity: Value) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }
}

impl ApplyResponse {
    /// Reports the current state of the object.
    pub fn done(state: Value) -> Self {
        Self {
            state: Some(state),
            ..Self::default()
        }
    }

    /// Reports that the object does not exist.
    pub fn gone() -> Self {
        Self::default()
    }

    /// Reports that nothing was done: after a create nothing exists, otherwise everything is
    /// unchanged.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Self {
            diagnostics: diagnostics.into(),
            ..Self::default()
        }
    }

    /// Sets the identity.
    #[must_use]
    pub fn with_identity(self, identity: Value) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// Sets the private bytes.
    #[must_use]
    pub fn with_private(self, private: Vec<u8>) -> Self {
        Self {
            private: Some(private),
            ..self
        }
    }

    /// Adds errors and warnings.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        self.diagnostics.extend(diagnostics);
        self
    }
}

impl ImportResponse {
    /// Creates a response for an imported object.
    pub fn new(state: Value, identity: Option<Value>) -> Self {
        Self { state, identity }
    }
}

impl Checkpoint {
    /// Records what exists. Replaces an earlier record.
    pub fn save(&self, state: Value, identity: Option<Value>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, identity));
    }

    /// Takes the last record.
    pub(crate) fn take(&self) -> Option<Note> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
