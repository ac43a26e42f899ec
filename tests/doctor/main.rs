//! The doctor against an emulator: every failure that it explains is made, and every switch that it claims
//! to see is set and found again.

mod agent;
mod build;
mod network;
mod probes;
mod program;
mod rights;
mod scene;
mod sign_in;
mod tls;
