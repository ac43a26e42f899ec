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

/// A provider behind the protocol.
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
    /// Looks through what the provider offers.
    ///
    /// # Errors
    /// A schema that no host would load, with every problem named.
    pub fn new(provider: Arc<dyn Provider>) -> Result<Self, InvalidProvider> {
        let table = Arc::new(Table::new(provider.as_ref())?);
        Ok(Self {
            provider,
            table,
            stop: StopSignal::default(),
            configured: Arc::default(),
        })
    }

    /// What the provider offers.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What is known of the host whatever it says of itself.
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            mocks: !self.configured.load(Ordering::Relaxed),
            ..Capabilities::default()
        }
    }
}
