//! Sample values of every kind, and the service with another client, for tests that run for all
//! kinds: the matrix, and the lifecycles with real Terraform.
//!
//! - [`Kind`], [`all`], [`each_kind`]: the list of kinds with their samples
//! - [`Service`]: an emulator in this process, and another client of it
//! - [`json`]: helpers for JSON documents

pub mod json;
mod kinds;
mod service;

pub use kinds::{
    Kind, Record, Removal, Row, Secret, Storage, Variant, all, has_content, named, open_kinds,
};
pub use service::{GROUP, Reply, SUBSCRIPTION, Service, agent_id, connect, exchange};
