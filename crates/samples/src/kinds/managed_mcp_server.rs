use serde_json::{Value as Json, json};

use super::{Removal, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Managed {
            path: "/api/v2/connectorV2/mcpservers",
            stored: "mcpservers",
        },
        variants: vec![Variant {
            name: "server",
            minimal: json!({ "connectors": [{ "connection_name": "jira", "api_name": "jira" }] }),
            rows: vec![
                row(
                    "description",
                    "/description",
                    json!(["Tickets.", "Issues."]),
                ),
                row("state", "/state", json!(["Disabled", "Enabled"])).removal(Removal::Keeps),
                row(
                    "connectors",
                    "/connectors",
                    json!([
                        [{
                            "connection_name": "jira",
                            "api_name": "jira",
                            "display_name": "Tickets",
                            "operations": [{
                                "name": "CreateItem",
                                "display_name": "Create a ticket",
                                "requires_approval": true,
                                "user_parameters": [{ "name": "project", "value": "SHOP" }],
                                "agent_parameters": [
                                    { "name": "title", "type": "string", "required": true },
                                ],
                            }],
                        }],
                        [
                            { "connection_name": "slack", "api_name": "slack" },
                            { "connection_name": "jira", "api_name": "jira" },
                        ],
                    ]),
                )
                .form(connectors)
                .removal(Removal::Never),
                row(
                    "require_approval_tools",
                    "/$envelope/runtimeMcpConfiguration/requireApprovalTools",
                    json!([["b", "a"], ["c"], []]),
                ),
            ],
        }],
    }
}

/// Returns connectors in the form of the document.
fn connectors(configured: &Json) -> Json {
    let parameters = |list: &Json, of_agent: bool| -> Json {
        let items = list.as_array().into_iter().flatten();
        let items = items.map(|one| match of_agent {
            true => json!({
                "name": one["name"],
                "schema": { "type": one["type"], "required": one["required"] },
            }),
            false => json!({ "name": one["name"], "value": one["value"] }),
        });
        items.collect()
    };
    let operation = |one: &Json| {
        json!({
            "name": one["name"],
            "displayName": one["display_name"],
            "requiresApproval": one["requires_approval"],
            "userParameters": parameters(&one["user_parameters"], false),
            "agentParameters": parameters(&one["agent_parameters"], true),
        })
    };
    let connector = |one: &Json| {
        let operations = one["operations"].as_array().into_iter().flatten();
        let mut connector = json!({
            "name": one["api_name"],
            "connectionName": one["connection_name"],
            "operations": operations.map(operation).collect::<Json>(),
        });
        if !one["display_name"].is_null() {
            connector["displayName"] = one["display_name"].clone();
        }
        connector
    };
    let connectors = configured.as_array().into_iter().flatten();
    connectors.map(connector).collect()
}
