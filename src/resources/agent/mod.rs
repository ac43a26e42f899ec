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
    Timeouts, equality,
};

/// Returns the kind of `azuresre_agent`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "agent",
        title: "agent",
        about: "An Azure SRE Agent.",
        notes: vec![
            "You need permission to write `Microsoft.App/agents` in the resource group, for \
             example through the Contributor role. To manage the objects inside an agent, you also \
             need the SRE Agent Administrator role on the agent. The identity that creates an \
             agent gets this role.",
            "Creating an agent takes several minutes. To get the URL of the agent in the portal, \
             use the function [`portal_url`](../functions/portal_url.md).",
            "An update sends only the parts that change. Terraform still manages the arguments and \
             blocks that you leave out: if somebody else connects an incident platform and your \
             configuration has no `incident_management` block, the next apply disconnects it. To \
             keep such a setting, add it to your configuration or to `ignore_changes`.",
            "Azure bills an agent from its creation until you destroy it, even while it is \
             stopped. Destroying an agent also destroys everything in it.",
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
            "Azure region of the agent. To list the regions that currently offer agents, run `az \
             provider show -n Microsoft.App`.",
        )
        .required()
        .replace()
        .semantic_equality(equality::region)
        .into(),
        Field::new(
            "tags",
            Shape::StringMap {
                foreign_prefix: Some("hidden-link:"),
            },
            "/tags",
            "Tags of the agent.",
        )
        .when_set(
            "The provider ignores tags that the portal adds (`hidden-link:`), unless you set them \
             here.",
        )
        .default(json!({}))
        .into(),
        Field::object(
            "identity",
            "/identity",
            "Managed identities of the agent.",
            vec![
                Field::string(
                    "type",
                    "/type",
                    "Type of the managed identities. Possible values are `SystemAssigned`, \
                     `UserAssigned` and `SystemAssigned, UserAssigned`.",
                )
                .required()
                .semantic_equality(equality::ignoring_case_and_space)
                .check(Validator::text(
                    "Must be `SystemAssigned`, `UserAssigned` or `SystemAssigned, UserAssigned`.",
                    checks::identity_type,
                ))
                .into(),
                Field::new(
                    "identity_ids",
                    Shape::ObjectKeys,
                    "/userAssignedIdentities",
                    "Resource IDs of the user-assigned identities.",
                )
                .default(json!({}))
                .semantic_equality(equality::ignoring_case)
                .into(),
            ],
        )
        .when_set("If you omit this block, the agent has no managed identity.")
        .empty_means_absent(json!({ "type": "None" }))
        .reset(json!({ "type": "None" }))
        .into(),
        Field::string(
            "power_state",
            "/properties/powerState",
            "Power state of the agent. Possible values are `Running` and `Stopped`. The data plane \
             of a stopped agent does not answer.",
        )
        .when_set(
            "If you omit this argument, the provider neither starts nor stops the agent. While the \
             agent is stopped, the objects inside it keep their last known state and cannot be \
             changed. When this argument changes, the provider starts the agent before all other \
             changes, and stops it after its other changes. If you create or replace an agent as \
             `Stopped`, the provider keeps it running until the objects of the same apply are \
             written. An apply with `-target` starts or stops an agent only if the target includes \
             it.",
        )
        .server_chosen()
        .by_action(&[("Running", "start"), ("Stopped", "stop")])
        .first("start")
        .semantic_equality(equality::ignoring_case)
        .check(Validator::one_of(&["Running", "Stopped"], true))
        .into(),
    ]
}

fn access() -> Vec<Node> {
    vec![
        Field::object(
            "action",
            "/properties/actionConfiguration",
            "Actions that the agent may take on its own.",
            vec![
                Field::string(
                    "mode",
                    "/mode",
                    "Mode in which the agent acts in conversations. Known values are `Autonomous`, \
                     `Review` (the agent asks for approval first), `ReadOnly`, and `Automatic`, an \
                     older name for `Autonomous`. HTTP triggers, incident filters and scheduled \
                     tasks have their own `mode`.",
                )
                .default(json!("Review"))
                .semantic_equality(checks::same_mode)
                .known_values(&["Autonomous", "Review", "ReadOnly", "Automatic"])
                .into(),
                Field::string(
                    "access_level",
                    "/accessLevel",
                    "Access level of the agent. Known values are `Low` and `High`.",
                )
                .default(json!("Low"))
                .known_values(&["Low", "High"])
                .into(),
                Field::string(
                    "identity_id",
                    "/identity",
                    "Resource ID of the user-assigned identity with which the agent acts.",
                )
                .empty_means_absent(json!(""))
                .semantic_equality(equality::ignoring_case)
                .into(),
            ],
        )
        .when_set(
            "If you omit this block, the agent uses the `Review` mode with `Low` access, and the \
             plan shows any other setting as a change.",
        )
        .default(json!({ "mode": "Review", "accessLevel": "Low" }))
        .into(),
        Field::object(
            "knowledge_graph",
            "/properties/knowledgeGraphConfiguration",
            "Azure resources that the agent knows about.",
            vec![
                Field::string(
                    "identity_id",
                    "/identity",
                    "Resource ID of the user-assigned identity with which the agent reads the \
                     resources.",
                )
                .empty_means_absent(json!(""))
                .semantic_equality(equality::ignoring_case)
                .into(),
                Field::string_set(
                    "managed_resources",
                    "/managedResources",
                    "IDs of the resources, usually of resource groups.",
                )
                .semantic_equality(equality::ignoring_case)
                .into(),
            ],
        )
        .into(),
        Field::object(
            "log",
            "/properties/logConfiguration",
            "Destinations of the agent's own telemetry.",
            vec![
                Field::object(
                    "application_insights",
                    "/applicationInsightsConfiguration",
                    "Application Insights component that receives the telemetry.",
                    vec![
                        Field::string("app_id", "/appId", "Application ID of the component.")
                            .into(),
                        Field::string(
                            "resource_id",
                            "/applicationInsightsResourceId",
                            "Resource ID of the component.",
                        )
                        .when_set("You can set this argument alone.")
                        .known_in(KnownIn::Previews)
                        .empty_means_absent(json!(""))
                        .semantic_equality(equality::ignoring_case)
                        .into(),
                        Field::secret(
                            "connection_string",
                            "/connectionString",
                            "Connection string of the component.",
                        )
                        .into(),
                    ],
                )
                .into(),
                Field::object(
                    "log_analytics",
                    "/logAnalyticsConfiguration",
                    "Log Analytics workspace that receives the telemetry.",
                    vec![
                        Field::string("workspace_id", "/workspaceId", "ID of the workspace.")
                            .required()
                            .into(),
                        Field::secret("shared_key", "/sharedKey", "Access key of the workspace.")
                            .into(),
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
            "Default model of the agent.",
            vec![
                Field::string("provider", "/provider", "Provider of the model.")
                    .server_chosen()
                    .known_values(&["Anthropic", "MicrosoftFoundry", "GitHubCopilot"])
                    .into(),
                Field::string("name", "/name", "Name of the model, such as `Automatic`.")
                    .server_chosen()
                    .semantic_equality(equality::ignoring_case)
                    .into(),
            ],
        )
        .server_chosen()
        .into(),
        Field::string(
            "upgrade_channel",
            "/properties/upgradeChannel",
            "Upgrade channel of the agent. Known values are `Stable` and `Preview`.",
        )
        .server_chosen()
        .known_values(&["Stable", "Preview"])
        .into(),
        Field::number(
            "monthly_agent_unit_limit",
            "/properties/monthlyAgentUnitLimit",
            "Maximum number of agent units that active work may consume in a month. When the limit \
             is reached, the agent pauses its work.",
        )
        .known_in(KnownIn::Previews)
        .server_chosen()
        .check(Validator::between(1, 1_000_000_000))
        .into(),
        incident_management(),
        Field::strings(
            "mcp_servers",
            "/properties/mcpServers",
            "URLs of MCP servers that the agent uses without a connector.",
        )
        .known_in(KnownIn::Previews)
        .into(),
        Field::new(
            "experimental_settings",
            Shape::Json,
            "/properties/experimentalSettings",
            "Object with feature flags, such as `{ EnableHttpTriggers = true }`.",
        )
        .known_in(KnownIn::Previews)
        .empty_means_absent(json!({}))
        .into(),
        Field::object(
            "agent_identity",
            "/properties/agentIdentity",
            "Microsoft Entra agent identity. Not all tenants offer it.",
            vec![
                Field::string(
                    "initial_sponsor_group_id",
                    "/initialSponsorGroupId",
                    "Object ID of the group that sponsors the identity.",
                )
                .required()
                .into(),
                Field::bool("enabled", "/enabled", "Whether the identity is enabled.")
                    .computed()
                    .into(),
                Field::string("client_id", "/clientId", "Application ID of the identity.")
                    .computed()
                    .into(),
            ],
        )
        .into(),
        Field::string(
            "agent_space_id",
            "/properties/agentSpaceId",
            "Resource ID of the agent space to which the agent belongs.",
        )
        .known_in(KnownIn::AllBut(&["2026-07-01"]))
        .deprecated(
            "Agent spaces are not available to customers, and the API no longer documents them. \
             Remove the argument.",
        )
        // Hosts omit deprecated arguments when they generate a configuration for an import.
        .server_chosen()
        .when_set("If you omit this argument, the current value stays.")
        .semantic_equality(equality::ignoring_case)
        .into(),
    ]
}

fn incident_management() -> Node {
    Field::object(
        "incident_management",
        "/properties/incidentManagementConfiguration",
        "Incident platform whose incidents the agent handles. An agent has at most one.",
        vec![
            Field::string(
                "type",
                "/type",
                "Type of the platform. Known values are `AzMonitor`, `PagerDuty` and `ServiceNow`.",
            )
            .required()
            .check(Validator::text(
                "Must not be `None` or `AzureMonitor`.",
                checks::platform,
            ))
            .known_values(&["AzMonitor", "PagerDuty", "ServiceNow"])
            .into(),
            Field::string(
                "connection_name",
                "/connectionName",
                "Name of the connection to the platform.",
            )
            .when_set(
                "If you omit this argument, the service chooses the name, usually the `type` in \
                 lowercase.",
            )
            .server_chosen()
            .follows(&["type"])
            .into(),
            Field::string(
                "connection_url",
                "/connectionUrl",
                "URL of the ServiceNow instance.",
            )
            .empty_means_absent(json!(""))
            .into(),
            Field::string(
                "api_connection_name",
                "/apiConnectionName",
                "Name of the API connection through which the agent signs in to ServiceNow with \
                 OAuth.",
            )
            .when_set("Conflicts with `connection_key` and `connection_key_wo`.")
            .empty_means_absent(json!(""))
            .into(),
            Field::secret(
                "connection_key",
                "/connectionKey",
                "Key of the platform. For PagerDuty, this is the API key of a user. For \
                 ServiceNow, this is JSON text of the form `{\"endpoint\", \"username\", \
                 \"password\"}`.",
            )
            .only_where(&[("type", &["PagerDuty", "ServiceNow"])])
            .into(),
            Field::bool(
                "remove_quickstart_plan",
                "",
                "Whether to remove the incident filter that the service creates when you connect a \
                 platform (`quickstart_handler`). This filter acts on incidents in addition to \
                 your own filters. The provider removes it when you set or change the platform, \
                 and when you change this argument to `true`. It waits until the platform is \
                 active, and it needs access to the data plane.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string(
                "obo_user",
                "/oboUser",
                "Email address that the agent gives to PagerDuty as the requester.",
            )
            .empty_means_absent(json!(""))
            .into(),
        ],
    )
    .when_set(
        "If you omit this block, the provider disconnects a platform that is connected. When you \
         change the platform, the incident filters of the previous platform no longer have an \
         effect.",
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
            "URL of the agent's data plane, such as \
             `https://shop-agent--1a2b3c4d.5e6f7a8b.swedencentral.azuresre.ai`.",
        )
        .computed()
        .into(),
        Field::string(
            "identity_principal_id",
            "/identity/principalId",
            "Object ID of the system-assigned identity. Use it in role assignments.",
        )
        .volatile()
        .follows(&["identity"])
        .into(),
        Field::string(
            "identity_tenant_id",
            "/identity/tenantId",
            "Tenant ID of the system-assigned identity.",
        )
        .volatile()
        .follows(&["identity"])
        .into(),
        Field::strings(
            "outbound_ip_addresses",
            "/properties/outboundIpAddresses",
            "IP addresses from which the agent connects to other systems. Use them in allowlists.",
        )
        .volatile()
        .follows(&["vnet", "sandbox"])
        .into(),
        Field::string(
            "running_state",
            "/properties/runningState",
            "Current activity of the agent, as reported by the service.",
        )
        .volatile()
        .follows(&["power_state"])
        .into(),
        Field::string(
            "provisioning_state",
            "/properties/provisioningState",
            "Provisioning state of the agent.",
        )
        .volatile()
        .settles_at("Succeeded")
        .into(),
    ]
}
