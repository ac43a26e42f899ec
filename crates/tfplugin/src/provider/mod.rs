//! What a provider implements.
//!
//! Every request is owned by the call that it belongs to, and every type is open for new members,
//! so that later features of the protocol need no change of a signature.

mod action;
mod data_source;
mod ephemeral;
mod function;
mod list;
mod moving;
mod resource;

use std::sync::Arc;

use async_trait::async_trait;

pub use action::{Action, InvokeRequest, Progress};
pub use data_source::{DataSource, ReadDataRequest, Warnings};
pub use ephemeral::{
    CloseRequest, EphemeralResource, OpenRequest, OpenResponse, RenewRequest, RenewResponse,
};
pub use function::{Function, FunctionError, Parameter, Signature};
pub(crate) use list::Message;
pub use list::{ListItem, ListRequest, ListResource, Results};
pub use moving::{MoveRequest, MoveResponse};
pub use resource::{
    ApplyResponse, Checkpoint, CreateRequest, DeleteRequest, ImportRequest, ImportResponse,
    PlanRequest, ReadRequest, ReadResponse, Resource, UpdateRequest, UpgradeRequest,
    ValidateRequest,
};

use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// A provider: its own configuration and what it offers.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The `provider` block. Asked once, at start.
    fn schema(&self) -> Schema;

    /// The resource types. Asked once, at start.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// The data sources. Asked once, at start.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    /// The functions. Asked once, at start.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }

    /// The ephemeral resources. Asked once, at start.
    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        Vec::new()
    }

    /// The list resources. Asked once, at start.
    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        Vec::new()
    }

    /// The actions. Asked once, at start.
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        Vec::new()
    }

    /// Checks the `provider` block beyond its schema. Unknown values are no error.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Takes a configuration, replacing an earlier one. No network: this runs for every command,
    /// and values may be unknown while planning.
    async fn configure(&self, request: ConfigureRequest) -> Diagnostics;
}

/// The configuration of the provider.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConfigureRequest {
    /// The `provider` block, perhaps with unknown values.
    pub config: Value,
    /// The version of the host; OpenTofu gives its own.
    pub host_version: String,
}
