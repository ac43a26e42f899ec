//! `cargo xtask soak`: thousands of objects, under one agent and under many, with few and many at a
//! time, and with a service that throttles.
//!
//! Every run applies, plans, changes, and destroys, and looks into the emulator after each: every
//! object is there exactly once, and none in the end.

mod census;
mod report;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::json;
use test_support::{EmulatorProcess, Workspace, installed_provider_name};

use crate::memory::Watch;
use crate::progress::Progress;
use crate::subject::Subject;
use report::Report;

/// Agents, and as many objects of each of five kinds under them as one likes.
const OBJECTS: &str = include_str!("objects.tf");
/// The kinds in it besides agents.
const KINDS: u32 = 5;
/// How long one command may take: ten thousand requests at ten a second, and room to spare.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How many objects there are in all, under one agent and then under many
    #[arg(long, default_value_t = 5000)]
    objects: u32,

    /// How many agents are many
    #[arg(long, default_value_t = 50)]
    agents: u32,

    /// How many objects there are in all while the service throttles
    #[arg(long, default_value_t = 500)]
    throttled: u32,

    /// How many requests in a second that service answers
    #[arg(long, default_value_t = 10)]
    requests_per_second: u32,

    /// How many objects Terraform works on at a time
    #[arg(long, value_delimiter = ',', default_value = "10,50")]
    parallelism: Vec<u32>,
}

/// One run.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    agents: u32,
    /// All objects but the agents.
    objects: u32,
    parallelism: u32,
    /// No limit is 0.
    requests_per_second: u32,
}

/// What one run took.
#[derive(Debug)]
struct Outcome {
    apply: Phase,
    plan: Phase,
    change: Phase,
    destroy: Phase,
    requests: usize,
    refused: usize,
}

/// One command: its time, and the most memory of the provider, in bytes.
#[derive(Clone, Copy, Debug)]
struct Phase {
    elapsed: Duration,
    memory: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut progress = Progress::start();
    let subject = Subject::prepare(&mut progress)?;
    let mut report = Report::default();
    for scenario in options.scenarios()? {
        let outcome = progress.step(&scenario.to_string(), Outcome::to_string, || {
            soak(&subject, scenario)
        })?;
        report.add(scenario, &outcome);
    }
    let host = &subject.host;
    println!("\n{} {}\n\n{report}", host.product(), host.version());
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

fn soak(subject: &Subject, scenario: Scenario) -> Result<Outcome> {
    let emulator = subject.start_emulator()?;
    let limit = json!({ "requests_per_second": scenario.requests_per_second });
    emulator.put("profile", &limit)?;
    let mut workspace = workspace(subject, &emulator, scenario)?;
    let parallelism = format!("-parallelism={}", scenario.parallelism);
    let exactly_once = |emulator: &EmulatorProcess, text: &str| {
        census::exactly_once(emulator, scenario, text).with_context(|| scenario.to_string())
    };

    let apply = phase(|| workspace.apply_with(&[&parallelism]).map(drop))?;
    exactly_once(&emulator, "first")?;
    let plan = phase(|| {
        let plan = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
        let plan = plan.into_iter().chain([parallelism.as_str()]);
        // A plan with changes is no success with this exit code.
        workspace.run(plan)?.success().map(drop)
    })?;
    workspace.env("TF_VAR_text", "second");
    let change = phase(|| workspace.apply_with(&[&parallelism]).map(drop))?;
    exactly_once(&emulator, "second")?;
    let destroy = phase(|| {
        let destroyed = workspace.apply_with(&["-destroy", &parallelism]);
        destroyed.map(drop)
    })?;
    census::nothing_left(&emulator)?;
    let (requests, refused) = census::requests(&emulator)?;
    Ok(Outcome {
        apply,
        plan,
        change,
        destroy,
        requests,
        refused,
    })
}

fn workspace(
    subject: &Subject,
    emulator: &EmulatorProcess,
    scenario: Scenario,
) -> Result<Workspace> {
    let mut workspace = Workspace::with_provider(&subject.host, &subject.provider)?;
    workspace.require_provider()?;
    workspace.limit(LIMIT);
    let each = scenario.objects / KINDS / scenario.agents;
    workspace
        .env("AZURESRE_EMULATOR", emulator.url())
        .env("TF_VAR_agents", scenario.agents.to_string())
        .env("TF_VAR_objects", each.to_string())
        .env("TF_VAR_text", "first");
    workspace.write("main.tf", OBJECTS)?;
    workspace.init()?;
    Ok(workspace)
}

fn phase(work: impl FnOnce() -> Result<()>) -> Result<Phase> {
    let watch = Watch::start(installed_provider_name());
    let started = Instant::now();
    let result = work();
    let elapsed = started.elapsed();
    let memory = watch.peak();
    result?;
    Ok(Phase {
        elapsed,
        memory: memory?,
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
    fn every_number_of_agents_runs_with_every_parallelism_and_throttled() {
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
    fn objects_that_cannot_be_shared_out_are_refused() {
        let uneven = Options {
            objects: 5001,
            ..OPTIONS
        };
        assert!(uneven.scenarios().is_err());
    }
}
