//! Waiting for background work of the service, if a resource requests it, and the outcomes.

use rstest::rstest;
use serde_json::json;
use test_support::Action;

use crate::change::unwrapped;
use crate::world::{AGENT, World, newest};

const REPO: &str = "azuresre_repo.shop";
const CONNECTOR: &str = "azuresre_data_connector.orders";

#[rstest]
fn clone_is_waited_for_if_requested(#[values(true, false)] wait: bool) {
    let world = World::with_agent(&newest());
    world
        .emulator
        .put("profile", &json!({ "clone_polls": 4 }))
        .unwrap();
    world.configure(&repo(wait));
    world.plans(REPO, Action::Create);
    world.applies_plan();
    let status = world.state(REPO)["clone_status"].clone();
    assert_eq!(status == "Ready", wait, "{status}");
}

#[test]
fn failed_clone_is_an_error_and_the_repo_is_replaced() {
    let world = World::with_agent(&newest());
    let properties = json!({
        "url": "https://github.com/contoso/shop-api", "type": "GitHub", "cloneStatus": "Failed",
    });
    let failed = json!({
        "method": "PUT", "path": "/api/v2/repos/shop-api", "apply": true, "status": 201,
        "body": { "name": "shop-api", "type": "CodeRepo", "properties": properties },
    });
    world.emulator.post("faults", &failed).unwrap();
    world.configure(&repo(true));
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.output());
    for text in ["the clone failed", "wait_for_clone"] {
        assert!(message.contains(text), "no {text:?} in:\n{message}");
    }
    world.plans(REPO, Action::Replace);
    world.applies();
    assert_eq!(world.state(REPO)["clone_status"], "Ready");
    world.destroys(&["agent shop"]);
}

#[test]
fn waiting_for_an_installation_can_be_disabled() {
    let world = World::with_agent(&newest());
    world
        .emulator
        .put("profile", &json!({ "connector_polls": 20 }))
        .unwrap();
    world.configure(&connector("wait_for_provisioning = false"));
    world.plans(CONNECTOR, Action::Create);
    world.applies_plan();
    assert_ne!(world.state(CONNECTOR)["provisioning_state"], "Succeeded");
    world.plans_nothing();
    world.settled(&format!("{AGENT}/DataConnectors/orders"));
    world.workspace.apply().unwrap();
    assert_eq!(world.state(CONNECTOR)["provisioning_state"], "Succeeded");
    world.destroys(&["agent shop"]);
}

#[test]
fn failed_installation_is_an_error_and_is_replaced() {
    let world = World::with_agent(&newest());
    let error = json!({ "code": "ClusterUnreachable", "message": "The cluster does not answer." });
    let failed = json!({
        "method": "PUT", "path": "/DataConnectors/orders", "plane": "arm", "operation_error": error,
    });
    world.emulator.post("faults", &failed).unwrap();
    world.configure(&connector(""));
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.output());
    for text in ["ClusterUnreachable", "The cluster does not answer."] {
        assert!(message.contains(text), "no {text:?} in:\n{message}");
    }
    world.plans(CONNECTOR, Action::Replace);
    world.applies();
    assert_eq!(world.state(CONNECTOR)["provisioning_state"], "Succeeded");
}

#[test]
fn failed_installation_without_a_wait_appears_in_the_next_plan() {
    let world = World::with_agent(&newest());
    let error = json!({ "code": "ClusterUnreachable", "message": "The cluster does not answer." });
    let failed = json!({
        "method": "PUT", "path": "/DataConnectors/orders", "plane": "arm", "operation_error": error,
    });
    world.emulator.post("faults", &failed).unwrap();
    world.configure(&connector("wait_for_provisioning = false"));
    world.workspace.apply().unwrap();
    world.settled(&format!("{AGENT}/DataConnectors/orders"));
    let plan = world.workspace.plan().unwrap();
    let message = unwrapped(&plan.output);
    for text in ["did not succeed", "The cluster does not answer."] {
        assert!(message.contains(text), "no {text:?} in:\n{message}");
    }
}

fn repo(wait: bool) -> String {
    format!(
        "resource \"azuresre_repo\" \"shop\" {{\n agent_id = \"{AGENT}\"\n name = \"shop-api\"\n \
         url = \"https://github.com/contoso/shop-api\"\n type = \"GitHub\"\n \
         wait_for_clone = {wait}\n}}\n"
    )
}

fn connector(arguments: &str) -> String {
    format!(
        "resource \"azuresre_data_connector\" \"orders\" {{\n agent_id = \"{AGENT}\"\n \
         name = \"orders\"\n kusto = {{ url = \"https://orders.kusto.windows.net\" }}\n \
         {arguments}\n}}\n"
    )
}
