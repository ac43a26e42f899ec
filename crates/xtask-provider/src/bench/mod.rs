//! `cargo xtask bench`: the cost of the provider, compared with the cost of Terraform itself.
//!
//! All numbers come from one run on one machine. For times, the ratio is what matters: the same
//! operation on as many objects of Terraform's built-in `terraform_data`, with one string each, is
//! the minimum for any provider.

mod load;
mod requests;
mod startup;
mod table;
mod waiting;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use test_support::binaries::{self, Binary};
use test_support::progress::{Progress, nothing_to_say};
use test_support::{EmulatorProcess, Host};

use table::{Row, Table};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The number of skills to plan and apply
    #[arg(long, default_value_t = 1000)]
    count: u32,

    /// The number of repetitions, of which the median counts
    #[arg(long, default_value_t = 3)]
    rounds: u32,

    #[command(flatten)]
    waiting: waiting::Options,
}

/// What is measured: release builds, and one host.
#[derive(Debug)]
struct Subject {
    provider: PathBuf,
    emulator: PathBuf,
    host: Host,
}

impl Subject {
    fn start_emulator(&self) -> Result<EmulatorProcess> {
        EmulatorProcess::start_binary(&self.emulator, &[])
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(options.rounds > 0, "--rounds must be at least 1");
    if waiting::run(&options.waiting, options.rounds)? {
        return Ok(());
    }
    let mut progress = Progress::start();
    let subject = progress.step(
        "build provider and emulator, find Terraform",
        |subject: &Subject| subject.host.to_string(),
        || {
            let [provider, emulator] = binaries::with_profile(Binary::ALL, "release")?;
            Ok(Subject {
                provider,
                emulator,
                host: Host::default_host()?,
            })
        },
    )?;

    let mut table = Table::default();
    table.push(size(&subject)?);
    let started = progress.step("start the provider", nothing_to_say, || {
        startup::measure(&subject)
    })?;
    table.extend(started.rows());
    let requests = progress.step("count requests", nothing_to_say, || {
        requests::measure(&subject)
    })?;
    table.extend(requests.rows());
    let load = progress.step("plan and apply under load", nothing_to_say, || {
        load::measure(&subject, options.count, options.rounds)
    })?;
    table.extend(load.rows());

    println!(
        "\n{} {}\n\n{table}",
        subject.host.product(),
        subject.host.version()
    );
    Ok(())
}

/// Measures the stripped executable, as the release profile builds it.
fn size(subject: &Subject) -> Result<Row> {
    let bytes = std::fs::metadata(&subject.provider)?.len();
    Ok(Row::at_most(
        "size of the executable",
        table::MEGABYTE,
        bytes as f64,
        16e6,
    ))
}
