//! The lookups. This is the list.

use azure::ListShape;

use super::conversations;
use super::lookup::{Argument, Lookup, Part, Subject};
use crate::kind::{Field, Node, Plane, Shape};

/// Every lookup.
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
            text("name", "/name/value", "What is counted."),
            text("title", "/name/localizedValue", "The same for people."),
            text("unit", "/unit", "The unit."),
            number("current_value", "/currentValue", "How much is used."),
            number("limit", "/limit", "How much may be used."),
        ]
    };
    Lookup {
        name: "agent_usage",
        about: "Reads how many agent units an agent has used, in the month and by day.",
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
            objects("usages", "/usages", "The use in the month.", usage()),
            objects(
                "daily_usages",
                "/daily",
                "The use by day. Builds of the service differ in what they tell: a `date` and a `value`, \
                 or the same as of the month.",
                [
                    vec![
                        text("date", "/date", "The day, such as `2026-11-29`."),
                        number("value", "/value", "How much was used on the day."),
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
        about: "Reads the catalogue of tools that an agent could use: built-in ones, custom ones, and \
                those of MCP servers, which appear once the connector has reached its server.",
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
            "The tools.",
            vec![
                text("name", "/name", "The name, as skills and subagents use it."),
                flag("enabled", "/enabled", "Whether the main agent may use it."),
                text(
                    "source",
                    "/source",
                    "Where it is from, such as `system` or `mcp`.",
                ),
                text("category", "/category", "The category."),
                text(
                    "default_mode",
                    "/defaultMode",
                    "`always`, `enabled` or `disabled`.",
                ),
                text("description", "/description", "What it does."),
                text(
                    "connector",
                    "/mcpConnector",
                    "The connector that it comes from.",
                ),
            ],
        )],
    }
}

fn github_oauth() -> Lookup {
    Lookup {
        name: "github_oauth",
        about: "Reads where to sign an agent in to GitHub as a person. Signing in needs a browser; \
                `azuresre_github_domains` tells whether it was done.",
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
            "The URL to open in a browser.",
        )],
    }
}

fn knowledge_status() -> Lookup {
    Lookup {
        name: "knowledge_status",
        about: "Reads how the memory of an agent is, and how far its indexer is. The service documents \
                neither answer in full, so both are given as they are, too.",
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
                "How many documents the indexer processed the last time.",
            ),
            number(
                "documents_failed",
                "/indexer/lastExecution/documentsFailed",
                "How many documents the indexer could not process the last time.",
            ),
            json(
                "memory",
                "/memory",
                "The status of the memory, as the service gives it.",
            ),
            json(
                "indexer",
                "/indexer",
                "The status of the indexer, as the service gives it.",
            ),
        ],
    }
}

fn managed_apis() -> Lookup {
    Lookup {
        name: "managed_apis",
        about: "Reads the catalogue of managed APIs that an agent can be connected to, such as Outlook, Jira or \
                Slack. A person connects most of them in the portal, since they sign in there.",
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
                "The APIs.",
                vec![
                    text("name", "/name", "The name, as connections use it."),
                    text("display_name", "/displayName", "The name to show."),
                ],
            ),
            json(
                "details",
                "/apis",
                "The same as the service gives it, with all members.",
            ),
        ],
    }
}

fn managed_api_operations() -> Lookup {
    Lookup {
        name: "managed_api_operations",
        about: "Reads the operations of a managed API, which an MCP server of the agent can offer as tools.",
        subject: Subject::Agent,
        arguments: vec![Argument::text(
            "api",
            "The name of the API, such as `office365`.",
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
                "The operations.",
                vec![
                    text("name", "/name", "The name."),
                    text("display_name", "/displayName", "The name to show."),
                ],
            ),
            json(
                "details",
                "/operations",
                "The same as the service gives it, with all members.",
            ),
        ],
    }
}

fn supported_models() -> Lookup {
    Lookup {
        name: "supported_models",
        about: "Reads the models that agents can use in a region, for `default_model` of an agent.",
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
            "The models.",
            vec![
                text(
                    "provider",
                    "/properties/provider",
                    "The provider, as `default_model` has it.",
                ),
                text(
                    "provider_title",
                    "/properties/providerDisplayName",
                    "The name of the provider to show.",
                ),
                text(
                    "name",
                    "/properties/model",
                    "The model, as `default_model` has it.",
                ),
                text(
                    "title",
                    "/properties/modelDisplayName",
                    "The name of the model to show.",
                ),
                text(
                    "multiplier",
                    "/properties/multiplier",
                    "What it costs, such as `1x`.",
                ),
                flag(
                    "default",
                    "/properties/default",
                    "Whether agents use it that name no other.",
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
