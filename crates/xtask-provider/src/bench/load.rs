//! Planning and applying many objects: skills in the emulator, and as many `terraform_data`.

use std::time::Duration;

use anyhow::Result;
use test_support::{EmulatorProcess, Workspace, installed_provider_name};

use super::Subject;
use super::table::{MEGABYTE, RATIO, Row, median};
use crate::memory::Watch;

/// An agent with a variable number of skills.
const SKILLS: &str = include_str!("skills.tf");

/// The same without a provider: a parent, and objects with one string that refer to it. Objects
/// instead of strings would be slower than a provider, because their types are dynamic.
const FLOOR: &str = include_str!("floor.tf");

/// A workspace with an existing agent and a variable number of skills.
#[derive(Debug)]
pub(super) struct Skills(Workspace);

impl Skills {
    pub(super) fn new(subject: &Subject, emulator: &EmulatorProcess) -> Result<Self> {
        let mut workspace = Workspace::with_provider(&subject.host, &subject.provider)?;
        workspace.require_provider()?;
        workspace.env("AZURESRE_EMULATOR", emulator.url());
        Self::prepare(workspace, SKILLS)
    }

    fn floor(subject: &Subject) -> Result<Self> {
        Self::prepare(Workspace::new(&subject.host)?, FLOOR)
    }

    fn prepare(workspace: Workspace, config: &str) -> Result<Self> {
        let mut skills = Self(workspace);
        skills.count(0);
        skills.text("measured");
        skills.0.write("main.tf", config)?;
        skills.0.init()?;
        skills.0.apply()?;
        Ok(skills)
    }

    pub(super) fn workspace(&self) -> &Workspace {
        &self.0
    }

    /// Sets the number of skills after the next apply.
    pub(super) fn count(&mut self, count: u32) {
        self.0.env("TF_VAR_objects", count.to_string());
    }

    /// Sets the text of the skills.
    pub(super) fn text(&mut self, text: &str) {
        self.0.env("TF_VAR_text", text);
    }
}

/// The medians of both sides.
#[derive(Debug)]
pub(super) struct Load {
    count: u32,
    provider: Times,
    floor: Times,
    peak: u64,
}

#[derive(Debug)]
struct Times {
    plan: Duration,
    apply: Duration,
}

pub(super) fn measure(subject: &Subject, count: u32, rounds: u32) -> Result<Load> {
    let emulator = subject.start_emulator()?;
    let mut floor = Rounds::of(Skills::floor(subject)?);
    let mut provider = Rounds::of(Skills::new(subject, &emulator)?);
    let watch = Watch::start(installed_provider_name());
    // Alternate between both, so that a slow phase of the machine affects both.
    for _ in 0..rounds {
        floor.add(count)?;
        provider.add(count)?;
    }
    let peak = watch.peak()?;
    Ok(Load {
        count,
        provider: provider.medians(),
        floor: floor.medians(),
        peak,
    })
}

impl Load {
    pub(super) fn rows(&self) -> Vec<Row> {
        let Self {
            count,
            provider,
            floor,
            peak,
        } = self;
        let compare = |what: &str, ours: Duration, floor: Duration, limit: f64| {
            let ratio = ours.as_secs_f64() / floor.as_secs_f64();
            let what = format!(
                "{what} ({:.2} s against {:.2} s)",
                ours.as_secs_f64(),
                floor.as_secs_f64()
            );
            Row::at_most(&what, RATIO, ratio, limit)
        };
        vec![
            compare(
                &format!("plan without changes, {count} skills, over `terraform_data`"),
                provider.plan,
                floor.plan,
                2.0,
            ),
            compare(
                &format!("apply of {count} skills, over `terraform_data`"),
                provider.apply,
                floor.apply,
                1.5,
            ),
            Row::only(
                &format!("peak of the resident memory with {count} skills"),
                MEGABYTE.show(*peak as f64),
            ),
        ]
    }
}

/// One side of the comparison, with its times so far.
#[derive(Debug)]
struct Rounds {
    skills: Skills,
    plans: Vec<Duration>,
    applies: Vec<Duration>,
}

impl Rounds {
    fn of(skills: Skills) -> Self {
        Self {
            skills,
            plans: Vec::new(),
            applies: Vec::new(),
        }
    }

    /// Applies, plans, and destroys once.
    fn add(&mut self, count: u32) -> Result<()> {
        self.skills.count(count);
        let apply = self.skills.workspace().apply()?;
        self.applies.push(apply.elapsed);
        // Without saving and decoding a plan, as `Workspace::plan` does.
        let plan = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
        let plan = self.skills.workspace().run(plan)?.success()?;
        self.plans.push(plan.elapsed);
        self.skills.count(0);
        self.skills.workspace().apply_with(&["-refresh=false"])?;
        Ok(())
    }

    fn medians(self) -> Times {
        Times {
            plan: median(self.plans),
            apply: median(self.applies),
        }
    }
}
