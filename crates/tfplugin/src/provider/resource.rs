//! Resource types, and what they are asked for.

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
    /// The full type name, such as `example_thing`.
    fn name(&self) -> &str;

    /// The shape. Asked once, at start.
    fn schema(&self) -> Schema;

    /// The shape of its identity. Asked once, at start.
    fn identity(&self) -> Option<IdentitySchema> {
        None
    }

    /// Checks a configuration beyond its schema. Works unconfigured and without network; unknown
    /// values are no error.
    fn validate(&self, _request: &ValidateRequest, _diagnostics: &mut Diagnostics) {}

    /// Defaults of top-level attributes that only the configured provider knows. No network.
    fn defaults(&self, _config: &Value, _prior: &Value) -> Defaults {
        Defaults::new()
    }

    /// Refines a finished plan: fills in computed values that are known already, adds warnings.
    /// No network, and the same answer every time.
    fn plan(&self, _request: &mut PlanRequest, _diagnostics: &mut Diagnostics) {}

    /// Reads the object of a state.
    async fn read(&self, request: ReadRequest) -> ReadResponse;

    /// Creates the planned object.
    async fn create(&self, request: CreateRequest) -> ApplyResponse;

    /// Changes the object from the prior to the planned state.
    async fn update(&self, request: UpdateRequest) -> ApplyResponse;

    /// Deletes the object. Success, also for one that is gone already, is a response without
    /// state and without errors.
    async fn delete(&self, request: DeleteRequest) -> ApplyResponse;

    /// Turns an import id or identity into a state that [`Resource::read`] can work with.
    async fn import(&self, request: ImportRequest) -> Result<ImportResponse, Diagnostics>;

    /// Brings the JSON of a state of an older version into the current shape.
    ///
    /// # Errors
    /// When there is no way from that version.
    fn upgrade(&self, request: UpgradeRequest) -> Result<Json, Diagnostics> {
        Err(Diagnostic::error(
            "Unable to upgrade resource state",
            format!(
                "There is no upgrade from version {} of the state of {}. Upgrade with a version of \
                 the provider in between first.",
                request.version,
                self.name()
            ),
        )
        .into())
    }

    /// Takes over the object of another type, perhaps of another provider. A state of the same type is
    /// upgraded instead, whatever the provider is called. Works unconfigured and without network.
    ///
    /// # Errors
    /// When this type takes over nothing from there, with what it does take over.
    fn take_over(&self, request: MoveRequest) -> Result<MoveResponse, Diagnostics> {
        Err(request.unsupported("Nothing else becomes one.").into())
    }

    /// Changes the configuration that would make an object, which follows from the schema: what is
    /// computed and what is there by default is left out.
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
    /// The configuration; null when the object is to be destroyed.
    pub config: Value,
    /// The state after refresh; null when there is none, or when it is to be replaced.
    pub prior: Value,
    /// The plan so far; null when the object is to be destroyed.
    pub planned: Value,
    /// Bytes to keep beside the state; they reach apply.
    pub private: Vec<u8>,
    /// Paths at which a change needs a new object, beyond those that the schema declares.
    pub replace: Vec<Path>,
}

/// A state to refresh.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReadRequest {
    /// The stored state. After an import it holds what the import gave, all else null.
    pub state: Value,
    /// The stored identity; null where there is none.
    pub identity: Value,
    /// The stored private bytes.
    pub private: Vec<u8>,
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An object to create.
#[derive(Debug)]
#[non_exhaustive]
pub struct CreateRequest {
    /// The configuration: the only place where write-only values are.
    pub config: Value,
    /// The planned state.
    pub planned: Value,
    /// The private bytes of the plan.
    pub private: Vec<u8>,
    /// Where to note what exists already, should the call not reach its end.
    pub checkpoint: Checkpoint,
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An object to change.
#[derive(Debug)]
#[non_exhaustive]
pub struct UpdateRequest {
    /// The configuration: the only place where write-only values are.
    pub config: Value,
    /// The state before.
    pub prior: Value,
    /// The planned state.
    pub planned: Value,
    /// The identity; null where there is none.
    pub identity: Value,
    /// The private bytes of the plan.
    pub private: Vec<u8>,
    /// Where to note what has changed already, should the call not reach its end.
    pub checkpoint: Checkpoint,
    /// Ends when the user interrupts or the host goes away.
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
    /// Ends when the user interrupts or the host goes away.
    pub cancel: CancellationToken,
}

/// An object to import: by id, or by identity.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportRequest {
    /// The text that the user gave.
    Id(String),
    /// The identity that the user gave; attributes that were left out are null.
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
    /// The state; `None` when the object is gone. With errors it is not looked at.
    pub state: Option<Value>,
    /// The identity; `None` keeps the stored one.
    pub identity: Option<Value>,
    /// The private bytes; `None` keeps the stored ones.
    pub private: Option<Vec<u8>>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// What is known of an object after create, update or delete.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ApplyResponse {
    /// The state. With errors: what exists, so that nothing is orphaned. Values still unknown are
    /// stored as null.
    pub state: Option<Value>,
    /// The identity; `None` keeps the planned one.
    pub identity: Option<Value>,
    /// The private bytes; `None` keeps the planned ones.
    pub private: Option<Vec<u8>>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// An imported object.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ImportResponse {
    /// What is known; attributes that are not given are null.
    pub state: Value,
    /// The identity, for types that have one.
    pub identity: Option<Value>,
}

/// A note of what exists, kept outside of the call that takes it.
///
/// When a call panics after its first remote write, the last note is what the host stores.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint(Arc<Mutex<Option<Note>>>);

/// A state and an identity.
type Note = (Value, Option<Value>);

impl ValidateRequest {
    /// A configuration to check.
    pub fn new(config: Value) -> Self {
        Self { config }
    }
}

impl ReadResponse {
    /// The object as it is.
    pub fn found(state: Value) -> Self {
        Self {
            state: Some(state),
            ..Self::default()
        }
    }

    /// The object is gone.
    pub fn gone() -> Self {
        Self::default()
    }

    /// The object could not be read; the stored state stays.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Self {
            diagnostics: diagnostics.into(),
            ..Self::default()
        }
    }

    /// The same with an identity.
    #[must_use]
    pub fn with_identity(self, identity: Value) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }
}

impl ApplyResponse {
    /// The object as it is now.
    pub fn done(state: Value) -> Self {
        Self {
            state: Some(state),
            ..Self::default()
        }
    }

    /// The object does not exist.
    pub fn gone() -> Self {
        Self::default()
    }

    /// Nothing was reached: nothing exists after a create, all is as before otherwise.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Self {
            diagnostics: diagnostics.into(),
            ..Self::default()
        }
    }

    /// The same with an identity.
    #[must_use]
    pub fn with_identity(self, identity: Value) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// The same with private bytes.
    #[must_use]
    pub fn with_private(self, private: Vec<u8>) -> Self {
        Self {
            private: Some(private),
            ..self
        }
    }

    /// The same with further errors and warnings.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        self.diagnostics.extend(diagnostics);
        self
    }
}

impl ImportResponse {
    /// An imported object.
    pub fn new(state: Value, identity: Option<Value>) -> Self {
        Self { state, identity }
    }
}

impl Checkpoint {
    /// Notes what exists, in place of an earlier note.
    pub fn save(&self, state: Value, identity: Option<Value>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, identity));
    }

    /// The last note.
    pub(crate) fn take(&self) -> Option<Note> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
