use serde_json::{Map, Value as Json, json};

use super::{Removal, Row, Samples, Storage, Variant, local, row, secret};

const IDENTITY: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/\
                        userAssignedIdentities/id-sre";
const OTHER_IDENTITY: &str = "/subscriptions/s/resourceGroups/rg/providers/\
                              Microsoft.ManagedIdentity/userAssignedIdentities/id-other";

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Agents,
        variants: vec![Variant {
            name: "agent",
            minimal: json!({ "location": "swedencentral" }),
            rows: [
                top_level(),
                access(),
                log(),
                platform(),
                incidents(),
                network(),
            ]
            .concat(),
        }],
    }
}

fn top_level() -> Vec<Row> {
    vec![
        row("location", "/location", json!(["swedencentral", "eastus2"]))
            .removal(Removal::Never)
            .replaces(),
        row(
            "tags",
            "/tags",
            json!([{ "env": "dev", "\u{fc}ber": "\u{4f60}\u{597d}" }, { "env": "prod" }, {}]),
        )
        .bound(),
        row(
            "identity.type",
            "/identity/type",
            json!([
                "SystemAssigned, UserAssigned",
                "UserAssigned",
                "UserAssigned, SystemAssigned"
            ]),
        )
        .with(json!({ "identity": { "identity_ids": [IDENTITY] } }))
        .bound(),
        row(
            "identity.identity_ids",
            "/identity/userAssignedIdentities",
            json!([[IDENTITY], [OTHER_IDENTITY], [IDENTITY, OTHER_IDENTITY]]),
        )
        .with(json!({ "identity": { "type": "SystemAssigned, UserAssigned" } }))
        .form(keys)
        .bound(),
        row(
            "power_state",
            "/properties/powerState",
            json!(["Running", "Stopped", "Running"]),
        )
        .removal(Removal::Keeps)
        .alone(),
    ]
}

fn access() -> Vec<Row> {
    vec![
        row(
            "action.mode",
            "/properties/actionConfiguration/mode",
            json!([
                "ReadOnly",
                "Automatic",
                "Review",
                "Autonomous",
                "Review",
                "review"
            ]),
        )
        .removal(Removal::Default(json!("Review"))),
        row(
            "action.access_level",
            "/properties/actionConfiguration/accessLevel",
            json!(["High", "Low"]),
        )
        .removal(Removal::Default(json!("Low"))),
        row(
            "action.identity_id",
            "/properties/actionConfiguration/identity",
            json!([IDENTITY, OTHER_IDENTITY]),
        ),
        row(
            "knowledge_graph.identity_id",
            "/properties/knowledgeGraphConfiguration/identity",
            json!([IDENTITY, OTHER_IDENTITY]),
        ),
        row(
            "knowledge_graph.managed_resources",
            "/properties/knowledgeGraphConfiguration/managedResources",
            json!([
                [
                    "/subscriptions/s/resourceGroups/b",
                    "/subscriptions/s/resourceGroups/a"
                ],
                ["/subscriptions/s/resourceGroups/c"],
            ]),
        ),
    ]
}

fn log() -> Vec<Row> {
    let mut rows = vec![
        row(
            "log.application_insights.app_id",
            "/properties/logConfiguration/applicationInsightsConfiguration/appId",
            json!(["app-1", "app-2"]),
        ),
        row(
            "log.application_insights.resource_id",
            "/properties/logConfiguration/applicationInsightsConfiguration/applicationInsightsResourceId",
            json!([
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Insights/components/a",
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Insights/components/b"
            ]),
        ),
        row(
            "log.log_analytics.workspace_id",
            "/properties/logConfiguration/logAnalyticsConfiguration/workspaceId",
            json!(["workspace-1", "workspace-2"]),
        ),
    ];
    rows.extend(secret(
        [
            "log.application_insights.connection_string",
            "log.application_insights.connection_string_wo",
            "log.application_insights.connection_string_wo_version",
        ],
        "/properties/logConfiguration/applicationInsightsConfiguration/connectionString",
        json!(["secret-connection-1", "secret-connection-2"]),
    ));
    let shared_key = secret(
        [
            "log.log_analytics.shared_key",
            "log.log_analytics.shared_key_wo",
            "log.log_analytics.shared_key_wo_version",
        ],
        "/properties/logConfiguration/logAnalyticsConfiguration/sharedKey",
        json!(["secret-shared-1", "secret-shared-2"]),
    );
    let workspace = json!({ "log": { "log_analytics": { "workspace_id": "workspace-1" } } });
    rows.extend(shared_key.map(|row| row.with(workspace.clone())));
    rows
}

fn platform() -> Vec<Row> {
    vec![
        row(
            "default_model.provider",
            "/properties/defaultModel/provider",
            json!(["Anthropic", "MicrosoftFoundry", "GitHubCopilot"]),
        )
        .removal(Removal::Keeps),
        row(
            "default_model.name",
            "/properties/defaultModel/name",
            json!(["claude", "gpt"]),
        )
        .removal(Removal::Keeps),
        row(
            "upgrade_channel",
            "/properties/upgradeChannel",
            json!(["Preview", "Stable", "preview"]),
        )
        .removal(Removal::Keeps),
        row(
            "monthly_agent_unit_limit",
            "/properties/monthlyAgentUnitLimit",
            json!([10_000, 500]),
        )
        .removal(Removal::Keeps),
        row(
            "mcp_servers",
            "/properties/mcpServers",
            json!([
                ["https://b.example", "https://a.example"],
                ["https://c.example"],
                []
            ]),
        ),
        row(
            "experimental_settings",
            "/properties/experimentalSettings",
            json!([{ "EnableHttpTriggers": true }, { "EnableHttpTriggers": false, "Depth": 3 }]),
        ),
        row(
            "agent_identity.initial_sponsor_group_id",
            "/properties/agentIdentity/initialSponsorGroupId",
            json!(["group-1", "group-2"]),
        ),
        row(
            "agent_space_id",
            "/properties/agentSpaceId",
            json!([
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/agentSpaces/a",
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/agentSpaces/b"
            ]),
        )
        .removal(Removal::Keeps),
    ]
}

fn incidents() -> Vec<Row> {
    let keyed = json!({
        "incident_management": { "type": "PagerDuty", "connection_key": "secret-pager" }
    });
    let mut rows = vec![
        row(
            "incident_management.type",
            "/properties/incidentManagementConfiguration/type",
            json!(["PagerDuty", "ServiceNow", "AzMonitor", "azmonitor"]),
        )
        .with(keyed.clone()),
        row(
            "incident_management.connection_name",
            "/properties/incidentManagementConfiguration/connectionName",
            json!(["pagerduty", "pager"]),
        )
        .with(keyed.clone()),
        row(
            "incident_management.connection_url",
            "/properties/incidentManagementConfiguration/connectionUrl",
            json!(["https://one.example", "https://two.example"]),
        )
        .with(keyed.clone()),
        row(
            "incident_management.obo_user",
            "/properties/incidentManagementConfiguration/oboUser",
            json!(["a@example.com", "b@example.com"]),
        )
        .with(keyed.clone()),
        local(
            "incident_management.remove_quickstart_plan",
            json!([true, false]),
        )
        .with(keyed)
        .alone()
        .warns(),
        row(
            "incident_management.api_connection_name",
            "/properties/incidentManagementConfiguration/apiConnectionName",
            json!(["servicenow-1", "servicenow-2"]),
        )
        .with(json!({ "incident_management": { "type": "ServiceNow" } }))
        .alone(),
    ];
    let keys = secret(
        [
            "incident_management.connection_key",
            "incident_management.connection_key_wo",
            "incident_management.connection_key_wo_version",
        ],
        "/properties/incidentManagementConfiguration/connectionKey",
        json!(["secret-key-1", "secret-key-2"]),
    );
    rows.extend(
        keys.map(|row| row.with(json!({ "incident_management": { "type": "PagerDuty" } }))),
    );
    rows
}

fn network() -> Vec<Row> {
    let limited = json!({ "sandbox": { "egress": { "mode": "Limited" } } });
    let subnet = |name: &str| {
        format!(
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/\
             subnets/{name}"
        )
    };
    let routed = json!({
        "sandbox": { "egress": { "mode": "AzureVNet" } },
        "vnet": { "subnet_id": subnet("agents") },
    });
    let egress = |path, at, values| row(path, at, values).with(limited.clone());
    vec![
        row(
            "sandbox.egress.mode",
            "/properties/sandboxConfiguration/egress/mode",
            json!(["Limited", "Unrestricted", "limited"]),
        )
        .removal(Removal::Default(json!("Unrestricted"))),
        row(
            "sandbox.egress.mode",
            "/properties/sandboxConfiguration/egress/mode",
            json!(["AzureVNet"]),
        )
        .with(json!({ "vnet": { "subnet_id": subnet("agents") } }))
        .removal(Removal::Default(json!("Unrestricted")))
        .alone(),
        egress(
            "sandbox.egress.allowed_hosts",
            "/properties/sandboxConfiguration/egress/allowedHosts",
            json!([["*.contoso.com", "api.contoso.com"], ["contoso.com"], []]),
        )
        .warns(),
        egress(
            "sandbox.egress.allowed_registries",
            "/properties/sandboxConfiguration/egress/allowedRegistries",
            json!([["pypi", "npmjs"], ["nuget-org", "ubuntu"], []]),
        ),
        egress(
            "sandbox.egress.allowed_code_repositories",
            "/properties/sandboxConfiguration/egress/allowedCodeRepositories",
            json!([
                ["Github", "GithubEnterprise"],
                ["AzureDevOps", "GitLab"],
                []
            ]),
        ),
        egress(
            "sandbox.egress.allow_http_mcp_server_network_access",
            "/properties/sandboxConfiguration/egress/allowHttpMcpServerNetworkAccess",
            json!([true, false]),
        ),
        egress(
            "sandbox.egress.http_proxy.http_url",
            "/properties/sandboxConfiguration/egress/httpProxy/httpUrl",
            json!(["http://proxy:3128", "http://proxy:8080"]),
        ),
        egress(
            "sandbox.egress.http_proxy.https_url",
            "/properties/sandboxConfiguration/egress/httpProxy/httpsUrl",
            json!(["http://proxy:3129", "http://proxy:8081"]),
        ),
        egress(
            "sandbox.egress.http_proxy.no_proxy",
            "/properties/sandboxConfiguration/egress/httpProxy/noProxy",
            json!([["b.example", "a.example"], ["c.example"]]),
        ),
        row(
            "sandbox.egress.vnet.use_private_dns_resolution",
            "/properties/sandboxConfiguration/egress/vnetConfiguration/usePrivateDnsResolution",
            json!([true, false]),
        )
        .with(routed.clone())
        .alone(),
        row(
            "sandbox.packages",
            "/properties/sandboxConfiguration/packages",
            json!([
                [
                    { "name": "requests", "version": "2.32", "package_manager": "pip" },
                    { "name": "left-pad", "package_manager": "npm" }
                ],
                [{ "name": "Newtonsoft.Json", "package_manager": "nuget" }],
                [],
            ]),
        )
        .form(packages),
        row(
            "vnet.subnet_id",
            "/properties/vnetConfiguration/subnetResourceId",
            json!([subnet("agents"), subnet("others")]),
        )
        .with(routed)
        .alone()
        .bound(),
    ]
}

fn keys(ids: &Json) -> Json {
    let ids = ids
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str);
    Json::Object(ids.map(|id| (id.to_owned(), json!({}))).collect())
}

fn packages(packages: &Json) -> Json {
    let packages = packages.as_array().into_iter().flatten();
    packages
        .map(|package| {
            let mut document = Map::new();
            for (name, member) in [
                ("name", "name"),
                ("version", "version"),
                ("package_manager", "packageManager"),
            ] {
                if let Some(value) = package.get(name) {
                    document.insert(member.to_owned(), value.clone());
                }
            }
            Json::Object(document)
        })
        .collect()
}
