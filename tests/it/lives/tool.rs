//! The life of a custom tool.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name        = "restart"
  description = "Restarts a service."
  tool_mode   = "Manual"
  python = {
    code            = "def main(service):\n    return {}\n"
    timeout_seconds = 60
    dependencies    = ["requests", "httpx"]
    auth_scopes     = ["https://management.azure.com/.default"]
  }
  parameters = [{
    name        = "service"
    type        = "string"
    description = "The service."
    required    = true
    target      = "direct"
  }]
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r#"
  name        = "restart"
  description = "Restarts a service well."
  python      = { code = "def main(service):\n    return None\n" }
"#;
const KUSTO: &str = r#"
  name        = "restart"
  description = "Counts restarts."
  kusto = {
    connector = "orders"
    database  = "logs"
    mode      = "Query"
    query     = "restarts | where service == '##service##' | count"
  }
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "tool",
        key: "/tools/restart",
        collection: "/api/v2/extendedAgent/tools",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("a service.", "a service well.")
                .replace("return {}", "return None")
                .replace("\"shop\"", "\"ops\""),
            &[
                "additional_properties.owner.team",
                "description",
                "python.code",
            ],
        ),
        writes: &[("PUT", "/tools/restart")],
        drift: |world| {
            let change = json!({
                "description": "Another one.",
                "toolMode": "Auto",
                "functionCode": "def main():\n    return 1\n",
                "timeoutSeconds": 5,
                "dependencies": ["another"],
                "authScopes": ["another"],
                "parameters": [],
                "owner": { "team": "another" },
            });
            world.change_members("/api/v2/extendedAgent/tools/restart", &change);
        },
        seen: &[
            "additional_properties.owner.team",
            "description",
            "parameters",
            "python.auth_scopes",
            "python.code",
            "python.dependencies",
            "python.timeout_seconds",
            "tool_mode",
        ],
        repaired: vec![
            ("/properties/type", json!("PythonTool")),
            ("/properties/timeoutSeconds", json!(60)),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (
            BARE.to_owned(),
            &[
                "additional_properties",
                "parameters",
                "python.auth_scopes",
                "python.dependencies",
                "python.timeout_seconds",
            ],
        ),
        emptied: vec![
            ("/properties/timeoutSeconds", json!(120)),
            ("/properties/parameters", json!([])),
            ("/properties/dependencies", json!([])),
            ("/properties/owner", Value::Null),
            // What the service chooses where nothing is given stays.
            ("/properties/toolMode", json!("Manual")),
        ],
        replacement: Replacement::Of(KUSTO.to_owned(), &["kusto", "python"]),
        unreadable: &[],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
