//! The list of lookups.

use azure::ListShape;

use super::conversations;
use super::lookup::{Argument, Lookup, Part, Subject};
use crate::kind::{Field, Node, Plane, Shape};

/// Returns all lookups.
pub fn lookups() -> Vec<Lookup> {
    vec![
        agent_usage(),
        conversations::approvals(),
        available_tools(),
        github_oauth(),
        knowledge_status(),
        managed_apis(),
        managed_api_operations(),
        supported_models(),
        conversations::thread(),
        conversations::threads(),
    ]
}

fn agent_usage() -> Lookup {
    let usage = || {
        vec![
            text("name", "/name/value", "Name of the usage."),
            text(
                "title",
                "/name/localizedValue",
                "Display name of the usage.",
            ),
            text("unit", "/unit", "Unit of the values."),
            number(
                "current_value",
                "/currentValue",
                "Amount that the agent has used.",
            ),
            number("limit", "/limit", "Amount that the agent may use."),
        ]
    };
    Lookup {
        name: "agent_usage",
        about: "Reads how many agent units an agent has used, for the current month and for each \
                day.",
        subject: Subject::Agent,
        arguments: Vec::new(),
        parts: &[
            Part {
                member: "usages",
                plane: Plane::Arm,
                path: "usages",
                query: &[],
                list: Some(ListShape::Value),
            },
            Part {
                member: "daily",
                plane: Plane::Arm,
                path: "dailyusages",
                query: &[],
                list: Some(ListShape::Value),
            },
        ],
        arrange: None,
        nodes: vec![
            objects("usages", "/usages", "Usage in the current month.", usage()),
            objects(
                "daily_usages",
                "/daily",
                "Usage for each day. Depending on the build of the service, an element has a \
                 `date` and a `value`, or the same attributes as the usage of the month.",
                [
                    vec![
                        text("date", "/date", "Day, such as `2026-11-29`."),
                        number("value", "/value", "Amount that the agent used on this day."),
                    ],
                    usage(),
                ]
                .concat(),
            ),
        ],
    }
}

fn available_tools() -> Lookup {
    Lookup {
        name: "available_tools",
        about: "Reads the catalog of the tools that an agent can use: built-in tools, custom \
                tools, and tools of MCP servers. Tools of an MCP server appear after the data \
                connector has reached the server.",
        subject: Subject::Agent,
        arguments: Vec::new(),
        parts: &[Part {
            member: "tools",
            plane: Plane::DataPlane,
            path: "/api/v2/agent/tools",
            query: &[],
            list: Some(ListShape::Data),
        }],
        arrange: None,
        nodes: vec![objects(
            "tools",
            "/tools",
            "List of the tools.",
            vec![
                text(
                    "name",
                    "/name",
                    "Name of the tool. Skills and subagents refer to the tool by this name.",
                ),
                flag(
                    "enabled",
                    "/enabled",
                    "Whether the main agent may use the tool.",
                ),
                text(
                    "source",
                    "/source",
                    "Origin of the tool, such as `system` or `mcp`.",
                ),
                text("category", "/category", "Category of the tool."),
                text(
                    "default_mode",
                    "/defaultMode",
                    "Default mode of the tool: `always`, `enabled` or `disabled`.",
                ),
                text("description", "/description", "Description of the tool."),
                text(
                    "connector",
                    "/mcpConnector",
                    "Name of the data connector that provides the tool.",
                ),
            ],
        )],
    }
}

fn github_oauth() -> Lookup {
    Lookup {
        name: "github_oauth",
        about: "Reads the URL for signing an agent in to GitHub as a person. You need a browser to \
                sign in. Use `azuresre_github_domains` to check whether somebody has signed in.",
        subject: Subject::Agent,
        arguments: Vec::new(),
        parts: &[Part {
            member: "config",
            plane: Plane::DataPlane,
            path: "/api/v2/github/oauth/config",
            query: &[],
            list: None,
        }],
        arrange: None,
        nodes: vec![text(
            "oauth_url",
            "/config/oAuthUrl",
            "URL to open in a browser.",
        )],
    }
}

fn knowledge_status() -> Lookup {
    Lookup {
        name: "knowledge_status",
        about: "Reads the status of the memory of an agent and of its indexer. The service does \
                not document these responses in full, so the data source also returns both \
                unchanged.",
        subject: Subject::Agent,
        arguments: Vec::new(),
        parts: &[
            Part {
                member: "memory",
                plane: Plane::DataPlane,
                path: "/api/v1/agentmemory/status",
                query: &[],
                list: None,
            },
            Part {
                member: "indexer",
                plane: Plane::DataPlane,
                path: "/api/v1/agentmemory/indexer-status",
                query: &[],
                list: None,
            },
        ],
        arrange: None,
        nodes: vec![
            number(
                "documents_processed",
                "/indexer/lastExecution/documentsProcessed",
                "Number of documents that the last run of the indexer processed.",
            ),
            number(
                "documents_failed",
                "/indexer/lastExecution/documentsFailed",
                "Number of documents that the last run of the indexer could not process.",
            ),
            json(
                "memory",
                "/memory",
                "Status of the memory, as returned by the service.",
            ),
            json(
                "indexer",
                "/indexer",
                "Status of the indexer, as returned by the service.",
            ),
        ],
    }
}

fn managed_apis() -> Lookup {
    Lookup {
        name: "managed_apis",
        about: "Reads the catalog of the managed APIs to which an agent can be connected, such as \
                Outlook, Jira or Slack. You connect most of them in the portal, because you must \
                sign in there.",
        subject: Subject::Agent,
        arguments: Vec::new(),
        parts: &[Part {
            member: "apis",
            plane: Plane::DataPlane,
            path: "/api/v2/connectorV2/managedApis",
            query: &[],
            list: Some(ListShape::Value),
        }],
        arrange: None,
        nodes: vec![
            objects(
                "apis",
                "/apis",
                "List of the APIs.",
                vec![
                    text(
                        "name",
                        "/name",
                        "Name of the API. Connections refer to the API by this name.",
                    ),
                    text("display_name", "/displayName", "Display name of the API."),
                ],
            ),
            json(
                "details",
                "/apis",
                "The APIs as returned by the service, with all properties.",
            ),
        ],
    }
}

fn managed_api_operations() -> Lookup {
    Lookup {
        name: "managed_api_operations",
        about: "Reads the operations of a managed API. An MCP server of the agent can offer these \
                operations as tools.",
        subject: Subject::Agent,
        arguments: vec![Argument::text(
            "api",
            "Name of the API, such as `office365`.",
        )],
        parts: &[Part {
            member: "operations",
            plane: Plane::DataPlane,
            path: "/api/v2/connectorV2/connectors/{api}/operations",
            query: &[],
            list: Some(ListShape::Value),
        }],
        arrange: None,
        nodes: vec![
            objects(
                "operations",
                "/operations",
                "List of the operations.",
                vec![
                    text("name", "/name", "Name of the operation."),
                    text(
                        "display_name",
                        "/displayName",
                        "Display name of the operation.",
                    ),
                ],
            ),
            json(
                "details",
                "/operations",
                "The operations as returned by the service, with all properties.",
            ),
        ],
    }
}

fn supported_models() -> Lookup {
    Lookup {
        name: "supported_models",
        about: "Reads the models that agents can use in a region. Use them in the `default_model` \
                of an agent.",
        subject: Subject::Location,
        arguments: Vec::new(),
        parts: &[Part {
            member: "models",
            plane: Plane::Arm,
            path: "supportedAgentModels",
            query: &[],
            list: Some(ListShape::Value),
        }],
        arrange: None,
        nodes: vec![objects(
            "models",
            "/models",
            "List of the models.",
            vec![
                text(
                    "provider",
                    "/properties/provider",
                    "Provider of the model, as used in `default_model`.",
                ),
                text(
                    "provider_title",
                    "/properties/providerDisplayName",
                    "Display name of the provider.",
                ),
                text(
                    "name",
                    "/properties/model",
                    "Name of the model, as used in `default_model`.",
                ),
                text(
                    "title",
                    "/properties/modelDisplayName",
                    "Display name of the model.",
                ),
                text(
                    "multiplier",
                    "/properties/multiplier",
                    "Cost multiplier of the model, such as `1x`.",
                ),
                flag(
                    "default",
                    "/properties/default",
                    "Whether agents use this model by default.",
                ),
            ],
        )],
    }
}

pub(super) fn text(name: &'static str, at: &'static str, about: &'static str) -> Node {
    Field::string(name, at, about).computed().into()
}

pub(super) fn number(name: &'static str, at: &'static str, about: &'static str) -> Node {
    Field::number(name, at, about).computed().into()
}

pub(super) fn flag(name: &'static str, at: &'static str, about: &'static str) -> Node {
    Field::bool(name, at, about).computed().into()
}

fn json(name: &'static str, at: &'static str, about: &'static str) -> Node {
    Field::new(name, Shape::Json, at, about).computed().into()
}

pub(super) fn objects(
    name: &'static str,
    at: &'static str,
    about: &'static str,
    nodes: Vec<Node>,
) -> Node {
    Field::objects(name, at, about, nodes).computed().into()
}
