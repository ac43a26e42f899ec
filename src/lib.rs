//! Terraform provider for Azure SRE Agent.
//!
//! The layers call each other in one direction: the framework ([`tfplugin`]) → [`lifecycle`] →
//! [`stores`] → the client ([`azure`]). [`document`] converts values to JSON and back for
//! [`lifecycle`], merges and wraps documents for [`stores`], and makes no requests.
//! [`resources`] contains only declarations, with the vocabulary of [`kind`], from which
//! [`schema`] makes the schemas. [`session`] holds the state that operations share.
//! `conversation` talks to agents, for [`actions`] and [`data_sources`]. [`doctor`] and
//! [`export`] are separate programs beside the provider.

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
pub mod schema;
pub mod session;
pub mod stores;

pub use provider::SreProvider;
