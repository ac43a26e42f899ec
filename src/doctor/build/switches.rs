//! The switches of the emulator's profile, and how they are detected.

use super::facts::Fact;
use super::readings::Readings;
use super::tells;

/// A switch.
#[derive(Debug)]
pub(super) struct Switch {
    /// The name of the member in the profile.
    pub(super) name: &'static str,
    /// The default value, as JSON.
    pub(super) default: &'static str,
    /// The function that detects the value by reading, if that is possible.
    pub(super) read: Option<fn(&Readings) -> Option<Fact>>,
    /// The reason why the value was not detected.
    pub(super) otherwise: &'static str,
}

const NO_OBJECT: &str = "the agent has no object that shows it";
const PROBES: &str = "run the doctor with --write-probes to find out";
const NEW_AGENT: &str = "only creating or changing an agent shows it";
const CONVERSATION: &str = "only a conversation shows it";
const LOAD: &str = "only load shows it";
const REAL_TIME: &str = "it counts requests, but the service depends on time";

const fn read(
    name: &'static str,
    default: &'static str,
    read: fn(&Readings) -> Option<Fact>,
    otherwise: &'static str,
) -> Switch {
    Switch {
        name,
        default,
        read: Some(read),
        otherwise,
    }
}

const fn unread(name: &'static str, default: &'static str, otherwise: &'static str) -> Switch {
    Switch {
        name,
        default,
        read: None,
        otherwise,
    }
}

impl Switch {
    /// Returns whether write probes detect the value.
    pub(super) fn is_probed(&self) -> bool {
        self.otherwise == PROBES
    }
}

/// All switches, in the order of the emulator's table.
pub(super) const SWITCHES: &[Switch] = &[
    read("tenant", "\"internal\"", tells::tenant, PROBES),
    read(
        "tenant_refusal_status",
        "400",
        tells::tenant_refusal,
        PROBES,
    ),
    read("store", "\"one\"", tells::store, PROBES),
    read(
        "api_versions",
        "[\"2025-05-01-preview\",\"2026-01-01\"]",
        tells::api_versions,
        "cannot read the resource provider",
    ),
    read(
        "unknown_members",
        "\"dropped\"",
        tells::unknown_members,
        NEW_AGENT,
    ),
    unread("unlisted_values", "\"stored\"", NEW_AGENT),
    unread("agent_age", "0", NEW_AGENT),
    unread("agent_polls", "0", NEW_AGENT),
    unread("connector_polls", "0", REAL_TIME),
    unread("operation_seconds", "60", REAL_TIME),
    unread("late_conflicts", "0", NEW_AGENT),
    unread("retry_after_seconds", "0", NEW_AGENT),
    unread("operation_conflicts", "true", NEW_AGENT),
    unread("connector_conflicts", "false", REAL_TIME),
    unread("visibility_lag", "0", PROBES),
    read("mask_connectors", "true", tells::mask_connectors, NO_OBJECT),
    read(
        "mask_bearer_tokens",
        "false",
        tells::mask_bearer_tokens,
        NO_OBJECT,
    ),
    read(
        "base64_bodies",
        "\"completed\"",
        tells::base64_bodies,
        PROBES,
    ),
    read("null_lists", "false", tells::null_lists, NO_OBJECT),
    read("task_state", "\"status\"", tells::task_state, NO_OBJECT),
    read(
        "skill_text",
        "\"skill_md_content\"",
        tells::skill_text,
        NO_OBJECT,
    ),
    read("mcp_headers", "\"kept\"", tells::mcp_headers, PROBES),
    read(
        "crlf",
        "false",
        tells::crlf,
        "no text has more than one line",
    ),
    read("list_glitch", "false", tells::list_glitch, PROBES),
    read(
        "page_size",
        "0",
        tells::page_size,
        "no list has a second page",
    ),
    unread("requests_per_second", "0", LOAD),
    unread("starting_requests", "0", NEW_AGENT),
    unread("starting_status", "503", NEW_AGENT),
    unread("forbidden_requests", "0", NEW_AGENT),
    unread("platform_polls", "0", NEW_AGENT),
    read(
        "quickstart_plan",
        "\"quickstart_handler\"",
        tells::quickstart_plan,
        "no incident filter has a name that the service assigns",
    ),
    read(
        "role",
        "\"administrator\"",
        tells::role,
        "your read permissions do not match a built-in role",
    ),
    read(
        "empty_forbidden",
        "false",
        tells::empty_forbidden,
        "no request was denied",
    ),
    unread("webhook", "\"bearer\"", PROBES),
    read(
        "accept",
        "\"any\"",
        tells::accept,
        "the data plane does not respond",
    ),
    read(
        "lists",
        "\"enveloped\"",
        tells::lists,
        "cannot read any list",
    ),
    unread("missing_type", "\"hooks_and_prompts\"", PROBES),
    unread("accept_tool_type", "false", PROBES),
    unread("require_handoffs", "false", PROBES),
    unread("check_handoffs", "true", PROBES),
    unread(
        "workspace_mode",
        "true",
        "only an agent with EnableV2AgentLoop shows it",
    ),
    unread("min_text", "50", PROBES),
    read("strict_filters", "false", tells::strict_filters, NO_OBJECT),
    unread(
        "v1_filters_405",
        "false",
        "the doctor does not write filters of the first version",
    ),
    unread(
        "v1_filter_conflicts",
        "false",
        "the doctor does not write filters of the first version",
    ),
    unread(
        "handler_conflicts",
        "true",
        "the doctor does not write incident handlers",
    ),
    unread(
        "plugin_conflicts",
        "false",
        "the doctor does not create marketplaces and installations, because they fetch \
         repositories",
    ),
    read(
        "oauth_consent",
        "false",
        tells::oauth_consent,
        "there is no managed connection with OAuth",
    ),
    read("silent_drops", "true", tells::silent_drops, PROBES),
    unread("hook_type_immutable", "true", PROBES),
    unread("index_polls", "0", REAL_TIME),
    read(
        "memory_page_size",
        "0",
        tells::memory_page_size,
        "the agent's memory has one page",
    ),
    unread("memory_delete_405", "false", PROBES),
    unread("unknown_thread", "\"refused\"", CONVERSATION),
    unread("answers", "{}", "you define the answers yourself"),
    unread("answer_polls", "0", CONVERSATION),
    unread("hub_event", "\"MessageUpdate\"", CONVERSATION),
    unread("turn_end", "\"signal\"", CONVERSATION),
    unread("late_turn_end", "false", CONVERSATION),
    unread("approval_first", "false", CONVERSATION),
    unread("clone_polls", "0", REAL_TIME),
    unread("repo_put_405", "false", PROBES),
    unread("execution_shape", "\"nested\"", CONVERSATION),
    unread("entra", "the emulator's", "the emulator has its own tenant"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use emulator::Profile;
    use serde_json::Value as Json;

    use super::SWITCHES;

    #[test]
    fn switches_and_defaults_match_the_emulator() {
        let profile = serde_json::to_value(Profile::default()).unwrap();
        let mut emulated: BTreeMap<String, Json> = serde_json::from_value(profile).unwrap();
        emulated.remove("entra");
        let known: BTreeMap<String, Json> = SWITCHES
            .iter()
            .filter(|switch| switch.name != "entra")
            .map(|switch| {
                (
                    switch.name.to_owned(),
                    serde_json::from_str(switch.default).unwrap(),
                )
            })
            .collect();
        assert_eq!(known, emulated);
    }
}
