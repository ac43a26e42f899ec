//! Simulates Terraform for a plugin, for conformance tests and benchmarks.
//!
//! This crate shares nothing with the provider framework: it has its own values, its own codec, and
//! its own implementation of Terraform's rules. A mistake in shared code would go undetected.
//!
//! - [`Launch`] and [`Plugin`] start a process like Terraform and connect to it;
//!   [`plugin::transport`] connects in ways that Terraform does not.
//! - [`Session`] and [`Resource`] are a small Terraform core: plan, apply, refresh, destroy and
//!   import of one instance, a few milliseconds each. Every answer is checked.
//! - [`core`] contains Terraform's rules as plain functions.
//! - [`value`] and [`schema`] are the data model.
//!
//! ```no_run
//! use plugin_host::core::Action;
//! use plugin_host::value::unknown;
//! use plugin_host::{Failure, Host, Launch, Plugin, Session};
//! use serde_json::json;
//!
//! # async fn example() -> anyhow::Result<()> {
//! let plugin = Plugin::start(Launch::new("target/debug/terraform-provider-example")).await?;
//! let session = Session::new(plugin.client(), Host::terraform(15)).await?;
//! session.configure(json!({ "endpoint": "http://127.0.0.1:7575" })).await?;
//!
//! let mut thing = session.resource("example_thing")?;
//! let plan = thing.plan(json!({ "name": "a" })).await?;
//! assert_eq!((plan.action, &plan.after["id"]), (Action::Create, &unknown()));
//!
//! thing.apply(json!({ "name": "a" })).await?;
//! assert!(thing.plan(json!({ "name": "a" })).await?.is_empty());
//!
//! let failure = Failure::of(thing.plan(json!({ "name": "not allowed" })).await)?;
//! assert_eq!(failure.errors().count(), 1);
//!
//! thing.destroy().await?;
//! let exit = plugin.shutdown().await?;
//! assert!(exit.is_some_and(|exit| !exit.killed));
//! # Ok(())
//! # }
//! ```

pub mod core;
pub mod plugin;
pub mod schema;
mod session;
#[cfg(test)]
mod testing;
pub mod value;

pub use self::plugin::{Launch, Plugin, ProviderClient, in_process};
pub use self::session::{
    Applied, Diagnostic, Failure, Found, FunctionError, Host, ImportTarget, Invoked, ListResult,
    MoveSource, Opened, Plan, Query, Refreshed, Resource, Session, Severity, StoredIdentity,
    StoredState, Violation,
};
