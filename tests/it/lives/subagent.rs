//! The life of a subagent.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};
use crate::world::World;

const FULL: &str = r#"
  name                      = "triage"
  instructions              = "Compare the last hour with the same hour of yesterday, and tell.\n"
  handoff_description       = "Hand slow requests over."
  handoffs                  = ["helper"]
  tools                     = ["RunAzCliReadCommands", "PlotBarChart"]
  mcp_tools                 = ["tickets_search"]
  connectors                = ["tickets"]
  common_prompts            = ["safety"]
  enable_skills             = true
  allowed_skills            = ["triage"]
  add_system_skills         = true
  agent_type                = "Review"
  model                     = "gpt-5"
  temperature               = 0.2
  allow_parallel_tool_calls = false
  max_reflection_count      = 2
  custom_reflection_note    = "Think again."
  critic_prompt_path        = "critic.md"
  critic_on_handoff         = true
  enable_vanilla_mode       = true
  hooks = {
    pre_tool_use = [{
      command         = { command = "python3 guard.py" }
      matcher         = "*"
      timeout_seconds = 60
      fail_mode       = "Block"
    }]
    stop = [{
      prompt         = { prompt = "Is it done? $ARGUMENTS" }
      max_rejections = 5
    }]
  }
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r#"
  name         = "triage"
  instructions = "Compare the last hour with the same hour of the week before, and tell.\n"
"#;
const REMOVED: &[&str] = &[
    "add_system_skills",
    "additional_properties",
    "agent_type",
    "allow_parallel_tool_calls",
    "allowed_skills",
    "common_prompts",
    "connectors",
    "critic_on_handoff",
    "critic_prompt_path",
    "custom_reflection_note",
    "enable_skills",
    "enable_vanilla_mode",
    "handoff_description",
    "handoffs",
    "hooks",
    "max_reflection_count",
    "mcp_tools",
    "model",
    "temperature",
    "tools",
];

pub(super) fn life() -> Life {
    Life {
        kind: "subagent",
        key: "/subagents/triage",
        collection: "/api/v2/extendedAgent/agents",
        prepare: |world| {
            ["helper", "another"]
                .iter()
                .for_each(|name| add(world, name))
        },
        full: FULL.to_owned(),
        update: (
            FULL.replace("yesterday", "the week before")
                .replace("= 0.2", "= 0.5")
                .replace(", \"PlotBarChart\"", "")
                .replace("= 5\n", "= 6\n"),
            &["hooks.stop", "instructions", "temperature", "tools"],
        ),
        writes: &[("PUT", "/triage")],
        drift,
        seen: &[
            "add_system_skills",
            "additional_properties.owner.team",
            "allow_parallel_tool_calls",
            "allowed_skills",
            "common_prompts",
            "connectors",
            "critic_on_handoff",
            "critic_prompt_path",
            "custom_reflection_note",
            "enable_skills",
            "enable_vanilla_mode",
            "handoff_description",
            "handoffs",
            "hooks.post_tool_use",
            "hooks.pre_tool_use",
            "hooks.stop",
            "instructions",
            "max_reflection_count",
            "mcp_tools",
            "model",
            "temperature",
            "tools",
        ],
        repaired: vec![
            ("/properties/handoffs", json!(["helper"])),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (BARE.to_owned(), REMOVED),
        emptied: vec![
            ("/properties/handoffs", json!([])),
            ("/properties/tools", json!([])),
            ("/properties/allowParallelToolCalls", json!(true)),
            ("/properties/temperature", Value::Null),
            ("/properties/owner", Value::Null),
            ("/properties/unmanaged", json!("kept")),
        ],
        replacement: Replacement::Of(FULL.replace("\"triage\"\n", "\"triage-2\"\n"), &["name"]),
        // This build of the service loses the type.
        unreadable: &["additional_properties", "agent_type"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}

/// Another subagent, which nobody manages.
fn add(world: &World, name: &str) {
    let properties = json!({ "instructions": "x".repeat(60), "handoffs": [] });
    let subagent = json!({ "type": "ExtendedAgent", "properties": properties });
    world.change_on_data_plane(&format!("/api/v2/extendedAgent/agents/{name}"), &subagent);
}

fn drift(world: &World) {
    let hook = |prompt: &str| json!([{ "type": "prompt", "prompt": prompt, "matcher": "*" }]);
    let change = json!({
        "instructions": "Do something else that takes at least as many characters.",
        "handoffDescription": "Another one.",
        "handoffs": ["another"],
        "tools": [],
        "mcpTools": ["another"],
        "connectors": [],
        "commonPrompts": ["another"],
        "enableSkills": false,
        "allowedSkills": [],
        "addSystemSkills": false,
        "model": "another",
        "temperature": 1,
        "allowParallelToolCalls": true,
        "maxReflectionCount": 9,
        "customReflectionNote": "Another one.",
        "criticPromptPath": "another.md",
        "criticOnHandoff": false,
        "enableVanillaMode": false,
        "hooks": {
            "PreToolUse": hook("Another one?"),
            "PostToolUse": hook("Another one?"),
            "Stop": [],
        },
        "owner": { "team": "another" },
    });
    world.change_members("/api/v2/extendedAgent/agents/triage", &change);
}
