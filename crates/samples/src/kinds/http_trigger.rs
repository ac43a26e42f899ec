use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Triggers,
        variants: vec![Variant {
            name: "trigger",
            minimal: json!({ "prompt": "Review this event." }),
            rows: vec![
                row(
                    "prompt",
                    "/agentPrompt",
                    json!(["Look at {payload.x}.", "One\ntwo\n"]),
                )
                .removal(Removal::Never),
                row(
                    "description",
                    "/description",
                    json!(["A webhook.", "Another."]),
                ),
                row("subagent", "/agent", json!(["guard", "keeper"])),
                row(
                    "mode",
                    "/agentMode",
                    json!(["Review", "Autonomous", "Automatic", "ReadOnly", "review"]),
                )
                .removal(Removal::Keeps),
                row("thread_id", "/threadId", json!(["t-1", "t-2"])),
                row("enabled", "/enabled", json!([false, true]))
                    .removal(Removal::Default(json!(true)))
                    .bound(),
            ],
        }],
    }
}
