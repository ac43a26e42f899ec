//! The life of a skill, on either plane.

use rstest::rstest;
use serde_json::{Value, json};
use test_support::{Action, Host};

use crate::change::set;
use crate::world::{AGENT, Import, On, World};

const ADDRESS: &str = "azuresre_skill.triage";
const PATH: &str = "/api/v2/extendedAgent/skills/triage";

#[rstest]
fn a_skill_lives_on_arm(#[values(On::Installed, On::Newest)] on: On) {
    on.hosts().iter().for_each(|host| live(host, "arm"));
}

#[rstest]
fn a_skill_lives_on_the_data_plane(#[values(On::Installed, On::Newest)] on: On) {
    on.hosts().iter().for_each(|host| live(host, "data_plane"));
}

fn live(host: &Host, plane: &str) {
    let world = World::with_agent(host);
    // Where the provider says: the skill itself does not.
    world.configure_provider(&format!("plane = \"{plane}\""));
    let id = format!("{AGENT}/skills/triage");
    let content = "# Triage\n\nCompare the last hour with the same hour of yesterday.\n";
    let full = |team: &str, description: &str, tools: &str| {
        config(
            "triage",
            &format!(
                "description = {}\n content = {}\n tools = {tools}\n
                 additional_files = [{{ path = \"a.md\", content = \"one\\ntwo\\n\" }}]\n
                 additional_properties = {{ owner = {{ team = \"{team}\" }} }}\n",
                json!(description),
                json!(content)
            ),
        )
    };

    world.configure(&full("shop", "Finds slow requests.", r#"["B", "A"]"#));
    world.plans(ADDRESS, Action::Create);
    world.applies();
    let state = world.state(ADDRESS);
    assert_eq!(state["id"], json!(id));
    assert_eq!(state["plane"], json!(plane));
    let stored = world.stored("/skills/triage");
    assert_eq!(stored["properties"]["owner"], json!({ "team": "shop" }));

    let changed = full("ops", "Finds slow and failing requests.", r#"["A", "C"]"#);
    let attributes = ["additional_properties.owner.team", "description", "tools"];
    let write = world.updates(ADDRESS, &changed, &attributes);
    assert_eq!(write.method, "PUT");

    drift(&world);
    world.plans(ADDRESS, Action::Update).changes(&[
        "additional_files",
        "additional_properties.owner.team",
        "content",
        "description",
        "tools",
    ]);
    world.applies();
    let stored = &world.stored("/skills/triage")["properties"];
    assert_eq!(stored["description"], "Finds slow and failing requests.");
    assert_eq!(stored["unmanaged"], "kept");

    let bare = config_of_required("triage", content);
    world.updates(
        ADDRESS,
        &bare,
        &["additional_files", "additional_properties", "tools"],
    );
    let stored = &world.stored("/skills/triage")["properties"];
    assert_eq!(stored["tools"], json!([]));
    assert_eq!(stored["additionalFiles"], json!([]));
    assert_eq!(stored.get("owner"), None);

    world.replaces(ADDRESS, &config_of_required("triage-2", content), &["name"]);
    let objects = set(&["agent shop", "shared skills triage-2"]);
    assert_eq!(world.objects(), objects);

    world.imports(&[Import {
        to: ADDRESS,
        id: &format!("{AGENT}/skills/triage-2"),
        identity: &format!("agent_id = {}\n name = \"triage-2\"", json!(AGENT)),
        unreadable: &[],
    }]);

    world.delete_on_data_plane("/api/v2/extendedAgent/skills/triage-2");
    world.plans(ADDRESS, Action::Create);
    world.applies();
    world.destroys(&["agent shop"]);
}

/// Changes everything that can be read, behind Terraform's back.
fn drift(world: &World) {
    let (_, mut skill) = world.data_plane("GET", PATH, &Value::Null);
    let properties = &mut skill["properties"];
    properties["description"] = json!("Another one.");
    properties["skillContent"] = json!("# Other instructions that are long enough to be taken.");
    properties["tools"] = json!(["Z"]);
    properties["additionalFiles"] = json!([{ "filePath": "z.md", "content": "z" }]);
    properties["owner"]["team"] = json!("another");
    properties["unmanaged"] = json!("kept");
    world.change_on_data_plane(PATH, &skill);
}

fn config_of_required(name: &str, content: &str) -> String {
    config(
        name,
        &format!(
            "description = \"Finds slow and failing requests.\"\n content = {}\n",
            json!(content)
        ),
    )
}

fn config(name: &str, arguments: &str) -> String {
    format!(
        "resource \"azuresre_skill\" \"triage\" {{\n  agent_id = \"{AGENT}\"\n  name = \"{name}\"\n  \
         {arguments}}}\n"
    )
}
