//! Values that the service changes by actions instead of documents, such as `power_state`.

use serde_json::Value as Json;
use tfplugin::{UpdateRequest, Value};

use super::operation::Operation;
use super::power;
use crate::kind::{Bind, Field, Kind, Presence, walk};
use crate::stores::{StoreError, Stored};

/// Returns the actions that set the planned values, each with its argument.
pub(super) fn actions<'a>(
    kind: &'a Kind,
    planned: &Value,
    config: &Value,
    document: &Json,
) -> Vec<(&'a Field, &'static str)> {
    let wanted = walk::fields(&kind.nodes).filter_map(|field| {
        let Bind::Action { at, actions, .. } = &field.bind else {
            return None;
        };
        // The service chooses this value, so the provider does not change it.
        if matches!(field.presence, Presence::ServerChosen) && config.get(field.name).is_null() {
            return None;
        }
        let planned = text(planned.get(field.name))?;
        let current = match document.pointer(at) {
            Some(Json::String(text)) => text.clone(),
            Some(Json::Bool(value)) => value.to_string(),
            _ => String::new(),
        };
        if planned.eq_ignore_ascii_case(&current) {
            return None;
        }
        let (_, action) = actions
            .iter()
            .find(|(value, _)| value.eq_ignore_ascii_case(&planned))?;
        Some((field, *action))
    });
    wanted.collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Runs the actions that must come before the write, such as the start of an agent whose platform
/// changes. Returns the object after them.
pub(super) async fn begin(
    operation: &Operation<'_>,
    request: &UpdateRequest,
    current: Stored,
) -> Result<Stored, StoreError> {
    let kind = operation.object.kind;
    let actions = actions(kind, &request.planned, &request.config, &current.document);
    let begins = |field: &Field, action: &str| matches!(field.bind, Bind::Action { first, .. } if first == Some(action));
    let mut actions = actions.into_iter();
    let Some((_, action)) = actions.find(|(field, action)| begins(field, action)) else {
        return Ok(current);
    };
    operation.store().act(operation.call(), action).await?;
    power::acted(operation, action);
    let now = operation.store().read(operation.call()).await?;
    Ok(now.unwrap_or(current))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resources;

    fn wanted(configured: Option<&str>, planned: &str, current: &str) -> Vec<&'static str> {
        let kinds = resources::kinds();
        let kind = kinds.iter().find(|kind| kind.name == "agent").unwrap();
        let value = |text: &str| Value::map([("power_state", Value::from(text))]);
        let config = configured.map_or_else(|| Value::map([("power_state", Value::Null)]), value);
        let document = json!({ "properties": { "powerState": current } });
        let found = actions(kind, &value(planned), &config, &document);
        found.into_iter().map(|(_, action)| action).collect()
    }

    #[test]
    fn actions_run_only_for_values_that_differ() {
        assert_eq!(wanted(Some("Stopped"), "Stopped", "Running"), ["stop"]);
        assert_eq!(wanted(Some("Running"), "Running", "Stopped"), ["start"]);
        assert!(wanted(Some("Running"), "Running", "running").is_empty());
    }

    #[test]
    fn values_that_the_service_chooses_are_not_changed() {
        assert!(wanted(None, "Stopped", "Running").is_empty());
    }
}
