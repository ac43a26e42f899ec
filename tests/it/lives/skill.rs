//! The life of a skill.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

/// All arguments, and the least.
const FULL: &str = r##"
  name        = "triage"
  description = "Finds slow requests."
  content     = "# Triage\n\nCompare the last hour with the same hour of yesterday.\n"
  tools       = ["B", "A"]
  additional_files = [{
    path    = "a.md"
    content = "one\ntwo\n"
  }]
  additional_properties = { owner = { team = "shop" } }
"##;
const BARE: &str = r##"
  name        = "triage"
  description = "Finds slow and failing requests."
  content     = "# Triage\n\nCompare the last hour with the same hour of yesterday.\n"
"##;

pub(super) fn life() -> Life {
    Life {
        kind: "skill",
        key: "/skills/triage",
        collection: "/api/v2/extendedAgent/skills",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("slow requests", "slow and failing requests")
                .replace(r#"["B", "A"]"#, r#"["A", "C"]"#)
                .replace("\"shop\"", "\"ops\""),
            &["additional_properties.owner.team", "description", "tools"],
        ),
        writes: &[("PUT", "/skills/triage")],
        drift: |world| {
            let content = "# Other instructions that are long enough to be taken.";
            let change = json!({
                "description": "Another one.",
                "skillContent": content,
                "tools": ["Z"],
                "additionalFiles": [{ "filePath": "z.md", "content": "z" }],
                "owner": { "team": "another" },
            });
            world.change_members("/api/v2/extendedAgent/skills/triage", &change);
        },
        seen: &[
            "additional_files",
            "additional_properties.owner.team",
            "content",
            "description",
            "tools",
        ],
        repaired: vec![
            (
                "/properties/description",
                json!("Finds slow and failing requests."),
            ),
            ("/properties/owner", json!({ "team": "ops" })),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (
            BARE.to_owned(),
            &["additional_files", "additional_properties", "tools"],
        ),
        emptied: vec![
            ("/properties/tools", json!([])),
            ("/properties/additionalFiles", json!([])),
            ("/properties/owner", Value::Null),
            ("/properties/unmanaged", json!("kept")),
        ],
        replacement: Replacement::Of(FULL.replace("\"triage\"", "\"triage-2\""), &["name"]),
        unreadable: &["additional_properties"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
