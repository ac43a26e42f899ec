//! Acts as Terraform towards a plugin binary, for conformance tests and benchmarks.
pub mod core;
pub mod schema;
#[cfg(test)]
mod testing;
pub mod value;
