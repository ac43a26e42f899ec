//! The emulator as its clients see it: over HTTP.

mod agents;
mod children;
mod client;
mod data_plane;
