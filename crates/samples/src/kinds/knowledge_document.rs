use std::fs;

use serde_json::{Value as Json, json};

use super::{Removal, Samples, Storage, Variant, local, row};

pub(super) fn samples() -> Samples {
    let sources = json!([
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"),
    ]);
    Samples {
        storage: Storage::Files,
        variants: vec![Variant {
            name: "document",
            minimal: json!({ "content": "Restart the front end." }),
            rows: vec![
                row(
                    "content",
                    "/content",
                    json!(["Stop the front end.", "Stop\r\nthe back end.\n"]),
                )
                .removal(Removal::Never)
                .hidden(),
                row("source", "/content", sources)
                    .with(json!({ "content": null }))
                    .form(content)
                    .removal(Removal::Never)
                    .hidden()
                    .alone(),
                local("wait_for_index", json!([true, false])),
            ],
        }],
    }
}

fn content(path: &Json) -> Json {
    let read = fs::read_to_string(path.as_str().unwrap_or_default());
    read.map(Json::from).unwrap_or_default()
}
