//! The groups in which the registry lists the pages.

use crate::Error;

/// The groups, with their types and functions.
const CATEGORIES: &[(&str, &[&str])] = &[
    (
        "Agents",
        &[
            "azuresre_access_token",
            "azuresre_agent",
            "azuresre_agent_power",
            "azuresre_agent_usage",
            "azuresre_agents",
            "azuresre_supported_models",
            "agent_id",
            "child_id",
            "parse_id",
            "portal_url",
        ],
    ),
    (
        "Automation",
        &[
            "azuresre_http_trigger",
            "azuresre_http_trigger_run",
            "azuresre_http_triggers",
            "azuresre_incident_filter",
            "azuresre_incident_filters",
            "azuresre_scheduled_task",
            "azuresre_scheduled_task_run",
            "azuresre_scheduled_tasks",
        ],
    ),
    (
        "Conversations",
        &[
            "azuresre_approval",
            "azuresre_approvals",
            "azuresre_message",
            "azuresre_thread",
            "azuresre_threads",
        ],
    ),
    (
        "Governance",
        &[
            "azuresre_hook",
            "azuresre_hooks",
            "azuresre_subagent_permissions",
            "azuresre_tool_enablement",
            "azuresre_tool_permissions",
        ],
    ),
    (
        "Integrations",
        &[
            "azuresre_azure_devops_auth",
            "azuresre_data_connector",
            "azuresre_data_connector_test",
            "azuresre_data_connectors",
            "azuresre_github_domain",
            "azuresre_github_domains",
            "azuresre_github_oauth",
            "azuresre_managed_api_operations",
            "azuresre_managed_apis",
            "azuresre_managed_connection",
            "azuresre_managed_connections",
            "azuresre_managed_mcp_server",
            "azuresre_managed_mcp_servers",
            "azuresre_plugin",
            "azuresre_plugin_installation",
            "azuresre_plugin_installations",
            "azuresre_plugin_marketplace",
            "azuresre_plugin_marketplaces",
            "azuresre_plugins",
        ],
    ),
    (
        "Knowledge",
        &[
            "azuresre_knowledge_document",
            "azuresre_knowledge_documents",
            "azuresre_knowledge_status",
            "azuresre_repo",
            "azuresre_repo_instructions",
            "azuresre_repo_test",
            "azuresre_repos",
        ],
    ),
    (
        "Skills and Tools",
        &[
            "azuresre_available_tools",
            "azuresre_common_prompt",
            "azuresre_common_prompts",
            "azuresre_custom_instructions",
            "azuresre_skill",
            "azuresre_skills",
            "azuresre_subagent",
            "azuresre_subagents",
            "azuresre_tool",
            "azuresre_tools",
        ],
    ),
];

/// Returns the group of a type or function.
///
/// # Errors
/// Fails if it is in no group.
pub(crate) fn of(name: &str) -> Result<&'static str, Error> {
    let mut categories = CATEGORIES.iter();
    let found = categories.find(|(_, names)| names.contains(&name));
    found
        .map(|(category, _)| *category)
        .ok_or_else(|| Error::Category(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_in_two_groups() {
        let mut names: Vec<&str> = CATEGORIES
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn error_names_what_is_in_no_group() {
        assert_eq!(of("azuresre_agents").unwrap(), "Agents");
        let error = of("azuresre_widget").unwrap_err().to_string();
        assert!(error.contains("azuresre_widget"), "{error}");
    }
}
