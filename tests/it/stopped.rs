//! Agents that are stopped, and what is in them, through the whole of a run.

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

/// Has the portal stop the agent.
fn stop(world: &World) {
    let (status, body) = world.arm("POST", &format!("{AGENT}/stop"), &Value::Null);
    assert_eq!(status, 202, "{body}");
    world.settled(AGENT);
}

#[test]
fn a_stopped_agent_and_what_is_in_it_are_one_apply() {
    let world = World::new(&newest());
    world.configure(&config("Stopped", "swedencentral", "One."));
    world.workspace.plan().unwrap();
    world.applies();
    assert_eq!(world.stored("/shop")["power"], "Stopped");

    // Started, with everything in it changed.
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

    // Moved to another region while it is stopped.
    stop(&world);
    world.configure(&config("Stopped", "eastus2", "Two."));
    let plan = world.workspace.plan().unwrap();
    assert_eq!(
        plan.changed().get("azuresre_agent.shop"),
        Some(&Action::Replace)
    );
    world.applies();
    assert_eq!(world.stored("/shop")["location"], json!("eastus2"));

    // Destroyed, though nothing in it can be deleted by itself.
    world.destroys(&[]);
}
