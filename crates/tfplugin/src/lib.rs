//! A Terraform plugin framework: process, transport, values, schema, planning.
