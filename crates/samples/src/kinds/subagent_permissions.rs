use serde_json::json;

use super::{Home, Samples, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        home: Home::Permissions,
        variants: vec![Variant {
            name: "permissions",
            minimal: json!({}),
            rows: vec![row(
                "allow",
                "/permissions/allow",
                json!([["b", "a"], ["a", "Shell(ls *)"], []]),
            )],
        }],
    }
}
