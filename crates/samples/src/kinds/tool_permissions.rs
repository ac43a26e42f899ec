use serde_json::json;

use super::{Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    let list = |path, at| row(path, at, json!([["b", "a"], ["a", "Shell(ls *)"], []]));
    Samples {
        storage: Storage::Singletons {
            path: "/api/v2/agent/settings/global",
            stored: "settings",
            open: true,
        },
        variants: vec![Variant {
            name: "permissions",
            minimal: json!({}),
            rows: vec![
                list("allow", "/permissions/allow"),
                list("ask", "/permissions/ask"),
                list("deny", "/permissions/deny"),
            ],
        }],
    }
}
