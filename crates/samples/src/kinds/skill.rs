use serde_json::json;

use super::{Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    let content = "# Triage\n\nCompare the last hour with the same hour yesterday, then the day.\n";
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/extendedAgent/skills",
            stored: "skills",
        },
        variants: vec![Variant {
            name: "skill",
            minimal: json!({ "description": "Finds causes.", "content": content }),
            rows: vec![
                row(
                    "description",
                    "/description",
                    json!(["Finds causes of latency.", "Finds effects.\nAnd causes."]),
                )
                .removal(super::Removal::Never),
                row(
                    "content",
                    "/skillMdContent",
                    json!([
                        format!("{content}\nThen ask."),
                        format!("{content}\r\nThen tell.\r\n")
                    ]),
                )
                .removal(super::Removal::Never),
                row("tools", "/tools", json!([["b", "a"], ["a", "c", "d"], []])),
                row(
                    "additional_files",
                    "/additionalFiles",
                    json!([
                        [{ "path": "a.md", "content": "one\ntwo" }, { "path": "b.md", "content": "" }],
                        [{ "path": "a.md", "content": "three" }],
                        [],
                    ]),
                )
                .form(files),
            ],
        }],
    }
}

fn files(files: &serde_json::Value) -> serde_json::Value {
    let files = files.as_array().into_iter().flatten();
    files
        .map(|file| json!({ "filePath": file["path"], "content": file["content"] }))
        .collect()
}
