//! Checks that an agent passes on its way: of its own, and of one subagent.

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::shared;
use crate::kind::{Field, Kind, Name, Node, OneOf, Place, StoreKind, Variant};

/// The most bytes of a script.
const SCRIPT: usize = 64 * 1024;

/// `azuresre_hook`.
pub(super) fn kind() -> Kind {
    let event = Field::string(
        "event_type",
        "/eventType",
        "When it runs: `PreToolUse`, `PostToolUse`, `Stop` or `Start`. The product documentation \
         knows `PostToolUse` and `Stop` only.",
    )
    .required()
    .known_values(&["PreToolUse", "PostToolUse", "Stop", "Start"]);
    let activation = Field::string(
        "activation_mode",
        "/activationMode",
        "`always`, or `onDemand` for a hook that is switched on in a thread.",
    )
    .default(json!("always"))
    .same(same_mode)
    .known_values(&["always", "onDemand", "on-demand"]);
    let decision = Field::string(
        "permission_decision",
        "/permissionDecision",
        "What a `PreToolUse` hook decides: `allow` or `deny`. Builds of the service that do not know \
         it drop it without a word; the provider warns then.",
    )
    .may_be_dropped()
    .known_values(&["allow", "deny"]);
    let enabled = Field::bool(
        "enabled",
        "/enabled",
        "Whether it runs. Builds of the service that do not know it drop it without a word; the \
         provider warns then. Destroying a hook is what always stops it.",
    )
    .default(json!(true))
    .may_be_dropped();
    let mut nodes = vec![
        event.into(),
        activation.into(),
        shared::description("What the hook is for."),
        decision.into(),
        enabled.into(),
    ];
    nodes.extend(check("/hook", true));
    Kind {
        name: "hook",
        title: "hook",
        about: "A hook of an agent: a check that runs in every thread and every subagent, before or \
                after a tool is used, or before the agent stops.",
        notes: vec![
            "Only an SRE Agent Administrator may write hooks. Destroying a hook ends its check at once. A hook that allows a tool overrides \
             `deny` of `azuresre_tool_permissions`; a rejection by a `Stop` hook without a reason counts as \
             approval.",
            "The service keeps the type of a hook for good: a change from `prompt` to `command` or \
             back replaces it.",
        ],
        store: StoreKind::Named(Name {
            about: "The name. A change replaces the hook.",
            validators: vec![
                shared::name(),
                Validator::pattern(
                    "^[-A-Za-z0-9_]+$",
                    "letters, digits, hyphens and underscores",
                ),
                Validator::text("without the prefix `system__`", |name| {
                    match name.starts_with("system__") {
                        true => {
                            Err("Names with the prefix `system__` are the service's.".to_owned())
                        }
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

/// The attribute `hooks` of a subagent.
pub(super) fn of_subagent() -> Node {
    let list =
        |name, at, about| -> Node { Field::objects(name, at, about, check("", false)).into() };
    Field::object(
        "hooks",
        "/hooks",
        "Hooks that run in this subagent only, after those of the agent.",
        vec![
            list("pre_tool_use", "/PreToolUse", "Before a tool is used."),
            list("post_tool_use", "/PostToolUse", "After a tool was used."),
            list("stop", "/Stop", "Before the subagent stops."),
        ],
    )
    .empty_means_absent(json!({}))
    .into()
}

/// Complaints about the hooks of a subagent.
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

/// What is checked, and how: the members of a hook proper. `base` is where the object is.
fn check(base: &'static str, replace: bool) -> Vec<Node> {
    // Pointers of declarations are constants; there are two places only.
    let at = |own: &'static str, agent: &'static str| if base.is_empty() { own } else { agent };
    let prompt = vec![
        Field::string(
            "prompt",
            at("/prompt", "/hook/prompt"),
            "What the model is asked; `$ARGUMENTS` stands for the context as JSON. It answers \
             `{\"ok\": true}` or `{\"ok\": false, \"reason\": \"…\"}`.",
        )
        .required()
        .prose()
        .check(Validator::not_empty())
        .into(),
        Field::string(
            "model",
            at("/model", "/hook/model"),
            "The model, such as `ReasoningFast`. The service chooses if it is not given, and its choice \
             stays when the argument is removed.",
        )
        .server_chosen()
        .into(),
    ];
    let command = vec![
        Field::string(
            "command",
            at("/command", "/hook/command"),
            "A command line. It reads JSON on its standard input and answers with `{\"decision\": \
             \"block\", \"reason\": \"…\"}` or an exit code: 0 allows, 2 blocks.",
        )
        .empty_means_absent(json!(""))
        .code()
        .into(),
        Field::string(
            "script",
            at("/script", "/hook/script"),
            "A script of at most 64 KB with a first line for bash or python3, in place of `command`.",
        )
        .empty_means_absent(json!(""))
        .code()
        .check(Validator::text("at most 64 KB", |script| match script.len() {
            0..=SCRIPT => Ok(()),
            length => Err(format!("A script has at most {SCRIPT} bytes; this one has {length}.")),
        }))
        .into(),
    ];
    vec![
        Node::OneOf(OneOf {
            title: "hook type",
            tag: at("/type", "/hook/type"),
            variants: vec![
                Variant::new("prompt", Some("prompt"), "A question to a model.", prompt),
                Variant::new("command", Some("command"), "A program.", command),
            ],
            replace,
        }),
        Field::string(
            "matcher",
            at("/matcher", "/hook/matcher"),
            "A regular expression that the whole name of a tool must match, such as \
             `(delete|remove)_.*`; `*` means every tool. `PostToolUse` needs one.",
        )
        .empty_means_absent(json!(""))
        .into(),
        Field::number(
            "timeout_seconds",
            at("/timeout", "/hook/timeout"),
            "How long it may take, from 1 to 300 seconds.",
        )
        .default(json!(30))
        .check(Validator::between(1, 300))
        .into(),
        Field::string(
            "fail_mode",
            at("/failMode", "/hook/failMode"),
            "What its failure means: `Allow` or `Block`.",
        )
        .default(json!("Allow"))
        .known_values(&["Allow", "Block"])
        .into(),
        Field::number(
            "max_rejections",
            at("/maxRejections", "/hook/maxRejections"),
            "How often a `Stop` hook with a prompt may send the agent back, from 1 to 25.",
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
            Diagnostic::error("The program of the hook is not clear", detail)
                .at(path.attribute("command")),
        );
    }
}

fn check_matcher(hook: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let matcher = hook.get("matcher");
    if matcher.is_null() || matcher.as_str() == Some("") {
        let detail = "A `PostToolUse` hook without a matcher matches no tool. Set `matcher`; `*` means \
                      every tool.";
        diagnostics.push(
            Diagnostic::error("The hook would never run", detail).at(path.attribute("matcher")),
        );
    }
}

/// `on-demand` of the portal's YAML is `onDemand`.
fn same_mode(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| Some(value.as_str()?.replace('-', "").to_ascii_lowercase());
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}
