//! MCP servers that the service runs on managed connections.

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Node, Place, StoreKind, equality};

/// Returns the kind of `azuresre_managed_mcp_server`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "managed_mcp_server",
        title: "managed MCP server",
        about: "An MCP server that the service runs for an agent. It offers operations of managed \
                connections to the agent as tools.",
        notes: vec![
            "The data source `azuresre_managed_api_operations` lists the operations of an API. \
             `requires_approval` has no effect while the agent acts autonomously.",
            "The service documents only the portal as a way to delete a server. If it refuses the \
             request, delete the server in the portal and remove it from the state with \
             `terraform state rm`.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the server.",
            validators: vec![shared::name()],
        }),
        segment: "managedMcpServers",
        aliases: &["mcpservers"],
        places: vec![Place {
            // Public clients list servers. None is known to read a single server.
            listed_by: Some("name"),
            listed_whole: true,
            ..Place::data_plane("/api/v2/connectorV2/mcpservers", Envelope::Properties)
        }],
        nodes: vec![
            shared::description("Description of the server."),
            Field::string("state", "/state", "State of the server.")
                .server_chosen()
                .known_values(&["Enabled", "Disabled"])
                .into(),
            Field::objects(
                "connectors",
                "/connectors",
                "Connections whose operations the server offers.",
                vec![
                    Field::string(
                        "connection_name",
                        "/connectionName",
                        "Name of an `azuresre_managed_connection`.",
                    )
                    .required()
                    .naming("managed_connection")
                    .into(),
                    Field::string(
                        "api_name",
                        "/name",
                        "Name of the API in the catalog, such as `jira`.",
                    )
                    .required()
                    .semantic_equality(equality::ignoring_case)
                    .into(),
                    Field::string(
                        "display_name",
                        "/displayName",
                        "Name that the portal shows.",
                    )
                    .into(),
                    operations(),
                ],
            )
            .required()
            .keyed_by(&["connection_name"])
            .into(),
            Field::string_set(
                "require_approval_tools",
                "/$envelope/runtimeMcpConfiguration/requireApprovalTools",
                "Names of tools that require approval.",
            )
            .check(Validator::each(Validator::not_empty()))
            .into(),
        ],
        ..Kind::child()
    }
}

fn operations() -> Node {
    let by_name = |name, at, about, more: Vec<Node>| -> Node {
        let mut nodes = vec![
            Field::string("name", "/name", "Name in the catalog.")
                .required()
                .check(Validator::not_empty())
                .into(),
        ];
        nodes.extend(more);
        Field::objects(name, at, about, nodes)
            .keyed_by(&["name"])
            .into()
    };
    by_name(
        "operations",
        "/operations",
        "Operations of the API that become tools.",
        vec![
            Field::string(
                "display_name",
                "/displayName",
                "Name that the portal shows.",
            )
            .into(),
            Field::bool(
                "requires_approval",
                "/requiresApproval",
                "Whether the tool requires approval.",
            )
            .default(json!(false))
            .into(),
            by_name(
                "user_parameters",
                "/userParameters",
                "Parameters with fixed values.",
                vec![
                    Field::string("value", "/value", "Value of the parameter.")
                        .required()
                        .into(),
                ],
            ),
            by_name(
                "agent_parameters",
                "/agentParameters",
                "Parameters that the agent chooses.",
                vec![
                    Field::string("type", "/schema/type", "JSON type, such as `string`.").into(),
                    Field::bool(
                        "required",
                        "/schema/required",
                        "Whether the agent must provide the parameter.",
                    )
                    .into(),
                ],
            ),
        ],
    )
}
