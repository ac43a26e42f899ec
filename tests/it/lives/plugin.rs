//! The life of the configuration of a plugin.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name = "reports"
  settings = {
    region = "eu"
    limits = { calls = 5, hours = [1, 2] }
    loud   = true
  }
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r#"
  name     = "reports"
  settings = { region = "us" }
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "plugin",
        key: "/pluginConfigs/reports",
        collection: "/api/v2/extendedAgent/plugins",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("\"eu\"", "\"us\"")
                .replace("calls = 5", "calls = 6")
                .replace("\"shop\"", "\"ops\""),
            &[
                "additional_properties.owner.team",
                "settings.limits.calls",
                "settings.region",
            ],
        ),
        writes: &[("PUT", "/plugins/reports")],
        drift: |world| {
            let change = json!({
                "region": "another",
                "limits": { "calls": 0, "hours": [] },
                "loud": false,
                "owner": { "team": "another" },
            });
            world.change_members("/api/v2/extendedAgent/plugins/reports", &change);
        },
        seen: &[
            "additional_properties.owner.team",
            "settings.limits.calls",
            "settings.limits.hours",
            "settings.loud",
            "settings.region",
        ],
        repaired: vec![
            ("/properties/region", json!("us")),
            ("/properties/limits", json!({ "calls": 6, "hours": [1, 2] })),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (
            BARE.to_owned(),
            &["additional_properties", "settings.limits", "settings.loud"],
        ),
        emptied: vec![
            ("/properties/region", json!("us")),
            ("/properties/limits", Value::Null),
            ("/properties/loud", Value::Null),
            ("/properties/owner", Value::Null),
            ("/properties/unmanaged", json!("kept")),
        ],
        replacement: Replacement::Of(FULL.replace("\"reports\"", "\"charts\""), &["name"]),
        unreadable: &["additional_properties", "settings"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
