//! The action that follows from a plan.

use std::collections::BTreeMap;
use std::fmt;

use super::Problem;
use crate::schema::{Attribute, Block, Shape};
use crate::value::{Path, Step, Value};

/// What apply will do with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Create a new object.
    Create,
    /// Update the object in place.
    Update,
    /// Destroy the object, then create a new one.
    Replace,
    /// Destroy the object.
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        })
    }
}

/// Returns the paths that force a replacement, out of those that a provider reported.
///
/// A path counts if its value differs between prior state and plan, or if it is write-only. For a
/// create, none counts. A path that exists in neither is a mistake of the provider.
pub fn required_replaces(
    block: &Block,
    prior: &Value,
    planned: &Value,
    paths: &[Path],
) -> Result<Vec<Path>, Vec<Problem>> {
    let (mut counting, mut problems) = (Vec::new(), Vec::new());
    if prior.is_null() {
        return Ok(counting);
    }
    for path in paths {
        let (before, after) = (path.resolve(prior), path.resolve(planned));
        if let (Err(_), Err(error)) = (&before, &after) {
            problems.push(Problem::new(
                path,
                format!("requires replacement, but {error:#}"),
            ));
            continue;
        }
        let (before, after) = (before.unwrap_or(Value::Null), after.unwrap_or(Value::Null));
        if before != after || !after.is_wholly_known() || is_write_only(&block.attributes, path) {
            counting.push(path.clone());
        }
    }
    if problems.is_empty() {
        Ok(counting)
    } else {
        Err(problems)
    }
}

/// Returns the action of the host for a planned object that is not to be destroyed.
pub fn action(prior: &Value, planned: &Value, block: &Block, replaces: &[Path]) -> Action {
    if prior.is_null() {
        return Action::Create;
    }
    let by_secret = replaces
        .iter()
        .any(|path| is_write_only(&block.attributes, path));
    if prior == planned && !by_secret {
        Action::NoOp
    } else if replaces.is_empty() {
        Action::Update
    } else {
        Action::Replace
    }
}

fn is_write_only(attributes: &BTreeMap<String, Attribute>, path: &Path) -> bool {
    let mut attributes = attributes;
    for step in path.steps() {
        let Step::Attribute(name) = step else {
            continue;
        };
        match attributes.get(name) {
            Some(attribute) if attribute.write_only => return true,
            Some(Attribute {
                shape: Shape::Nested(nested),
                ..
            }) => attributes = &nested.attributes,
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tfplugin6::tfplugin6::schema::Attribute;

    use super::*;
    use crate::testing::{attribute, block};
    use crate::value::unknown;

    fn thing() -> Block {
        block(vec![
            Attribute {
                optional: true,
                ..attribute("name", r#""string""#)
            },
            Attribute {
                optional: true,
                write_only: true,
                ..attribute("secret", r#""string""#)
            },
            Attribute {
                optional: true,
                ..attribute("set", r#"["set","string"]"#)
            },
        ])
    }

    fn decide(prior: Json, planned: Json, path: Path) -> Action {
        let block = thing();
        let (prior, planned) = (
            block.config(&prior).unwrap(),
            block.config(&planned).unwrap(),
        );
        let replaces = required_replaces(&block, &prior, &planned, &[path]).unwrap();
        action(&prior, &planned, &block, &replaces)
    }

    #[test]
    fn only_changed_paths_force_replacement() {
        let name = Path::root().attribute("name");
        let prior = json!({ "name": "a" });
        assert_eq!(
            decide(prior.clone(), json!({ "name": "a" }), name.clone()),
            Action::NoOp
        );
        assert_eq!(
            decide(prior.clone(), json!({ "name": "b" }), name.clone()),
            Action::Replace
        );
        assert_eq!(
            decide(prior.clone(), json!({ "name": unknown() }), name.clone()),
            Action::Replace
        );
        let other = json!({ "name": "a", "set": ["x"] });
        assert_eq!(decide(prior, other, name), Action::Update);
    }

    #[test]
    fn write_only_paths_force_replacement_without_a_difference() {
        let secret = Path::root().attribute("secret");
        assert_eq!(decide(json!({}), json!({}), secret), Action::Replace);
    }

    #[test]
    fn paths_into_sets_are_refused() {
        let block = thing();
        let state = block.config(&json!({ "set": ["a"] })).unwrap();
        let path = Path::root().attribute("set").index(0);
        assert!(required_replaces(&block, &state, &state, &[path]).is_err());
    }
}
