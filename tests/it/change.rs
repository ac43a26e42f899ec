//! The changes in a plan, and messages of Terraform.

use std::collections::BTreeSet;

use serde_json::Value;
use test_support::Plan;

/// The change of one object in a plan.
pub(crate) struct Change {
    /// The member `change` of the plan.
    pub(crate) json: Value,
    /// The output of the host.
    pub(crate) output: String,
}

impl Change {
    /// Returns the change of an address in a plan.
    pub(crate) fn of(plan: &Plan, address: &str) -> Self {
        let json = plan
            .change(address)
            .unwrap_or_else(|| panic!("{address} is not in the plan:\n{}", plan.output));
        Self {
            json: json.clone(),
            output: plan.output.clone(),
        }
    }

    /// Asserts that exactly these attributes change, in addition to unknown ones.
    pub(crate) fn changes(&self, attributes: &[&str]) {
        assert_eq!(self.paths(), set(attributes), "{}", self.output);
    }

    /// Returns the attributes that change, without unknown ones.
    pub(crate) fn paths(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let [before, after, unknown] =
            ["before", "after", "after_unknown"].map(|member| &self.json[member]);
        differences(before, after, unknown, "", &mut found);
        found
    }
}

/// Returns a message of Terraform without its frame and its line breaks.
pub(crate) fn unwrapped(message: &str) -> String {
    let words = message.split(|c: char| c.is_whitespace() || "│╷╵".contains(c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Returns a set of texts.
pub(crate) fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Returns the paths at which two values differ, down to members of objects. A list counts as a
/// whole, and so does an object that one side lacks.
fn differences(
    before: &Value,
    after: &Value,
    unknown: &Value,
    path: &str,
    found: &mut BTreeSet<String>,
) {
    match (before, after) {
        _ if unknown == true => {}
        (Value::Object(one), Value::Object(other)) => {
            for name in one.keys().chain(other.keys()) {
                let path = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                let member = |value: &Value| value.get(name).cloned().unwrap_or(Value::Null);
                differences(
                    &member(before),
                    &member(after),
                    &member(unknown),
                    &path,
                    found,
                );
            }
        }
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            let mut within = BTreeSet::new();
            for (n, (one, other)) in ones.iter().zip(others).enumerate() {
                differences(one, other, &unknown[n], "item", &mut within);
            }
            if !within.is_empty() {
                found.insert(path.to_owned());
            }
        }
        (before, after) if before == after => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}
