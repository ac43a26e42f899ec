use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    let text = |path, at| row(path, at, json!(["one", "two"]));
    let texts = |path, at| row(path, at, json!([["b", "a"], ["a", "c"], []]));
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/extendedAgent/incidentFilters",
            stored: "incidentFilters",
        },
        variants: vec![Variant {
            name: "filter",
            minimal: json!({ "platform": "AzMonitor" }),
            rows: vec![
                row(
                    "platform",
                    "/incidentPlatform",
                    json!(["PagerDuty", "ServiceNow", "AzMonitor"]),
                )
                .removal(Removal::Never)
                .replaces(),
                row("enabled", "/isEnabled", json!([false, true]))
                    .removal(Removal::Default(json!(true))),
                row(
                    "priorities",
                    "/priorities",
                    json!([["Sev1", "Sev0"], ["Sev2"], []]),
                )
                .removal(Removal::Default(json!([]))),
                text("title_contains", "/titleContains"),
                texts("title_contains_all", "/titleContainsAll"),
                texts("title_contains_any", "/titleContainsAny"),
                texts("title_not_contains", "/titleNotContains"),
                text("impacted_service", "/impactedService"),
                text("incident_type", "/incidentType"),
                text("alert_id", "/alertId"),
                text("owning_team_id", "/owningTeamId"),
                texts("owning_team_ids", "/owningTeamIds"),
                text(
                    "az_monitor.target_resource_type",
                    "/azMonitorFilterSettings/targetResourceType",
                ),
                text(
                    "az_monitor.target_resource",
                    "/azMonitorFilterSettings/targetResource",
                ),
                row("subagent", "/handlingAgent", json!(["one", "meta_agent"]))
                    .removal(Removal::Default(json!("default"))),
                row(
                    "further_subagents",
                    "/handlingAgents",
                    json!([["one"], ["two", "one"]]),
                ),
                row(
                    "mode",
                    "/agentMode",
                    json!(["Review", "Autonomous", "ReadOnly", "Automatic", "review"]),
                )
                .removal(Removal::Keeps),
                row(
                    "max_automated_investigation_attempts",
                    "/maxAutomatedInvestigationAttempts",
                    json!([2, 5]),
                )
                .removal(Removal::Keeps),
                row(
                    "deep_investigation_enabled",
                    "/deepInvestigationEnabled",
                    json!([true, false]),
                )
                .removal(Removal::Default(json!(false))),
                row("merge_enabled", "/mergeEnabled", json!([false, true])).removal(Removal::Keeps),
                row("merge_window_hours", "/mergeWindowHours", json!([1, 24]))
                    .removal(Removal::Keeps),
                row(
                    "custom_instructions",
                    "/customInstructions",
                    json!(["Ask.", "Ask\nfirst."]),
                )
                .beside(),
            ],
        }],
    }
}
