//! Generated protobuf and gRPC code of the Terraform plugin protocol 6 and of go-plugin.
//!
//! The sources are `proto/tfplugin6.proto` and `proto/plugin.proto` at the root of the repository.
//! The generated files are checked in, so that a build needs neither `protoc` nor a build script.
//! `tests/generated.rs` fails if they differ from the sources, and says how to generate them again.
//!
//! The clients take any [`tonic::client::GrpcService`]; the server traits answer `UNIMPLEMENTED` to
//! every method that an implementation leaves out.
//!
//! ```
//! use prost::Message;
//! use tfplugin6::tfplugin6::{AttributePath, attribute_path::{Step, step::Selector}};
//!
//! let path = AttributePath {
//!     steps: vec![Step { selector: Some(Selector::AttributeName("name".into())) }],
//! };
//! assert_eq!(path.encode_to_vec(), b"\x0a\x06\x0a\x04name");
//! ```

/// The protocol between a host and a provider: package `tfplugin6`.
#[allow(
    clippy::all,
    clippy::use_self,
    missing_docs,
    unnameable_types,
    unreachable_pub,
    reason = "generated"
)]
#[rustfmt::skip]
#[path = "gen/tfplugin6.rs"]
pub mod tfplugin6;

/// The services around a provider that concern its process: package `plugin`.
#[allow(
    clippy::all,
    clippy::use_self,
    missing_docs,
    unnameable_types,
    unreachable_pub,
    reason = "generated"
)]
#[rustfmt::skip]
#[path = "gen/plugin.rs"]
pub mod plugin;
