//! Acceptance tests: real Terraform against the provider and the emulator as programs.
//!
//! - [`world`]: a workspace and an emulator
//! - [`service`]: what tests ask and tell the emulator behind Terraform's back
//! - [`change`]: what a plan says
//! - [`lives`]: the life of each kind, on every plane that it has, made from its samples
//! - [`asking`]: messages to agents, and what an interrupt ends
//! - [`agent`]: what an agent shares with others
//! - [`http_trigger`]: a second trigger of a name
//! - [`faults`]: what goes wrong with single requests
//! - [`handoffs`]: subagents that name each other
//! - [`incidents`]: filters, their platform, and what is beside them
//! - [`knowledge`]: documents from files
//! - [`lists`]: data sources of lists with pages, and of what else there is
//! - [`mocks`]: tests of modules
//! - [`singletons`]: documents of which every agent has one
//! - [`stopped`]: agents that are stopped, and what is in them
//! - [`waiting`]: for what the service goes on doing
//! - [`moves`]: from another address of the provider
//! - [`planes`]: choosing a plane, and moving between them
//! - [`program`]: started by hand, and without an emulator
//! - [`proxy`]: the quickstart under the hosts of Azure
//! - [`secrets`]: what is write-only is stored nowhere
//! - [`interruption`]: Ctrl-C loses nothing
//! - [`unknowns`]: everything in one run, and data sources
//! - [`refusals`]: what is refused before anything is sent

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod agent;
mod asking;
mod canary;
mod change;
mod faults;
mod handoffs;
mod http_trigger;
mod incidents;
mod interruption;
mod knowledge;
mod lists;
mod lives;
mod mocks;
mod moves;
mod planes;
mod program;
mod proxy;
mod refusals;
mod secrets;
mod service;
mod singletons;
mod stopped;
mod unknowns;
mod waiting;
mod world;
