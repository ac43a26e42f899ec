//! Subagents that hand over to each other, so that none can be created first.

use rstest::rstest;
use serde_json::json;
use test_support::Action;

use crate::world::{AGENT, World, newest};

/// A part of the warning about missing subagents.
const WARNING: &str = "refers to objects that do not exist";

#[rstest]
#[case("arm", 10)]
#[case("data_plane", 1)]
fn subagents_that_refer_to_each_other_are_created_in_one_run(
    #[case] plane: &str,
    #[case] parallel: usize,
) {
    let world = World::with_agent(&newest());
    world.configure_provider(&format!("plane = \"{plane}\""));
    world.configure(&[subagent("triage", "repair"), subagent("repair", "triage")].concat());
    let option = format!("-parallelism={parallel}");
    let run = world.workspace.apply_with(&[&option]).unwrap();
    // Without parallelism, the first subagent cannot know that the other one follows.
    let warnings = if parallel == 1 { 1 } else { 0 };
    assert_eq!(
        run.output().matches(WARNING).count(),
        warnings,
        "{}",
        run.output()
    );
    world.plans_nothing();
    for (name, other) in [("triage", "repair"), ("repair", "triage")] {
        let stored = world.stored(&format!("/subagents/{name}"));
        assert_eq!(stored["properties"]["handoffs"], json!([other]));
    }
    world.destroys(&["agent shop"]);
}

#[rstest]
fn reference_to_a_missing_subagent_is_reported(#[values("arm", "data_plane")] plane: &str) {
    let world = World::with_agent(&newest());
    world.configure_provider(&format!("plane = \"{plane}\""));
    world.configure(&subagent("triage", "nobody"));
    let run = world.workspace.apply().unwrap();
    assert_eq!(run.output().matches(WARNING).count(), 1, "{}", run.output());
    let address = "azuresre_subagent.triage";
    world.plans(address, Action::Update).changes(&["handoffs"]);

    // Once it exists, it can be referenced by name.
    let after = "depends_on = [azuresre_subagent.nobody]\n handoffs";
    let waiting = subagent("triage", "nobody").replace("handoffs", after);
    world.configure(&(waiting + &subagent("nobody", "nobody")));
    let run = world.workspace.apply().unwrap();
    assert!(!run.output().contains(WARNING), "{}", run.output());
    world.plans_nothing();
}

fn subagent(name: &str, other: &str) -> String {
    let instructions = "x".repeat(60);
    format!(
        "resource \"azuresre_subagent\" \"{name}\" {{\n agent_id = \"{AGENT}\"\n name = \"{name}\"\n \
         instructions = \"{instructions}\"\n handoffs = [\"{other}\"]\n}}\n"
    )
}
