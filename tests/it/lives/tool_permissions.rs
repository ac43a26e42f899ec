//! The life of an agent's tool permissions.

use reqwest::Method;
use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};
use crate::world::AGENT;

const FULL: &str = r#"
  allow = ["ReadFile", "RunInTerminal(kubectl get *)"]
  ask   = ["RunInTerminal(kubectl *)"]
  deny  = ["RunInTerminal(rm *)"]
  additional_properties = { owner = { team = "shop" } }
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "tool_permissions",
        key: "/settings",
        collection: "/api/v2/agent/settings/global",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("\"ReadFile\", ", "")
                .replace("(rm *)", "(sudo *)"),
            &["allow", "deny"],
        ),
        writes: &[("PUT", "/settings/global")],
        drift: |world| {
            let settings = json!({
                "permissions": { "allow": ["*"], "ask": [], "deny": ["ReadFile"] },
                "owner": { "team": "another" },
                "unmanaged": "kept",
            });
            let body = ("application/json", settings.to_string().into_bytes());
            world.send_bytes(Method::PUT, AGENT, "/api/v2/agent/settings/global", body);
        },
        seen: &["additional_properties.owner.team", "allow", "ask", "deny"],
        repaired: vec![
            ("/permissions/deny", json!(["RunInTerminal(sudo *)"])),
            ("/unmanaged", json!("kept")),
        ],
        bare: (
            String::new(),
            &["additional_properties", "allow", "ask", "deny"],
        ),
        emptied: vec![
            (
                "/permissions",
                json!({ "allow": [], "ask": [], "deny": [] }),
            ),
            ("/owner", Value::Null),
            ("/unmanaged", json!("kept")),
        ],
        replacement: Replacement::InOtherAgent,
        unreadable: &["additional_properties"],
        vanish: Vanish::Never,
        left: vec![(
            "/permissions",
            json!({ "allow": [], "ask": [], "deny": [] }),
        )],
    }
}
