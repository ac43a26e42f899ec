//! The emulator as its clients see it: over HTTP.

mod agents;
mod binary;
mod children;
mod client;
mod control;
mod data_plane;
mod entra;
mod faults;
mod kinds;
mod server;
mod triggers;
