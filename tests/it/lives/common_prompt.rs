//! The life of a common prompt.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name   = "safety"
  prompt = "Ask before you delete anything.\nReport what you did.\n"
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r#"
  name   = "safety"
  prompt = "Ask before you change anything.\nReport what you did.\n"
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "common_prompt",
        key: "/commonPrompts/safety",
        collection: "/api/v2/extendedAgent/commonprompts",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("delete", "change")
                .replace("\"shop\"", "\"ops\""),
            &["additional_properties.owner.team", "prompt"],
        ),
        writes: &[("PUT", "/safety")],
        drift: |world| {
            let change = json!({ "prompt": "Do as you like.", "owner": { "team": "another" } });
            world.change_members("/api/v2/extendedAgent/commonprompts/safety", &change);
        },
        seen: &["additional_properties.owner.team", "prompt"],
        repaired: vec![
            ("/properties/owner", json!({ "team": "ops" })),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (BARE.to_owned(), &["additional_properties"]),
        emptied: vec![
            ("/properties/owner", Value::Null),
            ("/properties/unmanaged", json!("kept")),
        ],
        replacement: Replacement::Of(FULL.replace("\"safety\"", "\"caution\""), &["name"]),
        unreadable: &["additional_properties"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
