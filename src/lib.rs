//! Terraform provider for Azure SRE Agent.
//!
//! Calls go one way: the framework ([`tfplugin`]) → [`lifecycle`] → [`stores`] → the client
//! ([`azure`]). [`document`] turns values into JSON and back for [`lifecycle`], and sends nothing.
//! [`resources`] only declares; the words of a declaration are in [`kind`]. What operations tell
//! each other is in [`session`]. `conversation` speaks with agents, for [`actions`] and
//! [`data_sources`]. [`doctor`] and [`export`] are programs of their own beside the provider.

pub mod actions;
mod conversation;
pub mod data_sources;
pub mod doctor;
pub mod document;
pub mod ephemeral;
pub mod export;
pub mod functions;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hint;
pub mod kind;
pub mod lifecycle;
pub mod lists;
pub mod provider;
pub mod resources;
pub mod session;
pub mod stores;

pub use provider::SreProvider;
