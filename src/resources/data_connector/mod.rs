//! Connectors to data sources and services: `Microsoft.App/agents/DataConnectors`.

mod knowledge;
mod mcp;

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::shared;
use crate::kind::{
    Alternate, Envelope, Field, Kind, Name, Node, OneOf, Place, Plane, Serial, Shape, StoreKind,
    Timeouts, Types, Variant, Wait, below, equality,
};

/// The member with the settings of a connector, which depend on its type.
const SETTINGS: &str = "/extendedProperties";

/// Returns the kind of `azuresre_data_connector`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "data_connector",
        title: "data connector",
        about: "A data connector of an agent: a telemetry source, an MCP server, knowledge, or \
                another system that the agent reads from or acts on.",
        notes: vec![
            "ARM does not return the data source and the settings of a connector. The provider \
             does not notice when somebody else changes them, and an import leaves them empty. The \
             data plane returns everything, but the provider does not read secrets from it.",
            "Knowledge connectors are on the data plane by default, because the installation of \
             such a connector on ARM may never finish.",
            "The provider installs the connectors of an agent in parallel. If a build of the \
             service rejects this, the provider installs them one after another. An installation \
             can take half an hour. If it takes longer than the timeout, Terraform saves the \
             connector in state, and the next plan checks it again.",
            "An update sends the whole data source and all settings, including secrets. On ARM, \
             this removes settings that somebody else has added, because the provider cannot read \
             them.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the connector. Except for knowledge connectors on the data plane, the \
                    name must also be 2 to 32 letters, digits and hyphens, begin with a letter, \
                    and not end with a hyphen.",
            validators: vec![
                shared::name(),
                Validator::pattern(
                    "^[A-Za-z0-9][-._A-Za-z0-9]*$",
                    "letters, digits, hyphens, dots and underscores, beginning with a letter or \
                     digit",
                ),
            ],
        }),
        segment: "DataConnectors",
        aliases: &["connectors"],
        places: vec![
            Place {
                plane: Plane::Arm,
                collection: "DataConnectors",
                envelope: Envelope::Properties,
                masked: &["/dataSource", SETTINGS],
                listed_whole: true,
                ..Place::data_plane("", Envelope::Bare)
            },
            Place {
                listed_whole: true,
                ..Place::data_plane(
                    "/api/v2/extendedAgent/connectors",
                    Envelope::ExtendedBy(Types {
                        at: "/dataConnectorType",
                        special: knowledge::TYPES,
                        otherwise: "AgentConnector",
                    }),
                )
            },
        ],
        nodes: vec![
            Node::OneOf(OneOf {
                title: "connector type",
                tag: "/dataConnectorType".into(),
                variants: vec![
                    kusto(),
                    app_insights(),
                    log_analytics(),
                    azure_monitor(),
                    monitor_client(),
                    mcp::variant(),
                    outlook(),
                    teams(),
                    github_oauth(),
                    knowledge::file(),
                    knowledge::text(),
                    knowledge::web_page(),
                    other(),
                ],
                replace: true,
            }),
            Field::string(
                "identity",
                "/identity",
                "Identity with which the connector signs in: `system` for the system-assigned \
                 identity, the resource ID of a user-assigned identity, or `none`. The default for \
                 knowledge connectors is `none`.",
            )
            .default(json!("system"))
            .null_means(json!("none"))
            .renamed_values(&[("none", "")])
            .semantic_equality(same_identity)
            .into(),
            Field::bool(
                "wait_for_provisioning",
                "",
                "Whether the provider waits on ARM until the service has installed the connector, \
                 which can take half an hour. If it does not wait, the next plan shows a failed \
                 installation.",
            )
            .default(json!(true))
            .local()
            .into(),
            Field::string(
                "provisioning_state",
                "/provisioningState",
                "Provisioning state of the connector.",
            )
            .volatile()
            .into(),
            Field::string(
                "deployment_error",
                "/deploymentError",
                "Reason why the installation failed, if it failed.",
            )
            .volatile()
            .into(),
            Field::string(
                "source",
                "/source",
                "Origin of the connector: `Agent`, or `AgentSpace` for a connector that the agent \
                 inherits.",
            )
            .computed()
            .into(),
        ],
        alternates: &[Alternate::Beside(mcp::HEADERS)],
        read_only: &["/name"],
        checks: vec![check_name, check_settings, mcp::check],
        timeouts: Timeouts::minutes(45, 5, 45, 45),
        serial: Serial::WhereRefused,
        waits: vec![Wait {
            argument: "wait_for_provisioning",
            what: "the installation",
            plane: Some(Plane::Arm),
            at: "/provisioningState",
            done: &["Succeeded", "Running"],
            failed: &["Failed", "Canceled"],
            reason_at: Some("/deploymentError"),
        }],
        ..Kind::child()
    }
}

/// Compares identities. An empty string means `none`, because hosts omit empty strings when they
/// generate a configuration.
fn same_identity(one: &Value, other: &Value) -> bool {
    let name = |value: &Value| match value.as_str()? {
        "" => Some("none".to_owned()),
        name => Some(name.to_ascii_lowercase()),
    };
    name(one)
        .zip(name(other))
        .is_some_and(|(one, other)| one == other)
}

fn check_settings(config: &Value, diagnostics: &mut Diagnostics) {
    let settings = config.get("other").get("settings");
    let path = Path::from("other").attribute("settings");
    shared::check_settings(settings, &[], path, diagnostics);
}

/// Checks names. ARM requires a pattern, but names of knowledge may be file names.
fn check_name(config: &Value, diagnostics: &mut Diagnostics) {
    let Some(name) = config.get("name").as_str() else {
        return;
    };
    let is_knowledge = ["knowledge_file", "knowledge_text", "knowledge_web_page"]
        .iter()
        .any(|choice| !config.get(choice).is_null());
    let on_arm = !is_knowledge || config.get("plane").as_str() == Some("arm");
    if on_arm && azure::id::validate_agent_name(name).is_err() {
        let detail = format!(
            "The name of a connector must have 2 to 32 letters, digits and hyphens, begin with a \
             letter, and not end with a hyphen, but it is {name:?}. Only knowledge connectors on \
             the data plane can have other names."
        );
        diagnostics.push(Diagnostic::error("Invalid name", detail).at("name"));
    }
}

fn kusto() -> Variant {
    let nodes = vec![
        Field::string(
            "url",
            "/dataSource",
            "URL of the cluster, with or without the database, such as \
             `https://cluster.region.kusto.windows.net/database`.",
        )
        .required_unread()
        .check(https())
        .into(),
    ];
    Variant::new(
        "kusto",
        Some("Kusto"),
        "Azure Data Explorer database.",
        nodes,
    )
}

fn app_insights() -> Variant {
    let app_id = Field::string("app_id", "/appId", "Application ID of the component.").into();
    let nodes = with_settings(
        component("Resource ID of the component."),
        vec![app_id, resource_name()],
    );
    Variant::new(
        "app_insights",
        Some("AppInsights"),
        "Application Insights component.",
        nodes,
    )
}

fn log_analytics() -> Variant {
    let nodes = with_settings(
        component("Resource ID of the workspace."),
        vec![resource_name()],
    );
    Variant::new(
        "log_analytics",
        Some("LogAnalytics"),
        "Log Analytics workspace.",
        nodes,
    )
}

fn azure_monitor() -> Variant {
    let lookback = Field::number(
        "lookback_days",
        "/lookbackDays",
        "Number of days for which the agent reads alerts.",
    );
    let nodes = with_settings(
        component("ID of the subscription, in the form `/subscriptions/<id>`."),
        vec![lookback.check(Validator::between(1, 3_650)).into()],
    );
    Variant::new(
        "azure_monitor",
        Some("AzureMonitor"),
        "Alerts of a subscription, in the form that Microsoft's templates create. To choose the \
         incident platform of the agent, use `incident_management` of `azuresre_agent` instead.",
        nodes,
    )
}

fn monitor_client() -> Variant {
    let about = "Data source of the connector. This type does not need one.";
    let nodes = vec![data_source(about, "n/a")];
    Variant::new(
        "monitor_client",
        Some("MonitorClient"),
        "Azure Monitor client. The portal creates one with the name `azure-monitor` on first use.",
        nodes,
    )
}

fn github_oauth() -> Variant {
    let about = "Data source of the connector. This type has a fixed data source.";
    let nodes = vec![data_source(about, "github-oauth")];
    Variant::new(
        "github_oauth",
        Some("GitHubOAuth"),
        "GitHub with the sign-in of a person (OAuth). For builds of the service since April 2026, \
         use `azuresre_github_domain` instead.",
        nodes,
    )
}

/// Returns a data source that the service requires, although the connector does not use it.
fn data_source(about: &'static str, default: &'static str) -> Node {
    Field::string("data_source", "/dataSource", about)
        .default(json!(default))
        .into()
}

fn outlook() -> Variant {
    let nodes = vec![connection()];
    Variant::new(
        "outlook",
        Some("Outlook"),
        "Outlook mailbox. An agent can have one. Somebody must sign in to it once in the portal.",
        nodes,
    )
}

fn teams() -> Variant {
    let nodes = vec![
        Field::string("channel_url", "/dataSource", "Link to the channel.")
            .required_unread()
            .check(https())
            .into(),
    ];
    Variant::new(
        "teams",
        Some("Teams"),
        "Microsoft Teams channel to which the agent posts. An agent can have one. Somebody must \
         sign in to it once in the portal.",
        nodes,
    )
}

fn connection() -> Node {
    Field::string(
        "connection_id",
        "/dataSource",
        "Resource ID of the API connection (`Microsoft.Web/connections`).",
    )
    .required_unread()
    .semantic_equality(equality::ignoring_case)
    .check(shared::resource_id())
    .into()
}

fn other() -> Variant {
    let nodes = vec![
        Field::string(
            "type",
            "/dataConnectorType",
            "Type of the connector, as the service names it.",
        )
        .required()
        .replace()
        .semantic_equality(equality::ignoring_case)
        .check(Validator::length(1, 128))
        .into(),
        Field::string(
            "data_source",
            "/dataSource",
            "Data source of the connector, such as a URL or a connection string.",
        )
        // Hosts omit sensitive values when they generate a configuration for an import.
        .server_chosen()
        .when_set("If you omit this argument, the current value stays.")
        .sensitive()
        .into(),
        Field::new(
            "settings",
            Shape::PartialJson,
            SETTINGS,
            "Object with the settings of the connector (`extendedProperties`). Terraform writes \
             these values to its debug log, although they are sensitive.",
        )
        .when_set(
            "The provider reads back only the settings that you set here, because others may be \
             secret. Set secret settings in `additional_properties_wo`.",
        )
        .sensitive()
        .empty_means_absent(json!({}))
        .into(),
    ];
    Variant::new(
        "other",
        None,
        "Connector of a type that the provider has no argument for.",
        nodes,
    )
}

/// Returns a resource id that the service requires in two places.
fn component(about: &'static str) -> Node {
    Field::string("resource_id", "/dataSource", about)
        .also_at("/extendedProperties/armResourceId")
        .required_unread()
        .semantic_equality(equality::ignoring_case)
        .check(shared::resource_id())
        .into()
}

/// Combines a data source with further settings.
fn with_settings(data_source: Node, settings: Vec<Node>) -> Vec<Node> {
    let mut nodes = below(SETTINGS, settings);
    nodes.push(data_source);
    nodes
}

fn resource_name() -> Node {
    Field::string(
        "resource_name",
        "/resource/name",
        "Display name of the resource.",
    )
    .into()
}

pub(super) fn https() -> Validator {
    Validator::pattern("^https?://[^\\s/]+", "an `http://` or `https://` URL").of_reference()
}
