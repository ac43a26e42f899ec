use serde_json::json;

use super::{Home, Removal, Samples, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        home: Home::Objects {
            collection: "/api/v2/extendedAgent/commonprompts",
            stored: "commonPrompts",
        },
        variants: vec![Variant {
            name: "prompt",
            minimal: json!({ "prompt": "Ask before you restart anything." }),
            rows: vec![
                row(
                    "prompt",
                    "/prompt",
                    json!(["Never restart.", "Restart\r\nat night.\n"]),
                )
                .removal(Removal::Never),
            ],
        }],
    }
}
