//! An agent and everything in it created in one run, from values that are not known before, and
//! data sources that read all of it.

use rstest::rstest;
use serde_json::json;
use test_support::{Action, Plan};

use crate::change::{set, unwrapped};
use crate::world::{AGENT, On, World};

const RESOURCES: [&str; 5] = [
    "azuresre_agent.shop",
    "azuresre_data_connector.orders",
    "azuresre_http_trigger.review",
    "azuresre_repo.shop",
    "azuresre_skill.triage",
];

#[rstest]
fn everything_is_created_from_unknown_values_and_read(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::new(&host);
        world
            .workspace
            .write("provider.tf", UNKNOWN_PROVIDER)
            .unwrap();
        world.configure(&config());
        let plan = world.workspace.plan().unwrap();
        for address in RESOURCES {
            assert_eq!(
                plan.action(address),
                Some(Action::Create),
                "{}",
                plan.output
            );
        }
        for child in &RESOURCES[1..] {
            assert!(
                is_unknown(&plan, child, "agent_id"),
                "{child}:\n{}",
                plan.output
            );
        }
        world.applies_plan();
        world.plans_nothing();
        let expected = [
            "agent shop",
            "shared connectors orders",
            "shared repos shop-api",
            "shared skills triage",
            "trigger review",
        ];
        assert_eq!(world.objects(), set(&expected));
        for child in &RESOURCES[1..] {
            assert_eq!(world.state(child)["agent_id"], AGENT);
        }

        read_all(&world);
        for (kind, arguments) in missing() {
            let source = format!("data \"azuresre_{kind}\" \"missing\" {{\n {arguments}\n}}\n");
            world.workspace.write("missing.tf", source).unwrap();
            let run = world.workspace.plan_expecting_error().unwrap();
            let message = unwrapped(&run.output());
            assert!(
                message.contains("There is no") && message.contains("nobody"),
                "{message}"
            );
        }
        world.workspace.remove("missing.tf").unwrap();
        world.destroys(&[]);
    }
}

fn read_all(world: &World) {
    world
        .workspace
        .write("data.tf", SOURCES.replace("AGENT", AGENT))
        .unwrap();
    world.workspace.apply().unwrap();
    world.plans_nothing();
    for resource in RESOURCES {
        let managed = world.state(resource);
        let read = world.state(&format!("data.{resource}"));
        let read = read.as_object().unwrap();
        assert_eq!(read["id"], managed["id"]);
        // ARM does not tell what a connector reads from, and clones go on.
        let other = ["kusto", "clone_status", "scan_status"];
        for (name, value) in read {
            if !other.contains(&name.as_str()) {
                assert_eq!(*value, managed[name], "{name} of {resource}");
            }
        }
    }
    world.workspace.remove("data.tf").unwrap();
}

fn is_unknown(plan: &Plan, address: &str, attribute: &str) -> bool {
    plan.change(address).unwrap()["after_unknown"][attribute] == true
}

/// Data sources of objects that do not exist, by kind.
fn missing() -> [(&'static str, String); 5] {
    let child = format!("agent_id = {}\n name = \"nobody\"", json!(AGENT));
    let agent = "name = \"nobody\"\n resource_group_name = \"rg-sre\"".to_owned();
    [
        ("agent", agent),
        ("data_connector", child.clone()),
        ("http_trigger", child.clone()),
        ("repo", child.clone()),
        ("skill", child),
    ]
}

const UNKNOWN_PROVIDER: &str = r#"
resource "terraform_data" "subscription" {
  input = "00000000-0000-0000-0000-000000000001"
}

provider "azuresre" {
  subscription_id = terraform_data.subscription.output
}
"#;

const SOURCES: &str = r#"
data "azuresre_agent" "shop" {
  name                = "shop"
  resource_group_name = "rg-sre"
}

data "azuresre_data_connector" "orders" {
  agent_id = "AGENT"
  name     = "orders"
}

data "azuresre_http_trigger" "review" {
  agent_id = "AGENT"
  name     = "review"
}

data "azuresre_repo" "shop" {
  agent_id = "AGENT"
  name     = "shop-api"
}

data "azuresre_skill" "triage" {
  agent_id = "AGENT"
  name     = "triage"
}
"#;

fn config() -> String {
    r#"
resource "terraform_data" "name" {
  input = "shop"
}

resource "azuresre_agent" "shop" {
  name                = terraform_data.name.output
  resource_group_name = "rg-sre"
  location            = "Sweden Central"
}

resource "azuresre_data_connector" "orders" {
  agent_id = azuresre_agent.shop.id
  name     = "orders"
  kusto    = { url = "https://orders.kusto.windows.net" }
}

resource "azuresre_skill" "triage" {
  agent_id    = azuresre_agent.shop.id
  name        = "triage"
  description = "Finds slow requests."
  content     = "Compare the last hour with the same hour of yesterday, and tell."
  tools       = [terraform_data.name.output]
}

resource "azuresre_repo" "shop" {
  agent_id = azuresre_agent.shop.id
  name     = "shop-api"
  url      = "https://github.com/contoso/shop-api"
  type     = "GitHub"
}

resource "azuresre_http_trigger" "review" {
  agent_id = azuresre_agent.shop.id
  name     = "review"
  prompt   = "Review it."
}
"#
    .to_owned()
}
