//! An emulator of Azure SRE Agent: Azure Resource Manager, the data plane of every agent, and
//! enough of Entra ID for real credential code.
//!
//! It is a program, `azuresre-emulator`, and a library for tests:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use emulator::{Emulator, Fault, Options, Profile};
//!
//! let emulator = Emulator::start(Options { profile: Profile::acceptance(), ..Options::default() }).await?;
//! emulator.fault(Fault::on("PUT", "/agents/shop$").error(429, "TooManyRequests", "Slow down."))?;
//!
//! let agent = format!(
//!     "{}/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/agents/shop\
//!      ?api-version=2025-05-01-preview",
//!     emulator.url()
//! );
//! let put = || {
//!     let body = serde_json::json!({"location": "swedencentral", "properties": {}});
//!     reqwest::Client::new().put(&agent).bearer_auth(emulator.token()).json(&body).send()
//! };
//! assert_eq!(put().await?.status(), 429);
//! assert_eq!(put().await?.status(), 201);
//! assert_eq!(emulator.requests().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Structure
//!
//! A connection (`server`), perhaps in a tunnel (`proxy`), turns a request into a call (`http`),
//! which is recorded (`log`), perhaps disturbed (`faults`), and answered by a service (`services`):
//! `arm`, `data_plane` or `entra`. The address that the client used (`site`) determines the links
//! in answers. Services are plain functions over the store (`store`). They share the code for
//! objects in `objects`, and each kind of object has a row in `kinds`. The [`Profile`] determines
//! their behavior. A connection may be upgraded to one to an agent's hub (`hub`), which sends the
//! events of the store's transactions. `control` is the control API, `ui` the page, and `origin`
//! decides who may reach them.

mod arm;
mod auth;
mod context;
mod control;
mod data_plane;
mod documents;
mod emulator;
mod entra;
mod faults;
mod http;
mod hub;
mod kinds;
mod log;
mod objects;
mod origin;
mod pipeline;
pub mod profile;
mod proxy;
mod roles;
mod server;
mod services;
mod shared;
mod site;
mod store;
mod throttle;
mod tls;
mod ui;

pub use emulator::{Emulator, FaultHandle, Options, StartError};
pub use faults::{Fault, FaultError, FaultStatus, OperationError};
pub use log::{Plane, RequestRecord};
pub use profile::{Profile, ProfileError, SkillText, TaskState};
pub use shared::Addresses;
pub use store::StoreError;
pub use tls::TlsError;

/// A bearer token that every emulator accepts on both planes.
pub const TOKEN: &str = "azuresre-emulator-token";
