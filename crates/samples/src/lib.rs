//! Sample values of every kind, and the service with another client beside the provider, for tests
//! that are made for all kinds: the matrix, and the lives with real Terraform.
//!
//! - [`Kind`], [`all`], [`each_kind`]: the list of kinds with their samples
//! - [`Service`]: an emulator in this process, and what others than the provider ask and tell it
//! - [`json`]: small changes of JSON documents

pub mod json;
mod kinds;
mod service;

pub use kinds::{
    Home, Kind, Record, Removal, Row, Secret, Variant, all, named, open_kinds, says_something,
};
pub use service::{GROUP, Reply, SUBSCRIPTION, Service, agent_id, connect, exchange};
