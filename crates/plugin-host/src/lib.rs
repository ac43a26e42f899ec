//! Acts as Terraform towards a plugin binary, for conformance tests and benchmarks.
pub mod value;
