//! The permissions on data planes, and the kinds of objects that require them.
//!
//! Data actions are `Microsoft.App/agents/{area}/{read|write|delete}`. The roles and their
//! permissions come from the published role definitions.

use serde_json::Value as Json;

/// An area that data actions refer to.
#[derive(Debug)]
pub(super) struct Area {
    /// The name of the area in data actions.
    pub(super) name: &'static str,
    /// A path of the data plane that requires read permission in this area, if there is one.
    pub(super) read: Option<&'static str>,
    /// The names of the kinds of objects that require write permission in this area.
    pub(super) kinds: &'static [&'static str],
}

/// A built-in role.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) name: &'static str,
    /// The name of the role in the profile of the emulator.
    pub(super) word: &'static str,
    reads: &'static [&'static str],
    pub(super) writes: &'static [&'static str],
}

/// All areas. The last one contains kinds that no data action covers. Only administrators can write
/// them.
pub(super) const AREAS: &[Area] = &[
    Area {
        name: "extendedAgents",
        read: Some("/api/v2/extendedAgent/skills"),
        kinds: &[
            "common_prompt",
            "data_connector",
            "github_domain",
            "hook",
            "http_trigger",
            "managed_connection",
            "managed_mcp_server",
            "plugin",
            "plugin_installation",
            "plugin_marketplace",
            "repo",
            "skill",
            "subagent",
            "subagent_permissions",
            "tool",
        ],
    },
    Area {
        name: "incidentManagement",
        read: Some("/api/v2/extendedAgent/incidentFilters"),
        kinds: &["incident_filter", "servicenow_indexing"],
    },
    Area {
        name: "scheduledtasks",
        read: Some("/api/v2/extendedAgent/scheduledtasks"),
        kinds: &["scheduled_task"],
    },
    Area {
        name: "memory",
        read: Some("/api/v1/agentmemory/status"),
        kinds: &["knowledge_document", "repo_instructions"],
    },
    Area {
        name: "threads",
        read: Some("/api/v1/threads?top=1"),
        kinds: &[],
    },
    Area {
        name: "settings",
        read: None,
        kinds: &["custom_instructions", "tool_enablement", "tool_permissions"],
    },
];

/// The built-in roles, from most to least powerful.
pub(super) const ROLES: &[Role] = &[
    Role {
        name: "SRE Agent Administrator",
        word: "administrator",
        reads: &[
            "extendedAgents",
            "incidentManagement",
            "scheduledtasks",
            "memory",
            "threads",
        ],
        writes: &[
            "extendedAgents",
            "incidentManagement",
            "scheduledtasks",
            "memory",
            "threads",
            "settings",
        ],
    },
    Role {
        name: "SRE Agent Author",
        word: "author",
        reads: &["extendedAgents", "incidentManagement", "threads"],
        writes: &["extendedAgents", "incidentManagement"],
    },
    Role {
        name: "SRE Agent Standard User",
        word: "user",
        reads: &["incidentManagement", "scheduledtasks", "memory", "threads"],
        writes: &["scheduledtasks", "memory", "threads"],
    },
    Role {
        name: "SRE Agent Reader",
        word: "reader",
        reads: &["incidentManagement", "memory", "threads"],
        writes: &[],
    },
];

/// Returns the built-in role that can read exactly these areas.
pub(super) fn role_of(readable: &[&str]) -> Option<&'static Role> {
    ROLES.iter().find(|role| {
        role.reads.len() == readable.len() && role.reads.iter().all(|area| readable.contains(area))
    })
}

/// Returns a sentence about the kinds for which less powerful roles are sufficient.
pub(super) fn lesser_roles() -> String {
    let told = ROLES.iter().skip(1).filter_map(|role| {
        let areas = AREAS.iter().filter(|area| role.writes.contains(&area.name));
        let kinds: Vec<&str> = areas.flat_map(|area| area.kinds).copied().collect();
        (!kinds.is_empty()).then(|| format!("{} is sufficient for {}", role.name, kinds.join(", ")))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Returns whether the permissions in a response of ARM allow an action.
///
/// An entry allows an action if the member `granted` matches it and the member `excepted` does not.
/// One such entry is sufficient.
pub(super) fn allows(permissions: &[Json], granted: &str, excepted: &str, action: &str) -> bool {
    permissions.iter().any(|entry| {
        let has = |member: &str| {
            let patterns = entry[member].as_array().map(Vec::as_slice);
            let mut patterns = patterns.unwrap_or_default().iter().filter_map(Json::as_str);
            patterns.any(|pattern| matches(pattern, action))
        };
        has(granted) && !has(excepted)
    })
}

/// Returns whether an action matches a pattern, in which `*` stands for any text. Case is ignored.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| action.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::resources;

    #[test]
    fn every_kind_except_the_agent_is_in_one_area() {
        let mut known: Vec<&str> = AREAS.iter().flat_map(|area| area.kinds).copied().collect();
        known.push("agent");
        known.sort_unstable();
        let kinds = resources::kinds();
        let mut declared: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        declared.sort_unstable();
        assert_eq!(known, declared);
    }

    #[rstest]
    #[case("*", true)]
    #[case("microsoft.app/*", true)]
    #[case("Microsoft.App/agents/*/write", true)]
    #[case("*/write", true)]
    #[case("Microsoft.App/agents/skills/write", true)]
    #[case("Microsoft.App/agents/write", false)]
    #[case("*/read", false)]
    fn patterns_match_like_those_of_roles(#[case] pattern: &str, #[case] fits: bool) {
        assert_eq!(matches(pattern, "Microsoft.App/agents/skills/write"), fits);
    }

    #[test]
    fn exceptions_apply_only_to_their_own_entry() {
        let entry = |granted: &str, excepted: &[&str]| json!({ "actions": [granted], "notActions": excepted });
        let allowed = |entries: &[Json]| allows(entries, "actions", "notActions", "a/b/write");
        assert!(!allowed(&[entry("*", &["a/*"])]));
        assert!(allowed(&[entry("*", &["a/*"]), entry("a/b/*", &[])]));
    }

    #[test]
    fn roles_are_identified_by_readable_areas() {
        for role in ROLES {
            assert_eq!(role_of(role.reads).map(|found| found.word), Some(role.word));
        }
        assert!(role_of(&[]).is_none());
    }
}
