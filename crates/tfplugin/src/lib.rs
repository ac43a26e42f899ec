//! wip
pub mod diagnostic;
pub mod plan;
pub mod schema;
pub mod value;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use schema::*;
pub use value::{Number, Path, Type, Value};
