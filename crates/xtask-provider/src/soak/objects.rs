//! The objects: agents, and five kinds below them, two on ARM and three on the data plane.

use serde_json::{Value as Json, json};

use super::Scenario;

/// The number of kinds in addition to agents.
pub(super) const KINDS: u32 = 5;

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
const GROUP: &str = "soak";

/// Returns the provider block.
pub(super) fn provider() -> Json {
    json!({ "subscription_id": SUBSCRIPTION })
}

/// Returns the agents: types and configurations.
pub(super) fn agents(scenario: Scenario) -> Vec<(&'static str, Json)> {
    let agent = |n| {
        json!({
            "name": format!("soak-{n}"),
            "resource_group_name": GROUP,
            "location": "swedencentral",
        })
    };
    let agents = (0..scenario.agents).map(|n| ("azuresre_agent", agent(n)));
    agents.collect()
}

/// Returns the objects below them, all of which have this text.
pub(super) fn children(scenario: Scenario, text: &str) -> Vec<(&'static str, Json)> {
    let each = scenario.objects / KINDS;
    let children = (0..each).flat_map(|n| {
        let agent = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.App/agents/soak-{}",
            n % scenario.agents
        );
        of_each_kind(n, text).map(|(kind, mut config)| {
            config["agent_id"] = json!(agent);
            (kind, config)
        })
    });
    children.collect()
}

fn of_each_kind(n: u32, text: &str) -> [(&'static str, Json); KINDS as usize] {
    [
        (
            "azuresre_skill",
            json!({
                "name": format!("skill-{n}"),
                "description": text,
                "content": format!(
                    "# Skill {n}\n\nCompare the last hour with the same hour of the day before: {text}.\n"
                ),
            }),
        ),
        (
            "azuresre_hook",
            json!({
                "name": format!("hook-{n}"),
                "description": text,
                "event_type": "Stop",
                "prompt": { "prompt": "Does the answer name its evidence? If so, answer {\"ok\": true}." },
            }),
        ),
        (
            "azuresre_common_prompt",
            json!({
                "name": format!("prompt-{n}"),
                "plane": "data_plane",
                "prompt": format!("Prompt {n}: {text}."),
            }),
        ),
        (
            "azuresre_tool",
            json!({
                "name": format!("Tool{n}"),
                "plane": "data_plane",
                "description": text,
                "link": { "template": format!("https://example.com/{n}") },
            }),
        ),
        (
            "azuresre_http_trigger",
            json!({
                "name": format!("trigger-{n}"),
                "description": text,
                "prompt": format!("Work on call {n}: {text}."),
            }),
        ),
    ]
}
