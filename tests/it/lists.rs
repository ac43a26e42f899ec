//! Data sources: every object by itself, all objects of a kind, and what else an agent tells.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};

use crate::lives;
use crate::world::{AGENT, World, newest};

/// More objects than a page has, of a kind that ARM lists and one that the agent's memory does.
const MORE: &str = r#"
resource "azuresre_common_prompt" "more" {
  count    = 4
  agent_id = "AGENT"
  name     = "more-${count.index}"
  prompt   = "Be brief."
}

resource "azuresre_knowledge_document" "more" {
  count    = 4
  agent_id = "AGENT"
  name     = "more-${count.index}.md"
  content  = "More."
}
"#;

const LOOKUPS: &str = r#"
data "azuresre_agents" "all" {
  resource_group_name = "rg-sre"
}

data "azuresre_common_prompts" "found" {
  agent_id = "AGENT"
  plane    = "data_plane"
  search   = "more"
}

data "azuresre_agent_usage" "it" {
  agent_id = "AGENT"
}

data "azuresre_available_tools" "it" {
  agent_id = "AGENT"
}

data "azuresre_github_oauth" "it" {
  agent_id = "AGENT"
}

data "azuresre_knowledge_status" "it" {
  agent_id = "AGENT"
}
"#;

/// Free settings of agents, by the ends of their names.
const SETTINGS: [(u8, &str); 3] = [
    (2, r#"{"EnableHttpTriggers":true}"#),
    (3, r#"{"Limits":{"names":["a",1]}}"#),
    (4, "{}"),
];

/// Kinds that have no list.
const UNLISTED: [&str; 4] = [
    "custom_instructions",
    "repo_instructions",
    "tool_enablement",
    "tool_permissions",
];
/// What differs between an object and what is read of it: arguments of the provider, what the
/// service loses, what is on its way, and what only a configuration asks for.
const NOT_READ: [&str; 8] = [
    "additional_properties",
    "agent_type",
    "clone_status",
    "enabled",
    "permission_decision",
    "scan_status",
    "settings",
    "timeouts",
];

#[rstest]
fn everything_is_listed_and_looked_up(#[values("arm", "data_plane")] plane: &str) {
    let world = World::with_agent(&newest());
    world.configure_provider(&format!("plane = \"{plane}\""));
    // Agents whose free settings have different shapes, and one that has none.
    for (number, settings) in SETTINGS {
        let agent = format!("{AGENT}-{number}");
        world.create_agent(&agent);
        let settings: Value = serde_json::from_str(settings).unwrap();
        let change = json!({ "properties": { "experimentalSettings": settings } });
        world.change_on_arm("PATCH", &agent, &change);
    }
    // Texts are read as the service spells them.
    world
        .emulator
        .put("profile", &json!({ "crlf": false }))
        .unwrap();
    let kinds = lives::all();
    lives::prepare(&world, &kinds);
    world.configure(&(lives::configuration(&kinds) + &MORE.replace("AGENT", AGENT)));
    world.workspace.apply().unwrap();
    // A list shows new objects a little later; a refresh waits for each of them.
    world.plans_nothing();
    let sources: String = kinds.iter().map(|life| source(life.kind)).collect();
    let lookups = LOOKUPS.replace("AGENT", AGENT);
    world
        .workspace
        .write("data.tf", sources + &lookups)
        .unwrap();
    world.workspace.apply().unwrap();
    world.plans_nothing();

    let state = world.workspace.show().unwrap();
    let values = |address: &str| {
        state
            .values(address)
            .unwrap_or_else(|| panic!("no {address}"))
    };
    for life in &kinds {
        let managed = values(&format!("azuresre_{}.it", life.kind));
        let read = values(&format!("data.azuresre_{}.it", life.kind));
        same(life.kind, read, managed);
        if UNLISTED.contains(&life.kind) {
            continue;
        }
        let items = values(&format!("data.azuresre_{}s.all", life.kind))["items"].as_array();
        let found = items
            .unwrap()
            .iter()
            .find(|item| item["id"] == managed["id"]);
        same(life.kind, found.unwrap_or(&Value::Null), managed);
    }

    let ids = |address: &str, member: &str| -> BTreeSet<String> {
        let items = values(address)[member].as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let more =
        |end: &str| -> BTreeSet<String> { (0..4).map(|n| format!("more-{n}{end}")).collect() };
    let with = |name: &str, end: &str| -> BTreeSet<String> {
        more(end).into_iter().chain([name.to_owned()]).collect()
    };
    assert_eq!(
        ids("data.azuresre_common_prompts.all", "items"),
        with("safety", "")
    );
    assert_eq!(ids("data.azuresre_common_prompts.found", "items"), more(""));
    assert_eq!(
        ids("data.azuresre_knowledge_documents.all", "items"),
        with("restart.md", ".md")
    );
    let agents = ["shop", "shop-2", "shop-3", "shop-4"].map(str::to_owned);
    assert_eq!(ids("data.azuresre_agents.all", "items"), agents.into());
    for (number, settings) in SETTINGS {
        let agents = values("data.azuresre_agents.all")["items"].as_array();
        let name = format!("shop-{number}");
        let agent = agents.unwrap().iter().find(|agent| agent["name"] == *name);
        let shown = &agent.unwrap()["experimental_settings"];
        let wanted = Some(settings).filter(|settings| *settings != "{}");
        assert_eq!(*shown, json!(wanted), "{name}");
    }
    assert!(ids("data.azuresre_available_tools.it", "tools").contains("PlotBarChart"));
    assert_eq!(
        values("data.azuresre_agent_usage.it")["usages"][0]["limit"],
        10_000
    );
    assert_eq!(
        values("data.azuresre_agent_usage.it")["daily_usages"][0]["value"],
        150.5
    );
    let oauth = values("data.azuresre_github_oauth.it")["oauth_url"]
        .as_str()
        .unwrap();
    assert!(oauth.starts_with("https://github.com/"), "{oauth}");
    assert_eq!(
        values("data.azuresre_knowledge_status.it")["indexer"]["lastExecution"]["documentsFailed"],
        0
    );
    assert_eq!(
        values("data.azuresre_knowledge_status.it")["memory"]["documentRetrievalEnabled"],
        true
    );
}

/// The data source of the object, and that of all of its kind.
fn source(kind: &str) -> String {
    let agent = format!("agent_id = \"{AGENT}\"");
    let named = !["custom_instructions", "tool_permissions"].contains(&kind);
    let name = if named {
        format!("name = azuresre_{kind}.it.name")
    } else {
        String::new()
    };
    let one = format!("data \"azuresre_{kind}\" \"it\" {{\n {agent}\n {name}\n}}\n");
    match UNLISTED.contains(&kind) {
        true => one,
        false => format!("{one}data \"azuresre_{kind}s\" \"all\" {{\n {agent}\n}}\n"),
    }
}

/// Expects what was read to be as it is managed.
fn same(kind: &str, read: &Value, managed: &Value) {
    let read = read
        .as_object()
        .unwrap_or_else(|| panic!("no {kind} is listed"));
    for (name, value) in read {
        // Who reads ARM need not have access to the data plane, where these are.
        if name == "custom_instructions" && managed["plane"] == "arm" {
            assert_eq!(*value, Value::Null);
        } else if !NOT_READ.contains(&name.as_str()) {
            assert_eq!(*value, managed[name], "{name} of the {kind}");
        }
    }
}
