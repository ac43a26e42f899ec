use serde_json::{Value as Json, json};

use super::{Removal, Row, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    let instructions =
        "You investigate incidents of the database and quote all evidence that you find.";
    let texts = |path, at| row(path, at, json!([["b", "a"], ["a", "c"], []]));
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/extendedAgent/agents",
            stored: "subagents",
        },
        variants: vec![Variant {
            name: "subagent",
            minimal: json!({ "instructions": instructions }),
            rows: vec![
                row(
                    "instructions",
                    "/instructions",
                    json!([
                        format!("{instructions} Then ask."),
                        format!("{instructions}\r\nTell.\n")
                    ]),
                )
                .removal(Removal::Never),
                row(
                    "handoff_description",
                    "/handoffDescription",
                    json!(["Databases.", "Queues."]),
                ),
                row(
                    "handoffs",
                    "/handoffs",
                    json!([["two", "one"], ["one"], []]),
                )
                .alone()
                .bound(),
                texts("tools", "/tools"),
                texts("mcp_tools", "/mcpTools"),
                texts("connectors", "/connectors"),
                texts("common_prompts", "/commonPrompts"),
                row("enable_skills", "/enableSkills", json!([true, false]))
                    .removal(Removal::Default(json!(false)))
                    .alone(),
                row(
                    "allowed_skills",
                    "/allowedSkills",
                    json!([["triage"], ["repair", "triage"], []]),
                )
                .with(json!({ "enable_skills": true })),
                row(
                    "add_system_skills",
                    "/addSystemSkills",
                    json!([true, false]),
                ),
                row(
                    "agent_type",
                    "/agentType",
                    json!(["Review", "Autonomous", "ReadOnly"]),
                )
                .dropped(),
                row("model", "/model", json!(["gpt-5", "gpt-4"])),
                row("llm_model_name", "/llmModelName", json!(["gpt-5", "gpt-4"])).alone(),
                row("temperature", "/temperature", json!([0.2, 1])),
                row(
                    "allow_parallel_tool_calls",
                    "/allowParallelToolCalls",
                    json!([false, true]),
                )
                .removal(Removal::Default(json!(true))),
                row("max_reflection_count", "/maxReflectionCount", json!([2, 0]))
                    .removal(Removal::Default(json!(0))),
                row(
                    "custom_reflection_note",
                    "/customReflectionNote",
                    json!(["Think.", "Think\nmore."]),
                ),
                row(
                    "critic_prompt_path",
                    "/criticPromptPath",
                    json!(["a.md", "b.md"]),
                ),
                row(
                    "critic_on_handoff",
                    "/criticOnHandoff",
                    json!([true, false]),
                ),
                row(
                    "enable_vanilla_mode",
                    "/enableVanillaMode",
                    json!([true, false]),
                )
                .removal(Removal::Default(json!(false))),
                hooks("hooks.pre_tool_use", "/hooks/PreToolUse"),
                hooks("hooks.post_tool_use", "/hooks/PostToolUse"),
                hooks("hooks.stop", "/hooks/Stop"),
            ],
        }],
    }
}

/// Returns a row with a list of hooks of every type and failure mode.
fn hooks(path: &'static str, at: &'static str) -> Row {
    let script = "#!/bin/bash\nexit 0";
    let values = json!([
        [
            { "matcher": "(?s:.*)", "command": { "script": script } },
            { "matcher": "x", "fail_mode": "Block", "prompt": { "prompt": "May it?", "model": "m" } },
        ],
        [
            { "matcher": "*", "fail_mode": "Allow", "command": { "command": "exit 0" } },
        ],
        [],
    ]);
    row(path, at, values).form(|hooks| hooks.as_array().into_iter().flatten().map(hook).collect())
}

/// Returns a hook with its default values.
fn hook(config: &Json) -> Json {
    let mut hook = json!({
        "timeout": 30,
        "failMode": config.get("fail_mode").cloned().unwrap_or_else(|| json!("Allow")),
        "maxRejections": 3,
    });
    for kind in ["prompt", "command"] {
        if let Some(members) = config.get(kind) {
            hook["type"] = json!(kind);
            crate::json::merge(&mut hook, members);
        }
    }
    if let Some(matcher) = config.get("matcher") {
        hook["matcher"] = matcher.clone();
    }
    hook
}
