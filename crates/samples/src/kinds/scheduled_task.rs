use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Objects {
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
                row("enabled", "/status", json!([false, true]))
                    .form(|enabled| match enabled.as_bool() {
                        Some(false) => json!("Paused"),
                        _ => json!("Active"),
                    })
                    .removal(Removal::Default(json!("Active")))
                    .bound(),
                row(
                    "start_time",
                    "/startTime",
                    json!(["2026-12-01T08:00:00+00:00", "2027-01-01T09:30:00+01:00"]),
                )
                .form(moment),
                row(
                    "end_time",
                    "/endTime",
                    json!(["2028-12-01T08:00:00+00:00", "2029-01-01T08:30:00Z"]),
                )
                .form(moment),
                row("time_zone", "/timeZone", json!(["UTC", "Europe/Berlin"]))
                    .removal(Removal::Keeps),
                row(
                    "notification_channel",
                    "/notificationChannel",
                    json!([{"type": "Teams"}, {"type": "Mail", "id": 7}]),
                ),
                row("max_executions", "/maxExecutions", json!([3, 30])),
                row(
                    "model_tier",
                    "/modelTier",
                    json!(["GeneralPurpose", "Reasoning"]),
                )
                .removal(Removal::Keeps)
                .dropped(),
            ],
        }],
    }
}

/// Returns a time in the format in which the emulator stores it.
fn moment(given: &serde_json::Value) -> serde_json::Value {
    match given.as_str() {
        Some("2027-01-01T09:30:00+01:00") => json!("2027-01-01T08:30:00+00:00"),
        Some("2029-01-01T08:30:00Z") => json!("2029-01-01T08:30:00+00:00"),
        _ => given.clone(),
    }
}
