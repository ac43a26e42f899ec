//! An agent and everything in it, created in one run from values that are unknown in the plan, and
//! data sources of missing objects.

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
fn everything_is_created_from_unknown_values(#[values(On::Installed, On::Newest)] on: On) {
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
        let state = world.workspace.show().unwrap();
        for child in &RESOURCES[1..] {
            assert_eq!(state.values(child).unwrap()["agent_id"], AGENT);
        }

        let missing = missing().map(|(kind, arguments)| {
            format!("data \"azuresre_{kind}\" \"missing\" {{\n {arguments}\n}}\n")
        });
        world
            .workspace
            .write("missing.tf", missing.concat())
            .unwrap();
        let run = world.workspace.plan_expecting_error().unwrap();
        let message = unwrapped(&run.output());
        for said in ["does not exist", "nobody"] {
            let times = message.matches(said).count();
            assert!(
                times >= missing.len(),
                "{said:?} {times} times in {message}"
            );
        }
        world.workspace.remove("missing.tf").unwrap();
        world.destroys(&[]);
    }
}

fn is_unknown(plan: &Plan, address: &str, attribute: &str) -> bool {
    plan.change(address).unwrap()["after_unknown"][attribute] == true
}

/// Returns data sources of objects that do not exist, by kind.
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
