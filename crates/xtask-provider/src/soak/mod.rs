//! `cargo xtask soak`: thousands of objects, under one agent and under many, with low and high
//! parallelism, and with a service that throttles.
//!
//! Every run applies, plans, changes, and destroys, each with a separate process like Terraform,
//! and checks the emulator after each step: every object exists exactly once, and none in the end.
//! The host is `plugin-host`, which makes the calls of Terraform in their order, without
//! Terraform's own time, which dominates with thousands of objects.

mod census;
mod crowd;
mod objects;
mod report;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::json;
use test_support::EmulatorProcess;
use test_support::binaries::{self, Binary};
use test_support::progress::{Progress, nothing_to_say};
use tokio::runtime;

use crowd::Crowd;
use objects::KINDS;
use report::Report;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The total number of objects, under one agent and then under many
    #[arg(long, default_value_t = 5000)]
    objects: u32,

    /// The number of agents in the runs with many
    #[arg(long, default_value_t = 50)]
    agents: u32,

    /// The total number of objects while the service throttles
    #[arg(long, default_value_t = 500)]
    throttled: u32,

    /// The number of requests per second that this service answers
    #[arg(long, default_value_t = 10)]
    requests_per_second: u32,

    /// The number of concurrent operations
    #[arg(long, value_delimiter = ',', default_value = "10,50")]
    parallelism: Vec<u32>,
}

/// One run.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    agents: u32,
    /// All objects except the agents.
    objects: u32,
    parallelism: u32,
    /// Unlimited if 0.
    requests_per_second: u32,
}

/// The measurements of one run.
#[derive(Debug)]
struct Outcome {
    apply: Phase,
    plan: Phase,
    change: Phase,
    destroy: Phase,
    requests: usize,
    refused: usize,
}

/// One pass over all objects: its duration, and the peak memory of the provider, in bytes.
#[derive(Clone, Copy, Debug)]
struct Phase {
    elapsed: Duration,
    memory: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut progress = Progress::start();
    let [provider, emulator] =
        progress.step("build provider and emulator", nothing_to_say, || {
            binaries::with_profile(Binary::ALL, "release")
        })?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::default();
    for scenario in options.scenarios()? {
        let outcome = progress.step(&scenario.to_string(), Outcome::to_string, || {
            let emulator = EmulatorProcess::start_binary(&emulator, &[])?;
            let crowd = Crowd::new(&provider, emulator.url(), scenario);
            runtime.block_on(soak(&emulator, crowd, scenario))
        })?;
        report.add(scenario, &outcome);
    }
    println!("\n{report}");
    Ok(())
}

impl Options {
    fn scenarios(&self) -> Result<Vec<Scenario>> {
        let many = self.agents * KINDS;
        let whole = self.objects.is_multiple_of(many) && self.throttled.is_multiple_of(KINDS);
        ensure!(
            whole,
            "--objects must be a multiple of {many} (kinds and agents), --throttled one of {KINDS}"
        );
        let of = |agents, objects, requests_per_second| {
            let parallelism = self.parallelism.iter();
            parallelism.map(move |parallelism| Scenario {
                agents,
                objects,
                parallelism: *parallelism,
                requests_per_second,
            })
        };
        let free = of(1, self.objects, 0).chain(of(self.agents, self.objects, 0));
        let throttled = of(1, self.throttled, self.requests_per_second);
        Ok(free.chain(throttled).collect())
    }
}

async fn soak(
    emulator: &EmulatorProcess,
    mut crowd: Crowd<'_>,
    scenario: Scenario,
) -> Result<Outcome> {
    let limit = json!({ "requests_per_second": scenario.requests_per_second });
    emulator.put("profile", &limit)?;
    let exactly_once = |text: &str| {
        census::exactly_once(emulator, scenario, text).with_context(|| scenario.to_string())
    };
    let apply = crowd.apply("first").await?;
    exactly_once("first")?;
    let plan = crowd.plan_nothing("first").await?;
    let change = crowd.apply("second").await?;
    exactly_once("second")?;
    let destroy = crowd.destroy().await?;
    census::nothing_left(emulator)?;
    let (requests, refused) = census::requests(emulator)?;
    Ok(Outcome {
        apply,
        plan,
        change,
        destroy,
        requests,
        refused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options = Options {
        objects: 5000,
        agents: 50,
        throttled: 500,
        requests_per_second: 10,
        parallelism: Vec::new(),
    };

    #[test]
    fn runs_cover_all_numbers_of_agents_parallelisms_and_throttling() {
        let options = Options {
            parallelism: vec![10, 50],
            ..OPTIONS
        };
        let scenarios = options.scenarios().unwrap();
        let seen: Vec<_> = scenarios
            .iter()
            .map(|one| {
                (
                    one.agents,
                    one.objects,
                    one.parallelism,
                    one.requests_per_second,
                )
            })
            .collect();
        let expected = [
            (1, 5000, 10, 0),
            (1, 5000, 50, 0),
            (50, 5000, 10, 0),
            (50, 5000, 50, 0),
            (1, 500, 10, 10),
            (1, 500, 50, 10),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn number_of_objects_must_be_divisible_by_agents_and_kinds() {
        let uneven = Options {
            objects: 5001,
            ..OPTIONS
        };
        assert!(uneven.scenarios().is_err());
    }
}
