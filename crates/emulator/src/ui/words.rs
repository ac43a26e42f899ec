//! The descriptions of faults and switches from the README, and the values of switches.

use regex::Regex;
use serde_json::{Map, Value, json};

use crate::profile::Profile;

const README: &str = include_str!("../../README.md");

/// Returns the descriptions of the members of a fault and of the switches. A switch also has its
/// value, and its other possible values if there are only a few.
pub(super) fn words(profile: &Profile) -> Value {
    let faults: Vec<Value> = rows("Faults")
        .map(|(name, meaning)| json!({ "name": name, "meaning": meaning }))
        .collect();
    let meanings: Map<String, Value> = rows("Switches")
        .map(|(name, meaning)| (name.to_owned(), json!(meaning)))
        .collect();
    let values = serde_json::to_value(profile).unwrap_or_default();
    let values = values.as_object().cloned().unwrap_or_default();
    let first = serde_json::to_value(Profile::default()).unwrap_or_default();
    let switches: Vec<Value> = values
        .iter()
        .map(|(name, value)| {
            json!({
                "name": name,
                "value": value,
                "default": first.get(name),
                "meaning": meanings.get(name),
                "choices": choices(profile, name, value),
            })
        })
        .collect();
    json!({ "faults": faults, "switches": switches })
}

/// Returns the rows of the table below a heading: the name in the first column, and the last
/// column.
fn rows(heading: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let below = README
        .split(&format!("\n## {heading}\n"))
        .nth(1)
        .unwrap_or_default();
    let section = below.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| {
        let mut cells = row.trim_matches('|').split('|');
        let names = cells.next().unwrap_or_default();
        let meaning = cells.next_back().unwrap_or_default().trim();
        let names = names.split('`').skip(1).step_by(2);
        names.map(move |name| (name, meaning))
    })
}

/// Returns the possible values of a switch, from the error of a profile with an invalid one.
fn choices(profile: &Profile, name: &str, value: &Value) -> Vec<String> {
    if !value.is_string() {
        return Vec::new();
    }
    let Err(error) = profile.merged(&json!({ name: "?" })) else {
        return Vec::new();
    };
    let error = error.to_string();
    let expected = error.split("expected").nth(1).unwrap_or_default();
    let Ok(quoted) = Regex::new("`([^`]+)`") else {
        return Vec::new();
    };
    let words = quoted.captures_iter(expected);
    words
        .filter_map(|word| Some(word.get(1)?.as_str().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{rows, words};
    use crate::faults::Fault;
    use crate::profile::Profile;

    #[test]
    fn every_switch_and_every_member_of_a_fault_is_described() {
        let words = words(&Profile::default());
        for switch in words["switches"].as_array().unwrap() {
            let meaning = switch["meaning"].as_str();
            let name = &switch["name"];
            assert!(meaning.is_some() || name == "entra", "{name} has no words");
        }
        let members = serde_json::to_value(Fault::default()).unwrap();
        let named: Vec<&str> = rows("Faults").map(|(name, _)| name).collect();
        for member in members.as_object().unwrap().keys() {
            assert!(named.contains(&member.as_str()), "{member} has no words");
        }
        assert_eq!(named.len(), members.as_object().unwrap().len());
    }

    #[test]
    fn switches_with_a_few_values_offer_them() {
        let words = words(&Profile::acceptance());
        let of = |name: &str| {
            let switches = words["switches"].as_array().unwrap();
            switches
                .iter()
                .find(|switch| switch["name"] == name)
                .unwrap()
                .clone()
        };
        assert_eq!(
            of("tenant")["choices"],
            serde_json::json!(["internal", "external"])
        );
        assert_eq!(
            of("hub_event")["choices"],
            serde_json::json!(["MessageUpdate", "messageupdate"])
        );
        assert_eq!(of("quickstart_plan")["choices"], Value::Array(Vec::new()));
        assert_eq!(of("agent_polls")["value"], 2);
        assert_eq!(of("agent_polls")["default"], 0);
    }
}
