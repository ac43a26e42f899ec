//! HTTP triggers, which may share a name in the service.

use serde_json::json;

use crate::change::set;
use crate::world::{AGENT, World, newest};

#[test]
fn second_http_trigger_with_the_same_name_is_refused() {
    let world = World::with_agent(&newest());
    let existing = json!({ "name": "review", "agentPrompt": "Review it." });
    let (_, answer) = world.data_plane("POST", "/api/v1/httptriggers/create", &existing);
    let id = answer["triggerId"].as_str().unwrap();
    let config = config("name = \"review\"\n prompt = \"Review it.\"\n");
    world.refuses(
        &config,
        &["already exists", &format!("{AGENT}/httpTriggers/{id}")],
    );
    assert_eq!(world.objects(), set(&["agent shop", "trigger review"]));
}

fn config(arguments: &str) -> String {
    format!(
        "resource \"azuresre_http_trigger\" \"review\" {{\n agent_id = \"{AGENT}\"\n {arguments}}}\n"
    )
}
