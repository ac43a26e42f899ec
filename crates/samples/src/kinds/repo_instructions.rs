use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Archives,
        variants: vec![Variant {
            name: "instructions",
            minimal: json!({ "files": { "build.md": "Run make." } }),
            rows: vec![
                row(
                    "files",
                    "/files",
                    json!([
                        { "build.md": "Run\nmake.\n", "a/long/way.md": "é" },
                        { "build.md": "Run ninja.", "test.md": "Run make test." },
                    ]),
                )
                .removal(Removal::Never),
            ],
        }],
    }
}
