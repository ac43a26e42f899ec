//! What an agent has used: a fixed sample, since nothing here uses anything.

use serde_json::{Number, Value, json};

use crate::http::{Answer, Handled};
use crate::store::AgentRecord;

/// Usage of the month against the agent's limit.
pub(super) fn monthly(agent: &AgentRecord) -> Handled {
    Ok(Answer::ok(
        json!({ "value": [usage("MonthlyAgentUnits", "Monthly agent units", limit(agent))] }),
    ))
}

/// Usage of the day.
pub(super) fn daily(agent: &AgentRecord) -> Handled {
    Ok(Answer::ok(
        json!({ "value": [usage("DailyAgentUnits", "Daily agent units", limit(agent))] }),
    ))
}

fn usage(name: &str, title: &str, limit: Value) -> Value {
    json!({
        "unit": "AgentUnits",
        "currentValue": 150.5,
        "limit": limit,
        "name": { "value": name, "localizedValue": title },
    })
}

fn limit(agent: &AgentRecord) -> Value {
    agent
        .properties
        .get("monthlyAgentUnitLimit")
        .filter(|limit| limit.is_number())
        .cloned()
        .unwrap_or_else(|| Value::Number(Number::from(10_000)))
}
