//! The traits that a provider implements.
//!
//! Every request is owned by its call, and every type is open for new members, so later features of
//! the protocol do not change a signature.

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

/// A provider: its configuration and what it offers.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Returns the `provider` block. Called once, at start.
    fn schema(&self) -> Schema;

    /// Returns the resource types. Called once, at start.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// Returns the data sources. Called once, at start.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    /// Returns the functions. Called once, at start.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }

    /// Returns the ephemeral resources. Called once, at start.
    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        Vec::new()
    }

    /// Returns the list resources. Called once, at start.
    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        Vec::new()
    }

    /// Returns the actions. Called once, at start.
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        Vec::new()
    }

    /// Performs checks of the `provider` block beyond its schema. Must accept unknown values.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Applies a configuration, which replaces an earlier one. Must not use the network, because
    /// this runs for every command, and values may be unknown while planning.
    async fn configure(&self, request: ConfigureRequest) -> Diagnostics;
}

/// The configuration of the provider.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConfigureRequest {
    /// The `provider` block, perhaps with unknown values.
    pub config: Value,
    /// The version of the host. OpenTofu sends its own.
    pub host_version: String,
}
