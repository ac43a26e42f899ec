//! The life of the switch of a tool.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name    = "PlotBarChart"
  enabled = false
"#;

pub(super) fn life() -> Life {
    let on = || FULL.replace("false", "true");
    Life {
        kind: "tool_enablement",
        key: "/toolOverrides",
        collection: "/api/v2/agent/tools",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (on(), &["enabled"]),
        writes: &[("POST", "/tools/configure")],
        drift: |world| {
            let off = ["PlotBarChart", "ExecutePythonCode"];
            let off = off.map(|name| json!({ "name": name, "enabled": false }));
            let (status, answer) = world.data_plane(
                "POST",
                "/api/v2/agent/tools/configure",
                &json!({ "overrides": off }),
            );
            assert_eq!(status, 200, "{answer}");
        },
        seen: &["enabled"],
        repaired: vec![
            ("/PlotBarChart", json!(true)),
            ("/ExecutePythonCode", json!(false)),
        ],
        bare: (on(), &[]),
        emptied: vec![("/FetchWebpage", Value::Null)],
        replacement: Replacement::Of(on().replace("PlotBarChart", "FetchWebpage"), &["name"]),
        unreadable: &[],
        vanish: Vanish::Never,
        // What the service does by default.
        left: vec![
            ("/PlotBarChart", json!(true)),
            ("/FetchWebpage", json!(false)),
            ("/ExecutePythonCode", json!(false)),
        ],
    }
}
