//! The recipes in `examples/recipes`: each is applied, changed and destroyed on one plane, and one
//! of them on both, with real Terraform and with the provider and the emulator as programs.
//!
//! - [`fixture`]: an applied recipe, and reads of the service by its own API
//! - [`cases`]: the requirements of each recipe, and a change of it

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod cases;
mod fixture;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rstest::rstest;
use test_support::{Host, Workspace, workspace_dir};

use crate::cases::{CASES, Case};
use crate::fixture::{Fixture, Plane};

/// Other tests cover the planes of every kind. So a recipe is tested on one plane, and the one that
/// contains all kinds with a choice on both.
#[rstest]
#[case("minimal", Plane::Arm)]
#[case("azure-monitor", Plane::Arm)]
#[case("azure-monitor", Plane::DataPlane)]
#[case("pagerduty", Plane::DataPlane)]
#[case("mcp-observability", Plane::Arm)]
#[case("servicenow", Plane::DataPlane)]
#[case("pull-request-guard", Plane::Arm)]
#[case("aws", Plane::DataPlane)]
fn recipe_is_applied_changed_and_destroyed(#[case] folder: &str, #[case] plane: Plane) {
    let case = CASES.iter().find(|case| case.folder == folder).unwrap();
    let fixture = Fixture::new(case, plane);
    fixture.applies();
    (case.holds)(&fixture);
    fixture.keeps_secrets(case.secrets);

    (case.change)(&fixture);
    fixture.plans(case.changed);
    fixture.applies();
    (case.holds_then)(&fixture);

    fixture.destroys_what_the_agent_holds();
    fixture.destroys();
}

#[test]
fn every_recipe_is_tested() {
    let folders: BTreeSet<_> = folders()
        .iter()
        .map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let tested = CASES.iter().map(|Case { folder, .. }| (*folder).to_owned());
    assert_eq!(folders, tested.collect());
    let index = fs::read_to_string(recipes().join("README.md")).unwrap();
    for folder in folders {
        assert!(
            index.contains(&format!("]({folder}/README.md)")),
            "{folder}"
        );
    }
}

/// READMEs show configuration for other providers, which cannot be applied here, but can be parsed.
#[test]
fn sketches_in_readmes_are_formatted() {
    let workspace = Workspace::new(&Host::newest().unwrap()).unwrap();
    let mut sketches = 0;
    for folder in folders() {
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        for sketch in readme.split("```hcl\n").skip(1) {
            let (sketch, _) = sketch.split_once("```").unwrap();
            workspace.write(format!("{sketches}.tf"), sketch).unwrap();
            sketches += 1;
        }
    }
    assert!(sketches >= CASES.len());
    let fmt = ["fmt", "-check", "-diff"];
    workspace.run(fmt).unwrap().success().unwrap();
}

fn recipes() -> PathBuf {
    workspace_dir().join("examples/recipes")
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(recipes()).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect()
}
