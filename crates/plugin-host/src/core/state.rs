//! The rules for states.

use std::collections::BTreeMap;

use super::Problem;
use crate::schema::config::nested_values;
use crate::schema::{Attribute, Block, Nesting, Shape};
use crate::value::{Path, Value};

/// Returns everything that prevents saving an object: unknown values, and values of write-only
/// attributes.
pub fn state_problems(block: &Block, state: &Value) -> Vec<Problem> {
    let unknown = state.unknown_paths();
    let unknown = unknown
        .iter()
        .map(|path| Problem::new(path, "unknown value"));
    unknown.chain(write_only_problems(block, state)).collect()
}

/// Returns every value of a write-only attribute.
pub fn write_only_problems(block: &Block, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    check_block(block, value, &Path::root(), &mut found);
    found
}

/// Returns the value with null in every write-only attribute. The rest of a configuration must not
/// change between plan and apply.
pub(crate) fn without_write_only(block: &Block, value: &Value) -> Value {
    let Value::Map(mut members) = strip_attributes(&block.attributes, value) else {
        return value.clone();
    };
    for (name, nested) in &block.blocks {
        let strip = |value: &Value| without_write_only(&nested.block, value);
        members.insert(name.clone(), each(nested.nesting, value.get(name), &strip));
    }
    Value::Map(members)
}

fn check_block(block: &Block, value: &Value, path: &Path, found: &mut Vec<Problem>) {
    check_attributes(&block.attributes, value, path, found);
    for (name, nested) in &block.blocks {
        for (path, value) in nested_values(nested.nesting, value.get(name), &path.attribute(name)) {
            check_block(&nested.block, value, &path, found);
        }
    }
}

fn check_attributes(
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
                check_attributes(&nested.attributes, value, &path, found);
            }
        }
    }
}

fn strip_attributes(attributes: &BTreeMap<String, Attribute>, value: &Value) -> Value {
    let Value::Map(members) = value else {
        return value.clone();
    };
    Value::object(members.iter().map(|(name, value)| {
        let stripped = match attributes.get(name) {
            Some(attribute) if attribute.write_only => Value::Null,
            Some(Attribute {
                shape: Shape::Nested(nested),
                ..
            }) => each(nested.nesting, value, &|value| {
                strip_attributes(&nested.attributes, value)
            }),
            _ => value.clone(),
        };
        (name.clone(), stripped)
    }))
}

fn each(nesting: Nesting, value: &Value, strip: &dyn Fn(&Value) -> Value) -> Value {
    match (nesting, value) {
        (Nesting::Single | Nesting::Group, value) => strip(value),
        (_, Value::List(elements)) => Value::list(elements.iter().map(strip)),
        (_, Value::Set(elements)) => Value::set(elements.iter().map(strip)),
        (_, Value::Map(members)) => Value::object(
            members
                .iter()
                .map(|(key, value)| (key.clone(), strip(value))),
        ),
        (_, value) => value.clone(),
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

    fn thing() -> Block {
        let secret = Attribute {
            optional: true,
            write_only: true,
            ..attribute("secret", r#""string""#)
        };
        block(vec![
            Attribute {
                optional: true,
                ..attribute("text", r#""string""#)
            },
            Attribute {
                optional: true,
                ..nested("list", NestingMode::List, vec![secret])
            },
        ])
    }

    #[test]
    fn unknown_and_write_only_values_cannot_be_saved() {
        let state = json!({ "text": unknown(), "list": [{}, { "secret": "s" }] });
        let found = state_problems(&thing(), &thing().config(&state).unwrap());
        let found: Vec<String> = found.iter().map(Problem::to_string).collect();
        assert_eq!(
            found,
            [
                "text: unknown value",
                "list[1].secret: value of a write-only attribute"
            ]
        );
    }

    #[test]
    fn write_only_values_are_not_compared() {
        let config = |secret| {
            thing()
                .config(&json!({ "text": "a", "list": [{ "secret": secret }] }))
                .unwrap()
        };
        let stripped = without_write_only(&thing(), &config("s"));
        assert_eq!(stripped, without_write_only(&thing(), &config("t")));
        assert_ne!(stripped, thing().empty());
    }
}
