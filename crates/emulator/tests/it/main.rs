//! The emulator as its clients use it: over HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

mod acceptance;
mod agents;
mod binary;
mod builds;
mod children;
mod client;
mod control;
mod data_plane;
mod directory;
// This module limits and kills processes.
#[cfg(unix)]
mod durability;
mod entra;
mod faults;
mod first_version;
mod github;
mod hub;
mod incidents;
mod kinds;
mod managed_connectors;
mod memory;
mod plugins;
mod proxy;
mod recorded;
mod server;
mod singletons;
mod source_control;
mod tasks;
mod threads;
mod triggers;
mod ui;
mod workspace;
