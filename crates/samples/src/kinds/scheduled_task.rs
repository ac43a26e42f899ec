use serde_json::json;

use super::{Home, Removal, Samples, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        home: Home::Objects {
            collection: "/api/v2/extendedAgent/scheduledtasks",
            stored: "scheduledTasks",
        },
        variants: vec![Variant {
            name: "task",
            minimal: json!({ "cron_expression": "0 7 * * 1-5", "prompt": "Sum up the alerts." }),
            rows: vec![
                row(
                    "cron_expression",
                    "/cronExpression",
                    json!(["*/15 * * * *", "0 9 1 JAN,JUL *"]),
                )
                .removal(Removal::Never),
                row(
                    "prompt",
                    "/agentPrompt",
                    json!(["Look around.", "One\r\ntwo\n"]),
                )
                .removal(Removal::Never),
                row("description", "/description", json!(["Daily.", "Weekly."])),
                row("subagent", "/agent", json!(["one", "two"])),
                row(
                    "mode",
                    "/agentMode",
                    json!([
                        "Autonomous",
                        "Review",
                        "ReadOnly",
                        "Automatic",
                        "autonomous"
                    ]),
                )
                .removal(Removal::Keeps),
                row("enabled", "/isEnabled", json!([false, true]))
                    .removal(Removal::Default(json!(true))),
                row("max_executions", "/maxExecutions", json!([3, 30])),
                row(
                    "model_tier",
                    "/modelTier",
                    json!(["GeneralPurpose", "Reasoning"]),
                )
                .removal(Removal::Keeps),
            ],
        }],
    }
}
