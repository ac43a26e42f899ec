//! The calls of the protocol, between the host and the traits of [`crate::provider`].

mod actions;
mod call;
mod data;
mod dispatch;
mod ephemeral;
mod functions;
mod generate;
mod lists;
mod moves;
mod resources;
mod secrets;
mod service;
mod table;
mod text;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use call::StopSignal;
pub(crate) use call::note_panic;
pub use table::{
    ActionEntry, DataSourceEntry, EphemeralEntry, FunctionEntry, InvalidProvider, ListEntry,
    ResourceEntry, Table,
};

use crate::provider::Provider;
use crate::schema::Capabilities;

/// Serves a provider over the protocol.
///
/// Clones share everything. The service itself is [`tfplugin6::tfplugin6::provider_server`].
#[derive(Clone)]
pub struct Server {
    provider: Arc<dyn Provider>,
    table: Arc<Table>,
    stop: StopSignal,
    /// Whether the host has ever configured the provider.
    configured: Arc<AtomicBool>,
}

impl Server {
    /// Checks what the provider offers.
    ///
    /// # Errors
    /// Fails if a host would not load a schema. The error names every problem.
    pub fn new(provider: Arc<dyn Provider>) -> Result<Self, InvalidProvider> {
        let table = Arc::new(Table::new(provider.as_ref())?);
        Ok(Self {
            provider,
            table,
            stop: StopSignal::default(),
            configured: Arc::default(),
        })
    }

    /// Returns what the provider offers.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Returns what is known about the host regardless of what it reports.
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            mocks: !self.configured.load(Ordering::Relaxed),
            ..Capabilities::default()
        }
    }
}
