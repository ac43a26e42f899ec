//! Terraform provider for Azure SRE Agent.
