//! A Terraform plugin framework for providers that speak protocol 6.
//!
//! The crate is independent of any service. A provider implements [`Provider`] and what it offers
//! ([`Resource`], [`DataSource`], [`Function`], [`EphemeralResource`], [`ListResource`],
//! [`Action`]), and is passed to [`serve`]. This crate does everything between the host and these
//! traits:
//!
//! - [`value`]: values with null and unknown at every depth, and their codecs,
//! - [`schema`]: the schema of a resource, from which everything else is derived,
//! - [`plan`]: planning, which only happens here, and the rules that the host applies to results,
//! - [`server`]: the 36 calls of the protocol,
//! - [`mod@serve`]: process, handshake, TLS and logging, as go-plugin hosts expect them.
//!
//! A provider cannot answer with a plan that the host rejects: planned and final values are checked
//! against the host's own rules before they leave the process, and a violation becomes an error
//! that names the attribute.

pub mod diagnostic;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod plan;
pub mod provider;
pub mod schema;
pub mod serve;
pub mod server;
pub mod value;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use provider::{
    Action, ApplyResponse, Checkpoint, CloseRequest, ConfigureRequest, CreateRequest, DataSource,
    DeleteRequest, EphemeralResource, Function, FunctionError, ImportRequest, ImportResponse,
    InvokeRequest, ListItem, ListRequest, ListResource, MoveRequest, MoveResponse, OpenRequest,
    OpenResponse, Parameter, PlanRequest, Progress, Provider, ReadDataRequest, ReadRequest,
    ReadResponse, RenewRequest, RenewResponse, Resource, Results, Signature, UpdateRequest,
    UpgradeRequest, ValidateRequest, Warnings,
};
pub use schema::{Attribute, Attributes, IdentityAttribute, IdentitySchema, Nesting, Schema};
pub use value::{Number, Path, Type, Value};
