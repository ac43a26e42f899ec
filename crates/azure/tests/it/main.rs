//! The client against a scripted server on the loopback interface. These tests cover what only a
//! real network and the real azure_identity can show.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod certificates;
mod entra;
mod federation;
mod hostile;
mod hub;
mod links;
mod logging;
mod machine;
mod network;
mod secrets;
mod server;
