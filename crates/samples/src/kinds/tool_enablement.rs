use serde_json::json;

use super::{Home, Removal, Samples, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        home: Home::Switches,
        variants: vec![Variant {
            name: "switch",
            minimal: json!({ "enabled": true }),
            rows: vec![row("enabled", "/enabled", json!([true, false])).removal(Removal::Never)],
        }],
    }
}
