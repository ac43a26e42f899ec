//! The life of an HTTP trigger, whose id is the service's.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};
use crate::world::World;

const FULL: &str = r#"
  name        = "review"
  description = "Reviews."
  prompt      = "Review it."
  subagent    = "reviewer"
  mode        = "Review"
  thread_id   = "t-1"
"#;
const BARE: &str = r#"
  name   = "review-2"
  prompt = "Review it well."
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "http_trigger",
        key: "trigger/",
        collection: "/api/v1/httptriggers",
        prepare: |_| {},
        full: FULL.to_owned(),
        // The name is an attribute like the others here; switching is an action of its own.
        update: (
            FULL.replace("\"review\"", "\"review-2\"")
                .replace("it.", "it well.")
                + "enabled = false\n",
            &["enabled", "name", "prompt"],
        ),
        writes: &[("PUT", "/httptriggers/"), ("POST", "/disable")],
        drift,
        seen: &[
            "description",
            "enabled",
            "mode",
            "name",
            "prompt",
            "subagent",
            "thread_id",
        ],
        repaired: vec![
            ("/enabled", json!(false)),
            ("/members/name", json!("review-2")),
        ],
        bare: (
            BARE.to_owned(),
            &["description", "enabled", "subagent", "thread_id"],
        ),
        emptied: vec![
            ("/enabled", json!(true)),
            ("/members/threadId", Value::Null),
            ("/members/agentMode", json!("Review")),
        ],
        replacement: Replacement::InOtherAgent,
        unreadable: &[],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}

fn drift(world: &World) {
    let id = world.state("azuresre_http_trigger.it")["object_id"].clone();
    let path = format!("/api/v1/httptriggers/{}", id.as_str().unwrap());
    let trigger = json!({
        "name": "another",
        "agentPrompt": "Do something else.",
        "description": "Another one.",
        "agent": "another",
        "agentMode": "Autonomous",
        "threadId": "t-2",
    });
    for (method, path, body) in [
        ("PUT", path.clone(), &trigger),
        ("POST", format!("{path}/enable"), &Value::Null),
    ] {
        let (status, answer) = world.data_plane(method, &path, body);
        assert_eq!(status, 200, "{answer}");
    }
}
