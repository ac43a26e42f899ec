//! What the host checks and completes in a configuration before it calls a provider.

use anyhow::Result;
use serde_json::Value as Json;

use super::{Attribute, Block, NestedBlock, Nesting, Shape};
use crate::core::Problem;
use crate::value::{Path, Value, json};

impl Block {
    /// Parses a configuration of the block.
    ///
    /// Missing attributes are null, missing nested blocks are empty, and
    /// [`unknown()`](crate::value::unknown) stands for an unknown value.
    pub fn config(&self, config: &Json) -> Result<Value> {
        Ok(self.with_blocks(json::from_json(config, &self.ty())?))
    }

    /// Returns the object that a merge uses if there is none: all attributes are null, and there
    /// are no nested blocks.
    pub(crate) fn empty(&self) -> Value {
        let attributes = self
            .attributes
            .keys()
            .map(|name| (name.clone(), Value::Null));
        self.with_blocks(Value::object(attributes))
    }

    /// Absent nested blocks are empty collections, never null.
    fn with_blocks(&self, value: Value) -> Value {
        let Value::Map(mut members) = value else {
            return value;
        };
        for (name, nested) in &self.blocks {
            let given = members.remove(name).unwrap_or(Value::Null);
            members.insert(name.clone(), nested.with_blocks(given));
        }
        Value::Map(members)
    }
}

impl NestedBlock {
    fn with_blocks(&self, value: Value) -> Value {
        let each = |elements: Vec<Value>| elements.into_iter().map(|v| self.block.with_blocks(v));
        match (self.nesting, value) {
            (Nesting::Group, Value::Null) => self.block.empty(),
            (Nesting::List, Value::Null) => Value::list([]),
            (Nesting::Set, Value::Null) => Value::set([]),
            (Nesting::Map, Value::Null) => Value::Map(Default::default()),
            (Nesting::Single | Nesting::Group, value) => self.block.with_blocks(value),
            (Nesting::List, Value::List(elements)) => Value::list(each(elements)),
            (Nesting::Set, Value::Set(elements)) => Value::set(each(elements)),
            (Nesting::Map, Value::Map(members)) => {
                let members = members.into_iter();
                Value::object(members.map(|(key, value)| (key, self.block.with_blocks(value))))
            }
            (_, value) => value,
        }
    }
}

/// Returns what the host itself refuses in a configuration: missing required attributes, and too
/// few or too many blocks.
pub fn config_problems(block: &Block, config: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    check_block(block, config, &Path::root(), &mut found);
    found
}

fn check_block(block: &Block, config: &Value, path: &Path, found: &mut Vec<Problem>) {
    if config.is_null() || config.is_unknown() {
        return;
    }
    check_attributes(block.attributes.iter(), config, path, found);
    for (name, nested) in &block.blocks {
        let value = config.get(name);
        let path = path.attribute(name);
        if value.is_unknown() {
            continue;
        }
        let count = match nested.nesting {
            Nesting::Single | Nesting::Group => i64::from(!value.is_null()),
            Nesting::Map => value.members().map_or(0, |members| members.len() as i64),
            Nesting::List | Nesting::Set => {
                value.elements().map_or(0, |elements| elements.len() as i64)
            }
        };
        if count < nested.min_items {
            found.push(Problem::new(
                &path,
                format!("at least {} blocks", nested.min_items),
            ));
        }
        if nested.max_items > 0 && count > nested.max_items {
            found.push(Problem::new(
                &path,
                format!("at most {} blocks", nested.max_items),
            ));
        }
        for (path, value) in nested_values(nested.nesting, value, &path) {
            check_block(&nested.block, value, &path, found);
        }
    }
}

fn check_attributes<'a>(
    attributes: impl Iterator<Item = (&'a String, &'a Attribute)>,
    config: &Value,
    path: &Path,
    found: &mut Vec<Problem>,
) {
    if config.is_null() || config.is_unknown() {
        return;
    }
    for (name, attribute) in attributes {
        let value = config.get(name);
        let path = path.attribute(name);
        if attribute.required && value.is_null() {
            found.push(Problem::new(&path, "required attribute is missing"));
        }
        if let Shape::Nested(nested) = &attribute.shape {
            for (path, value) in nested_values(nested.nesting, value, &path) {
                check_attributes(nested.attributes.iter(), value, &path, found);
            }
        }
    }
}

/// Returns the nested objects of a value with their paths. Those of a set have the path of the set.
pub(crate) fn nested_values<'a>(
    nesting: Nesting,
    value: &'a Value,
    path: &Path,
) -> Vec<(Path, &'a Value)> {
    match (nesting, value.inner()) {
        (Nesting::Single | Nesting::Group, value) => vec![(path.clone(), value)],
        (Nesting::List, Value::List(elements)) => {
            let indexed = elements.iter().enumerate();
            indexed
                .map(|(index, element)| (path.index(index), element))
                .collect()
        }
        (Nesting::Set, Value::Set(elements)) => elements
            .iter()
            .map(|element| (path.clone(), element))
            .collect(),
        (Nesting::Map, Value::Map(members)) => members
            .iter()
            .map(|(key, element)| (path.key(key), element))
            .collect(),
        _ => Vec::new(),
    }
}
