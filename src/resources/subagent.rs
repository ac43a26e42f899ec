//! Specialized agents to which the main agent, or an event, hands over work.

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Value};

use super::{hook, shared};
use crate::kind::{Field, Kind, Name, Node, Place, StoreKind};

/// Returns the kind of `azuresre_subagent`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "subagent",
        title: "subagent",
        about: "A subagent, also called a custom agent: instructions and tools for a special kind \
                of work. The main agent, incident filters, scheduled tasks and HTTP triggers can \
                hand work over to a subagent.",
        notes: vec![
            "Subagents can hand off to each other. Write the names of such subagents as text, \
             because references in both directions would create a cycle. The service rejects the \
             name of a subagent that does not exist yet, so the provider first writes a subagent \
             without such names and adds each name after it has created that subagent.",
            "To create, update or delete a subagent, you need the SRE Agent Administrator or SRE \
             Agent Author role. Destroying a subagent does not change the filters, tasks and \
             triggers that refer to it.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the subagent. Other objects refer to the subagent by this name.",
            validators: vec![
                shared::name(),
                Validator::text("Must not be `default` or `meta_agent`.", free_name),
            ],
        }),
        segment: "subagents",
        aliases: &["agents"],
        places: Place::extended("subagents", "/api/v2/extendedAgent/agents", "ExtendedAgent"),
        nodes: [prose(), tools(), behavior(), vec![hook::of_subagent()]].concat(),
        read_only: &["/id", "/name", "/createdAt"],
        checks: vec![check_skills, check_model, hook::check_subagent],
        siblings: Some("/handoffs"),
        ..Kind::child()
    }
}

fn prose() -> Vec<Node> {
    vec![
        Field::string(
            "instructions",
            "/instructions",
            "Instructions of the subagent, such as `file(\"subagents/triage.md\")`. Some builds of \
             the service reject instructions with fewer than 50 characters.",
        )
        .required()
        .prose()
        .check(Validator::not_empty())
        .into(),
        Field::string(
            "handoff_description",
            "/handoffDescription",
            "Description of the work for which other agents hand over to this subagent.",
        )
        .default(json!(""))
        .prose()
        .into(),
    ]
}

fn tools() -> Vec<Node> {
    let names =
        |kind, name, at, about| -> Node { Field::string_set(name, at, about).naming(kind).into() };
    vec![
        names(
            "subagent",
            "handoffs",
            "/handoffs",
            "Names of the subagents to which this subagent can hand over.",
        ),
        names(
            "tool",
            "tools",
            "/tools",
            "Names of the built-in and custom tools of the subagent, at most 80. A list that is \
             not empty replaces the default tools.",
        ),
        Field::string_set(
            "mcp_tools",
            "/mcpTools",
            "Tools of MCP servers, in the form `connector_tool`, or `connector/*` for all tools of \
             a connector.",
        )
        .into(),
        names(
            "data_connector",
            "connectors",
            "/connectors",
            "Names of the data connectors that the subagent uses.",
        ),
        names(
            "common_prompt",
            "common_prompts",
            "/commonPrompts",
            "Names of the `azuresre_common_prompt` objects whose text the service adds to the \
             instructions.",
        ),
        Field::bool(
            "enable_skills",
            "/enableSkills",
            "Whether the subagent can load skills.",
        )
        .empty_means_absent(json!(false))
        .into(),
        names(
            "skill",
            "allowed_skills",
            "/allowedSkills",
            "Names of the skills that the subagent can load. Requires `enable_skills`. If the list \
             is empty, the subagent can load all skills.",
        ),
        Field::bool(
            "add_system_skills",
            "/addSystemSkills",
            "Whether the subagent can also load the built-in skills of the service.",
        )
        .empty_means_absent(json!(false))
        .into(),
    ]
}

fn behavior() -> Vec<Node> {
    vec![
        Field::string(
            "agent_type",
            "/agentType",
            "Mode in which the subagent acts. Known values are `Review`, `Autonomous` and \
             `ReadOnly`.",
        )
        .may_be_dropped()
        .known_values(&["Review", "Autonomous", "ReadOnly"])
        .into(),
        Field::string("model", "/model", "Name of the model.")
            .when_set("Conflicts with `llm_model_name`.")
            .empty_means_absent(json!(""))
            .into(),
        Field::string(
            "llm_model_name",
            "/llmModelName",
            "Name of the model, for builds of the service that use this name for the argument.",
        )
        .when_set("Conflicts with `model`.")
        .empty_means_absent(json!(""))
        .into(),
        Field::number(
            "temperature",
            "/temperature",
            "Temperature of the model, such as `0.2`.",
        )
        .into(),
        Field::bool(
            "allow_parallel_tool_calls",
            "/allowParallelToolCalls",
            "Whether the subagent can use several tools at the same time.",
        )
        .default(json!(true))
        .into(),
        Field::number(
            "max_reflection_count",
            "/maxReflectionCount",
            "Maximum number of times that the subagent reflects on its answer.",
        )
        .default(json!(0))
        .check(Validator::between(0, 1_000))
        .into(),
        Field::string(
            "custom_reflection_note",
            "/customReflectionNote",
            "Additional instructions for the reflection.",
        )
        .empty_means_absent(json!(""))
        .prose()
        .into(),
        Field::string(
            "critic_prompt_path",
            "/criticPromptPath",
            "Path of the prompt of the critic.",
        )
        .empty_means_absent(json!(""))
        .into(),
        Field::bool(
            "critic_on_handoff",
            "/criticOnHandoff",
            "Whether the critic reviews handoffs.",
        )
        .empty_means_absent(json!(false))
        .into(),
        Field::bool(
            "enable_vanilla_mode",
            "/enableVanillaMode",
            "Whether the subagent works only with its own instructions.",
        )
        .default(json!(false))
        .into(),
    ]
}

fn free_name(name: &str) -> Result<(), String> {
    match ["default", "meta_agent"].contains(&name) {
        true => Err(format!(
            "`{name}` refers to the main agent. Choose another name."
        )),
        false => Ok(()),
    }
}

fn check_skills(config: &Value, diagnostics: &mut Diagnostics) {
    let named = config.get("allowed_skills").elements();
    let off = matches!(
        config.get("enable_skills"),
        Value::Null | Value::Bool(false)
    );
    if named.is_some_and(|named| !named.is_empty()) && off {
        let detail =
            "`allowed_skills` has no effect while skills are disabled. Set `enable_skills = true`.";
        diagnostics.push(Diagnostic::warning("Skills are disabled", detail).at("allowed_skills"));
    }
}

fn check_model(config: &Value, diagnostics: &mut Diagnostics) {
    if config.get("model").is_known() && config.get("llm_model_name").is_known() {
        let detail = "Set either `model` or `llm_model_name`, depending on which one your build of \
                      the service supports.";
        diagnostics.push(
            Diagnostic::error("Conflicting arguments for the model", detail).at("llm_model_name"),
        );
    }
}
