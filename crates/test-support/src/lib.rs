//! Finds and runs Terraform hosts, writes their configuration, and starts the programs under test.
//!
//! Everything is synchronous, and independent of the provider's objects. The modules:
//!
//! - [`hosts`]: the Terraform and OpenTofu executables to test with
//! - [`Workspace`]: a directory with configuration, in which a host runs; [`Plan`], [`State`] and
//!   [`Run`] are the results
//! - [`binaries`]: the provider and the emulator, built if needed
//! - [`EmulatorProcess`]: the emulator as a child process
//! - [`progress`]: numbered steps on the terminal
//! - [`python`]: programs from PyPI
//! - [`Terminal`]: a command in a pseudo terminal, to press Ctrl-C
//! - [`target_dir`] and [`workspace_dir`]: the directories of this workspace
//!
//! Environment variables: `AZURESRE_TERRAFORM` (the only host to use), `AZURESRE_PROVIDER_BINARY`
//! and `AZURESRE_EMULATOR_BINARY` (executables to use instead of building them).

pub mod binaries;
mod cargo_dirs;
mod dep_info;
mod emulator;
pub mod hosts;
mod mirror;
mod plan;
pub mod progress;
pub mod python;
mod run;
mod state;
#[cfg(unix)]
mod terminal;
mod workspace;

pub use cargo_dirs::{target_dir, workspace_dir};
pub use emulator::{Addresses, EmulatorProcess};
pub use hosts::Host;
pub use mirror::installed_provider_name;
pub use plan::{Action, Plan};
pub use run::Run;
pub use state::State;
#[cfg(unix)]
pub use terminal::{Finished, Terminal};
pub use workspace::Workspace;
