//! Data sources that read lists of several pages, and other lookups of an agent.
//! [`crate::lifecycle`] covers the lists of every kind.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{AGENT, World, newest};

/// More objects than fit on a page, of a kind that ARM lists and one in the agent's memory.
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

data "azuresre_common_prompts" "all" {
  agent_id = "AGENT"
}

data "azuresre_knowledge_documents" "all" {
  agent_id = "AGENT"
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

/// Free-form settings of agents, by the suffix of their names.
const SETTINGS: [(u8, &str); 3] = [
    (2, r#"{"EnableHttpTriggers":true}"#),
    (3, r#"{"Limits":{"names":["a",1]}}"#),
    (4, "{}"),
];

#[test]
fn lists_are_read_page_by_page_and_lookups_work() {
    let world = World::with_agent(&newest());
    // Agents with free-form settings of different shapes, and one without any.
    for (number, settings) in SETTINGS {
        let agent = format!("{AGENT}-{number}");
        world.create_agent(&agent);
        let settings: Value = serde_json::from_str(settings).unwrap();
        let change = json!({ "properties": { "experimentalSettings": settings } });
        world.change_on_arm("PATCH", &agent, &change);
    }
    let prompt = json!({ "type": "CommonPrompt", "properties": { "prompt": "Be kind." } });
    world.change_on_data_plane("/api/v2/extendedAgent/commonprompts/safety", &prompt);
    world.configure(&MORE.replace("AGENT", AGENT));
    world.workspace.apply().unwrap();
    // A list shows new objects with a delay. A refresh waits for each of them.
    world.plans_nothing();
    let lookups = LOOKUPS.replace("AGENT", AGENT);
    world.workspace.write("data.tf", lookups).unwrap();
    world.workspace.apply().unwrap();
    world.plans_nothing();

    let state = world.workspace.show().unwrap();
    let values = |address: &str| {
        state
            .values(address)
            .unwrap_or_else(|| panic!("no {address}"))
    };
    let ids = |address: &str, member: &str| -> BTreeSet<String> {
        let items = values(address)[member].as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let more =
        |end: &str| -> BTreeSet<String> { (0..4).map(|n| format!("more-{n}{end}")).collect() };
    let mut prompts = more("");
    prompts.insert("safety".to_owned());
    assert_eq!(ids("data.azuresre_common_prompts.all", "items"), prompts);
    assert_eq!(ids("data.azuresre_common_prompts.found", "items"), more(""));
    assert_eq!(
        ids("data.azuresre_knowledge_documents.all", "items"),
        more(".md")
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
        values("data.azuresre_knowledge_status.it")["documents_failed"],
        0
    );
    assert_eq!(
        values("data.azuresre_knowledge_status.it")["memory"]["documentRetrievalEnabled"],
        true
    );
}
