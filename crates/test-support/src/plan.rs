use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The plan of a host.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whether the host plans any change: exit code 2 with `-detailed-exitcode`, as opposed to 0.
    pub changes: bool,
    /// The plan as `show -json` prints it.
    pub json: Value,
    /// The output of `plan`.
    pub output: String,
    actions: BTreeMap<String, Action>,
}

/// The action of a plan on one object.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// Nothing, or only an import into the state by an `import` block.
    NoOp,
    /// Creates it.
    Create,
    /// Reads a data source while applying.
    Read,
    /// Updates it in place.
    Update,
    /// Deletes it, then creates it.
    Replace,
    /// Creates the new one, then deletes the old one.
    CreateThenDelete,
    /// Deletes it.
    Delete,
    /// Removes it from the state without deleting it.
    Forget,
}

impl Plan {
    pub(crate) fn new(changes: bool, json: Value, output: String) -> Result<Self> {
        let actions = read_actions(&json)
            .with_context(|| format!("cannot read the plan; the host printed:\n{output}"))?;
        Ok(Self {
            changes,
            json,
            output,
            actions,
        })
    }

    /// Returns the action on each object, by address, including those without a change.
    pub fn actions(&self) -> &BTreeMap<String, Action> {
        &self.actions
    }

    /// Returns the action on the object with this address, or `None` if the plan does not contain
    /// it.
    pub fn action(&self, address: &str) -> Option<Action> {
        self.actions.get(address).copied()
    }

    /// Returns the addresses of the objects that change, with their actions.
    pub fn changed(&self) -> BTreeMap<&str, Action> {
        let changed = self
            .actions
            .iter()
            .filter(|(_, action)| **action != Action::NoOp);
        changed
            .map(|(address, action)| (address.as_str(), *action))
            .collect()
    }

    /// Returns the member `change` of the object with this address: `before`, `after`,
    /// `after_unknown`, `replace_paths` and others.
    pub fn change(&self, address: &str) -> Option<&Value> {
        let changes = self.json["resource_changes"].as_array()?;
        changes
            .iter()
            .find(|change| change["address"] == address)
            .map(|change| &change["change"])
    }

    /// Fails if the plan changes anything. The error contains the plan.
    pub fn expect_empty(&self) -> Result<()> {
        let changed = self.changed();
        if self.changes || !changed.is_empty() {
            bail!("expected an empty plan, got {changed:?}:\n{}", self.output);
        }
        Ok(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::CreateThenDelete => "create then delete",
            Self::Delete => "delete",
            Self::Forget => "forget",
        })
    }
}

fn read_actions(plan: &Value) -> Result<BTreeMap<String, Action>> {
    // A plan without any resource has no such member.
    let changes = plan["resource_changes"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    changes
        .iter()
        .map(|change| {
            let address = change["address"]
                .as_str()
                .context("a change has no address")?;
            let action = read_action(&change["change"]["actions"])
                .with_context(|| format!("{address} has unknown actions"))?;
            Ok((address.to_owned(), action))
        })
        .collect()
}

fn read_action(actions: &Value) -> Result<Action> {
    let names: Vec<&str> = actions
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    Ok(match names.as_slice() {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete", "create"] => Action::Replace,
        ["create", "delete"] => Action::CreateThenDelete,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        _ => bail!("{actions}"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(changes: bool, actions: &[(&str, Value)]) -> Plan {
        let changes_json: Vec<Value> = actions
            .iter()
            .map(|(address, actions)| json!({"address": address, "change": {"actions": actions}}))
            .collect();
        Plan::new(
            changes,
            json!({"resource_changes": changes_json}),
            "text".into(),
        )
        .unwrap()
    }

    #[test]
    fn plan_names_the_action_of_each_address() {
        let plan = plan(
            true,
            &[
                ("a.x", json!(["no-op"])),
                ("a.y", json!(["delete", "create"])),
            ],
        );
        assert_eq!(plan.action("a.x"), Some(Action::NoOp));
        assert_eq!(plan.changed(), BTreeMap::from([("a.y", Action::Replace)]));
        assert!(plan.expect_empty().unwrap_err().to_string().contains("a.y"));
    }

    #[test]
    fn plan_that_changes_only_outputs_is_not_empty() {
        assert!(
            plan(true, &[("a.x", json!(["no-op"]))])
                .expect_empty()
                .is_err()
        );
        assert!(
            plan(false, &[("a.x", json!(["no-op"]))])
                .expect_empty()
                .is_ok()
        );
    }

    #[test]
    fn unknown_action_is_an_error_with_its_address() {
        let json =
            json!({"resource_changes": [{"address": "a.x", "change": {"actions": ["vanish"]}}]});
        let error = Plan::new(true, json, String::new()).unwrap_err();
        assert!(
            format!("{error:#}").contains("a.x has unknown actions"),
            "{error:#}"
        );
    }
}
