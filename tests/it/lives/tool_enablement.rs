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
        // What was there before a write and is there again takes a while to be believed.
        update: (FULL.to_owned(), &[]),
        writes: &[],
        drift: |world| {
            let others = [("PlotBarChart", true), ("ExecutePythonCode", false)];
            let others = others.map(|(name, on)| json!({ "name": name, "enabled": on }));
            let (status, answer) = world.data_plane(
                "POST",
                "/api/v2/agent/tools/configure",
                &json!({ "overrides": others }),
            );
            assert_eq!(status, 200, "{answer}");
        },
        seen: &["enabled"],
        repaired: vec![
            ("/PlotBarChart", json!(false)),
            ("/ExecutePythonCode", json!(false)),
        ],
        bare: (on(), &["enabled"]),
        emptied: vec![
            ("/PlotBarChart", json!(true)),
            ("/FetchWebpage", Value::Null),
        ],
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
