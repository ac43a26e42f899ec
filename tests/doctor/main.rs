//! The doctor with an emulator: every failure that it explains is caused, and every switch that it
//! claims to detect is set and detected.

mod agent;
mod build;
mod fixture;
mod network;
mod probes;
mod program;
mod rights;
mod sign_in;
mod tls;
