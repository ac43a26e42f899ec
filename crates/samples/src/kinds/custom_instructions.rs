use serde_json::json;

use super::{Home, Removal, Samples, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        home: Home::Singletons {
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
