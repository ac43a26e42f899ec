//! What an agent reads from and acts through: `Microsoft.App/agents/DataConnectors`.

use azure::ListShape;
use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{
    Envelope, Field, Key, Kind, Node, OneOf, Place, Plane, Shape, StoreKind, Timeouts, Variant,
    same,
};

/// `azuresre_data_connector`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "data_connector",
        title: "data connector",
        about: "A data connector of an agent: a telemetry source, an MCP server, or another system \
                that the agent reads from and acts through.",
        notes: vec![
            "ARM answers with neither the data source nor the settings of a connector, so that \
             somebody else's change of them is not seen, and an import leaves them empty. The data \
             plane shows everything but is not read for secrets.",
            "The service installs connectors one at a time, and an installation can take half an \
             hour. One that goes on after the time allowed is saved and looked at again by the next \
             plan.",
            "An update sends the whole data source and all settings, secrets included; members of \
             the settings that others have added are lost on ARM, since they cannot be read.",
        ],
        key: Key::Name {
            about: "The name. A change replaces the connector.",
            validators: vec![Validator::pattern(
                "^[A-Za-z][-A-Za-z0-9]{0,30}[A-Za-z0-9]$",
                "2 to 32 letters, digits and hyphens, beginning with a letter and not ending with a \
                 hyphen",
            )],
        },
        segment: "DataConnectors",
        aliases: &["connectors"],
        places: vec![
            Place {
                plane: Plane::Arm,
                collection: "DataConnectors",
                envelope: Envelope::Properties,
                list: ListShape::Value,
                masked: &["/dataSource", "/extendedProperties"],
            },
            Place {
                plane: Plane::DataPlane,
                collection: "/api/v2/extendedAgent/connectors",
                envelope: Envelope::Extended("AgentConnector"),
                list: ListShape::Value,
                masked: &[],
            },
        ],
        store: StoreKind::Named,
        name_at: None,
        nodes: vec![
            Node::OneOf(OneOf {
                title: "connector type",
                tag: "/dataConnectorType",
                variants: vec![kusto(), app_insights(), log_analytics(), mcp(), other()],
                replace: true,
            }),
            Field::string(
                "identity",
                "/identity",
                "What the connector signs in with: `system` for the system-assigned identity, the \
                 resource id of a user-assigned one, or an empty text for none.",
            )
            .default(json!("system"))
            .null_means(json!(""))
            .same(same::ignoring_case)
            .into(),
            Field::string(
                "provisioning_state",
                "/provisioningState",
                "How far the service is with the connector.",
            )
            .volatile()
            .into(),
            Field::string(
                "deployment_error",
                "/deploymentError",
                "Why the installation failed, if it did.",
            )
            .volatile()
            .into(),
            Field::string(
                "source",
                "/source",
                "`Agent`, or `AgentSpace` for a connector that the agent inherits.",
            )
            .computed()
            .into(),
        ],
        read_only: &["/name"],
        additional_at: "",
        checks: vec![check_mcp],
        timeouts: Timeouts::minutes(45, 5, 45, 45),
        serial: true,
    }
}

fn kusto() -> Variant {
    Variant {
        name: "kusto",
        about: "An Azure Data Explorer database.",
        tag: Some("Kusto"),
        fixed: Vec::new(),
        nodes: vec![
            Field::string(
                "url",
                "/dataSource",
                "The URL of the cluster, with or without the database: \
                 `https://cluster.region.kusto.windows.net/database`.",
            )
            .required()
            .check(https())
            .into(),
        ],
    }
}

fn app_insights() -> Variant {
    Variant {
        name: "app_insights",
        about: "An Application Insights component.",
        tag: Some("AppInsights"),
        fixed: Vec::new(),
        nodes: vec![
            component("The resource id of the component."),
            Field::string(
                "app_id",
                "/extendedProperties/appId",
                "The application id of the component.",
            )
            .into(),
            resource_name(),
        ],
    }
}

fn log_analytics() -> Variant {
    Variant {
        name: "log_analytics",
        about: "A Log Analytics workspace.",
        tag: Some("LogAnalytics"),
        fixed: Vec::new(),
        nodes: vec![
            component("The resource id of the workspace."),
            resource_name(),
        ],
    }
}

fn mcp() -> Variant {
    let set = |name, at, about| Node::from(Field::string_set(name, at, about));
    Variant {
        name: "mcp",
        about: "A server of the Model Context Protocol.",
        tag: Some("Mcp"),
        // The service wants some data source, and this one uses none.
        fixed: vec![("/dataSource", json!("placeholder"))],
        nodes: vec![
            Field::string(
                "transport",
                "/extendedProperties/type",
                "How it is spoken to: `http`, `sse` or `stdio`.",
            )
            .required()
            .same(same::ignoring_case)
            .check(Validator::known_values(&["http", "stdio", "sse"]))
            .into(),
            Field::string(
                "endpoint",
                "/extendedProperties/endpoint",
                "The URL of the server, for `http` and `sse`.",
            )
            .check(https())
            .into(),
            Field::string(
                "auth_type",
                "/extendedProperties/authType",
                "How to sign in to the URL: `BearerToken`, `CustomHeaders`, `ManagedIdentity`, `OAuth` \
                 or `None`.",
            )
            .same(same::ignoring_case)
            .check(Validator::known_values(&[
                "BearerToken",
                "CustomHeaders",
                "ManagedIdentity",
                "OAuth",
                "None",
            ]))
            .into(),
            Field::secret(
                "bearer_token",
                "/extendedProperties/bearerToken",
                "The token for `BearerToken`.",
            )
            .into(),
            Field::secret_map(
                "headers",
                "/extendedProperties/headers",
                "The headers for `CustomHeaders`.",
            )
            .into(),
            Field::string(
                "command",
                "/extendedProperties/command",
                "The program, for `stdio`, such as `npx` or `uvx`.",
            )
            .into(),
            Field::strings("args", "/extendedProperties/args", "The arguments of the program.")
                .into(),
            Field::secret_map(
                "environment",
                "/extendedProperties/envs",
                "The environment of the program.",
            )
            .into(),
            set(
                "selected_tools",
                "/extendedProperties/selectedTools",
                "The tools to offer; `[\"*\"]` means all.",
            ),
            set(
                "tools_visible_to_meta_agent",
                "/extendedProperties/toolsVisibleToMetaAgent",
                "The tools that the main agent sees, besides its subagents; `[\"*\"]` means all.",
            ),
            Field::string(
                "partner_type",
                "/extendedProperties/partnerType",
                "The partner preset, such as `DynatraceMcp`.",
            )
            .into(),
        ],
    }
}

fn other() -> Variant {
    Variant {
        name: "other",
        about: "A connector of a type that the provider has no argument for. Secret settings go into \
                `additional_properties_wo`.",
        tag: None,
        fixed: Vec::new(),
        nodes: vec![
            Field::string(
                "type",
                "/dataConnectorType",
                "The type, as the service calls it. A change replaces the connector.",
            )
            .required()
            .replace()
            .same(same::ignoring_case)
            .check(Validator::length(1, 128))
            .into(),
            Field::string(
                "data_source",
                "/dataSource",
                "The data source, such as a URL or a connection string.",
            )
            .sensitive()
            .into(),
            Field::new(
                "settings",
                Shape::OwnJson,
                "/extendedProperties",
                "The settings as an object (`extendedProperties`). Only the members given here are \
                 read back, since others may be secret.",
            )
            .sensitive()
            .empty_means_absent(json!({}))
            .into(),
        ],
    }
}

/// A resource id, which the service wants in two places.
fn component(about: &'static str) -> Node {
    Field::string("resource_id", "/dataSource", about)
        .also_at("/extendedProperties/armResourceId")
        .required()
        .same(same::ignoring_case)
        .check(Validator::pattern(
            "^/subscriptions/[^/]+/",
            "an Azure resource id",
        ))
        .into()
}

fn resource_name() -> Node {
    Field::string(
        "resource_name",
        "/extendedProperties/resource/name",
        "The name to show for the resource.",
    )
    .into()
}

fn https() -> Validator {
    Validator::pattern("^https?://[^\\s/]+", "a URL with `https://`")
}

fn check_mcp(config: &Value, diagnostics: &mut Diagnostics) {
    let mcp = config.get("mcp");
    let Some(transport) = mcp.get("transport").as_str() else {
        return;
    };
    let stdio = transport.eq_ignore_ascii_case("stdio");
    let needed = if stdio { "command" } else { "endpoint" };
    if mcp.get(needed).is_null() {
        let path = Path::from("mcp").attribute(needed);
        let detail = format!("The transport `{transport}` needs `{needed}`.");
        diagnostics.push(Diagnostic::error("The MCP server cannot be reached", detail).at(path));
    }
}
