//! The rows of the table of kinds.

use super::checks;
use super::{ArmForm, Kind};

/// The name of repositories in the store.
pub(crate) const REPOSITORIES: &str = "repos";

/// What most kinds have in common.
const PLAIN: Kind = Kind {
    name: "",
    arm_name: None,
    arm: ArmForm::Base64,
    route: &[],
    types: &[],
    type_required: false,
    created: 201,
    defaults: "{}",
    texts: &[],
    dropped: &[],
    keeps_tags: false,
    check: |_| Ok(()),
    finish: |_, _| {},
};

/// Connectors.
pub(crate) static CONNECTORS: Kind = Kind {
    name: "connectors",
    arm: ArmForm::Typed,
    route: &["extendedagent", "connectors"],
    types: &["AgentConnector", "KnowledgeItem"],
    created: 200,
    defaults: r#"{"identity": "", "source": "Agent"}"#,
    check: checks::connector,
    finish: checks::finish_connector,
    ..PLAIN
};

/// Incident filters, also called response plans.
pub(crate) static INCIDENT_FILTERS: Kind = Kind {
    name: "incidentFilters",
    route: &["extendedagent", "incidentfilters"],
    types: &["IncidentFilter"],
    defaults: r#"{"impactedService": "", "priorities": [], "incidentType": "", "alertId": "",
        "titleContains": "", "titleContainsAll": [], "titleContainsAny": [],
        "titleNotContains": [], "agentMode": "Autonomous", "handlingAgent": "",
        "handlingAgents": null, "owningTeamId": "", "owningTeamIds": [],
        "maxAutomatedInvestigationAttempts": 3, "mergeEnabled": true, "mergeWindowHours": 3,
        "isEnabled": true, "deepInvestigationEnabled": false, "icmFilterSettings": null,
        "azMonitorFilterSettings": null}"#,
    dropped: &["customInstructions"],
    check: checks::incident_filter,
    finish: checks::finish_incident_filter,
    ..PLAIN
};

/// Skills.
pub(crate) static SKILLS: Kind = Kind {
    name: "skills",
    route: &["extendedagent", "skills"],
    types: &["Skill"],
    defaults: r#"{"description": "", "tools": [], "additionalFiles": [],
        "sourcePluginInstallation": null}"#,
    texts: &["/skillContent", "/skillMdContent"],
    check: checks::skill,
    finish: checks::finish_skill,
    ..PLAIN
};

/// Subagents.
pub(crate) static SUBAGENTS: Kind = Kind {
    name: "subagents",
    route: &["extendedagent", "agents"],
    types: &["ExtendedAgent"],
    created: 202,
    defaults: r#"{"handoffDescription": "", "handoffs": [], "tools": [], "mcpTools": [],
        "commonTools": [], "connectors": [], "enableSkills": false, "allowedSkills": [],
        "commonPrompts": [], "allowParallelToolCalls": true, "maxReflectionCount": 0,
        "criticPromptPath": null, "customReflectionNote": null, "enableVanillaMode": false,
        "temperature": null, "model": null, "hooks": null}"#,
    texts: &["/instructions", "/handoffDescription"],
    dropped: &["description", "agentType"],
    keeps_tags: true,
    check: checks::subagent,
    ..PLAIN
};

/// Hooks of the whole agent.
pub(crate) static HOOKS: Kind = Kind {
    name: "hooks",
    route: &["extendedagent", "hooks"],
    types: &["GlobalHook"],
    type_required: true,
    defaults: r#"{"activationMode": "always", "description": null,
        "hook": {"prompt": null, "command": null, "script": null, "matcher": null,
        "model": null, "timeout": 30, "failMode": "Allow", "maxRejections": 3}}"#,
    texts: &["/hook/prompt", "/hook/script"],
    dropped: &["permissionDecision", "enabled"],
    check: checks::hook,
    finish: checks::finish_hook,
    ..PLAIN
};

/// Custom tools.
pub(crate) static TOOLS: Kind = Kind {
    name: "tools",
    route: &["extendedagent", "tools"],
    types: &["ExtendedAgentTool"],
    defaults: r#"{"description": "", "toolMode": "Auto", "parameters": []}"#,
    texts: &["/functionCode"],
    check: checks::tool,
    finish: checks::finish_tool,
    ..PLAIN
};

/// Scheduled tasks.
pub(crate) static SCHEDULED_TASKS: Kind = Kind {
    name: "scheduledTasks",
    route: &["extendedagent", "scheduledtasks"],
    types: &["ScheduledTask"],
    defaults: r#"{"description": "", "agent": null, "agentMode": "Review", "isEnabled": true,
        "maxExecutions": null, "modelTier": null}"#,
    texts: &["/agentPrompt"],
    check: checks::scheduled_task,
    finish: checks::finish_scheduled_task,
    ..PLAIN
};

/// Repositories.
pub(crate) static REPOSITORY: Kind = Kind {
    name: REPOSITORIES,
    arm_name: Some("repositories"),
    route: &["repos"],
    types: &["CodeRepo"],
    defaults: r#"{"description": "", "branch": null, "authConnectorName": null}"#,
    check: checks::repository,
    ..PLAIN
};

/// All kinds.
pub(crate) static KINDS: &[&Kind] = &[
    &CONNECTORS,
    &INCIDENT_FILTERS,
    &SKILLS,
    &SUBAGENTS,
    &TOOLS,
    &SCHEDULED_TASKS,
    &HOOKS,
    &Kind {
        name: "commonPrompts",
        route: &["extendedagent", "commonprompts"],
        types: &["CommonPrompt"],
        type_required: true,
        texts: &["/prompt"],
        check: checks::common_prompt,
        ..PLAIN
    },
    &Kind {
        name: "pluginConfigs",
        route: &["extendedagent", "plugins"],
        types: &["Plugin", "plugin"],
        ..PLAIN
    },
    &REPOSITORY,
];
