//! MCP servers that the service runs on managed connections.

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Node, Place, StoreKind, same};

/// `azuresre_managed_mcp_server`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "managed_mcp_server",
        title: "managed MCP server",
        about: "An MCP server that the service runs for an agent. It offers operations of managed connections to \
                the agent as tools.",
        notes: vec![
            "The data source `azuresre_managed_api_operations` lists the operations of an API. \
             `requires_approval` has no effect while the agent acts autonomously.",
            "The service documents no way to delete a server but the portal. If it refuses, the error says so; \
             delete the server there and remove it from the state with `terraform state rm`.",
        ],
        store: StoreKind::Named(Name {
            about: "The name. Changing this forces a new server to be created.",
            validators: vec![shared::name()],
        }),
        segment: "managedMcpServers",
        aliases: &["mcpservers"],
        places: vec![Place {
            // Public clients list servers, and nobody has read a single one.
            listed_by: Some("name"),
            listed_whole: true,
            ..Place::data_plane("/api/v2/connectorV2/mcpservers", Envelope::Properties)
        }],
        nodes: vec![
            shared::description("What the tools of the server are for."),
            Field::string(
                "state",
                "/state",
                "The state of the server. The service chooses `Enabled` if it is not given.",
            )
            .server_chosen()
            .known_values(&["Enabled", "Disabled"])
            .into(),
            Field::objects(
                "connectors",
                "/connectors",
                "The connections whose operations the server offers.",
                vec![
                    Field::string(
                        "connection_name",
                        "/connectionName",
                        "The name of an `azuresre_managed_connection`.",
                    )
                    .required()
                    .naming("managed_connection")
                    .into(),
                    Field::string(
                        "api_name",
                        "/name",
                        "The name of the API in the catalogue, such as `jira`.",
                    )
                    .required()
                    .same(same::ignoring_case)
                    .into(),
                    Field::string(
                        "display_name",
                        "/displayName",
                        "The name that the portal shows.",
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
                "The names of tools that the agent asks about before it uses them.",
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
            Field::string("name", "/name", "The name.")
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
        "The operations of the API that become tools.",
        vec![
            Field::string(
                "display_name",
                "/displayName",
                "The name that the portal shows.",
            )
            .into(),
            Field::bool(
                "requires_approval",
                "/requiresApproval",
                "Whether the agent asks before it uses the tool.",
            )
            .default(json!(false))
            .into(),
            by_name(
                "user_parameters",
                "/userParameters",
                "Parameters with fixed values.",
                vec![
                    Field::string("value", "/value", "The value.")
                        .required()
                        .into(),
                ],
            ),
            by_name(
                "agent_parameters",
                "/agentParameters",
                "Parameters that the agent chooses.",
                vec![
                    Field::string("type", "/schema/type", "The JSON type, such as `string`.")
                        .into(),
                    Field::bool(
                        "required",
                        "/schema/required",
                        "Whether the agent has to give it.",
                    )
                    .into(),
                ],
            ),
        ],
    )
}
