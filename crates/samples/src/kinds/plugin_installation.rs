use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    let part = |path, at| {
        row(path, at, json!(["one", "two"]))
            .removal(Removal::Never)
            .replaces()
    };
    Samples {
        storage: Storage::Posted {
            path: "/api/v2/plugins/installations",
            stored: "installations",
        },
        variants: vec![Variant {
            name: "installation",
            minimal: json!({ "marketplace": "ours", "plugin": "runbooks" }),
            rows: vec![
                part("marketplace", "/marketplaceName"),
                part("plugin", "/pluginName"),
            ],
        }],
    }
}
