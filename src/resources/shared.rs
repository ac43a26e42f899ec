//! Attributes that several kinds share.

use std::time::Duration;

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{Field, Node, Prerequisite, Wanted};

/// The incident platform of an agent, as seen by the part of the service that handles incidents. A
/// change on ARM arrives there after half a minute to five minutes.
pub(super) const PLATFORM: Prerequisite = Prerequisite {
    what: "incident platform",
    path: "/api/v1/incidentPlayground/incidentPlatformType",
    shown_at: "/incidentPlatformType",
    wanted: Wanted::At("/incidentPlatform"),
    asked_at: "/properties/incidentManagementConfiguration/type",
    remedy: "Set `incident_management` on the `azuresre_agent` to the platform of the filter, and \
             refer to the agent with `azuresre_agent.<name>.id`.",
    within: Duration::from_secs(5 * 60),
};

/// Checks the name of a child object. The service documents no pattern, and the portal accepts
/// these lengths.
pub(super) fn name() -> Validator {
    Validator::length(1, 128)
}

/// Checks the id of an Azure resource.
pub(super) fn resource_id() -> Validator {
    Validator::pattern("^/subscriptions/[^/]+(/.*)?$", "an Azure resource ID").of_reference()
}

/// Returns the mode of a task, filter or trigger.
pub(super) fn mode() -> Node {
    Field::string(
        "mode",
        "/agentMode",
        "Mode in which the agent acts. Known values are `Review` (the agent asks for approval \
         first), `Autonomous`, `Automatic` and `ReadOnly`.",
    )
    .server_chosen()
    .known_values(&["Review", "Autonomous", "Automatic", "ReadOnly"])
    .into()
}

/// Returns the subagent that does the work.
pub(super) fn subagent(at: &'static str) -> Field {
    Field::string("subagent", at, "Name of the subagent that does the work.")
        .when_set("If you omit this argument, the main agent does the work.")
        .empty_means_absent(json!(""))
        .naming("subagent")
}

/// Returns the prompt for the agent.
pub(super) fn prompt(about: &'static str) -> Node {
    Field::string("prompt", "/agentPrompt", about)
        .required()
        .prose()
        .check(Validator::not_empty())
        .into()
}

/// Returns the attributes in the envelope of a document on the data plane. Public clients use them
/// to mark their own objects, so they only change if they are configured.
pub(super) fn labels() -> Vec<Node> {
    vec![
        Field::string_set(
            "tags",
            "/$envelope/tags",
            "Tags of the object. Clients use them to mark their own objects. Only available on the \
             data plane.",
        )
        .when_set("If you omit this argument, the provider does not change the tags.")
        .server_chosen()
        .null_means(json!([]))
        .may_be_dropped_to_null()
        .into(),
        Field::string(
            "owner",
            "/$envelope/owner",
            "Owner of the object, as text. Only available on the data plane.",
        )
        .when_set("If you omit this argument, the provider does not change the owner.")
        .server_chosen()
        .null_means(json!(""))
        .may_be_dropped_to_null()
        .into(),
    ]
}

/// Returns the description of an object.
pub(super) fn description(about: &'static str) -> Node {
    Field::string("description", "/description", about)
        .empty_means_absent(json!(""))
        .prose()
        .into()
}

/// Checks that free settings are an object without members that have their own argument.
pub(super) fn check_settings(
    settings: &Value,
    typed: &[&str],
    path: Path,
    diagnostics: &mut Diagnostics,
) {
    let settings = match settings {
        Value::Dynamic(inner) => &inner.value,
        other => other,
    };
    let message = match settings {
        Value::Null | Value::Unknown => return,
        Value::Map(members) => match typed.iter().find(|name| members.contains_key(**name)) {
            None => return,
            Some(name) => {
                format!(
                    "`{name}` has its own argument. Set that argument, and remove `{name}` from \
                     the settings."
                )
            }
        },
        _ => "The value must be an object, such as `{ member = \"value\" }`.".to_owned(),
    };
    diagnostics.push(Diagnostic::error("Invalid settings", message).at(path));
}
