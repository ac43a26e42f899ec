//! The parts of an agent that other clients change as well: its document, its power state, and its
//! incident platform.

use serde_json::{Value, json};
use test_support::Action;

use crate::world::{AGENT, World, newest};

const ADDRESS: &str = "azuresre_agent.shop";

#[test]
fn agent_is_shared_with_other_clients() {
    let world = World::new(&newest());
    world.configure(&full());
    world.plans(ADDRESS, Action::Create);
    world.applies();
    let state = world.state(ADDRESS);
    assert_eq!(state["agent_endpoint"], json!(world.endpoint(AGENT)));
    assert_eq!(state["provisioning_state"], "Succeeded");
    assert!(state["identity_principal_id"].is_string(), "{state:#}");

    update(&world);
    stop_and_start(&world);
    keep_values_of_other_clients(&world);
    leave_the_platform_alone(&world);
}

/// A patch only contains what changes.
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
}

fn stop_and_start(world: &World) {
    for (power, action) in [("Stopped", "/stop"), ("Running", "/start")] {
        let config = full()
            .replace("gpt-5", "gpt-6")
            .replace("env = \"dev\"", "env = \"test\"")
            .replace("\"Running\"", &format!("\"{power}\""));
        let write = world.updates(ADDRESS, &config, &["power_state"]);
        assert!(
            write.method == "POST" && write.path.ends_with(action),
            "{write:?}"
        );
        assert_eq!(world.stored("/shop")["power"], json!(power));
    }
}

/// An update of something else keeps the portal's own tag.
fn keep_values_of_other_clients(world: &World) {
    let tag = "hidden-link: /app-insights-resource-id";
    world.change_on_arm(
        "PATCH",
        AGENT,
        &json!({ "tags": { tag: "/subscriptions/s/x" } }),
    );
    let more = full().replace("env = \"dev\"", "env = \"test\"\n team = \"shop\"");
    world.updates(ADDRESS, &more, &["default_model.name", "tags.team"]);
    assert_eq!(world.stored("/shop")["tags"][tag], "/subscriptions/s/x");
    world.updates(ADDRESS, &full(), &["tags.env", "tags.team"]);
    let tags = &world.stored("/shop")["tags"];
    assert_eq!(tags[tag], "/subscriptions/s/x");
    assert_eq!(tags.get("team").unwrap_or(&Value::Null), &Value::Null);
}

/// An update of something else keeps a platform that another client has connected.
fn leave_the_platform_alone(world: &World) {
    let ignoring = "lifecycle {\n ignore_changes = [incident_management]\n }\n";
    let config = full().replace("power_state", &format!("{ignoring} power_state"));
    world.configure(&config);
    let platform = json!({
        "type": "PagerDuty", "connectionName": "pagerduty", "connectionKey": "not-ours",
    });
    let change = json!({ "properties": { "incidentManagementConfiguration": platform } });
    world.change_on_arm("PATCH", AGENT, &change);
    let tagged = config.replace("\"dev\"", "\"test\"");
    let write = world.updates(ADDRESS, &tagged, &["tags.env"]);
    let parts: Vec<_> = write.body.as_object().unwrap().keys().collect();
    assert_eq!(parts, ["tags"]);
    let stored = &world.stored("/shop")["properties"]["incidentManagementConfiguration"];
    assert_eq!(*stored, platform);
}

fn full() -> String {
    "resource \"azuresre_agent\" \"shop\" {
  name                = \"shop\"
  resource_group_name = \"rg-sre\"
  location            = \"swedencentral\"
  power_state         = \"Running\"
  identity            = { type = \"SystemAssigned\" }
  tags = {
    env = \"dev\"
  }
  default_model = {
    provider = \"Anthropic\"
    name     = \"gpt-5\"
  }
}
"
    .to_owned()
}
