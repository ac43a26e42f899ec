//! Positions in a value.

use std::fmt;

use anyhow::{Context, Result, bail};
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::attribute_path::step::Selector;

use super::{Type, Value};

/// One step into a value. There is none into a set, because its elements have no address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute of an object.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple, counted from 0.
    Index(i64),
}

/// A position in a value, from its root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// Returns the path of the whole value.
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns the steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Returns the path of an attribute of this value.
    pub fn attribute(&self, name: impl Into<String>) -> Self {
        self.with(Step::Attribute(name.into()))
    }

    /// Returns the path of a map element of this value.
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// Returns the path of a list element of this value.
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index as i64))
    }

    /// Converts a path from its message.
    pub fn from_proto(path: &proto::AttributePath) -> Result<Self> {
        let step = |step: &proto::attribute_path::Step| {
            Ok(
                match step
                    .selector
                    .as_ref()
                    .context("a step of an attribute path is empty")?
                {
                    Selector::AttributeName(name) => Step::Attribute(name.clone()),
                    Selector::ElementKeyString(key) => Step::Key(key.clone()),
                    Selector::ElementKeyInt(index) => Step::Index(*index),
                },
            )
        };
        Ok(Self(path.steps.iter().map(step).collect::<Result<_>>()?))
    }

    /// Follows the path through a value, like Terraform does for `requires_replace`.
    ///
    /// Everything below an unknown value is unknown. A step into null, into a set or to a missing
    /// element is an error.
    pub fn resolve(&self, value: &Value) -> Result<Value> {
        let mut current = value;
        for (depth, step) in self.0.iter().enumerate() {
            current = current.inner();
            if current.is_unknown() {
                return Ok(Value::unknown());
            }
            let next = match (step, current) {
                (Step::Attribute(name) | Step::Key(name), Value::Map(members)) => members.get(name),
                (Step::Index(index), Value::List(elements)) => usize::try_from(*index)
                    .ok()
                    .and_then(|index| elements.get(index)),
                _ => None,
            };
            current = next.with_context(|| {
                let here = Self(self.0[..depth].to_vec());
                format!(
                    "path {self} leads nowhere: at {here} there is {}",
                    current.kind()
                )
            })?;
        }
        Ok(current.clone())
    }

    /// Fails unless the path exists in values of the type.
    pub fn check(&self, ty: &Type) -> Result<()> {
        let mut current = ty;
        for (depth, step) in self.0.iter().enumerate() {
            let here = Self(self.0[..depth].to_vec());
            current = match (step, current) {
                (_, Type::Dynamic) => return Ok(()),
                (Step::Attribute(name), Type::Object { attributes, .. }) => attributes
                    .get(name)
                    .with_context(|| format!("path {self}: {here} has no attribute {name:?}"))?,
                (Step::Key(_), Type::Map(element) | Type::BlockMap(element))
                | (Step::Index(_), Type::List(element) | Type::BlockList(element)) => element,
                (Step::Index(index), Type::Tuple(elements)) => usize::try_from(*index)
                    .ok()
                    .and_then(|index| elements.get(index))
                    .with_context(|| format!("path {self}: {here} has no element {index}"))?,
                (_, Type::Set(_)) => bail!("path {self} steps into the set {here}"),
                _ => bail!("path {self}: {step:?} is no step into {here} of type {current}"),
            };
        }
        Ok(())
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("(root)");
        }
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_displayed_like_expressions() {
        let path = Path::root().attribute("a").index(0).attribute("b").key("k");
        assert_eq!(path.to_string(), r#"a[0].b["k"]"#);
    }

    #[test]
    fn paths_stop_at_sets() {
        let ty = Type::object([("s", Type::set(Type::object([("a", Type::String)])))]);
        assert!(Path::root().attribute("s").check(&ty).is_ok());
        let inside = Path::root().attribute("s").index(0);
        assert!(
            inside
                .check(&ty)
                .unwrap_err()
                .to_string()
                .contains("steps into the set s")
        );
        let value = Value::object([("s", Value::set([Value::object([("a", Value::from("x"))])]))]);
        assert!(inside.resolve(&value).is_err());
    }

    #[test]
    fn everything_below_an_unknown_value_is_unknown() {
        let value = Value::object([("a", Value::unknown())]);
        let path = Path::root().attribute("a").index(3);
        assert_eq!(path.resolve(&value).unwrap(), Value::unknown());
    }
}
