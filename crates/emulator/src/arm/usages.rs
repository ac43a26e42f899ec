//! The usage of an agent: a fixed sample, because nothing is used here.

use serde_json::{Number, Value, json};

use crate::http::{Answer, Handled};
use crate::store::{AgentRecord, now};

/// Returns the usage of the month, with the agent's limit.
pub(super) fn monthly(agent: &AgentRecord) -> Handled {
    Ok(Answer::ok(
        json!({ "value": [usage("MonthlyAgentUnits", "Monthly agent units", limit(agent))] }),
    ))
}

/// Returns the usage of today, in the separate format of the published examples: one item for each
/// day and meter.
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
