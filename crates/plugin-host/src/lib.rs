//! Acts as Terraform towards a plugin binary, for conformance tests and benchmarks.
