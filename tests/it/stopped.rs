//! Stopped agents and their objects, through complete runs.

use serde_json::{Value, json};
use test_support::Action;

use crate::change::unwrapped;
use crate::world::{AGENT, World, newest};

fn config(power_state: &str, location: &str, description: &str) -> String {
    format!(
        r#"
resource "azuresre_agent" "shop" {{
  name                = "shop"
  resource_group_name = "rg-sre"
  location            = "{location}"
  power_state         = "{power_state}"
}}

resource "azuresre_skill" "triage" {{
  count       = 12
  agent_id    = azuresre_agent.shop.id
  name        = "triage-${{count.index}}"
  plane       = "data_plane"
  description = "{description}"
  content     = "Compare the last hour with the same hour yesterday, then the day."
}}
"#
    )
}

/// Stops the agent, like the portal.
fn stop(world: &World) {
    let (status, body) = world.arm("POST", &format!("{AGENT}/stop"), &Value::Null);
    assert_eq!(status, 202, "{body}");
    world.settled(AGENT);
}

#[test]
fn stopped_agent_and_its_objects_are_managed_in_one_apply() {
    let world = World::new(&newest());
    world.configure(&config("Stopped", "swedencentral", "One."));
    world.workspace.plan().unwrap();
    world.applies();
    assert_eq!(world.stored("/shop")["power"], "Stopped");

    // Start the agent, and change everything in it.
    world.configure(&config("Running", "swedencentral", "Two."));
    let plan = world.workspace.plan().unwrap();
    assert_eq!(plan.changed().len(), 13, "{}", plan.output);
    let told = unwrapped(&plan.output);
    assert_eq!(
        told.matches("The agent \"shop\" is stopped").count(),
        1,
        "{told}"
    );
    world.applies();
    assert_eq!(world.stored("/shop")["power"], "Running");

    // Move the agent to another region while it is stopped.
    stop(&world);
    world.configure(&config("Stopped", "eastus2", "Two."));
    let plan = world.workspace.plan().unwrap();
    assert_eq!(
        plan.changed().get("azuresre_agent.shop"),
        Some(&Action::Replace)
    );
    world.applies();
    assert_eq!(world.stored("/shop")["location"], json!("eastus2"));

    // Destroy everything, although nothing in it can be deleted individually.
    world.destroys(&[]);
}
