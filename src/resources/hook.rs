//! Hooks of an agent, or of a subagent.

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::shared;
use crate::kind::{Field, Kind, Name, Node, OneOf, Place, StoreKind, Variant, below};

/// The maximum size of a script in bytes.
const SCRIPT: usize = 64 * 1024;

/// Returns the kind of `azuresre_hook`.
pub(super) fn kind() -> Kind {
    let event = Field::string(
        "event_type",
        "/eventType",
        "Event that runs the hook. Known values are `PreToolUse`, `PostToolUse`, `Stop` and \
         `Start`. The product documentation describes only `PostToolUse` and `Stop`.",
    )
    .required()
    .known_values(&["PreToolUse", "PostToolUse", "Stop", "Start"]);
    let activation = Field::string(
        "activation_mode",
        "/activationMode",
        "Activation of the hook. Known values are `always`, and `onDemand` or `on-demand` for a \
         hook that users activate in a thread.",
    )
    .default(json!("always"))
    .semantic_equality(same_mode)
    .known_values(&["always", "onDemand", "on-demand"]);
    let decision = Field::string(
        "permission_decision",
        "/permissionDecision",
        "Decision of a `PreToolUse` hook. Known values are `allow` and `deny`.",
    )
    .may_be_dropped()
    .known_values(&["allow", "deny"]);
    let enabled = Field::bool("enabled", "/enabled", "Whether the hook is enabled.")
        .when_set(
            "Some builds of the service ignore this argument. On such a build, destroy the hook to \
             stop it.",
        )
        .default(json!(true))
        .may_be_dropped();
    let mut nodes = vec![
        event.into(),
        activation.into(),
        shared::description("Description of the hook."),
        decision.into(),
        enabled.into(),
    ];
    nodes.extend(below("/hook", check(true)));
    Kind {
        name: "hook",
        title: "hook",
        about: "A hook of an agent: a check that runs in every thread and every subagent, before \
                or after the agent uses a tool, or before the agent stops.",
        notes: vec![
            "To create, update or delete a hook, you need the SRE Agent Administrator role. A hook \
             that you destroy stops running immediately.",
            "A hook that allows a tool overrides `deny` of `azuresre_tool_permissions`. If a \
             `Stop` hook rejects without a reason, the service treats this as an approval.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the hook.",
            validators: vec![
                shared::name(),
                Validator::pattern(
                    "^[-A-Za-z0-9_]+$",
                    "letters, digits, hyphens and underscores",
                ),
                Validator::text("Must not begin with `system__`.", |name| {
                    match name.starts_with("system__") {
                        true => Err(
                            "Names with the prefix `system__` are reserved for the service."
                                .to_owned(),
                        ),
                        false => Ok(()),
                    }
                }),
            ],
        }),
        segment: "hooks",
        places: Place::extended("hooks", "/api/v2/extendedAgent/hooks", "GlobalHook"),
        nodes,
        read_only: &["/id", "/name", "/createdAt"],
        checks: vec![check_hook],
        ..Kind::child()
    }
}

/// Returns the attribute `hooks` of a subagent.
pub(super) fn of_subagent() -> Node {
    let list = |name, at, about| -> Node { Field::objects(name, at, about, check(false)).into() };
    Field::object(
        "hooks",
        "/hooks",
        "Hooks that run only in this subagent, after the hooks of the agent.",
        vec![
            list(
                "pre_tool_use",
                "/PreToolUse",
                "Hooks that run before the subagent uses a tool.",
            ),
            list(
                "post_tool_use",
                "/PostToolUse",
                "Hooks that run after the subagent has used a tool.",
            ),
            list("stop", "/Stop", "Hooks that run before the subagent stops."),
        ],
    )
    .empty_means_absent(json!({}))
    .into()
}

/// Checks the hooks of a subagent.
pub(super) fn check_subagent(config: &Value, diagnostics: &mut Diagnostics) {
    let hooks = config.get("hooks");
    for list in ["pre_tool_use", "post_tool_use", "stop"] {
        let items = hooks.get(list).elements().unwrap_or_default();
        for (n, item) in items.into_iter().enumerate() {
            let path = Path::from("hooks").attribute(list).index(n);
            check_command(item, &path, diagnostics);
            if list == "post_tool_use" {
                check_matcher(item, &path, diagnostics);
            }
        }
    }
}

/// Returns the attributes that all hooks have.
fn check(replace: bool) -> Vec<Node> {
    let prompt = vec![
        Field::string(
            "prompt",
            "/prompt",
            "Prompt for the model. Use `$ARGUMENTS` to insert the context as JSON. The model must \
             answer `{\"ok\": true}` or `{\"ok\": false, \"reason\": \"…\"}`.",
        )
        .required()
        .prose()
        .check(Validator::not_empty())
        .into(),
        Field::string(
            "model",
            "/model",
            "Name of the model, such as `ReasoningFast`.",
        )
        .server_chosen()
        .into(),
    ];
    let one = "Exactly one of `command` and `script` must be set.";
    let command = vec![
        Field::string(
            "command",
            "/command",
            "Command line of the program. The program reads JSON from standard input. It answers \
             with `{\"decision\": \"block\", \"reason\": \"…\"}` or with an exit code: `0` allows \
             and `2` blocks.",
        )
        .when_set(one)
        .empty_means_absent(json!(""))
        .code()
        .into(),
        Field::string(
            "script",
            "/script",
            "Script that starts with a first line for bash or python3.",
        )
        .when_set(one)
        .empty_means_absent(json!(""))
        .code()
        .check(Validator::text(
            "Must be at most 64 KB.",
            |script| match script.len() {
                0..=SCRIPT => Ok(()),
                length => Err(format!(
                    "A script must have at most {SCRIPT} bytes. This script has {length}."
                )),
            },
        ))
        .into(),
    ];
    vec![
        Node::OneOf(OneOf {
            title: "hook type",
            tag: "/type".into(),
            variants: vec![
                Variant::new(
                    "prompt",
                    Some("prompt"),
                    "Check by a model that answers a prompt.",
                    prompt,
                ),
                Variant::new("command", Some("command"), "Check by a program.", command),
            ],
            replace,
        }),
        Field::string(
            "matcher",
            "/matcher",
            "Regular expression that must match the whole name of a tool, such as \
             `(delete|remove)_.*`. Use `*` to match every tool. Required for `PostToolUse` hooks.",
        )
        .empty_means_absent(json!(""))
        .into(),
        Field::number(
            "timeout_seconds",
            "/timeout",
            "Timeout of the hook, in seconds.",
        )
        .default(json!(30))
        .check(Validator::between(1, 300))
        .into(),
        Field::string(
            "fail_mode",
            "/failMode",
            "Result of a hook that fails. Known values are `Allow` and `Block`.",
        )
        .default(json!("Allow"))
        .known_values(&["Allow", "Block"])
        .into(),
        Field::number(
            "max_rejections",
            "/maxRejections",
            "Maximum number of times that a `Stop` hook with a prompt may send the agent back to \
             work.",
        )
        .default(json!(3))
        .check(Validator::between(1, 25))
        .into(),
    ]
}

fn check_hook(config: &Value, diagnostics: &mut Diagnostics) {
    check_command(config, &Path::root(), diagnostics);
    let event = config.get("event_type").as_str().unwrap_or_default();
    if event.eq_ignore_ascii_case("PostToolUse") {
        check_matcher(config, &Path::root(), diagnostics);
    }
}

fn check_command(hook: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let command = hook.get("command");
    let (line, script) = (command.get("command"), command.get("script"));
    if !command.is_known() || line.is_unknown() || script.is_unknown() {
        return;
    }
    let given = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    if given(line) == given(script) {
        let detail = "Set exactly one of `command` and `script`.";
        diagnostics.push(
            Diagnostic::error("Invalid combination of arguments", detail)
                .at(path.attribute("command")),
        );
    }
}

fn check_matcher(hook: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let matcher = hook.get("matcher");
    if matcher.is_null() || matcher.as_str() == Some("") {
        let detail = "A `PostToolUse` hook without a `matcher` does not match any tool. Set \
                      `matcher`. To match every tool, use `*`.";
        diagnostics
            .push(Diagnostic::error("Missing matcher", detail).at(path.attribute("matcher")));
    }
}

/// Compares modes. `on-demand` in YAML of the portal is `onDemand` in the API.
fn same_mode(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| Some(value.as_str()?.replace('-', "").to_ascii_lowercase());
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}
