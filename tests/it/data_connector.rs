//! The life of a data connector, on either plane.

use rstest::rstest;
use serde_json::{Value, json};
use test_support::Action;

use crate::world::{AGENT, Import, World, newest};

const ADDRESS: &str = "azuresre_data_connector.tools";
const PATH: &str = "/api/v2/extendedAgent/connectors/tools";

#[rstest]
fn a_data_connector_lives(#[values("arm", "data_plane")] plane: &str) {
    let world = World::with_agent(&newest());
    // ARM answers with neither the data source nor the settings.
    let masked = plane == "arm";
    world.configure(&server(plane, "https://mcp.contoso.com/mcp", "system"));
    world.plans(ADDRESS, Action::Create);
    world.applies();
    let state = world.state(ADDRESS);
    assert_eq!(state["id"], json!(format!("{AGENT}/DataConnectors/tools")));
    assert_eq!(state["plane"], json!(plane));
    assert_eq!(state["provisioning_state"], "Succeeded");

    let changed = server(plane, "https://mcp.contoso.com/v2", "");
    let write = world.updates(ADDRESS, &changed, &["identity", "mcp.endpoint"]);
    assert_eq!(write.method, "PUT");
    let sent = &write.body["properties"]["extendedProperties"];
    assert_eq!(
        sent["bearerToken"], "the-token",
        "secrets go along: {write:?}"
    );

    drift(&world);
    let seen: &[&str] = match masked {
        true => &["identity"],
        false => &[
            "identity",
            "mcp.args",
            "mcp.auth_type",
            "mcp.command",
            "mcp.endpoint",
            "mcp.partner_type",
            "mcp.selected_tools",
            "mcp.tools_visible_to_meta_agent",
            "mcp.transport",
        ],
    };
    world.plans(ADDRESS, Action::Update).changes(seen);
    world.applies();
    let stored = &world.stored("/connectors/tools")["properties"];
    assert_eq!(
        stored["extendedProperties"]["endpoint"],
        "https://mcp.contoso.com/v2"
    );
    assert_eq!(stored["extendedProperties"]["type"], "http");
    assert_eq!(stored["extendedProperties"]["bearerToken"], "the-token");

    let bare = config(
        plane,
        "tools",
        "mcp = { transport = \"http\", endpoint = \"https://mcp.contoso.com/v2\" }\n",
    );
    world.updates(
        ADDRESS,
        &bare,
        &[
            "identity",
            "mcp.auth_type",
            "mcp.bearer_token",
            "mcp.partner_type",
            "mcp.selected_tools",
            "mcp.tools_visible_to_meta_agent",
        ],
    );
    let stored = &world.stored("/connectors/tools")["properties"];
    assert_eq!(stored["identity"], "system");
    for gone in ["bearerToken", "partnerType", "authType"] {
        assert_eq!(
            stored["extendedProperties"]
                .get(gone)
                .unwrap_or(&Value::Null),
            &Value::Null
        );
    }

    let kusto = |name: &str| {
        let kusto = "kusto = { url = \"https://orders.kusto.windows.net/logs\" }\n";
        config(plane, name, kusto)
    };
    world.replaces(ADDRESS, &kusto("tools"), &["kusto", "mcp"]);
    world.replaces(ADDRESS, &kusto("orders"), &["name"]);

    let id = match masked {
        true => format!("{AGENT}/DataConnectors/orders"),
        false => format!("{AGENT}/api/v2/extendedAgent/connectors/orders"),
    };
    if !masked {
        world.configure_provider("plane = \"data_plane\"");
    }
    world.imports(&[Import {
        to: ADDRESS,
        id: &id,
        identity: &format!("agent_id = {}\n name = \"orders\"", json!(AGENT)),
        unreadable: if masked { &["kusto.url"] } else { &[] },
    }]);

    world.change_on_arm(
        "DELETE",
        &format!("{AGENT}/DataConnectors/orders"),
        &Value::Null,
    );
    world.plans(ADDRESS, Action::Create);
    world.applies();
    world.destroys(&["agent shop"]);
}

/// Changes everything but secrets, behind Terraform's back.
fn drift(world: &World) {
    let settings = json!({
        "type": "stdio",
        "command": "npx",
        "args": ["-y"],
        "endpoint": "https://another.contoso.com/mcp",
        "authType": "CustomHeaders",
        "partnerType": "DatadogMcp",
        "selectedTools": ["z"],
        "toolsVisibleToMetaAgent": ["z"],
    });
    let properties = json!({
        "dataConnectorType": "Mcp",
        "dataSource": "placeholder",
        "identity": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id",
        "extendedProperties": settings,
    });
    world.change_on_data_plane(
        PATH,
        &json!({ "type": "AgentConnector", "properties": properties }),
    );
}

fn server(plane: &str, endpoint: &str, identity: &str) -> String {
    config(
        plane,
        "tools",
        &format!(
            "identity = \"{identity}\"\n mcp = {{\n transport = \"http\"\n endpoint = \"{endpoint}\"\n \
             auth_type = \"BearerToken\"\n bearer_token = \"the-token\"\n \
             partner_type = \"DynatraceMcp\"\n selected_tools = [\"b\", \"a\"]\n \
             tools_visible_to_meta_agent = [\"*\"]\n }}\n"
        ),
    )
}

fn config(plane: &str, name: &str, arguments: &str) -> String {
    format!(
        "resource \"azuresre_data_connector\" \"tools\" {{\n agent_id = \"{AGENT}\"\n \
         name = \"{name}\"\n plane = \"{plane}\"\n {arguments}}}\n"
    )
}
