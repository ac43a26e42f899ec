use serde_json::json;

use super::{Removal, Samples, Storage, Variant, row, secret};

pub(super) fn samples() -> Samples {
    let mut rows = vec![
        row("api_name", "/connectorName", json!(["jira", "sendgrid"]))
            .removal(Removal::Never)
            .replaces(),
        row("display_name", "/displayName", json!(["Tickets", "Issues"])).removal(Removal::Keeps),
        row(
            "parameter_value_set.name",
            "/parameterValueSet/name",
            json!(["key", "token"]),
        ),
    ];
    rows.extend(secret(
        [
            "parameter_values",
            "parameter_values_wo",
            "parameter_values_wo_version",
        ],
        "/parameterValues",
        json!([{ "apiKey": "secret-key-1" }, { "apiKey": "secret-key-2" }]),
    ));
    rows.extend(
        secret(
            [
                "parameter_value_set.values",
                "parameter_value_set.values_wo",
                "parameter_value_set.values_wo_version",
            ],
            "/parameterValueSet/values",
            json!([{ "apiToken": "secret-token-1" }, { "apiToken": "secret-token-2" }]),
        )
        .map(|row| row.with(json!({ "parameter_value_set": { "name": "key" } }))),
    );
    Samples {
        storage: Storage::Managed {
            path: "/api/v2/connectorV2/connections",
            stored: "connections",
        },
        variants: vec![Variant {
            name: "connection",
            minimal: json!({ "api_name": "jira" }),
            rows,
        }],
    }
}
