//! The life of an agent's custom instructions.

use serde_json::json;

use super::life::{Life, Replacement, Vanish};

const FULL: &str = "instructions = \"Be brief.\\nName your sources.\\n\"\n";

pub(super) fn life() -> Life {
    let changed = || FULL.replace("brief", "thorough");
    Life {
        kind: "custom_instructions",
        key: "/customInstructions",
        collection: "/api/v2/agent/customInstructions",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (changed(), &["instructions"]),
        writes: &[("PUT", "/agent/customInstructions")],
        drift: |world| {
            let another = json!({ "instructions": "Do as you like." });
            let path = "/api/v2/agent/customInstructions";
            let (status, answer) = world.data_plane("PUT", path, &another);
            assert_eq!(status, 200, "{answer}");
        },
        seen: &["instructions"],
        repaired: vec![(
            "/instructions",
            json!("Be thorough.\r\nName your sources.\r\n"),
        )],
        bare: (changed(), &[]),
        emptied: vec![],
        replacement: Replacement::InOtherAgent,
        unreadable: &[],
        vanish: Vanish::Never,
        left: vec![("/instructions", json!(""))],
    }
}
