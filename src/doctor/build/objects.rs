//! The objects that write probes create. Their names are reserved, so that the next run of the
//! doctor can delete objects that remain.

use serde_json::{Value as Json, json};

/// A probe object.
#[derive(Debug)]
pub(super) struct Object {
    /// The description of the object.
    pub(super) title: &'static str,
    /// The reserved name.
    pub(super) name: &'static str,
    /// The collection on the data plane.
    pub(super) collection: &'static str,
    /// The type in the envelope.
    pub(super) ty: &'static str,
    /// The segment on ARM where the object may appear, too, and is then deleted.
    pub(super) arm: Option<&'static str>,
    /// The properties with which the object is created.
    pub(super) properties: fn() -> Json,
}

/// A text of two lines that is long enough for every kind.
pub(super) const TEXT: &str = "This object was created by `terraform-provider-azuresre doctor \
                               --write-probes`,\nwhich deletes it immediately. It does not start \
                               any work.";

/// The name of the HTTP trigger. The service assigns its id.
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
    // A hook with on-demand activation is not active in any conversation.
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
    // The task is scheduled once a year, and both members disable it.
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
    // Both planes share their connectors.
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

/// All probe objects.
pub(super) const OBJECTS: &[Object] = &[
    PROMPT, SKILL, SUBAGENT, TOOL, HOOK, TASK, CONNECTOR, REPO, FILTER,
];

impl Object {
    /// Returns the path on the data plane.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.collection, self.name)
    }

    /// Returns the body with other properties.
    pub(super) fn with(&self, properties: Json) -> Json {
        json!({ "name": self.name, "type": self.ty, "properties": properties })
    }

    /// Returns the body.
    pub(super) fn body(&self) -> Json {
        self.with((self.properties)())
    }
}
