//! The life of an HTTP trigger, whose id is the service's.

use rstest::rstest;
use serde_json::{Value, json};
use test_support::Action;

use crate::change::set;
use crate::world::{AGENT, Import, On, World};

const ADDRESS: &str = "azuresre_http_trigger.review";
const COLLECTION: &str = "/api/v1/httptriggers";

#[rstest]
fn an_http_trigger_lives(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::with_agent(&host);
        let full = |name: &str, prompt: &str, enabled: bool| {
            config(&format!(
                "name = \"{name}\"\n prompt = \"{prompt}\"\n description = \"Reviews.\"\n \
                 subagent = \"reviewer\"\n mode = \"Review\"\n thread_id = \"t-1\"\n enabled = {enabled}\n"
            ))
        };

        world.configure(&full("review", "Review it.", true));
        world.plans(ADDRESS, Action::Create);
        world.applies();
        let created = world.state(ADDRESS);
        let id = created["object_id"].as_str().unwrap();
        assert_eq!(created["id"], json!(format!("{AGENT}/httpTriggers/{id}")));
        let url = created["trigger_url"].as_str().unwrap();
        assert!(
            url.ends_with(&format!("{COLLECTION}/trigger/{id}")),
            "{url}"
        );

        // The name is an attribute like the others here.
        let changed = full("review-2", "Review it well.", true);
        let write = world.updates(ADDRESS, &changed, &["name", "prompt"]);
        assert!(
            write.method == "PUT" && write.path.ends_with(id),
            "{write:?}"
        );
        // Switching is an action, not a part of the document.
        let disabled = full("review-2", "Review it well.", false);
        let write = world.updates(ADDRESS, &disabled, &["enabled"]);
        assert!(
            write.method == "POST" && write.path.ends_with("/disable"),
            "{write:?}"
        );
        assert_eq!(world.state(ADDRESS)["trigger_url"], created["trigger_url"]);

        drift(&world, id);
        world.plans(ADDRESS, Action::Update).changes(&[
            "description",
            "enabled",
            "mode",
            "name",
            "prompt",
            "subagent",
            "thread_id",
        ]);
        world.applies();

        let bare = config("name = \"review-2\"\n prompt = \"Review it well.\"\n");
        world.configure(&bare);
        let optional = ["description", "enabled", "subagent", "thread_id"];
        world.plans(ADDRESS, Action::Update).changes(&optional);
        world.applies();
        let stored = world.stored(id);
        assert_eq!(stored["enabled"], true);
        assert_eq!(stored["members"]["threadId"], Value::Null);
        assert_eq!(stored["members"]["agentMode"], "Review");

        world.imports(&[Import {
            to: ADDRESS,
            id: &format!("{AGENT}/httpTriggers/{id}"),
            identity: &format!("agent_id = {}\n object_id = \"{id}\"", json!(AGENT)),
            unreadable: &[],
        }]);

        let other = format!("{AGENT}-2");
        world.create_agent(&other);
        world.replaces(ADDRESS, &bare.replace(AGENT, &other), &["agent_id"]);
        world.configure(&bare);
        world.workspace.apply().unwrap();

        let id = world.state(ADDRESS)["object_id"].clone();
        world.delete_on_data_plane(&format!("{COLLECTION}/{}", id.as_str().unwrap()));
        world.plans(ADDRESS, Action::Create);
        world.applies();
        world.destroys(&["agent shop", "agent shop-2"]);
    }
}

#[rstest]
fn a_second_http_trigger_of_a_name_is_refused(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::with_agent(&host);
        let existing = json!({ "name": "review", "agentPrompt": "Review it." });
        let (_, answer) = world.data_plane("POST", "/api/v1/httptriggers/create", &existing);
        let id = answer["triggerId"].as_str().unwrap();
        let config = config("name = \"review\"\n prompt = \"Review it.\"\n");
        world.refuses(
            &config,
            &["exists already", &format!("{AGENT}/httpTriggers/{id}")],
        );
        assert_eq!(world.objects(), set(&["agent shop", "trigger review"]));
    }
}

/// Changes everything that can be read, behind Terraform's back.
fn drift(world: &World, id: &str) {
    let trigger = json!({
        "name": "another",
        "agentPrompt": "Do something else.",
        "description": "Another one.",
        "agent": "another",
        "agentMode": "Autonomous",
        "threadId": "t-2",
    });
    let path = format!("{COLLECTION}/{id}");
    for (method, path, body) in [
        ("PUT", path.clone(), &trigger),
        ("POST", format!("{path}/enable"), &Value::Null),
    ] {
        let (status, answer) = world.data_plane(method, &path, body);
        assert_eq!(status, 200, "{answer}");
    }
}

fn config(arguments: &str) -> String {
    format!(
        "resource \"azuresre_http_trigger\" \"review\" {{\n agent_id = \"{AGENT}\"\n {arguments}}}\n"
    )
}
