//! What can be saved.

use std::collections::BTreeMap;

use super::Problem;
use crate::schema::config::nested_values;
use crate::schema::{Attribute, Block, Shape};
use crate::value::{Path, Value};

/// Everything that keeps an object out of the state: unknown values, and values of write-only attributes.
pub fn state_problems(block: &Block, state: &Value) -> Vec<Problem> {
    let unknown = state.unknown_paths();
    let mut found: Vec<Problem> = unknown
        .iter()
        .map(|path| Problem::new(path, "unknown value"))
        .collect();
    write_only(block, state, &Path::root(), &mut found);
    found
}

fn write_only(block: &Block, value: &Value, path: &Path, found: &mut Vec<Problem>) {
    if value.is_null() {
        return;
    }
    write_only_attributes(&block.attributes, value, path, found);
    for (name, nested) in &block.blocks {
        for (path, value) in nested_values(nested.nesting, value.get(name), &path.attribute(name)) {
            write_only(&nested.block, value, &path, found);
        }
    }
}

fn write_only_attributes(
    attributes: &BTreeMap<String, Attribute>,
    value: &Value,
    path: &Path,
    found: &mut Vec<Problem>,
) {
    if value.is_null() || value.is_unknown() {
        return;
    }
    for (name, attribute) in attributes {
        let (path, value) = (path.attribute(name), value.get(name));
        if attribute.write_only && !value.is_null() {
            found.push(Problem::new(&path, "value of a write-only attribute"));
        }
        if let Shape::Nested(nested) = &attribute.shape {
            for (path, value) in nested_values(nested.nesting, value, &path) {
                write_only_attributes(&nested.attributes, value, &path, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tfplugin6::tfplugin6::schema::Attribute;
    use tfplugin6::tfplugin6::schema::object::NestingMode;

    use super::*;
    use crate::testing::{attribute, block, nested};
    use crate::value::unknown;

    #[test]
    fn unknown_and_write_only_values_cannot_be_saved() {
        let secret = Attribute {
            optional: true,
            write_only: true,
            ..attribute("secret", r#""string""#)
        };
        let block = block(vec![
            Attribute {
                optional: true,
                ..attribute("text", r#""string""#)
            },
            Attribute {
                optional: true,
                ..nested("list", NestingMode::List, vec![secret])
            },
        ]);
        let state = json!({ "text": unknown(), "list": [{}, { "secret": "s" }] });
        let found = state_problems(&block, &block.config(&state).unwrap());
        let found: Vec<String> = found.iter().map(Problem::to_string).collect();
        assert_eq!(
            found,
            [
                "text: unknown value",
                "list[1].secret: value of a write-only attribute"
            ]
        );
    }
}
