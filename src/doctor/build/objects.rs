//! The objects that write probes make. Their names are reserved: whoever runs the doctor again deletes
//! what bears one.

use serde_json::{Value as Json, json};

/// An object of a probe.
#[derive(Debug)]
pub(super) struct Object {
    /// What it is.
    pub(super) title: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// Its collection on the data plane.
    pub(super) collection: &'static str,
    /// Its envelope type.
    pub(super) ty: &'static str,
    /// The segment on ARM under which it may be there too, and is deleted as well.
    pub(super) arm: Option<&'static str>,
    /// Its properties, without which it is not created.
    pub(super) properties: fn() -> Json,
}

/// A text of two lines that is long enough for every kind.
pub(super) const TEXT: &str = "This object was created by `terraform-provider-azuresre doctor \
                               --write-probes`,\nwhich deletes it immediately. It does not start \
                               any work.";

/// The name of the HTTP trigger, whose id the service makes.
pub(super) const TRIGGER: &str = "azuresre-doctor-trigger";

/// A name that no object has.
pub(super) const NOBODY: &str = "azuresre-doctor-nobody";

pub(super) const PROMPT: Object = Object {
    title: "common prompt",
    name: "azuresre-doctor-prompt",
    collection: "/api/v2/extendedAgent/commonprompts",
    ty: "CommonPrompt",
    arm: Some("commonPrompts"),
    properties: || json!({ "prompt": TEXT }),
};

pub(super) const SKILL: Object = Object {
    title: "skill",
    name: "azuresre-doctor-skill",
    collection: "/api/v2/extendedAgent/skills",
    ty: "Skill",
    arm: Some("skills"),
    properties: || json!({ "description": TEXT, "skillContent": TEXT, "tools": [], "additionalFiles": [] }),
};

pub(super) const SUBAGENT: Object = Object {
    title: "subagent",
    name: "azuresre-doctor-subagent",
    collection: "/api/v2/extendedAgent/agents",
    ty: "ExtendedAgent",
    arm: Some("subagents"),
    properties: || json!({ "instructions": TEXT, "handoffDescription": "", "handoffs": [], "tools": [] }),
};

pub(super) const TOOL: Object = Object {
    title: "tool",
    name: "azuresre-doctor-tool",
    collection: "/api/v2/extendedAgent/tools",
    ty: "ExtendedAgentTool",
    arm: Some("tools"),
    properties: || {
        json!({
            "type": "PythonTool",
            "description": TEXT,
            "functionCode": "def main():\n    return None\n",
            "parameters": [],
        })
    },
};

pub(super) const HOOK: Object = Object {
    title: "hook",
    name: "azuresre-doctor-hook",
    collection: "/api/v2/extendedAgent/hooks",
    ty: "GlobalHook",
    arm: Some("hooks"),
    // On demand: it is active in no conversation.
    properties: || {
        json!({
            "eventType": "Stop",
            "activationMode": "onDemand",
            "hook": { "type": "prompt", "prompt": TEXT, "failMode": "Allow" },
        })
    },
};

pub(super) const TASK: Object = Object {
    title: "scheduled task",
    name: "azuresre-doctor-task",
    collection: "/api/v2/extendedAgent/scheduledtasks",
    ty: "ScheduledTask",
    arm: Some("scheduledTasks"),
    // Once a year, and switched off by either member.
    properties: || {
        json!({
            "description": TEXT,
            "cronExpression": "0 0 1 1 *",
            "agentPrompt": TEXT,
            "isEnabled": false,
            "status": "Paused",
        })
    },
};

pub(super) const CONNECTOR: Object = Object {
    title: "MCP connector to a host that does not exist",
    name: "azuresre-doctor-mcp",
    collection: "/api/v2/extendedAgent/connectors",
    ty: "AgentConnector",
    // Both planes have the same connectors.
    arm: None,
    properties: || {
        json!({
            "dataConnectorType": "Mcp",
            "dataSource": "placeholder",
            "identity": "",
            "extendedProperties": {
                "type": "http",
                "endpoint": "https://azuresre-doctor.invalid/mcp",
                "authType": "BearerToken",
                "bearerToken": "azuresre-doctor",
                "headers": { "x-azuresre-doctor": "probe" },
            },
        })
    },
};

pub(super) const REPO: Object = Object {
    title: "repository that does not exist",
    name: "azuresre-doctor-repo",
    collection: "/api/v2/repos",
    ty: "CodeRepo",
    arm: None,
    properties: || json!({ "url": "https://azuresre-doctor.invalid/none/none", "type": "GitHub" }),
};

pub(super) const FILTER: Object = Object {
    title: "disabled incident filter, if an incident platform is connected",
    name: "azuresre-doctor-filter",
    collection: "/api/v2/extendedAgent/incidentFilters",
    ty: "IncidentFilter",
    arm: Some("incidentFilters"),
    properties: || {
        json!({
            "incidentPlatform": "AzMonitor",
            "titleContainsAll": ["azuresre-doctor-nothing-has-this-title"],
            "priorities": ["Sev4"],
            "agentMode": "Review",
            "isEnabled": false,
        })
    },
};

/// Every object.
pub(super) const OBJECTS: &[Object] = &[
    PROMPT, SKILL, SUBAGENT, TOOL, HOOK, TASK, CONNECTOR, REPO, FILTER,
];

impl Object {
    /// Its path on the data plane.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.collection, self.name)
    }

    /// Its body, with other properties.
    pub(super) fn with(&self, properties: Json) -> Json {
        json!({ "name": self.name, "type": self.ty, "properties": properties })
    }

    /// Its body.
    pub(super) fn body(&self) -> Json {
        self.with((self.properties)())
    }
}
