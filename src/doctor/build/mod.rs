//! Detection of the behavior of this build of the service, as a profile of the emulator.
//!
//! Most switches are detected by reading. With write probes, the doctor first creates objects with
//! reserved names, in each of the ways that distinguish builds, and deletes them afterwards.

mod cleaning;
mod exchange;
mod facts;
mod objects;
mod probes;
mod readings;
mod switches;
mod tells;

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value as Json};

use self::facts::Facts;
use self::readings::Readings;
use self::switches::SWITCHES;
use super::Options;
use super::check::{Finding, Seen};
use super::report::Report;
use super::scene::Scene;
use crate::kind::Plane;

/// The result for a switch.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) switch: &'static str,
    /// The observed value. `None` if the switch keeps its default.
    pub(super) value: Option<Json>,
    /// The observation, or the reason why there is none.
    pub(super) why: String,
}

/// The member of a profile with comments for readers.
const COMMENT: &str = "$comment";

/// Returns the switches that reading detects, and those that write probes detect.
pub(super) fn told() -> (Vec<&'static str>, Vec<&'static str>) {
    let read = SWITCHES.iter().filter(|switch| switch.read.is_some());
    let probed = SWITCHES.iter().filter(|switch| switch.is_probed());
    (
        read.map(|switch| switch.name).collect(),
        probed.map(|switch| switch.name).collect(),
    )
}

/// Detects the switches, reports them, and writes the profile.
///
/// # Errors
/// Returns an error if the report or the file cannot be written.
pub(super) async fn examine(
    options: &Options,
    scene: &mut Scene,
    report: &mut Report<'_>,
) -> io::Result<()> {
    let has_agent = scene.agent.is_some() && scene.client.is_some();
    if !has_agent {
        return report.note(
            "Without an agent, the doctor cannot find out how the build of the service behaves.",
        );
    }
    let mut facts = Facts::default();
    let probed = options.write_probes && is_confirmed(options, scene, report)?;
    if probed {
        let left = cleaning::clean(scene).await;
        report_remaining(report, &left)?;
        if left.is_empty() {
            probes::write(scene, &mut facts).await;
        }
    }
    if let Some(seen) = plane(scene, &facts) {
        report.finding(Finding {
            check: "plane-probe",
            seen,
        })?;
    }
    let readings = Readings::gather(scene).await;
    if probed {
        let left = cleaning::clean(scene).await;
        report_remaining(report, &left)?;
    }
    if options.profile.is_none() && !probed {
        return Ok(());
    }
    let mut members = Map::new();
    let mut comments = BTreeMap::new();
    for switch in SWITCHES {
        let seen = facts
            .take(switch.name)
            .or_else(|| switch.read.and_then(|read| read(&readings)));
        let line = match seen {
            Some((value, why)) => {
                members.insert(switch.name.to_owned(), value.clone());
                comments.insert(switch.name, format!("seen: {why}"));
                Line {
                    switch: switch.name,
                    value: Some(value),
                    why,
                }
            }
            None => {
                let why = format!("keeps {}: {}", switch.default, switch.otherwise);
                comments.insert(switch.name, why.clone());
                Line {
                    switch: switch.name,
                    value: None,
                    why,
                }
            }
        };
        report.line(line)?;
    }
    let Some(path) = &options.profile else {
        return Ok(());
    };
    let mut profile = Map::new();
    let comments = comments
        .into_iter()
        .map(|(name, why)| (name.to_owned(), Json::from(why)));
    profile.insert(COMMENT.to_owned(), Json::Object(comments.collect()));
    profile.extend(members);
    let text = format!("{:#}\n", Json::Object(profile));
    std::fs::write(path, text).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot write {}: {error}", path.display()),
        )
    })?;
    report.note(format!(
        "The profile is in {}. To use it, run `azuresre-emulator --profile {}`.",
        path.display(),
        path.display()
    ))
}

/// Returns what the probes have shown about the planes that accept objects.
fn plane(scene: &Scene, facts: &Facts) -> Option<Seen> {
    let takes = facts.get("tenant")? == "internal";
    Some(match (takes, scene.plane) {
        (true, _) => Seen::passed("ARM accepts objects inside agents"),
        (false, Plane::DataPlane) => Seen::passed(
            "ARM rejects objects inside agents, and the provider manages them on the data plane",
        ),
        (false, Plane::Arm) => Seen::failed("ARM rejects objects inside agents in this tenant")
            .block("plane", "\"data_plane\""),
    })
}

/// Lists all probe objects, and returns whether the user has confirmed their creation.
fn is_confirmed(options: &Options, scene: &Scene, report: &mut Report<'_>) -> io::Result<bool> {
    if !report.has_passed("data-plane") {
        report.note(
            "The doctor does not create anything, because the check of the data plane did not \
             pass.",
        )?;
        return Ok(false);
    }
    let agent = scene
        .agent
        .as_ref()
        .map(|agent| agent.name())
        .unwrap_or_default();
    let is_confirmed = options.confirm.as_deref() == Some(agent);
    let verb = match is_confirmed {
        true => "the doctor creates and deletes",
        false => "the doctor would create and delete",
    };
    report.note(format!("On the agent {agent}, {verb} these objects:"))?;
    for object in objects::OBJECTS {
        report.note(format!("  {} {:?}", object.title, object.name))?;
    }
    report.note(format!(
        "  HTTP trigger {:?}, which the doctor disables before it calls the URL",
        objects::TRIGGER
    ))?;
    if !is_confirmed {
        report.note(format!(
            "Nothing has been created. To create and delete these objects, add `--confirm {agent}`."
        ))?;
    }
    Ok(is_confirmed)
}

fn report_remaining(report: &mut Report<'_>, left: &[String]) -> io::Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    report.note(format!(
        "The doctor could not delete these objects. The next run with --write-probes tries again: \
         {}",
        left.join(", ")
    ))
}
