//! The agent itself: `Microsoft.App/agents`.

mod checks;
mod egress;
mod network;

use std::time::Duration;

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{
    ByProduct, Envelope, Field, Kind, KnownIn, Node, Place, Plane, Serial, Shape, StoreKind,
    Timeouts, same,
};

/// `azuresre_agent`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "agent",
        title: "agent",
        about: "An Azure SRE Agent.",
        notes: vec![
            "Whoever runs Terraform needs the right to write `Microsoft.App/agents` on the resource \
             group, such as the role Contributor. The objects inside an agent need the role SRE Agent \
             Administrator on it as well; whoever creates an agent has it.",
            "Creation takes minutes. An update sends only the parts that change, so that what others \
             have set, such as an incident platform, stays.",
            "An agent costs from its creation until its destruction, also while it is stopped. \
             Destroying it destroys everything in it.",
        ],
        store: StoreKind::Tracked,
        segment: "agents",
        places: vec![Place {
            plane: Plane::Arm,
            ..Place::data_plane("agents", Envelope::Bare)
        }],
        nodes: [
            top_level(),
            access(),
            platform(),
            network::nodes(),
            computed(),
        ]
        .concat(),
        read_only: &[
            "/id",
            "/name",
            "/type",
            "/systemData",
            "/properties/permissions",
            "/properties/managedResources",
        ],
        additional_at: Some("/properties"),
        checks: vec![checks::identity, checks::platform_access, checks::network],
        plan_checks: vec![
            checks::key_of_platform,
            checks::quickstart_plan,
            checks::allowed_hosts,
        ],
        timeouts: Timeouts::minutes(30, 5, 30, 30),
        serial: Serial::Always,
        by_product: Some(ByProduct {
            block: "incident_management",
            cause: "type",
            argument: "remove_quickstart_plan",
            paths: &[
                "/api/v2/extendedAgent/incidentFilters/quickstart_handler",
                "/api/v2/extendedAgent/incidentFilters/quickstart_response_plan",
            ],
            effect: shared::PLATFORM,
            within: Duration::from_secs(20),
        }),
        ..Kind::child()
    }
}

fn top_level() -> Vec<Node> {
    vec![
        Field::string(
            "location",
            "/location",
            "The Azure region. A change replaces the agent. The regions that offer agents change; \
             `az provider show -n Microsoft.App` lists them.",
        )
        .required()
        .replace()
        .same(same::region)
        .into(),
        Field::new(
            "tags",
            Shape::StringMap { foreign_prefix: Some("hidden-link:") },
            "/tags",
            "The tags of the agent. Tags that the portal keeps for itself (`hidden-link:`) are left \
             alone unless they are given here.",
        )
        .default(json!({}))
        .into(),
        Field::object(
            "identity",
            "/identity",
            "The managed identities of the agent. Without this block it has none.",
            vec![
                Field::string(
                    "type",
                    "/type",
                    "`SystemAssigned`, `UserAssigned` or `SystemAssigned, UserAssigned`.",
                )
                .required()
                .same(same::ignoring_case_and_space)
                .check(Validator::text(
                    "`SystemAssigned`, `UserAssigned` or `SystemAssigned, UserAssigned`",
                    checks::identity_type,
                ))
                .into(),
                Field::new(
                    "identity_ids",
                    Shape::KeySet,
                    "/userAssignedIdentities",
                    "The resource ids of the user-assigned identities.",
                )
                .default(json!({}))
                .same(same::ignoring_case)
                .into(),
            ],
        )
        .empty_means_absent(json!({ "type": "None" }))
        .reset(json!({ "type": "None" }))
        .into(),
        Field::string(
            "power_state",
            "/properties/powerState",
            "`Running` or `Stopped`. Without it the agent is left as it is. A stopped agent does not \
             answer on its data plane: what is in it keeps its state without being read, and cannot be \
             changed. Where this argument changes, starting comes before everything else, and stopping after \
             the change of the agent; an agent that is created or replaced `Stopped` is started while objects \
             of the same apply are written to it. An apply with `-target` does only what it names.",
        )
        .server_chosen()
        .by_action(&[("Running", "start"), ("Stopped", "stop")])
        .first("start")
        .same(same::ignoring_case)
        .check(Validator::one_of(&["Running", "Stopped"], true))
        .into(),
    ]
}

fn access() -> Vec<Node> {
    vec![
        Field::object(
            "action",
            "/properties/actionConfiguration",
            "What the agent may do by itself. Without this block it reviews with low access, and \
             anything else is shown as a change.",
            vec![
                Field::string(
                    "mode",
                    "/mode",
                    "How it acts in conversations: `Autonomous`, `Review` (asks first) or `ReadOnly`. \
                     `Automatic` is `Autonomous` by an older name. Triggers, filters and tasks have \
                     modes of their own.",
                )
                .default(json!("Review"))
                .same(checks::same_mode)
                .known_values(&["Autonomous", "Review", "ReadOnly", "Automatic"])
                .into(),
                Field::string("access_level", "/accessLevel", "What it may reach: `Low` or `High`.")
                    .default(json!("Low"))
                    .known_values(&["Low", "High"])
                    .into(),
                Field::string(
                    "identity_id",
                    "/identity",
                    "The resource id of the user-assigned identity that it acts with.",
                )
                .empty_means_absent(json!(""))
                .same(same::ignoring_case)
                .into(),
            ],
        )
        .default(json!({ "mode": "Review", "accessLevel": "Low" }))
        .into(),
        Field::object(
            "knowledge_graph",
            "/properties/knowledgeGraphConfiguration",
            "Which Azure resources the agent knows.",
            vec![
                Field::string(
                    "identity_id",
                    "/identity",
                    "The resource id of the user-assigned identity that it reads them with.",
                )
                .empty_means_absent(json!(""))
                .same(same::ignoring_case)
                .into(),
                Field::string_set(
                    "managed_resources",
                    "/managedResources",
                    "The ids of the resources, usually resource groups.",
                )
                .same(same::ignoring_case)
                .into(),
            ],
        )
        .into(),
        Field::object(
            "log",
            "/properties/logConfiguration",
            "Where the agent's own telemetry goes.",
            vec![
                Field::object(
                    "application_insights",
                    "/applicationInsightsConfiguration",
                    "An Application Insights component.",
                    vec![
                        Field::string("app_id", "/appId", "The application id of the component.")
                            .into(),
                        Field::string(
                            "resource_id",
                            "/applicationInsightsResourceId",
                            "The resource id of the component. It can be given alone.",
                        )
                        .known_in(KnownIn::Previews)
                        .empty_means_absent(json!(""))
                        .same(same::ignoring_case)
                        .into(),
                        Field::secret(
                            "connection_string",
                            "/connectionString",
                            "The connection string of the component.",
                        )
                        .into(),
                    ],
                )
                .into(),
                Field::object(
                    "log_analytics",
                    "/logAnalyticsConfiguration",
                    "A Log Analytics workspace.",
                    vec![
                        Field::string("workspace_id", "/workspaceId", "The id of the workspace.")
                            .required()
                            .into(),
                        Field::secret("shared_key", "/sharedKey", "A key of the workspace.").into(),
                    ],
                )
                .known_in(KnownIn::Previews)
                .into(),
            ],
        )
        .into(),
    ]
}

fn platform() -> Vec<Node> {
    vec![
        Field::object(
            "default_model",
            "/properties/defaultModel",
            "The model that the agent thinks with. The service chooses whatever is not given, and its \
             choice stays when the argument is removed.",
            vec![
                Field::string(
                    "provider",
                    "/provider",
                    "The provider: `Anthropic` or `MicrosoftFoundry`.",
                )
                .server_chosen()
                .known_values(&["Anthropic", "MicrosoftFoundry", "GitHubCopilot"])
                .into(),
                Field::string("name", "/name", "The model, such as `Automatic`.")
                    .server_chosen()
                    .same(same::ignoring_case)
                    .into(),
            ],
        )
        .server_chosen()
        .into(),
        Field::string(
            "upgrade_channel",
            "/properties/upgradeChannel",
            "`Stable` or `Preview`. The service chooses if it is not given, and its choice stays when \
             the argument is removed.",
        )
        .server_chosen()
        .known_values(&["Stable", "Preview"])
        .into(),
        Field::number(
            "monthly_agent_unit_limit",
            "/properties/monthlyAgentUnitLimit",
            "The most agent units that active work may use in a month; the agent rests when they are \
             used up. The service chooses if it is not given, and its choice stays when the argument \
             is removed.",
        )
        .known_in(KnownIn::Previews)
        .server_chosen()
        .check(Validator::between(1, 1_000_000_000))
        .into(),
        incident_management(),
        Field::strings(
            "mcp_servers",
            "/properties/mcpServers",
            "The URLs of MCP servers that the agent uses without a connector.",
        )
        .known_in(KnownIn::Previews)
        .into(),
        Field::new(
            "experimental_settings",
            Shape::Json,
            "/properties/experimentalSettings",
            "Feature flags as an object, such as `{ EnableHttpTriggers = true }`.",
        )
        .known_in(KnownIn::Previews)
        .empty_means_absent(json!({}))
        .into(),
        Field::object(
            "agent_identity",
            "/properties/agentIdentity",
            "The Entra agent identity, in tenants that offer it.",
            vec![
                Field::string(
                    "initial_sponsor_group_id",
                    "/initialSponsorGroupId",
                    "The object id of the group that sponsors the identity.",
                )
                .required()
                .into(),
                Field::bool("enabled", "/enabled", "Whether it is enabled.").computed().into(),
                Field::string("client_id", "/clientId", "Its application id.").computed().into(),
            ],
        )
        .into(),
        Field::string(
            "agent_space_id",
            "/properties/agentSpaceId",
            "The resource id of the agent space that the agent is a member of.",
        )
        .known_in(KnownIn::AllBut(&["2026-07-01"]))
        .deprecated(
            "Agent spaces are not offered to customers, and the API no longer documents them. Remove the \
             argument.",
        )
        .empty_means_absent(json!(""))
        .same(same::ignoring_case)
        .into(),
    ]
}

fn incident_management() -> Node {
    Field::object(
        "incident_management",
        "/properties/incidentManagementConfiguration",
        "The platform whose incidents the agent handles, one at a time. A change of the platform \
         leaves the incident filters of the old one without effect.",
        vec![
            Field::string("type", "/type", "`AzMonitor`, `PagerDuty` or `ServiceNow`.")
                .required()
                .check(Validator::text(
                    "neither `None` nor `AzureMonitor`",
                    checks::platform,
                ))
                .known_values(&[
                    "AzMonitor",
                    "PagerDuty",
                    "ServiceNow",
                ])
                .into(),
            Field::string(
                "connection_name",
                "/connectionName",
                "The name of the connection; by convention the type in lower case.",
            )
            .server_chosen()
            .follows(&["type"])
            .into(),
            Field::string(
                "connection_url",
                "/connectionUrl",
                "The URL of the instance, for ServiceNow.",
            )
            .empty_means_absent(json!(""))
            .into(),
            Field::string(
                "api_connection_name",
                "/apiConnectionName",
                "The name of the API connection by which ServiceNow is reached with OAuth. It takes the place \
                 of a key.",
            )
            .empty_means_absent(json!(""))
            .into(),
            Field::secret(
                "connection_key",
                "/connectionKey",
                "The key: for PagerDuty an API key of a user, for ServiceNow the JSON text \
                 `{\"endpoint\", \"username\", \"password\"}`.",
            )
            .only_where(&[("type", &["PagerDuty", "ServiceNow"])])
            .into(),
            Field::bool(
                "remove_quickstart_plan",
                "",
                "Whether to remove the incident filter that the service makes by itself when a \
                 platform is connected (`quickstart_handler`), and that would act on incidents beside \
                 your own filters. It is removed when the platform is set or changed, and when this \
                 becomes true; that needs access to the data plane, and waits until the platform has \
                 taken effect.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string(
                "obo_user",
                "/oboUser",
                "The e-mail address that PagerDuty sees as the requester.",
            )
            .empty_means_absent(json!(""))
            .into(),
        ],
    )
    .empty_means_absent(json!({ "type": "None" }))
    .reset(json!({ "type": "None" }))
    .into()
}

fn computed() -> Vec<Node> {
    vec![
        Field::string(
            "agent_endpoint",
            "/properties/agentEndpoint",
            "The URL of the agent's data plane.",
        )
        .computed()
        .into(),
        Field::string(
            "identity_principal_id",
            "/identity/principalId",
            "The object id of the system-assigned identity, for role assignments.",
        )
        .volatile()
        .follows(&["identity"])
        .into(),
        Field::string(
            "identity_tenant_id",
            "/identity/tenantId",
            "The tenant of the system-assigned identity.",
        )
        .volatile()
        .follows(&["identity"])
        .into(),
        Field::strings(
            "outbound_ip_addresses",
            "/properties/outboundIpAddresses",
            "The addresses from which the agent calls out, for allow-lists.",
        )
        .volatile()
        .follows(&["vnet", "sandbox"])
        .into(),
        Field::string(
            "running_state",
            "/properties/runningState",
            "What the agent is doing, in the service's own words.",
        )
        .volatile()
        .follows(&["power_state"])
        .into(),
        Field::string(
            "provisioning_state",
            "/properties/provisioningState",
            "How far the service is with the agent.",
        )
        .volatile()
        .settles_at("Succeeded")
        .into(),
    ]
}
