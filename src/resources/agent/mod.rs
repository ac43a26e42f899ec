//! The agent itself: `Microsoft.App/agents`.

use azure::ListShape;
use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{
    Envelope, Field, Key, Kind, Node, Place, Plane, Shape, StoreKind, Timeouts, same,
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
        key: Key::Agent,
        segment: "agents",
        aliases: &[],
        places: vec![Place {
            plane: Plane::Arm,
            collection: "agents",
            envelope: Envelope::Bare,
            list: ListShape::Value,
            masked: &[],
        }],
        store: StoreKind::Tracked,
        name_at: None,
        nodes: [top_level(), access(), platform(), network(), computed()].concat(),
        read_only: &[
            "/id",
            "/name",
            "/type",
            "/systemData",
            "/properties/permissions",
            "/properties/managedResources",
            "/properties/runningState",
        ],
        additional_at: "/properties",
        checks: vec![check_identity, check_incident_management, check_network],
        timeouts: Timeouts::minutes(30, 5, 30, 30),
        serial: true,
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
                    check_identity_type,
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
             answer on its data plane, so that objects on it cannot be read or changed.",
        )
        .server_chosen()
        .by_action(&[("Running", "start"), ("Stopped", "stop")])
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
                    "How it acts in conversations: `Review` (asks first), `Automatic` or `ReadOnly`. \
                     Triggers, filters and tasks have modes of their own.",
                )
                .default(json!("Review"))
                .same(same::ignoring_case)
                .check(Validator::known_values(&["Review", "Automatic", "Autonomous", "ReadOnly"]))
                .into(),
                Field::string("access_level", "/accessLevel", "What it may reach: `Low` or `High`.")
                    .default(json!("Low"))
                    .same(same::ignoring_case)
                    .check(Validator::known_values(&["Low", "High"]))
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
        .reset(json!({ "mode": "Review", "accessLevel": "Low" }))
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
                            .into(),
                        Field::secret("shared_key", "/sharedKey", "A key of the workspace.").into(),
                    ],
                )
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
                .same(same::ignoring_case)
                .check(Validator::known_values(&["Anthropic", "MicrosoftFoundry", "GitHubCopilot"]))
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
        .same(same::ignoring_case)
        .check(Validator::known_values(&["Stable", "Preview"]))
        .into(),
        Field::number(
            "monthly_agent_unit_limit",
            "/properties/monthlyAgentUnitLimit",
            "The most agent units that active work may use in a month; the agent rests when they are \
             used up. The service chooses if it is not given, and its choice stays when the argument \
             is removed.",
        )
        .server_chosen()
        .check(Validator::between(1, 1_000_000_000))
        .into(),
        incident_management(),
        Field::strings(
            "mcp_servers",
            "/properties/mcpServers",
            "The URLs of MCP servers that the agent uses without a connector.",
        )
        .into(),
        Field::new(
            "experimental_settings",
            Shape::Json,
            "/properties/experimentalSettings",
            "Feature flags as an object, such as `{ EnableHttpTriggers = true }`.",
        )
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
                Field::bool("enabled", "/enabled", "Whether it is enabled.").volatile().into(),
                Field::string("client_id", "/clientId", "Its application id.").volatile().into(),
            ],
        )
        .into(),
        Field::string(
            "agent_space_id",
            "/properties/agentSpaceId",
            "The resource id of the agent space that the agent is a member of.",
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
                .same(same::ignoring_case)
                .check(Validator::text("a platform", |text| {
                    match text.eq_ignore_ascii_case("None") {
                        true => Err("Leave out the whole block to have no platform.".to_owned()),
                        false => Ok(()),
                    }
                }))
                .check(Validator::known_values(&[
                    "AzMonitor",
                    "PagerDuty",
                    "ServiceNow",
                ]))
                .into(),
            Field::string(
                "connection_name",
                "/connectionName",
                "The name of the connection; by convention the type in lower case.",
            )
            .server_chosen()
            .into(),
            Field::string(
                "connection_url",
                "/connectionUrl",
                "The URL of the instance, for ServiceNow.",
            )
            .empty_means_absent(json!(""))
            .into(),
            Field::secret(
                "connection_key",
                "/connectionKey",
                "The key: for PagerDuty an API key of a user, for ServiceNow the JSON text \
                 `{\"endpoint\", \"username\", \"password\"}`.",
            )
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

fn network() -> Vec<Node> {
    let proxy = vec![
        Field::string("http_url", "/httpUrl", "The proxy for http.").into(),
        Field::string("https_url", "/httpsUrl", "The proxy for https.").into(),
        Field::strings(
            "no_proxy",
            "/noProxy",
            "Hosts that are reached without the proxy.",
        )
        .into(),
    ];
    let egress = vec![
        Field::string("mode", "/mode", "`Unrestricted`, `Limited` or `AzureVNet`.")
            .default(json!("Unrestricted"))
            .same(same::ignoring_case)
            .check(Validator::known_values(&["Unrestricted", "Limited", "AzureVNet"]))
            .into(),
        Field::string_set(
            "allowed_hosts",
            "/allowedHosts",
            "Hosts that may be reached, such as `api.contoso.com` or `*.contoso.com`; at most 100.",
        )
        .check(Validator::at_most(100))
        .check(Validator::each(Validator::length(1, 253)))
        .into(),
        Field::string_set(
            "allowed_registries",
            "/allowedRegistries",
            "Package registries that may be reached: `pypi`, `npmjs`, `nuget-org`, `ubuntu`.",
        )
        .into(),
        Field::string_set(
            "allowed_code_repositories",
            "/allowedCodeRepositories",
            "Code hosts that may be reached: `Github`, `GithubEnterprise`, `AzureDevOps`, `GitLab`.",
        )
        .into(),
        Field::bool(
            "allow_http_mcp_server_network_access",
            "/allowHttpMcpServerNetworkAccess",
            "Whether traffic to MCP servers may bypass the network of the customer.",
        )
        .server_chosen()
        .into(),
        Field::object("http_proxy", "/httpProxy", "A proxy for the sandbox.", proxy).into(),
        Field::object(
            "vnet",
            "/vnetConfiguration",
            "How the sandbox uses the virtual network; in mode `AzureVNet` only.",
            vec![
                Field::bool(
                    "use_private_dns_resolution",
                    "/usePrivateDnsResolution",
                    "Whether names are resolved in the virtual network.",
                )
                .default(json!(false))
                .into(),
            ],
        )
        .into(),
    ];
    let package = vec![
        Field::string("name", "/name", "The name of the package.")
            .required()
            .into(),
        Field::string(
            "version",
            "/version",
            "The version; the newest if it is not given.",
        )
        .into(),
        Field::string(
            "package_manager",
            "/packageManager",
            "`pip`, `npm` or `nuget`.",
        )
        .required()
        .same(same::ignoring_case)
        .check(Validator::known_values(&["pip", "npm", "nuget"]))
        .into(),
    ];
    vec![
        Field::object(
            "vnet",
            "/properties/vnetConfiguration",
            "Brings the agent into a virtual network. It goes together with `sandbox.egress.mode` \
             `AzureVNet`.",
            vec![
                Field::string(
                    "subnet_id",
                    "/subnetResourceId",
                    "The resource id of a subnet in the agent's region, delegated to \
                     `Microsoft.App/environments`.",
                )
                .required()
                .same(same::ignoring_case)
                .into(),
            ],
        )
        .into(),
        Field::object(
            "sandbox",
            "/properties/sandboxConfiguration",
            "What code that the agent runs may reach, and what it finds installed. Without this block \
             it may reach everything.",
            vec![
                Field::object("egress", "/egress", "Outbound traffic.", egress)
                    .reset(json!({ "mode": "Unrestricted" }))
                    .into(),
                Field::objects("packages", "/packages", "Packages to install; at most 200.", package)
                    .check(Validator::at_most(200))
                    .into(),
            ],
        )
        .reset(json!({ "egress": { "mode": "Unrestricted" }, "packages": [] }))
        .into(),
    ]
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
        .into(),
        Field::string(
            "identity_tenant_id",
            "/identity/tenantId",
            "The tenant of the system-assigned identity.",
        )
        .volatile()
        .into(),
        Field::strings(
            "outbound_ip_addresses",
            "/properties/outboundIpAddresses",
            "The addresses from which the agent calls out, for allow-lists.",
        )
        .volatile()
        .into(),
        Field::string(
            "provisioning_state",
            "/properties/provisioningState",
            "How far the service is with the agent.",
        )
        .volatile()
        .into(),
    ]
}

fn check_identity_type(text: &str) -> Result<(), String> {
    let parts: Vec<_> = text
        .split(',')
        .map(|part| part.trim().to_ascii_lowercase())
        .collect();
    match parts
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["systemassigned" | "userassigned"]
        | ["systemassigned", "userassigned"]
        | ["userassigned", "systemassigned"] => Ok(()),
        ["none"] => Err("Leave out the whole `identity` block to have no identity.".to_owned()),
        _ => Err(format!(
            "The value must be `SystemAssigned`, `UserAssigned` or `SystemAssigned, UserAssigned`; it \
             is {text:?}."
        )),
    }
}

/// User-assigned identities are listed when, and only when, the type says that there are some.
fn check_identity(config: &Value, diagnostics: &mut Diagnostics) {
    let identity = config.get("identity");
    let (Some(kind), ids) = (identity.get("type").as_str(), identity.get("identity_ids")) else {
        return;
    };
    if ids.is_unknown() {
        return;
    }
    let wanted = kind.to_ascii_lowercase().contains("userassigned");
    let given = ids.elements().is_some_and(|ids| !ids.is_empty());
    let message = match (wanted, given) {
        (true, false) => "The type asks for user-assigned identities: list at least one.",
        (false, true) => "The type allows no user-assigned identities: add `UserAssigned` to it.",
        _ => return,
    };
    let path = Path::from("identity").attribute("identity_ids");
    diagnostics.push(Diagnostic::error("Identity type and list disagree", message).at(path));
}

fn check_incident_management(config: &Value, diagnostics: &mut Diagnostics) {
    let block = config.get("incident_management");
    let Some(platform) = block.get("type").as_str() else {
        return;
    };
    let keyed = ["pagerduty", "servicenow"].contains(&platform.to_ascii_lowercase().as_str());
    if keyed && block.get("connection_key").is_null() && block.get("connection_key_wo").is_null() {
        let path = Path::from("incident_management").attribute("connection_key_wo");
        let detail =
            format!("{platform} needs a key: set `connection_key_wo` or `connection_key`.");
        diagnostics.push(Diagnostic::error("The key of the platform is missing", detail).at(path));
    }
}

/// The service takes a subnet and the mode `AzureVNet` together or not at all.
fn check_network(config: &Value, diagnostics: &mut Diagnostics) {
    let egress = config.get("sandbox").get("egress");
    let mode = egress.get("mode");
    let subnet = config.get("vnet");
    if mode.is_unknown() || subnet.is_unknown() {
        return;
    }
    let routed = mode
        .as_str()
        .is_some_and(|mode| mode.eq_ignore_ascii_case("AzureVNet"));
    let (path, detail) = match (subnet.is_null(), routed) {
        (false, false) => (
            Path::from("vnet"),
            "A subnet needs `sandbox = { egress = { mode = \"AzureVNet\" } }`.",
        ),
        (true, true) => (
            Path::from("sandbox").attribute("egress").attribute("mode"),
            "The mode `AzureVNet` needs a subnet: set `vnet = { subnet_id = … }`.",
        ),
        _ => return,
    };
    diagnostics.push(Diagnostic::error("Subnet and egress mode disagree", detail).at(path));
}
