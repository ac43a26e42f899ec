//! What an agent reads from and acts through: `Microsoft.App/agents/DataConnectors`.

mod knowledge;
mod mcp;

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::shared;
use crate::kind::{
    Alternate, Envelope, Field, Kind, Name, Node, OneOf, Place, Plane, Serial, Shape, StoreKind,
    Timeouts, Types, Variant, Wait, same,
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
            "Knowledge is kept on the data plane unless `plane` says otherwise; on ARM it can hang in the \
             installation that connectors go through.",
            "Connectors of an agent are installed beside each other. Builds of the service that refuse one \
             while another is installed get them one after another. An installation can take half an \
             hour; one that goes on after the time allowed is saved and looked at again by the next plan.",
            "An update sends the whole data source and all settings, secrets included; members of \
             the settings that others have added are lost on ARM, since they cannot be read.",
        ],
        store: StoreKind::Named(Name {
            about: "The name. A change replaces the connector.",
            validators: vec![
                shared::name(),
                Validator::pattern(
                    "^[A-Za-z0-9][-._A-Za-z0-9]*$",
                    "letters, digits, hyphens, dots and underscores",
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
                masked: &["/dataSource", "/extendedProperties"],
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
                tag: "/dataConnectorType",
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
                "What the connector signs in with: `system` for the system-assigned identity, the resource \
                 id of a user-assigned one, or `none`, which is the default for knowledge.",
            )
            .default(json!("system"))
            .null_means(json!("none"))
            .spelled(&[("none", "")])
            .same(same_identity)
            .into(),
            Field::bool(
                "wait_for_provisioning",
                "",
                "Whether to wait on ARM until the service has installed the connector, which can take \
                 half an hour. Without waiting, a failed installation shows in the next plan.",
            )
            .default(json!(true))
            .local()
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

/// An empty text is `none` as well: hosts leave empty texts out of the configurations that they write.
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

/// Names on ARM have a pattern of their own; those of knowledge may be file names.
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
            "The name of a connector has 2 to 32 letters, digits and hyphens, begins with a letter and \
             does not end with a hyphen; {name:?} does not fit. Only knowledge on the data plane may \
             have other names."
        );
        diagnostics.push(Diagnostic::error("Invalid name", detail).at("name"));
    }
}

fn kusto() -> Variant {
    let nodes = vec![
        Field::string(
            "url",
            "/dataSource",
            "The URL of the cluster, with or without the database: \
                 `https://cluster.region.kusto.windows.net/database`.",
        )
        .required_unread()
        .check(https())
        .into(),
    ];
    Variant::new(
        "kusto",
        Some("Kusto"),
        "An Azure Data Explorer database.",
        nodes,
    )
}

fn app_insights() -> Variant {
    let nodes = vec![
        component("The resource id of the component."),
        Field::string(
            "app_id",
            "/extendedProperties/appId",
            "The application id of the component.",
        )
        .into(),
        resource_name(),
    ];
    Variant::new(
        "app_insights",
        Some("AppInsights"),
        "An Application Insights component.",
        nodes,
    )
}

fn log_analytics() -> Variant {
    let nodes = vec![
        component("The resource id of the workspace."),
        resource_name(),
    ];
    Variant::new(
        "log_analytics",
        Some("LogAnalytics"),
        "A Log Analytics workspace.",
        nodes,
    )
}

fn azure_monitor() -> Variant {
    let nodes = vec![
        component("The id of the subscription, as `/subscriptions/<id>`."),
        Field::number(
            "lookback_days",
            "/extendedProperties/lookbackDays",
            "How many days of alerts are looked at.",
        )
        .check(Validator::between(1, 3_650))
        .into(),
    ];
    Variant::new(
        "azure_monitor",
        Some("AzureMonitor"),
        "The alerts of a subscription, as the vendor's templates set them up. The platform whose incidents \
         the agent handles is `incident_management` of the agent.",
        nodes,
    )
}

fn monitor_client() -> Variant {
    let about = "The data source, of which this type needs none.";
    let nodes = vec![data_source(about, "n/a")];
    Variant::new(
        "monitor_client",
        Some("MonitorClient"),
        "The client of Azure Monitor, which the portal makes on first use under the name `azure-monitor`.",
        nodes,
    )
}

fn github_oauth() -> Variant {
    let about = "The data source, which this type has a fixed one of.";
    let nodes = vec![data_source(about, "github-oauth")];
    Variant::new(
        "github_oauth",
        Some("GitHubOAuth"),
        "GitHub by a sign-in of a person. Builds of the service since April 2026 use \
         `azuresre_github_domain` instead.",
        nodes,
    )
}

/// A data source that the service wants though it says nothing.
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
        "A mailbox; one per agent. Somebody has to sign in to it in the portal once.",
        nodes,
    )
}

fn teams() -> Variant {
    let nodes = vec![
        Field::string("channel_url", "/dataSource", "The link to the channel.")
            .required_unread()
            .check(https())
            .into(),
    ];
    Variant::new(
        "teams",
        Some("Teams"),
        "A channel to post to; one per agent. Somebody has to sign in to it in the portal once.",
        nodes,
    )
}

fn connection() -> Node {
    Field::string(
        "connection_id",
        "/dataSource",
        "The resource id of the API connection (`Microsoft.Web/connections`).",
    )
    .required_unread()
    .same(same::ignoring_case)
    .check(shared::resource_id())
    .into()
}

fn other() -> Variant {
    let nodes = vec![
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
                 read back, since others may be secret. Terraform writes values of any type to its \
                 own debug log, these too.",
        )
        .sensitive()
        .empty_means_absent(json!({}))
        .into(),
    ];
    Variant::new(
        "other",
        None,
        "A connector of a type that the provider has no argument for. Secret settings go into \
                `additional_properties_wo`.",
        nodes,
    )
}

/// A resource id, which the service wants in two places.
fn component(about: &'static str) -> Node {
    Field::string("resource_id", "/dataSource", about)
        .also_at("/extendedProperties/armResourceId")
        .required_unread()
        .same(same::ignoring_case)
        .check(shared::resource_id())
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

pub(super) fn https() -> Validator {
    Validator::pattern("^https?://[^\\s/]+", "a URL with `https://`").of_reference()
}
