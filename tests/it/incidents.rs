//! Incident filters: their platform, and the custom instructions that are stored separately.

use rstest::rstest;
use serde_json::{Value, json};
use test_support::Action;

use crate::change::{set, unwrapped};
use crate::world::{AGENT, World, newest};

const FILTER: &str = "azuresre_incident_filter.severe";
const HANDLERS: &str = "/api/v1/incidentPlayground/handlers";

#[test]
fn filter_waits_for_the_platform_of_its_agent() {
    let world = World::new(&newest());
    world
        .emulator
        .put("profile", &json!({ "platform_polls": 6 }))
        .unwrap();
    let filter = filter("AzMonitor", "").replace(&format!("\"{AGENT}\""), "azuresre_agent.shop.id");
    world.configure(&(agent("") + &filter));
    world.workspace.apply().unwrap();
    world.plans_nothing();
    let refused = world.emulator.get("requests").unwrap();
    let refused = refused.as_array().unwrap().iter().filter(|request| {
        request["method"] == "PUT" && request["path"].as_str().unwrap().ends_with("/severe")
    });
    let statuses: Vec<_> = refused
        .map(|request| request["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses.first(), Some(&400), "{statuses:?}");
    world.destroys(&[]);
}

#[test]
fn default_plan_of_the_service_is_removed_if_requested() {
    let world = World::new(&newest());
    world.configure(&agent(""));
    world.workspace.apply().unwrap();
    let quickstart = "shared incidentFilters quickstart_handler";
    assert_eq!(world.objects(), set(&["agent shop", quickstart]));
    world.configure(&agent("remove_quickstart_plan = true"));
    let change = world.plans("azuresre_agent.shop", Action::Update);
    change.changes(&["incident_management.remove_quickstart_plan"]);
    world.applies();
    assert_eq!(world.objects(), set(&["agent shop"]));
}

#[rstest]
fn filter_of_another_platform_is_refused_immediately(#[values("arm", "data_plane")] plane: &str) {
    let world = with_platform(plane);
    world.configure(&filter("PagerDuty", ""));
    world.forget_requests();
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.output());
    for text in ["PagerDuty", "AzMonitor", "incident_management"] {
        assert!(message.contains(text), "no {text:?} in:\n{message}");
    }
    assert_eq!(world.writes().len(), 1, "{:#?}", world.writes());
    assert!(world.managed().is_empty());
}

#[test]
fn custom_instructions_are_added_and_removed_with_their_filter() {
    let world = with_platform("data_plane");
    let told = |text: &str| filter("AzMonitor", &format!("custom_instructions = \"{text}\""));
    world.configure(&told("Look at the shop first.\\nThen at the rest.\\n"));
    world.workspace.apply().unwrap();
    let handler = world.stored("/handlers/severe-handler");
    assert_eq!(handler["incidentFilterId"], "severe");
    let beside = set(&[
        "agent shop",
        "handlers severe-handler",
        "shared incidentFilters severe",
    ]);
    assert_eq!(world.objects(), beside);

    // Members from other clients are kept.
    let path = format!("{HANDLERS}/severe-handler");
    let mut handler = world.data_plane("GET", &path, &Value::Null).1;
    handler["customInstructions"] = json!("Do as you like.");
    handler["tools"] = json!(["theirs"]);
    assert_eq!(world.data_plane("POST", &path, &handler).0, 200);
    world.configure(&told("Look at the cart first."));
    world
        .plans(FILTER, Action::Update)
        .changes(&["custom_instructions"]);
    world.applies_plan();
    let handler = world.stored("/handlers/severe-handler");
    assert_eq!(handler["customInstructions"], "Look at the cart first.");
    assert_eq!(handler["tools"], json!(["theirs"]));

    assert_eq!(world.data_plane("DELETE", &path, &Value::Null).0, 204);
    world
        .plans(FILTER, Action::Update)
        .changes(&["custom_instructions"]);
    world.applies_plan();
    world.configure(&filter("AzMonitor", ""));
    world
        .plans(FILTER, Action::Update)
        .changes(&["custom_instructions"]);
    world.applies();
    assert_eq!(
        world.objects(),
        set(&["agent shop", "shared incidentFilters severe"])
    );

    world.configure(&told("Look at the cart first."));
    world.workspace.apply().unwrap();
    assert_eq!(world.objects(), beside);
    world.destroys(&["agent shop"]);
}

/// Returns a world with an agent that has a platform and no filter.
fn with_platform(plane: &str) -> World {
    let world = World::with_agent(&newest());
    world.configure_provider(&format!("plane = \"{plane}\""));
    world.connect_platform();
    world
}

fn agent(arguments: &str) -> String {
    format!(
        "resource \"azuresre_agent\" \"shop\" {{\n name = \"shop\"\n \
         resource_group_name = \"rg-sre\"\n location = \"swedencentral\"\n \
         incident_management = {{\n type = \"AzMonitor\"\n connection_name = \"azmonitor\"\n \
         {arguments}\n }}\n}}\n"
    )
}

fn filter(platform: &str, arguments: &str) -> String {
    format!(
        "resource \"azuresre_incident_filter\" \"severe\" {{\n agent_id = \"{AGENT}\"\n \
         name = \"severe\"\n platform = \"{platform}\"\n priorities = [\"Sev0\"]\n {arguments}\n}}\n"
    )
}
