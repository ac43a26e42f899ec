//! Ctrl-C while an agent is being created.
#![cfg(unix)]

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use test_support::{Finished, Terminal};

use crate::change::set;
use crate::world::{AGENT, On, World, newest};

const ADDRESS: &str = "azuresre_agent.shop";

/// Terraform itself waits for the provider without end; the provider must not let it.
const QUICK: Duration = Duration::from_secs(30);

/// How long anything may take that is not about an interrupt.
const LIMIT: Duration = Duration::from_secs(120);

#[rstest]
fn an_agent_whose_creation_goes_on_is_kept(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::new(&host);
        // The service has accepted the agent and is being asked how far it is.
        let hold = json!({ "method": "GET", "path": "operation", "plane": "arm", "hold": true });
        let finished = interrupted(&world, &hold);
        assert!(
            !finished.output.contains("Error: Cannot create"),
            "{}",
            finished.output
        );
        assert!(
            finished.output.contains("is not finished yet"),
            "{}",
            finished.output
        );
        assert_eq!(tainted(&world), Some(false), "{}", finished.output);

        let plan = world.workspace.plan().unwrap();
        assert!(!plan.output.contains("replaced"), "{}", plan.output);
        world.workspace.apply().unwrap();
        world.plans_nothing();
        assert_eq!(world.objects(), set(&["agent shop"]));
        assert_eq!(
            world.state(ADDRESS)["agent_endpoint"],
            json!(world.endpoint(AGENT))
        );
        world.destroys(&[]);
    }
}

#[test]
fn an_agent_that_was_written_without_an_answer_is_kept() {
    let world = World::new(&newest());
    let hold =
        json!({ "method": "PUT", "path": "/agents/shop$", "hold": true, "hold_applied": true });
    let finished = interrupted(&world, &hold);
    let failed = finished.output.contains("Error: Cannot create");
    assert_eq!(tainted(&world), Some(failed), "{}", finished.output);

    world.workspace.apply().unwrap();
    world.plans_nothing();
    assert_eq!(world.objects(), set(&["agent shop"]));
}

#[test]
fn a_second_interrupt_ends_everything() {
    let world = World::new(&newest());
    let hold = json!({ "method": "PUT", "path": "/agents/shop$", "hold": true, "count": 0 });
    let (mut terminal, _) = held(&world, &hold);
    terminal.interrupt().unwrap();
    terminal.wait_for("Interrupt received", QUICK).unwrap();
    terminal.interrupt().unwrap();
    // That is when Terraform and the provider have both left the terminal.
    let finished = terminal.finish(QUICK).unwrap();
    assert_ne!(finished.code, Some(0), "{}", finished.output);
}

/// Applies in a terminal and presses Ctrl-C when the emulator holds a request.
fn interrupted(world: &World, fault: &Value) -> Finished {
    let (mut terminal, fault) = held(world, fault);
    terminal.interrupt().unwrap();
    let finished = terminal.finish(QUICK).unwrap();
    assert_eq!(finished.code, Some(1), "{}", finished.output);
    world.emulator.delete(&format!("faults/{fault}")).unwrap();
    finished
}

/// Applies in a terminal until the emulator holds a request: the terminal, and the fault.
fn held(world: &World, fault: &Value) -> (Terminal, Value) {
    world.configure(
        "resource \"azuresre_agent\" \"shop\" {\n name = \"shop\"\n \
         resource_group_name = \"rg-sre\"\n location = \"swedencentral\"\n}\n",
    );
    let fault = world.emulator.post("faults", fault).unwrap()["id"].clone();
    let mut command = world.workspace.command();
    command.args(["apply", "-auto-approve", "-input=false", "-no-color"]);
    let terminal = Terminal::spawn(command).unwrap();
    let wait = format!("faults/{fault}/held?timeout_ms={}", LIMIT.as_millis());
    let held = world.emulator.get(&wait).unwrap();
    assert_eq!(held["held"], 1, "{}", terminal.output());
    (terminal, fault)
}

/// Whether the agent is tainted; none when it is not in state.
fn tainted(world: &World) -> Option<bool> {
    let state = world.workspace.show().unwrap();
    let resource = state.resource(ADDRESS)?;
    Some(
        resource
            .get("tainted")
            .is_some_and(|tainted| tainted == true),
    )
}
