//! The cases: what exists, what is run, and the goals.

use std::env;
use std::fs;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::builds::{Contender, Role};
use super::fixture::{Fixture, Measured, Setting};
use super::report::{Reach, Row, Unit};
use super::seed;

/// A user's task to measure.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    work: Work,
    /// The other provider that supports the same task.
    peer: Option<Role>,
    rows: &'static [Figure],
}

/// What exists, and what is measured.
#[derive(Clone, Copy, Debug)]
enum Work {
    /// A plan without changes of so many skills.
    Plan(u32),
    /// The same plan while the service answers without a delay.
    PlanAtOnce(u32),
    /// A targeted plan of one of so many objects.
    Target(u32),
    /// A plan of so many documents, and then their destruction.
    Documents(u32),
    /// The creation of so many connectors.
    Install { connectors: u32, conflicts: bool },
    /// A plan of so many skills on the data plane, with a slow program for signing in.
    SignIn(u32),
}

/// A line of the report.
#[derive(Debug)]
struct Figure {
    what: &'static str,
    /// The index of the command that it measures.
    command: usize,
    unit: Unit,
    of: fn(&Measured) -> f64,
    reach: &'static [Reach],
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "skills-1000",
        work: Work::Plan(1000),
        peer: Some(Role::Azapi),
        rows: &[
            time(
                0,
                "plan of 1,000 skills, nothing to change",
                &[Reach::OfOther(0.22), Reach::OfPeer(0.1)],
            ),
            requests(0, "its requests", &[]),
        ],
    },
    Case {
        name: "skills-200",
        work: Work::Plan(200),
        peer: Some(Role::Azapi),
        rows: &[time(0, "the same with 200", &[Reach::OfOther(0.30)])],
    },
    Case {
        name: "skills-30",
        work: Work::Plan(30),
        peer: Some(Role::Azapi),
        rows: &[time(0, "the same with 30", &[Reach::OfOther(0.75)])],
    },
    Case {
        name: "documents",
        work: Work::Documents(200),
        peer: None,
        rows: &[
            time(
                0,
                "plan of 200 knowledge documents, 50 a page",
                &[Reach::OfOther(0.15)],
            ),
            requests(0, "its requests", &[Reach::AtMost(12.0)]),
            time(1, "destruction of the same", &[]),
            requests(1, "its requests", &[Reach::AtMost(450.0)]),
        ],
    },
    Case {
        name: "connectors",
        work: Work::Install {
            connectors: 4,
            conflicts: false,
        },
        peer: Some(Role::Azapi),
        rows: &[time(
            0,
            "four connectors whose installation takes 8 s",
            &[Reach::OfOther(0.31)],
        )],
    },
    Case {
        name: "connectors-in-turn",
        work: Work::Install {
            connectors: 4,
            conflicts: true,
        },
        peer: None,
        rows: &[time(
            0,
            "the same where the service takes one at a time",
            // As long as before, except for rounding errors of the emulator's clock, which has
            // whole seconds.
            &[Reach::OfOther(1.05)],
        )],
    },
    Case {
        name: "sign-in",
        work: Work::SignIn(5),
        peer: None,
        rows: &[time(
            0,
            "plan on the data plane, `az` takes 0.8 s",
            &[Reach::OfOther(0.6)],
        )],
    },
    Case {
        name: "load-1000",
        work: Work::PlanAtOnce(1000),
        peer: Some(Role::Null),
        rows: &[
            time(0, "plan of 1,000 skills, answered at once", &[]),
            Figure {
                what: "its processor time, of Terraform and provider",
                command: 0,
                unit: Unit::Seconds,
                of: |measured| measured.processor.as_secs_f64(),
                reach: &[Reach::OfPeer(0.77)],
            },
            memory("its peak of memory", &[Reach::AtMost(25e6)]),
        ],
    },
    Case {
        name: "load-5000",
        work: Work::PlanAtOnce(MANY),
        peer: None,
        rows: &[
            time(0, "plan of 5,000 skills, answered at once", &[]),
            memory("its peak of memory", &[Reach::AtMost(60e6)]),
        ],
    },
    Case {
        name: "target",
        work: Work::Target(MANY),
        peer: None,
        rows: &[
            time(0, "plan of one of 5,000, by `-target`", &[]),
            // One request for the agent that it refers to, and one for itself.
            requests(0, "its requests", &[Reach::AtMost(2.0)]),
        ],
    },
];

const PLAN: [&str; 4] = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
const TARGET: &str = "-target=azuresre_skill.bench[7]";
const APPLY: [&str; 4] = ["apply", "-auto-approve", "-input=false", "-no-color"];
const DESTROY: [&str; 4] = ["destroy", "-auto-approve", "-input=false", "-no-color"];

/// A number that few agents reach.
const MANY: u32 = 5000;

/// The duration of an installation in seconds.
const INSTALLATION: u32 = 8;

const fn time(command: usize, what: &'static str, reach: &'static [Reach]) -> Figure {
    Figure {
        what,
        command,
        unit: Unit::Seconds,
        of: |measured| measured.elapsed.as_secs_f64(),
        reach,
    }
}

const fn requests(command: usize, what: &'static str, reach: &'static [Reach]) -> Figure {
    Figure {
        what,
        command,
        unit: Unit::Requests,
        of: |measured| measured.requests as f64,
        reach,
    }
}

const fn memory(what: &'static str, reach: &'static [Reach]) -> Figure {
    Figure {
        what,
        command: 0,
        unit: Unit::Megabytes,
        of: |measured| measured.memory as f64,
        reach,
    }
}

impl Case {
    /// Returns the number of rounds. Terraform itself takes a minute for thousands of objects.
    pub(super) fn rounds(&self, wanted: u32) -> u32 {
        match self.work {
            Work::Target(_) | Work::PlanAtOnce(MANY) => 1,
            _ => wanted,
        }
    }

    /// Returns whether a contender supports the task.
    pub(super) fn is_for(&self, role: Role) -> bool {
        [Role::This, Role::Other].contains(&role) || self.peer == Some(role)
    }

    /// Creates what must exist before the measurement.
    pub(super) fn prepare(&self, setting: &Setting, contender: &Contender) -> Result<Fixture> {
        let role = contender.role;
        let mut fixture = Fixture::new(setting, contender, self.work.config(role))?;
        match self.work {
            Work::Plan(count) | Work::PlanAtOnce(count) | Work::Target(count) => match role {
                Role::This | Role::Other => seed::skills(&mut fixture, count)?,
                Role::Azapi | Role::Null => {
                    fixture.count(count);
                    fixture.apply()?;
                }
            },
            Work::Documents(count) => {
                fixture
                    .emulator
                    .put("profile", &json!({ "memory_page_size": 50 }))?;
                fixture.count(count);
            }
            Work::Install { conflicts, .. } => {
                fixture
                    .emulator
                    .put("profile", &json!({ "connector_conflicts": conflicts }))?;
            }
            Work::SignIn(count) => {
                sign_in_slowly(&mut fixture)?;
                fixture.count(count);
                fixture.apply()?;
                seed::let_age(&fixture)?;
            }
        }
        Ok(fixture)
    }

    /// Runs the task once, and returns the measurement of each command.
    pub(super) fn run(&self, fixture: &mut Fixture) -> Result<Vec<Measured>> {
        Ok(match self.work {
            Work::Plan(_) | Work::SignIn(_) => vec![fixture.wait_for(&PLAN)?],
            Work::PlanAtOnce(_) => vec![fixture.run(&PLAN)?],
            Work::Target(_) => {
                let mut plan = PLAN.to_vec();
                plan.push(TARGET);
                vec![fixture.wait_for(&plan)?]
            }
            Work::Documents(_) => {
                fixture.apply()?;
                seed::let_age(fixture)?;
                vec![fixture.wait_for(&PLAN)?, fixture.wait_for(&DESTROY)?]
            }
            Work::Install { connectors, .. } => {
                let by_looks = json!({ "connector_polls": 0, "retry_after_seconds": 0 });
                fixture.emulator.put("profile", &by_looks)?;
                fixture.count(0);
                fixture.apply()?;
                let by_the_clock = json!({
                    "connector_polls": 1_000_000,
                    "operation_seconds": INSTALLATION,
                    "retry_after_seconds": 1,
                });
                fixture.emulator.put("profile", &by_the_clock)?;
                fixture.count(connectors);
                vec![fixture.wait_for(&APPLY)?]
            }
        })
    }

    /// Returns the rows of the report, from the medians of the measurements.
    pub(super) fn rows(&self, measured: &[(Role, Vec<Vec<Measured>>)]) -> Vec<Row> {
        let rows = self.rows.iter();
        rows.filter_map(|figure| {
            let by = |wanted: Role| {
                let (_, rounds) = measured.iter().find(|(role, _)| *role == wanted)?;
                let values = rounds.iter().filter_map(|round| round.get(figure.command));
                median(values.map(figure.of).collect())
            };
            Some(Row {
                what: figure.what,
                unit: figure.unit,
                this: by(Role::This)?,
                other: by(Role::Other),
                peer: self.peer.and_then(|peer| Some((peer, by(peer)?))),
                reach: figure.reach,
            })
        })
        .collect()
    }
}

impl Work {
    fn config(self, role: Role) -> &'static str {
        match (self, role) {
            (_, Role::Null) => include_str!("configs/null.tf"),
            (Self::Install { .. }, Role::Azapi) => include_str!("configs/connectors_azapi.tf"),
            (_, Role::Azapi) => include_str!("configs/skills_azapi.tf"),
            (Self::Install { .. }, _) => include_str!("configs/connectors.tf"),
            (Self::Documents(_), _) => include_str!("configs/documents.tf"),
            (Self::SignIn(_), _) => include_str!("configs/sign_in.tf"),
            _ => include_str!("configs/skills.tf"),
        }
    }
}

/// Returns the median. For an even number of values, the larger of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Puts a slow program first in PATH that signs in like `az`.
fn sign_in_slowly(fixture: &mut Fixture) -> Result<()> {
    const TAKES: Duration = Duration::from_millis(800);
    let addresses = fixture.emulator.addresses();
    let script = format!(
        "#!/bin/sh\nsleep {}\necho '{{\"accessToken\": \"{}\", \"expires_on\": 4102444800, \
         \"tokenType\": \"Bearer\"}}'\n",
        TAKES.as_secs_f64(),
        addresses.token
    );
    let variables = [
        ("TF_VAR_arm", fixture.emulator.url().to_owned()),
        ("TF_VAR_authority", addresses.authority_host.clone()),
        ("AZURESRE_EMULATOR", String::new()),
    ];
    let az = fixture.workspace.write("bin/az", script)?;
    #[cfg(unix)]
    fs::set_permissions(&az, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = az.parent().map(ToOwned::to_owned).into_iter();
    let path = env::join_paths(folders.chain(env::split_paths(&path)))?;
    fixture.workspace.env("PATH", path);
    for (name, value) in variables {
        fixture.workspace.env(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_belongs_to_a_command_of_its_case() {
        for case in CASES {
            let commands = match case.work {
                Work::Documents(_) => 2,
                _ => 1,
            };
            assert!(case.rows.iter().all(|row| row.command < commands));
        }
    }

    #[test]
    fn rows_contain_the_medians_side_by_side() {
        let took = |seconds: u64| {
            vec![Measured {
                elapsed: Duration::from_secs(seconds),
                processor: Duration::ZERO,
                requests: 3,
                memory: 0,
            }]
        };
        let measured = [
            (Role::This, vec![took(9), took(1), took(2)]),
            (Role::Azapi, vec![took(30), took(20), took(10)]),
        ];
        let rows = CASES[0].rows(&measured);
        assert_eq!(rows.len(), CASES[0].rows.len());
        assert_eq!((rows[0].this, rows[0].other), (2.0, None));
        assert_eq!(rows[0].peer, Some((Role::Azapi, 20.0)));
    }
}
