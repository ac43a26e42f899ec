//! Documents that every agent always has: adopted, shared with other clients, and reset.

use std::thread;

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Action, Run};

use crate::change::{set, unwrapped};
use crate::world::{AGENT, World, newest};

const PERMISSIONS: &str = "azuresre_tool_permissions.all";
const SETTINGS: &str = "/api/v2/agent/settings/global";
const INSTRUCTIONS: &str = "/api/v2/agent/customInstructions";

#[test]
fn singletons_are_adopted_with_a_warning_and_reset_in_the_end() {
    let world = World::with_agent(&newest());
    let before = json!({ "instructions": "What somebody wrote." });
    assert_eq!(world.data_plane("PUT", INSTRUCTIONS, &before).0, 200);
    settle(
        &world,
        &json!({ "allow": ["TheirTool"], "ask": [], "deny": [] }),
        "theirs",
    );

    world.configure(&(permissions("all", "OurTool") + &instructions("all")));
    let run = world.workspace.apply().unwrap();
    let message = unwrapped(&run.output());
    assert_eq!(message.matches("Warning:").count(), 2, "{message}");
    for text in ["What somebody wrote.", "TheirTool", "was replaced"] {
        assert!(message.contains(text), "no {text:?} in:\n{message}");
    }
    world.plans_nothing();
    let stored = world.stored("/settings");
    assert_eq!(stored["permissions"]["allow"], json!(["OurTool"]));
    assert_eq!(stored["unmanaged"], "theirs");

    world.destroys(&["agent shop"]);
    let none = json!({ "allow": [], "ask": [], "deny": [] });
    assert_eq!(
        world.stored("/settings"),
        json!({ "permissions": none, "unmanaged": "theirs" })
    );
    assert_eq!(
        world.stored("/customInstructions"),
        json!({ "instructions": "" })
    );
}

#[test]
fn singleton_cannot_be_managed_twice() {
    let world = World::with_agent(&newest());
    world.configure(&(permissions("all", "OurTool") + &permissions("more", "OurTool")));
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.output());
    assert_eq!(
        message.matches("Two resources manage the").count(),
        1,
        "{message}"
    );
    assert_eq!(world.managed().len(), 1);
}

#[test]
fn singleton_is_written_again_if_unmanaged_members_change() {
    let world = World::with_agent(&newest());
    world.configure(&permissions("all", "OurTool"));
    world.workspace.apply().unwrap();
    world.configure(&permissions("all", "OurOtherTool"));
    let lists = json!({ "allow": ["OurTool"], "ask": [], "deny": [] });
    let run = meanwhile(&world, || settle(&world, &lists, "theirs"));
    run.success().unwrap();
    world.plans_nothing();
    let stored = world.stored("/settings");
    assert_eq!(stored["permissions"]["allow"], json!(["OurOtherTool"]));
    assert_eq!(stored["unmanaged"], "theirs");
}

#[test]
fn concurrent_change_of_a_singleton_is_not_overwritten() {
    let world = World::with_agent(&newest());
    world.configure(&permissions("all", "OurTool"));
    world.workspace.apply().unwrap();
    world.configure(&permissions("all", "OurOtherTool"));
    let lists = json!({ "allow": ["TheirTool"], "ask": [], "deny": [] });
    let run = meanwhile(&world, || settle(&world, &lists, "theirs"));
    let message = unwrapped(&run.failure().unwrap().output());
    assert!(
        message.contains("Cannot update the tool permissions"),
        "{message}"
    );
    assert_eq!(world.stored("/settings")["permissions"], lists);
    world.plans(PERMISSIONS, Action::Update).changes(&["allow"]);
    world.applies();
    assert_eq!(world.objects(), set(&["agent shop"]));
}

/// Applies, and runs `work` between its read and its write.
fn meanwhile(world: &World, work: impl FnOnce()) -> Run {
    let hold = json!({ "method": "PUT", "path": "settings/global", "hold": true });
    let fault = world.emulator.post("faults", &hold).unwrap()["id"].clone();
    thread::scope(|scope| {
        let apply = scope.spawn(|| {
            world
                .workspace
                .run(["apply", "-auto-approve", "-input=false", "-no-color"])
                .unwrap()
        });
        let held = format!("faults/{fault}/held?timeout_ms=120000");
        assert_eq!(world.emulator.get(&held).unwrap()["held"], 1);
        work();
        world
            .emulator
            .post(&format!("faults/{fault}/release"), &Value::Null)
            .unwrap();
        apply.join().unwrap()
    })
}

/// Writes the settings as another client, with a member that Terraform does not manage.
fn settle(world: &World, permissions: &Value, unmanaged: &str) {
    let settings = json!({ "permissions": permissions, "unmanaged": unmanaged }).to_string();
    world.send_bytes(
        Method::PUT,
        AGENT,
        SETTINGS,
        ("application/json", settings.into_bytes()),
    );
}

fn permissions(label: &str, tool: &str) -> String {
    format!(
        "resource \"azuresre_tool_permissions\" \"{label}\" {{\n agent_id = \"{AGENT}\"\n \
         allow = [\"{tool}\"]\n}}\n"
    )
}

fn instructions(label: &str) -> String {
    format!(
        "resource \"azuresre_custom_instructions\" \"{label}\" {{\n agent_id = \"{AGENT}\"\n \
         instructions = \"Be brief.\"\n}}\n"
    )
}
