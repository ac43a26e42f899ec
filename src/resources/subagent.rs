//! Agents for special work that the main agent, or an event, hands over to.

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Value};

use super::{hook, shared};
use crate::kind::{Field, Kind, Name, Node, Place, StoreKind};

/// `azuresre_subagent`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "subagent",
        title: "subagent",
        about: "A subagent, also called custom agent: instructions and tools for special work, which \
                the main agent, incident filters, scheduled tasks and HTTP triggers hand over to.",
        notes: vec![
            "Subagents may hand off to each other. The service refuses the name of one that does not \
             exist yet, so the provider writes a subagent without such names first, and adds each as \
             soon as it has created the one that is meant; write those names as text, since references \
             in both directions would be a cycle.",
            "Writing needs the role SRE Agent Administrator or SRE Agent Author. A subagent has at most 80 \
             tools. Naming tools replaces the default ones. Destroying a \
             subagent does not change the filters, tasks and triggers that name it.",
        ],
        store: StoreKind::Named(Name {
            about: "The name, by which others refer to it. A change replaces the subagent.",
            validators: vec![
                shared::name(),
                Validator::text("neither `default` nor `meta_agent`", free_name),
            ],
        }),
        segment: "subagents",
        aliases: &["agents"],
        places: Place::extended("subagents", "/api/v2/extendedAgent/agents", "ExtendedAgent"),
        nodes: [prose(), tools(), behaviour(), vec![hook::of_subagent()]].concat(),
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
            "What it does and how, such as `file(\"subagents/triage.md\")`. Some builds of the service \
             refuse fewer than 50 characters.",
        )
        .required()
        .prose()
        .check(Validator::not_empty())
        .into(),
        Field::string(
            "handoff_description",
            "/handoffDescription",
            "When to hand over to it.",
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
            "The subagents that it may hand over to.",
        ),
        names(
            "tool",
            "tools",
            "/tools",
            "Built-in and custom tools. Without any it has the default ones.",
        ),
        Field::string_set(
            "mcp_tools",
            "/mcpTools",
            "Tools of MCP servers: `connector_tool`, or `connector/*` for all of a connector.",
        )
        .into(),
        names(
            "data_connector",
            "connectors",
            "/connectors",
            "Connectors that are attached to it.",
        ),
        names(
            "common_prompt",
            "common_prompts",
            "/commonPrompts",
            "The names of `azuresre_common_prompt` objects whose text is added to the instructions.",
        ),
        Field::bool(
            "enable_skills",
            "/enableSkills",
            "Whether it may load skills.",
        )
        .empty_means_absent(json!(false))
        .into(),
        names(
            "skill",
            "allowed_skills",
            "/allowedSkills",
            "The skills that it may load, with `enable_skills`; all of them if none is named.",
        ),
        Field::bool(
            "add_system_skills",
            "/addSystemSkills",
            "Whether the skills of the service are added.",
        )
        .empty_means_absent(json!(false))
        .into(),
    ]
}

fn behaviour() -> Vec<Node> {
    vec![
        Field::string(
            "agent_type",
            "/agentType",
            "How it acts: `Review`, `Autonomous` or `ReadOnly`. Newer builds of the service drop it \
             without a word; the provider warns then.",
        )
        .may_be_dropped()
        .known_values(&["Review", "Autonomous", "ReadOnly"])
        .into(),
        Field::string("model", "/model", "The model.")
            .empty_means_absent(json!(""))
            .into(),
        Field::string(
            "llm_model_name",
            "/llmModelName",
            "The model, for builds of the service that call it so.",
        )
        .empty_means_absent(json!(""))
        .into(),
        Field::number("temperature", "/temperature", "The temperature of the model, such as `0.2`.")
            .into(),
        Field::bool(
            "allow_parallel_tool_calls",
            "/allowParallelToolCalls",
            "Whether it may use several tools at a time.",
        )
        .default(json!(true))
        .into(),
        Field::number(
            "max_reflection_count",
            "/maxReflectionCount",
            "How often it may think its answer over.",
        )
        .default(json!(0))
        .check(Validator::between(0, 1_000))
        .into(),
        Field::string(
            "custom_reflection_note",
            "/customReflectionNote",
            "What it is told when it thinks its answer over.",
        )
        .empty_means_absent(json!(""))
        .prose()
        .into(),
        Field::string(
            "critic_prompt_path",
            "/criticPromptPath",
            "The prompt of the critic.",
        )
        .empty_means_absent(json!(""))
        .into(),
        Field::bool(
            "critic_on_handoff",
            "/criticOnHandoff",
            "Whether the critic looks at handoffs.",
        )
        .empty_means_absent(json!(false))
        .into(),
        Field::bool(
            "enable_vanilla_mode",
            "/enableVanillaMode",
            "Whether it works with its own instructions alone.",
        )
        .default(json!(false))
        .into(),
    ]
}

fn free_name(name: &str) -> Result<(), String> {
    match ["default", "meta_agent"].contains(&name) {
        true => Err(format!(
            "`{name}` stands for the main agent; choose another name."
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
        let detail = "Skills are named and not enabled: set `enable_skills = true`.";
        diagnostics.push(Diagnostic::warning("Skills have no effect", detail).at("allowed_skills"));
    }
}

fn check_model(config: &Value, diagnostics: &mut Diagnostics) {
    if config.get("model").is_known() && config.get("llm_model_name").is_known() {
        let detail = "Set either `model` or `llm_model_name`, whichever the service knows.";
        diagnostics
            .push(Diagnostic::error("The model is given twice", detail).at("llm_model_name"));
    }
}
