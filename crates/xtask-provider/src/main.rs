//! The commands of `cargo xtask` that link the provider. `xtask` builds and runs this program on
//! demand, so that the other commands need not wait for it.
#![allow(clippy::print_stdout, reason = "the commands report to the terminal")]

mod bench;
mod docs;
mod memory;
mod soak;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Commands of this project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generates the pages in docs/ from the declarations and the examples.
    Docs(docs::Options),
    /// Measures the provider and prints a Markdown table.
    Bench(bench::Options),
    /// Manages thousands of objects, with and without throttling, and prints a Markdown table.
    Soak(soak::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Docs(options) => docs::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Soak(options) => soak::run(&options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
