use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/extendedAgent/plugins",
            stored: "pluginConfigs",
        },
        variants: vec![Variant {
            name: "plugin",
            minimal: json!({ "settings": { "site": "eu" } }),
            rows: vec![
                row(
                    "settings",
                    "/site",
                    json!([{ "site": "us" }, { "site": "eu", "tags": ["a"] }]),
                )
                .form(|settings| settings["site"].clone())
                .removal(Removal::Never)
                .own(),
            ],
        }],
    }
}
