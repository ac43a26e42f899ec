use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Singletons {
            path: "/api/v2/agent/customInstructions",
            stored: "customInstructions",
            open: false,
        },
        variants: vec![Variant {
            name: "instructions",
            minimal: json!({ "instructions": "Be brief." }),
            rows: vec![
                row(
                    "instructions",
                    "/instructions",
                    json!(["Be kind.", "Be kind\r\nand brief.\n"]),
                )
                .removal(Removal::Never),
            ],
        }],
    }
}
