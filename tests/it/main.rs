//! Acceptance tests: real Terraform against the provider and the emulator as programs.
//!
//! - [`world`]: a workspace and an emulator, with what tests ask and tell both
//! - [`agent`], [`data_connector`], [`http_trigger`], [`repo`], [`skill`]: the life of each kind, on
//!   every plane that it has

mod agent;
mod data_connector;
mod http_trigger;
mod repo;
mod skill;
mod world;
