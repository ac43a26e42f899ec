//! The life of an agent.

use rstest::rstest;
use serde_json::{Value, json};
use test_support::Action;

use crate::change::set;
use crate::world::{AGENT, Import, On, World, newest};

const ADDRESS: &str = "azuresre_agent.shop";

const IDENTITIES: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sre/providers/Microsoft.ManagedIdentity/userAssignedIdentities";

#[rstest]
fn an_agent_lives(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::new(&host);
        world.configure(&full());
        world.plans(ADDRESS, Action::Create);
        world.applies();
        let state = world.state(ADDRESS);
        assert_eq!(state["id"], json!(AGENT));
        assert_eq!(state["agent_endpoint"], json!(world.endpoint(AGENT)));
        assert_eq!(state["provisioning_state"], "Succeeded");
        assert!(state["identity_principal_id"].is_string(), "{state:#}");

        update(&world);
        stop_and_start(&world);
        keep_what_others_set(&world);
        drift(&world);
        remove(&world);
        leave_the_platform_alone(&world);

        let renamed = config("shop-2", "");
        world.replaces(ADDRESS, &renamed, &["name"]);
        assert_eq!(world.objects(), set(&["agent shop-2"]));
        let moved = renamed.replace("swedencentral", "uksouth");
        world.replaces(ADDRESS, &moved, &["location"]);

        world.change_on_arm("DELETE", &format!("{AGENT}-2"), &Value::Null);
        world.plans(ADDRESS, Action::Create);
        world.applies();
        world.destroys(&[]);
    }
}

#[test]
fn a_full_agent_is_imported() {
    let world = World::new(&newest());
    world.configure(&full());
    world.workspace.apply().unwrap();
    world.imports(&[Import {
        to: ADDRESS,
        id: AGENT,
        identity: "name = \"shop\"\n resource_group_name = \"rg-sre\"",
        // Secrets, and members that only the configuration asks for.
        unreadable: &[
            "additional_properties",
            "incident_management.connection_key",
            "log.application_insights.connection_string",
            "log.log_analytics.shared_key",
        ],
    }]);
    world.destroys(&[]);
}

/// A patch holds the parts that change, and nothing else.
fn update(world: &World) {
    let changed = full()
        .replace("gpt-5", "gpt-6")
        .replace("env = \"dev\"", "env = \"test\"");
    let write = world.updates(ADDRESS, &changed, &["default_model.name", "tags.env"]);
    assert_eq!(write.method, "PATCH");
    let expected = json!({
        "tags": { "env": "test" },
        "properties": { "defaultModel": { "provider": "Anthropic", "name": "gpt-6" } },
    });
    assert_eq!(write.body, expected);
    world.updates(ADDRESS, &full(), &["default_model.name", "tags.env"]);
}

fn stop_and_start(world: &World) {
    for (from, to, action) in [
        ("Running", "Stopped", "/stop"),
        ("Stopped", "Running", "/start"),
    ] {
        let config = full().replace("\"Running\"", &format!("\"{to}\""));
        let write = world.updates(ADDRESS, &config, &["power_state"]);
        assert!(
            write.method == "POST" && write.path.ends_with(action),
            "{from} {write:?}"
        );
        assert_eq!(world.stored("/shop")["power"], json!(to));
    }
}

/// The portal's own tag and an update of something else leave each other alone.
fn keep_what_others_set(world: &World) {
    let tag = "hidden-link: /app-insights-resource-id";
    world.change_on_arm(
        "PATCH",
        AGENT,
        &json!({ "tags": { tag: "/subscriptions/s/x" } }),
    );
    world.plans_nothing();
    let more = full().replace("env = \"dev\"", "env = \"dev\"\n team = \"shop\"");
    world.updates(ADDRESS, &more, &["tags.team"]);
    assert_eq!(world.stored("/shop")["tags"][tag], "/subscriptions/s/x");
    world.updates(ADDRESS, &full(), &["tags.team"]);
    let tags = &world.stored("/shop")["tags"];
    assert_eq!(tags[tag], "/subscriptions/s/x");
    assert_eq!(tags.get("team").unwrap_or(&Value::Null), &Value::Null);
}

/// Everything that can be read is changed behind Terraform's back, and all of it is seen at once.
fn drift(world: &World) {
    let mine = |name: &str| format!("{IDENTITIES}/{name}");
    let change = json!({
        "tags": { "env": "prod", "more": "x" },
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": { mine("id-1"): null, mine("id-2"): {} },
        },
        "properties": {
            "actionConfiguration": {
                "mode": "ReadOnly", "accessLevel": "Low", "identity": mine("id-2"),
            },
            "knowledgeGraphConfiguration": {
                "identity": mine("id-2"), "managedResources": ["/subscriptions/s/resourceGroups/z"],
            },
            "logConfiguration": {
                "applicationInsightsConfiguration": { "appId": "another" },
                "logAnalyticsConfiguration": { "workspaceId": "another" },
            },
            "defaultModel": { "provider": "MicrosoftFoundry", "name": "another" },
            "upgradeChannel": "Stable",
            "monthlyAgentUnitLimit": 500,
            "incidentManagementConfiguration": {
                "type": "ServiceNow", "connectionName": "another", "connectionUrl": "https://b.contoso.com",
                "oboUser": "b@contoso.com",
            },
            "mcpServers": ["https://b.contoso.com"],
            "experimentalSettings": { "EnableHttpTriggers": false },
            "agentIdentity": { "initialSponsorGroupId": "another" },
            "agentSpaceId": "/subscriptions/s/another",
            "adminUsers": ["another"],
            "vnetConfiguration": { "subnetResourceId": "/subscriptions/s/another" },
            "sandboxConfiguration": {
                "egress": {
                    "allowedHosts": ["b.contoso.com"], "allowedRegistries": ["npmjs"],
                    "allowedCodeRepositories": ["GitLab"],
                    "allowHttpMcpServerNetworkAccess": false,
                    "httpProxy": {
                        "httpUrl": "http://b", "httpsUrl": "http://b", "noProxy": ["b"],
                    },
                    "vnetConfiguration": { "usePrivateDnsResolution": false },
                },
                "packages": [{ "name": "b", "version": "2", "packageManager": "npm" }],
            },
        },
    });
    world.change_on_arm("PATCH", AGENT, &change);
    world.change_on_arm("POST", &format!("{AGENT}/stop"), &Value::Null);
    world.plans(ADDRESS, Action::Update).changes(&[
        "action.access_level",
        "action.identity_id",
        "action.mode",
        "additional_properties.adminUsers",
        "agent_identity.initial_sponsor_group_id",
        "agent_space_id",
        "default_model.name",
        "default_model.provider",
        "experimental_settings.EnableHttpTriggers",
        "identity.identity_ids",
        "identity.type",
        "incident_management.connection_name",
        "incident_management.connection_url",
        "incident_management.obo_user",
        "incident_management.type",
        "knowledge_graph.identity_id",
        "knowledge_graph.managed_resources",
        "log.application_insights.app_id",
        "log.log_analytics.workspace_id",
        "mcp_servers",
        "monthly_agent_unit_limit",
        "power_state",
        "sandbox.egress.allow_http_mcp_server_network_access",
        "sandbox.egress.allowed_code_repositories",
        "sandbox.egress.allowed_hosts",
        "sandbox.egress.allowed_registries",
        "sandbox.egress.http_proxy.http_url",
        "sandbox.egress.http_proxy.https_url",
        "sandbox.egress.http_proxy.no_proxy",
        "sandbox.egress.vnet.use_private_dns_resolution",
        "sandbox.packages",
        "tags.env",
        "tags.more",
        "upgrade_channel",
        "vnet.subnet_id",
    ]);
    world.applies();
    let agent = world.stored("/shop");
    let properties = &agent["properties"];
    assert_eq!(agent["power"], "Running");
    assert_eq!(properties["actionConfiguration"]["mode"], "Review");
    // Secrets went out again with what holds them.
    let incidents = &properties["incidentManagementConfiguration"];
    assert_eq!(incidents["type"], "PagerDuty");
    assert_eq!(incidents["connectionKey"], "the-key");
}

/// What is not configured any more is taken away, but for what the service chooses.
fn remove(world: &World) {
    world.configure(&config("shop", ""));
    world.plans(ADDRESS, Action::Update).changes(&[
        "action",
        "additional_properties",
        "agent_identity",
        "agent_space_id",
        "experimental_settings",
        "identity",
        "incident_management",
        "knowledge_graph",
        "log",
        "mcp_servers",
        "sandbox",
        "tags.env",
        "vnet",
    ]);
    world.applies();
    let agent = world.stored("/shop");
    let properties = &agent["properties"];
    assert_eq!(properties["defaultModel"]["name"], "gpt-5");
    assert_eq!(properties["upgradeChannel"], "Preview");
    assert_eq!(
        properties["incidentManagementConfiguration"]["type"],
        "None"
    );
    assert_eq!(
        properties.pointer("/vnetConfiguration/subnetResourceId"),
        None
    );
    assert_eq!(properties.get("adminUsers"), None);
    for secret in ["the-key", "the-string", "the-shared-key"] {
        assert!(
            !agent.to_string().contains(secret),
            "{secret} is left: {agent:#}"
        );
    }
}

/// A platform that others have connected outlives an update of something else.
fn leave_the_platform_alone(world: &World) {
    let ignoring = "lifecycle {\n ignore_changes = [incident_management]\n }\n";
    world.configure(&config("shop", ignoring));
    let platform = json!({
        "type": "PagerDuty", "connectionName": "pagerduty", "connectionKey": "not-ours",
    });
    let change = json!({ "properties": { "incidentManagementConfiguration": platform } });
    world.change_on_arm("PATCH", AGENT, &change);
    world.plans_nothing();
    let tagged = config("shop", &format!("tags = {{ env = \"dev\" }}\n {ignoring}"));
    let write = world.updates(ADDRESS, &tagged, &["tags.env"]);
    let parts: Vec<_> = write.body.as_object().unwrap().keys().collect();
    assert_eq!(parts, ["tags"]);
    let stored = &world.stored("/shop")["properties"]["incidentManagementConfiguration"];
    assert_eq!(*stored, platform);
}

fn full() -> String {
    config(
        "shop",
        &format!(
            r#"
  power_state = "Running"
  tags = {{
    env = "dev"
  }}
  identity = {{
    type         = "SystemAssigned, UserAssigned"
    identity_ids = ["{IDENTITIES}/id-1"]
  }}
  action = {{
    mode         = "Review"
    access_level = "High"
    identity_id  = "{IDENTITIES}/id-1"
  }}
  knowledge_graph = {{
    identity_id       = "{IDENTITIES}/id-1"
    managed_resources = ["/subscriptions/s/resourceGroups/b", "/subscriptions/s/resourceGroups/a"]
  }}
  log = {{
    application_insights = {{
      app_id            = "app"
      connection_string = "the-string"
    }}
    log_analytics = {{
      workspace_id = "workspace"
      shared_key   = "the-shared-key"
    }}
  }}
  default_model = {{
    provider = "Anthropic"
    name     = "gpt-5"
  }}
  upgrade_channel          = "Preview"
  monthly_agent_unit_limit = 10000
  incident_management = {{
    type            = "PagerDuty"
    connection_name = "pagerduty"
    connection_url  = "https://a.contoso.com"
    connection_key  = "the-key"
    obo_user        = "a@contoso.com"
  }}
  mcp_servers           = ["https://a.contoso.com"]
  experimental_settings = {{ EnableHttpTriggers = true }}
  agent_identity        = {{ initial_sponsor_group_id = "group" }}
  agent_space_id        = "/subscriptions/s/space"
  vnet                  = {{ subnet_id = "/subscriptions/s/subnet" }}
  sandbox = {{
    egress = {{
      mode                                 = "AzureVNet"
      allowed_hosts                        = ["a.contoso.com"]
      allowed_registries                   = ["pypi"]
      allowed_code_repositories            = ["Github"]
      allow_http_mcp_server_network_access = true
      http_proxy = {{
        http_url  = "http://a"
        https_url = "http://a"
        no_proxy  = ["a"]
      }}
      vnet = {{ use_private_dns_resolution = true }}
    }}
    packages = [{{
      name            = "a"
      version         = "1"
      package_manager = "pip"
    }}]
  }}
  additional_properties = {{ adminUsers = ["a"] }}
"#
        ),
    )
}

fn config(name: &str, arguments: &str) -> String {
    format!(
        "resource \"azuresre_agent\" \"shop\" {{\n name = \"{name}\"\n \
         resource_group_name = \"rg-sre\"\n location = \"swedencentral\"\n {arguments}}}\n"
    )
}
