use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Singletons {
            path: "/api/v2/incidents/indexing/servicenow/configuration",
            stored: "incidentIndexing",
            open: false,
            platform: "ServiceNow",
        },
        variants: vec![Variant {
            name: "group",
            minimal: json!({ "assignment_group": "Service Desk" }),
            rows: vec![
                row(
                    "assignment_group",
                    "/assignmentGroup",
                    json!(["Network", "Software"]),
                )
                .removal(Removal::Never),
                row("lookback_days", "/lookbackDays", json!([7, 90]))
                    .removal(Removal::Default(json!(30)))
                    .bound(),
            ],
        }],
    }
}
