//! Finds and runs Terraform hosts and writes their configuration.
