//! The catalog of tools for an agent, and which of them are enabled.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fallback;
use crate::context::Context;
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::CONNECTORS;
use crate::objects::Objects;
use crate::store::{AgentRecord, Key, ObjectRecord, ProvisioningState, Tx};

const OVERRIDES: &str = "toolOverrides";
/// Some built-in tools of the service: name, category, and the mode without an override.
const SYSTEM: [(&str, &str, &str); 8] = [
    ("RunAzCliReadCommands", "Azure Operation", "enabled"),
    ("RunAzCliWriteCommands", "Azure Operation", "enabled"),
    ("QueryLogAnalyticsByWorkspaceId", "Log Query", "enabled"),
    ("SearchMemory", "Knowledge Base", "always"),
    ("ExecutePythonCode", "Utility", "enabled"),
    ("PlotBarChart", "Visualization", "enabled"),
    ("ReadFile", "Workspace Operation", "always"),
    ("FetchWebpage", "Utility", "disabled"),
];
/// The tool of a connector to an MCP server that does not select tools.
const SAMPLE_TOOL: &str = "search";

/// Answers a request. `rest` contains the segments below `tools`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let key = Key::singleton(&agent.uid, OVERRIDES);
    let mut overrides: BTreeMap<String, bool> = tx.get(&key)?.unwrap_or_default();
    match (cx.call.method.as_str(), rest) {
        ("GET", []) => {
            let connectors = Objects::shared(cx, agent, &CONNECTORS);
            let mut data: Vec<Value> = SYSTEM
                .iter()
                .map(|(name, category, mode)| tool(name, None, category, mode, &overrides))
                .collect();
            for connector in connectors.list(tx)? {
                data.extend(
                    offered(&connector).iter().map(|name| {
                        tool(name, Some(&connector.name), "Mcp", "disabled", &overrides)
                    }),
                );
            }
            Ok(Answer::ok(json!({ "data": data })))
        }
        ("POST", ["configure"]) => {
            overrides.extend(sent(cx)?);
            tx.put(&key, &overrides)?;
            Ok(Answer::ok(json!({ "success": true })))
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// `GET /api/v1/extendedAgent/systemtools`: returns the built-in tools of the service.
pub(super) fn system() -> Value {
    let tools = SYSTEM.iter();
    let tools = tools.map(|(name, category, _)| {
        json!({ "name": name, "category": category, "description": "", "isStable": true })
    });
    tools.collect()
}

/// Returns the names of the built-in tools of the service.
pub(crate) fn system_names() -> impl Iterator<Item = &'static str> {
    SYSTEM.iter().map(|(name, _, _)| *name)
}

/// Returns whether a built-in tool of the service is enabled.
pub(super) fn is_on(tx: &Tx<'_>, agent: &AgentRecord, name: &str) -> Handled<bool> {
    let key = Key::singleton(&agent.uid, OVERRIDES);
    let overrides: BTreeMap<String, bool> = tx.get(&key)?.unwrap_or_default();
    let known = SYSTEM.iter().find(|(known, _, _)| *known == name);
    let default = known.is_some_and(|(_, _, mode)| *mode != "disabled");
    Ok(overrides.get(name).copied().unwrap_or(default))
}

fn sent(cx: Context<'_>) -> Result<Vec<(String, bool)>, Refusal> {
    let body = cx.call.json_object()?;
    let invalid =
        || Refusal::invalid("overrides must be an array of objects with name and enabled.");
    let overrides = body
        .get("overrides")
        .and_then(Value::as_array)
        .ok_or_else(invalid)?;
    overrides
        .iter()
        .map(|item| {
            let name = item
                .get("name")
                .and_then(Value::as_str)
                .ok_or_else(invalid)?;
            let enabled = item
                .get("enabled")
                .and_then(Value::as_bool)
                .ok_or_else(invalid)?;
            let core = SYSTEM
                .iter()
                .any(|(known, _, mode)| *known == name && *mode == "always");
            if core && !enabled {
                return Err(Refusal::invalid(format!(
                    "The core tool '{name}' cannot be switched off."
                )));
            }
            Ok((name.to_owned(), enabled))
        })
        .collect()
}

/// Returns the tools of a connected MCP connector, by their names at run time.
fn offered(connector: &ObjectRecord) -> Vec<String> {
    if connector.provisioning == ProvisioningState::Succeeded {
        tools_of(&connector.name, &connector.properties)
    } else {
        Vec::new()
    }
}

/// Returns the tools that a connector with these properties has once it is connected.
pub(crate) fn tools_of(connector: &str, properties: &Map<String, Value>) -> Vec<String> {
    let kind = properties.get("dataConnectorType").and_then(Value::as_str);
    if kind != Some("Mcp") {
        return Vec::new();
    }
    let selected = properties
        .get("extendedProperties")
        .and_then(|extended| extended.get("selectedTools"))
        .and_then(Value::as_array);
    let mut names: Vec<&str> = selected
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() || names.contains(&"*") {
        names = vec![SAMPLE_TOOL];
    }
    names
        .iter()
        .map(|name| format!("{connector}_{name}"))
        .collect()
}

/// Returns a tool of a connector, or a built-in one if there is no connector.
fn tool(
    name: &str,
    connector: Option<&str>,
    category: &str,
    mode: &str,
    overrides: &BTreeMap<String, bool>,
) -> Value {
    json!({
        "name": name,
        "source": if connector.is_some() { "mcp" } else { "system" },
        "mcpConnector": connector,
        "mcpConnectorDisplayName": connector,
        "defaultMode": mode,
        "enabled": overrides.get(name).copied().unwrap_or(mode != "disabled"),
        "category": category,
        "schema": null,
        "description": "",
    })
}
