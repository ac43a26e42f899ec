//! The plane of objects, and moves between planes.

use serde_json::json;
use test_support::Action;

use crate::change::{Change, set, unwrapped};
use crate::world::{AGENT, World, newest};

const SKILL: &str = "azuresre_skill.triage";
const CONNECTOR: &str = "azuresre_data_connector.orders";

/// ARM shares connectors with the data plane, but has a separate store of skills.
#[test]
fn objects_move_between_planes_in_place() {
    let on_arm = "arm skills triage";
    let world = World::with_agent(&newest());
    world
        .emulator
        .put("profile", &json!({ "store": "two" }))
        .unwrap();
    world.configure(&both("arm"));
    world.workspace.apply().unwrap();
    world.plans_nothing();
    let before = world.state(SKILL);
    assert_eq!(
        world.objects(),
        set(&["agent shop", on_arm, "shared connectors orders"])
    );

    for (plane, skill) in [("data_plane", "shared skills triage"), ("arm", on_arm)] {
        world.configure(&both(plane));
        let plan = world.workspace.plan().unwrap();
        for address in [SKILL, CONNECTOR] {
            assert_eq!(
                plan.action(address),
                Some(Action::Update),
                "{}",
                plan.output
            );
            Change::of(&plan, address).changes(&["plane"]);
        }
        world.applies();
        assert_eq!(
            world.objects(),
            set(&["agent shop", skill, "shared connectors orders"])
        );
        assert_eq!(world.state(SKILL)["id"], before["id"]);
        assert_eq!(world.state(SKILL)["plane"], plane);
    }
    world.destroys(&["agent shop"]);
}

#[test]
fn error_in_a_tenant_without_extensions_suggests_the_data_plane() {
    let world = World::with_agent(&newest());
    world
        .emulator
        .put("profile", &json!({ "tenant": "external" }))
        .unwrap();
    world.configure(&skill("triage", ""));
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.output());
    assert!(message.contains("plane = \"data_plane\""), "{message}");
    assert!(world.managed().is_empty());

    world.configure_provider("plane = \"data_plane\"");
    world.plans(SKILL, Action::Create);
    world.applies();
    assert_eq!(world.state(SKILL)["plane"], "data_plane");
    world.destroys(&["agent shop"]);
}

#[test]
fn providers_with_different_planes_and_agents_work_together() {
    let world = World::with_agent(&newest());
    let other = format!("{AGENT}-2");
    world.create_agent(&other);
    world
        .emulator
        .put("profile", &json!({ "store": "two" }))
        .unwrap();
    let alias = "provider \"azuresre\" {\n alias = \"direct\"\n plane = \"data_plane\"\n}\n";
    let direct = |name: &str| skill(name, "provider = azuresre.direct\n");
    let in_other = |config: String| config.replace(AGENT, &other);
    world.configure(
        &[
            alias,
            &direct("direct"),
            &skill("triage", ""),
            &in_other(direct("direct-2")),
            &in_other(skill("triage-2", "")),
        ]
        .concat(),
    );
    world.workspace.apply().unwrap();
    world.plans_nothing();
    let agents = ["agent shop", "agent shop-2"];
    let skills = [
        "arm skills triage",
        "arm skills triage-2",
        "shared skills direct",
        "shared skills direct-2",
    ];
    assert_eq!(world.objects(), set(&[&agents[..], &skills].concat()));
    let id = format!("{other}/skills/direct-2");
    assert_eq!(world.state("azuresre_skill.direct-2")["id"], json!(id));
    world.destroys(&agents);
}

/// Each provider block is a separate process, so one must detect what the other does to an agent.
#[test]
fn agent_can_be_replaced_while_another_provider_manages_its_objects() {
    let world = World::new(&newest());
    let agent = "resource \"azuresre_agent\" \"shop\" {\n name = \"shop\"\n resource_group_name = \"rg-sre\"\n \
         location = \"swedencentral\"\n}\n";
    let alias = "provider \"azuresre\" {\n alias = \"direct\"\n plane = \"data_plane\"\n}\n";
    let inside = |name: &str| {
        let quoted = format!("\"{AGENT}\"");
        skill(name, "provider = azuresre.direct\n").replace(&quoted, "azuresre_agent.shop.id")
    };
    world.configure(&[alias, agent, &inside("triage"), &inside("repair")].concat());
    world.workspace.apply().unwrap();
    world.plans_nothing();
    let endpoint = || world.state("azuresre_agent.shop")["agent_endpoint"].clone();
    let first = endpoint();
    world
        .workspace
        .run([
            "apply",
            "-input=false",
            "-no-color",
            "-auto-approve",
            "-replace=azuresre_agent.shop",
        ])
        .unwrap()
        .success()
        .unwrap();
    assert_ne!(endpoint(), first);
    world.plans_nothing();
    let (agent, skills) = (
        "agent shop",
        ["shared skills repair", "shared skills triage"],
    );
    assert_eq!(world.objects(), set(&[&[agent][..], &skills].concat()));
    world.destroys(&[]);
}

fn both(plane: &str) -> String {
    let plane = format!("plane = \"{plane}\"\n");
    let connector = format!(
        "resource \"azuresre_data_connector\" \"orders\" {{\n agent_id = \"{AGENT}\"\n \
         name = \"orders\"\n kusto = {{ url = \"https://orders.kusto.windows.net\" }}\n {plane}}}\n"
    );
    skill("triage", &plane) + &connector
}

fn skill(name: &str, arguments: &str) -> String {
    let content = "x".repeat(60);
    format!(
        "resource \"azuresre_skill\" \"{name}\" {{\n agent_id = \"{AGENT}\"\n name = \"{name}\"\n \
         description = \"Finds slow requests.\"\n content = \"{content}\"\n {arguments}}}\n"
    )
}
