//! Messages to agents: what users see, and what an interrupt ends.

use std::time::Duration;

use serde_json::{Value, json};
use test_support::hosts::Product;
use test_support::{Host, Terminal};

use crate::change::unwrapped;
use crate::world::{AGENT, World, newest};

const INVOKE: &str = "-invoke=action.azuresre_message.ask";

/// The time limit for everything. Nothing but an interrupt ends the wait for an answer that never
/// comes.
const LIMIT: Duration = Duration::from_secs(120);

/// Returns a world with an agent that accepts messages, if the host supports actions.
fn world(more: &str) -> Option<World> {
    let host: Host = newest();
    if host.product() != Product::Terraform || !host.at_least(1, 14) {
        return None;
    }
    let world = World::with_agent(&host);
    world.configure(&format!(
        "action \"azuresre_message\" \"ask\" {{\n config {{\n agent_id = \"{AGENT}\"\n \
         text = \"Why is it slow?\"\n {more}\n }}\n}}\n"
    ));
    Some(world)
}

/// Returns the requests whose path has this suffix.
fn requests(world: &World, method: &str, path: &str) -> Vec<Value> {
    let requests = world.emulator.get("requests").unwrap();
    let is_meant = |request: &&Value| {
        let sent = request["path"].as_str().unwrap_or_default();
        request["method"] == method && sent.ends_with(path)
    };
    requests
        .as_array()
        .unwrap()
        .iter()
        .filter(is_meant)
        .cloned()
        .collect()
}

#[test]
fn answer_of_an_agent_is_shown_and_decides_the_result() {
    let Some(world) = world("expect = \"It is not\"") else {
        return;
    };
    for (answer, passes) in [
        ("I look.\nIt is not slow.", true),
        ("I look.\nIt is slow.", false),
    ] {
        let answers = json!({ "answers": { "slow": answer } });
        world.emulator.put("profile", &answers).unwrap();
        world.emulator.delete("requests").unwrap();
        let arguments = [
            "apply",
            "-auto-approve",
            "-input=false",
            "-no-color",
            INVOKE,
        ];
        let run = world.workspace.run(arguments).unwrap();
        let output = unwrapped(&run.output());
        assert_eq!(run.code == Some(0), passes, "{output}");
        assert!(
            output.contains("the agent is working in thread "),
            "{output}"
        );
        assert!(output.contains(&answer.replace('\n', " ")), "{output}");
        let told = output.contains("Unexpected answer");
        assert_eq!(told, !passes, "{output}");
        assert_eq!(requests(&world, "POST", "/api/v1/threads").len(), 1);
        assert_eq!(
            requests(&world, "GET", "/agentHub").len(),
            1,
            "the hub is not heard"
        );
    }
}

#[test]
fn interrupt_ends_the_wait_for_an_answer() {
    let Some(world) = world("") else {
        return;
    };
    // The agent never finishes its answer, for listeners and for readers.
    let silent = json!({ "answer_polls": 1_000_000 });
    world.emulator.put("profile", &silent).unwrap();
    let no_hub = json!({ "path": "/agentHub/negotiate$", "status": 404, "body": {}, "count": 0 });
    world.emulator.post("faults", &no_hub).unwrap();
    let mut command = world.workspace.command();
    command.args([
        "apply",
        "-auto-approve",
        "-input=false",
        "-no-color",
        INVOKE,
    ]);
    let mut terminal = Terminal::spawn(command).unwrap();
    terminal
        .wait_for("the agent is working in thread ", LIMIT)
        .unwrap();
    terminal.interrupt().unwrap();
    let finished = terminal.finish(LIMIT).unwrap();
    let output = unwrapped(&finished.output);
    assert_eq!(finished.code, Some(1), "{output}");
    assert!(output.contains("You interrupted the wait"), "{output}");
    assert!(
        output.contains("The agent continues in thread "),
        "{output}"
    );
    assert_eq!(requests(&world, "POST", "/api/v1/threads").len(), 1);
}
