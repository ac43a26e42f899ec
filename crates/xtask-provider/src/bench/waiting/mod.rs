//! `cargo xtask bench --latency`: how long users wait if the service is not on their own machine.
//!
//! The emulator delays every answer. Each case is run with this build, with another one if
//! requested, and with another provider if there is one that supports the task. They alternate, so
//! that a slow phase of the machine affects all. The ratios are what matters.

mod builds;
mod cases;
mod fixture;
mod processor;
mod report;
mod seed;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use test_support::Host;
use test_support::binaries::{self, Binary};
use test_support::progress::{Progress, nothing_to_say};

use builds::{Contender, Role};
use cases::{CASES, Case};
use fixture::{Measured, Setting};
use report::{Report, Row};

#[derive(Args, Debug)]
#[group(id = "waiting")]
pub(super) struct Options {
    /// Measure with a service that delays every answer by so many milliseconds, instead of
    /// everything else
    #[arg(long, value_name = "MS", num_args = 0..=1, default_missing_value = "60")]
    latency: Option<u64>,

    /// An executable of this provider to compare with
    #[arg(long, value_name = "PATH", requires = "latency")]
    against: Option<PathBuf>,

    /// A commit to compare with, of which a release build is created once
    #[arg(
        long,
        value_name = "REV",
        requires = "latency",
        conflicts_with = "against"
    )]
    against_commit: Option<String>,

    /// The executable of the provider azapi, to compare with in the cases that it supports
    #[arg(long, value_name = "PATH", requires = "latency")]
    azapi: Option<PathBuf>,

    /// The executable of the provider null, to compare the processor time with
    #[arg(long, value_name = "PATH", requires = "latency")]
    null: Option<PathBuf>,

    /// The cases to run [default: all]
    #[arg(long, value_name = "NAME", requires = "latency", value_delimiter = ',')]
    case: Vec<String>,
}

/// Runs the cases if requested. Returns whether they were.
pub(super) fn run(options: &Options, rounds: u32) -> Result<bool> {
    let Some(latency) = options.latency else {
        return Ok(false);
    };
    let cases = options.cases()?;
    let mut progress = Progress::start();
    let contenders = progress.step(
        "build what is compared",
        |contenders: &Vec<Contender>| names(contenders),
        || options.contenders(),
    )?;
    let setting = progress.step("build the emulator, find Terraform", nothing_to_say, || {
        let [emulator] = binaries::with_profile([Binary::Emulator], "release")?;
        Ok(Setting {
            emulator,
            host: Host::default_host()?,
            latency: Duration::from_millis(latency),
        })
    })?;
    let mut report = Report::new(&contenders);
    for case in cases {
        let rows = progress.step(case.name, nothing_to_say, || {
            compare(&setting, case, &contenders, rounds)
        })?;
        report.extend(rows);
    }
    println!(
        "\n{} {}, {latency} ms an answer, the median of {rounds}\n\n{report}",
        setting.host.product(),
        setting.host.version()
    );
    Ok(true)
}

/// Runs a case with all contenders that support its task.
fn compare(
    setting: &Setting,
    case: &Case,
    contenders: &[Contender],
    rounds: u32,
) -> Result<Vec<Row>> {
    let mut running = Vec::new();
    for contender in contenders.iter().filter(|one| case.is_for(one.role)) {
        let fixture = case.prepare(setting, contender)?;
        running.push((contender.role, fixture, Vec::new()));
    }
    for _ in 0..case.rounds(rounds) {
        for (_, fixture, measured) in &mut running {
            measured.push(case.run(fixture)?);
        }
    }
    let measured: Vec<(Role, Vec<Vec<Measured>>)> = running
        .into_iter()
        .map(|(role, _, measured)| (role, measured))
        .collect();
    Ok(case.rows(&measured))
}

fn names(contenders: &[Contender]) -> String {
    let names: Vec<&str> = contenders.iter().map(|one| one.name.as_str()).collect();
    names.join(", ")
}

impl Options {
    fn cases(&self) -> Result<Vec<&'static Case>> {
        let known: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        for name in &self.case {
            ensure!(
                known.contains(&name.as_str()),
                "there is no case {name:?}, but {}",
                known.join(", ")
            );
        }
        let is_wanted =
            |case: &&Case| self.case.is_empty() || self.case.iter().any(|name| name == case.name);
        Ok(CASES.iter().filter(is_wanted).collect())
    }

    /// Returns the contenders. The others are built first, so that this build is the last.
    fn contenders(&self) -> Result<Vec<Contender>> {
        let mut others = Vec::new();
        if let Some(revision) = &self.against_commit {
            others.push(builds::of_commit(revision)?);
        }
        for (role, path) in [
            (Role::Other, &self.against),
            (Role::Azapi, &self.azapi),
            (Role::Null, &self.null),
        ] {
            if let Some(path) = path {
                others.push(builds::at(role, path)?);
            }
        }
        let mut contenders = vec![builds::this()?];
        contenders.extend(others);
        Ok(contenders)
    }
}
