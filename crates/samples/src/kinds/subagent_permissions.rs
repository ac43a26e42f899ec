use serde_json::json;

use super::{Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Permissions,
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
