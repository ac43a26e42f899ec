//! Client of both planes of Azure SRE Agent.
//!
//! Azure SRE Agent is managed on two planes. *ARM* (`Microsoft.App/agents`) keeps the agent and
//! some of its children; every agent has, besides, a *data plane* of its own, whose address is read
//! from the agent's ARM document. This crate speaks to both: it signs in, sends, retries, waits for
//! long-running operations, follows pages and turns whatever goes wrong into one [`Error`].
//! Documents are [`serde_json::Value`]; what they mean is the caller's business.
//!
//! | Module | What it holds |
//! |---|---|
//! | [`id`] | the ids of agents and of their children, and safe path segments |
//! | [`cloud`] | which addresses belong to which Azure cloud |
//! | [`credentials`] | how to sign in, and where tokens come from |
//! | [`client`] | [`Client`] and its configuration; ARM requests |
//! | [`data_plane`] | the data plane of one agent: discovery, readiness, reading |
//! | [`signalr`] | what an agent says while it works: its SignalR hub, listened to |
//! | [`request`], [`response`] | what is sent and what comes back |
//! | [`operations`], [`poll`] | waiting: long-running operations, and anything else |
//! | [`budget`] | how long a call may take, and the signal that stops it |
//! | [`retry`] | what is tried again, when, and for how long |
//! | [`wire`] | HTTP, and the seam at which tests replace the network |
//! | [`hosts`] | which hosts may see a data-plane token |
//! | [`log`] | what may appear in a log |
//! | [`error`] | the one error of this crate |
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

pub mod budget;
pub mod client;
pub mod cloud;
pub mod credentials;
pub mod data_plane;
pub mod error;
mod exchange;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod hosts;
pub mod id;
pub mod json;
pub mod log;
pub mod operations;
mod pages;
pub mod poll;
pub mod request;
pub mod response;
pub mod retry;
mod service_error;
pub mod signalr;
#[cfg(test)]
mod testing;
pub mod wire;

pub use budget::{Budget, Ended};
pub use client::{Client, ClientConfig};
pub use cloud::Cloud;
pub use data_plane::DataPlane;
pub use error::{Error, ErrorKind, Result};
pub use hosts::HostPolicy;
pub use pages::{ListShape, Pages};
pub use request::{Multipart, Request};
pub use response::{Body, Presence, Response};
pub use retry::RetryPolicy;
pub use signalr::{Hub, Invocation};
pub use wire::HttpOptions;
