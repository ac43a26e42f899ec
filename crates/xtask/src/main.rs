//! The project's own commands: `cargo xtask <command>`.
//!
//! Commands that link the provider are part of `xtask-provider`, which is built on demand. This
//! program builds in seconds, and can announce what takes minutes.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the commands report to the terminal"
)]

mod package;
mod peers;
mod quickstart;
mod toolchain;

use std::env;
use std::ffi::OsString;
use std::process::{Command as Process, ExitCode};

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use test_support::{Host, workspace_dir};

/// Commands of this project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Applies examples/quickstart to the emulator, checks the result, and destroys it again.
    Quickstart(quickstart::Options),
    /// Builds the packages of a release for every platform that can be built here, and tests them.
    Package(package::Options),
    /// Generates the pages in docs/ from the declarations and the examples.
    Docs(Passed),
    /// Measures the provider and prints a Markdown table.
    Bench(Passed),
    /// Runs third-party clients with the emulator, and prints a Markdown table.
    Peers(peers::Options),
    /// Manages thousands of objects, with and without throttling, and prints a Markdown table.
    Soak(Passed),
    /// Builds OpenTofu from its Go module, for the tests, and prints its path.
    Tofu,
}

/// Arguments for another program, including `--help`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    arguments: Vec<OsString>,
}

fn main() -> Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match Cli::parse().command {
        Command::Quickstart(options) => quickstart::run(&options).map(done),
        Command::Package(options) => package::run(&options).map(done),
        Command::Docs(passed) => with_provider("docs", &passed),
        Command::Bench(passed) => with_provider("bench", &passed),
        Command::Peers(options) => peers::run(&options).map(done),
        Command::Soak(passed) => with_provider("soak", &passed),
        Command::Tofu => tofu().map(done),
    }
}

fn tofu() -> Result<()> {
    eprintln!("Building OpenTofu, which takes about five minutes the first time.");
    println!("{}", Host::opentofu_1_12()?.program().display());
    Ok(())
}

/// Runs a command of `xtask-provider`, and returns its exit code.
fn with_provider(command: &str, passed: &Passed) -> Result<ExitCode> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut process = Process::new(cargo);
    process
        .args(["run", "--quiet", "--package", "xtask-provider", "--"])
        .arg(command)
        .args(&passed.arguments)
        .current_dir(workspace_dir());
    let status = process.status().context("cannot run cargo")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        use clap::CommandFactory as _;

        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_of_other_programs_are_passed_on() {
        let cli = Cli::parse_from(["xtask", "docs", "--check", "--help"]);
        let Command::Docs(passed) = cli.command else {
            panic!("{cli:?}")
        };
        assert_eq!(passed.arguments, ["--check", "--help"]);
    }
}
