//! What an agent has used: a fixed sample, since nothing here uses anything.

use serde_json::{Number, Value, json};

use crate::http::{Answer, Handled};
use crate::store::{AgentRecord, now};

/// Usage of the month against the agent's limit.
pub(super) fn monthly(agent: &AgentRecord) -> Handled {
    Ok(Answer::ok(
        json!({ "value": [usage("MonthlyAgentUnits", "Monthly agent units", limit(agent))] }),
    ))
}

/// Usage of today, in the shape of its own that it has in the published examples: one item for a day
/// and a meter.
pub(super) fn daily() -> Handled {
    let moment = now();
    let (date, _) = moment.split_once('T').unwrap_or_default();
    Ok(Answer::ok(json!({ "value": [{
        "date": date,
        "name": { "value": "DailyAgentUnits", "localizedValue": "Daily agent units" },
        "value": 150.5,
    }] })))
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
