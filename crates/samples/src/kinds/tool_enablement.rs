use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Switches,
        variants: vec![Variant {
            name: "switch",
            minimal: json!({ "enabled": true }),
            rows: vec![row("enabled", "/enabled", json!([true, false])).removal(Removal::Never)],
        }],
    }
}
