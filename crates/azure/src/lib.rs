//! Client of both planes of Azure SRE Agent.
//!
//! Azure SRE Agent is managed on two planes. *ARM* (`Microsoft.App/agents`) stores the agent and
//! some of its children; every agent also has its own *data plane*, whose address is read
//! from the agent's ARM document. This crate uses both: it signs in, sends, retries, waits for
//! long-running operations, reads lists page by page, and reports every failure as one [`Error`].
//! Documents are [`serde_json::Value`], which the caller interprets.
//!
//! | Module | What it holds |
//! |---|---|
//! | [`id`] | the ids of agents and of their children, and safe path segments |
//! | [`cloud`] | the addresses of the Azure clouds |
//! | [`credentials`] | methods to sign in, and sources of tokens |
//! | [`client`], [`config`] | [`Client`] and its configuration |
//! | [`data_plane`] | the data plane of one agent: discovery, readiness, reading |
//! | [`signalr`] | what an agent reports while it works, by its SignalR hub |
//! | [`request`], [`response`] | requests and responses |
//! | [`operations`], [`poll`] | waiting: long-running operations, and anything else |
//! | [`budget`] | how long a call may take, and the signal that cancels it |
//! | [`retry`] | which failures are retried, when, and for how long |
//! | [`wire`] | HTTP, which tests can replace |
//! | [`hosts`] | the hosts that may receive a data-plane token |
//! | [`redaction`] | what a log may contain of a document |
//! | [`error`] | the error type of this crate |
//!
//! ```no_run
//! # async fn run() -> azure::Result<()> {
//! use std::time::Duration;
//! use azure::{Budget, Client, ClientConfig, Cloud, Presence, Request, id::AgentId};
//! use azure::credentials::{self, CredentialSettings, Method};
//!
//! let tokens = credentials::new(Method::AzureCli, CredentialSettings::for_cloud(&Cloud::Public))?;
//! let client = Client::new(ClientConfig::new(&Cloud::Public, tokens))?;
//! let budget = Budget::new(Duration::from_secs(300), Default::default());
//!
//! let agent = AgentId::new("00000000-0000-0000-0000-000000000000", "rg-sre", "sre-agent")?;
//! let plane = client.data_plane(&agent, &budget).await?;
//! let path = azure::id::join("/api/v2/extendedAgent/skills", "triage")?;
//! match plane.read(Request::get(path), &budget).await? {
//!     Presence::Found(skill) => println!("{}", skill["properties"]["description"]),
//!     Presence::Absent => println!("no such skill"),
//! }
//! # Ok(())
//! # }
//! ```

mod arm;
mod body;
pub mod budget;
pub mod client;
pub mod cloud;
pub mod config;
pub mod credentials;
pub mod data_plane;
pub mod error;
mod exchange;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod hosts;
pub mod id;
pub mod json;
mod log;
pub mod operations;
mod pages;
pub mod poll;
pub mod redaction;
pub mod request;
pub mod response;
pub mod retry;
mod service_error;
pub mod signalr;
#[cfg(test)]
mod testing;
mod verdict;
pub mod wire;

pub use body::Body;
pub use budget::{Budget, Ended};
pub use client::Client;
pub use cloud::Cloud;
pub use config::ClientConfig;
pub use data_plane::DataPlane;
pub use error::{Error, ErrorKind, Result};
pub use hosts::HostPolicy;
pub use pages::{ListShape, Pages};
pub use request::{Multipart, Request};
pub use response::{Presence, Response};
pub use retry::RetryPolicy;
pub use signalr::{Hub, Invocation};
pub use wire::HttpOptions;
