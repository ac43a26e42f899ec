//! The permissions of the caller, as listed by `Microsoft.Authorization/permissions`.
//!
//! On ARM, the caller may do everything. On the data plane, the data actions of the caller's role
//! decide.

use serde_json::{Value, json};

use crate::context::Context;
use crate::http::Answer;
use crate::profile::Role;

const AREAS: &str = "Microsoft.App/agents";

/// Returns whether the segments are those of the list of permissions, on a group or on a resource
/// in one.
pub(super) fn is_list(lower: &[&str]) -> bool {
    lower.len() > 4
        && lower[0] == "subscriptions"
        && lower[2] == "resourcegroups"
        && lower.ends_with(&["providers", "microsoft.authorization", "permissions"])
}

/// Returns the permissions of the caller.
pub(super) fn list(cx: Context<'_>) -> Answer {
    let data_actions: Vec<String> = data_actions(cx.profile.role)
        .iter()
        .map(|action| format!("{AREAS}/{action}"))
        .collect();
    Answer::ok(json!({ "value": [{
        "actions": ["*"],
        "notActions": [],
        "dataActions": data_actions,
        "notDataActions": Value::Array(Vec::new()),
    }] }))
}

/// Returns the data actions of the published definitions.
fn data_actions(role: Role) -> &'static [&'static str] {
    match role {
        Role::Administrator => &["*/read", "*/write", "*/delete", "threads/approve/action"],
        Role::Author => &[
            "threads/read",
            "incidentManagement/read",
            "incidentManagement/write",
            "incidentManagement/delete",
            "extendedAgents/read",
            "extendedAgents/write",
            "extendedAgents/delete",
        ],
        Role::User => &[
            "threads/read",
            "threads/write",
            "graph/read",
            "graph/write",
            "memory/read",
            "memory/write",
            "incidentManagement/read",
            "scheduledtasks/read",
            "scheduledtasks/write",
            "scheduledtasks/delete",
        ],
        Role::Reader => &[
            "threads/read",
            "graph/read",
            "memory/read",
            "incidentManagement/read",
        ],
        Role::None => &[],
    }
}
