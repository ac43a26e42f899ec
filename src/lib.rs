//! Terraform provider for Azure SRE Agent.
//!
//! Calls go one way: the framework ([`tfplugin`]) → [`lifecycle`] → [`document`] → [`stores`] →
//! the client ([`azure`]). [`resources`] only declares; the words of a declaration are in
//! [`kind`].

pub mod data_sources;
pub mod docs;
pub mod document;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod kind;
pub mod lifecycle;
pub mod provider;
pub mod resources;
pub mod stores;

pub use provider::SreProvider;
