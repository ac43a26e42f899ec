//! Objects of this provider under another provider address.

use std::fs;
use std::path::Path;

use rstest::rstest;
use test_support::Action;

use crate::world::{AGENT, On, World};

const SKILL: &str = r#"
resource "azuresre_skill" "triage" {
  COUNT
  agent_id    = "AGENT"
  name        = "triage"
  description = "Finds causes."
  content     = "Compare the last hour with the same hour yesterday."
}
"#;

/// Terraform requests a move as soon as something else in the address changes, such as a `count`.
#[rstest]
fn state_of_another_provider_address_is_taken_over(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::with_agent(&host);
        let skill = SKILL.replace("AGENT", AGENT);
        world.configure(&skill.replace("  COUNT\n", ""));
        world.workspace.apply().unwrap();
        let file = world.workspace.dir().join("terraform.tfstate");
        let state = fs::read_to_string(&file).unwrap();
        let other = state.replace("/azuresre/azuresre", "/contoso/azuresre");
        assert_ne!(state, other);
        fs::write(&file, other).unwrap();
        // The provider that has written the state must be installed.
        let mirror = world
            .workspace
            .dir()
            .with_file_name("mirror")
            .join(host.registry());
        copy(&mirror.join("azuresre"), &mirror.join("contoso"));
        world.configure(&skill.replace("COUNT", "count = 1"));
        world.workspace.init().unwrap();
        let plan = world.workspace.plan().unwrap();
        assert_eq!(
            plan.action("azuresre_skill.triage[0]"),
            Some(Action::NoOp),
            "{}",
            plan.output
        );
        world.workspace.apply().unwrap();
        world.workspace.plan().unwrap().expect_empty().unwrap();
        world.workspace.destroy().unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.unwrap().file_name()),
        );
        match from.is_dir() {
            true => copy(&from, &to),
            false => drop(fs::copy(from, to).unwrap()),
        }
    }
}
