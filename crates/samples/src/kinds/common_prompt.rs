use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Objects {
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
