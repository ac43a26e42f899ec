//! Acceptance tests: real Terraform with the provider and the emulator as programs.
//!
//! - [`world`]: a workspace and an emulator
//! - [`service`]: requests to the emulator as another client
//! - [`change`]: the changes in a plan
//! - [`lifecycle`]: the lifecycle of each kind on each of its planes, generated from the samples
//! - [`asking`]: messages to agents, and what an interrupt ends
//! - [`agent`]: parts of an agent that other clients change as well
//! - [`http_trigger`]: a second trigger with the same name
//! - [`faults`]: failures of single requests
//! - [`handoffs`]: subagents that refer to each other
//! - [`incidents`]: filters, their platform, and their custom instructions
//! - [`knowledge`]: documents from files
//! - [`lists`]: data sources that read lists of several pages, and other lookups
//! - [`mocks`]: tests of modules
//! - [`singletons`]: documents that every agent always has
//! - [`stopped`]: stopped agents, and their objects
//! - [`waiting`]: waiting for background work of the service
//! - [`moves`]: moves from another address of the provider
//! - [`planes`]: choosing a plane, and moving between them
//! - [`program`]: the provider started by a person, and without an emulator
//! - [`proxy`]: the quickstart under the hosts of Azure
//! - [`secrets`]: write-only arguments are stored nowhere
//! - [`interruption`]: Ctrl-C loses nothing
//! - [`unknowns`]: everything in one run, from unknown values, and data sources
//! - [`refusals`]: refusals before anything is written

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
mod lifecycle;
mod lists;
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
