//! The rules for results after a plan: the result of apply, and the plan that apply requests again.

use super::Problem;
use crate::schema::{Block, NestedBlock, Nesting};
use crate::value::{Path, Refinements, Value, json};

/// Returns everything in an actual object that contradicts the planned one.
///
/// Known values stay equal. Unknown values may become anything of their type within their
/// refinements.
pub fn assert_object_compatible(block: &Block, planned: &Value, actual: &Value) -> Vec<Problem> {
    let mut check = Check {
        problems: Vec::new(),
    };
    check.object(block, planned, actual, &Path::root());
    check.problems
}

struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn add(&mut self, path: &Path, reason: impl Into<String>) {
        self.problems.push(Problem::new(path, reason));
    }

    fn object(&mut self, block: &Block, planned: &Value, actual: &Value, path: &Path) {
        let subject = if path.steps().is_empty() {
            "Root object "
        } else {
            ""
        };
        match (planned.is_null(), actual.is_null()) {
            (true, true) => return,
            (true, false) => {
                return self.add(path, format!("{subject}was absent, but now present"));
            }
            (false, true) => {
                return self.add(path, format!("{subject}was present, but now absent"));
            }
            (false, false) => {}
        }
        for (name, attribute) in &block.attributes {
            let path = path.attribute(name);
            let mut inner = Self {
                problems: Vec::new(),
            };
            inner.value(planned.get(name), actual.get(name), &path);
            if attribute.sensitive && !inner.problems.is_empty() {
                self.add(&path, "inconsistent values for sensitive attribute");
            } else {
                self.problems.append(&mut inner.problems);
            }
        }
        for (name, nested) in &block.blocks {
            let path = path.attribute(name);
            self.nested_block(nested, planned.get(name), actual.get(name), &path);
        }
    }

    fn nested_block(&mut self, nested: &NestedBlock, planned: &Value, actual: &Value, path: &Path) {
        let block = &nested.block;
        if matches!(nested.nesting, Nesting::Single | Nesting::Group) {
            // A dynamic block of unknown length may turn out to be absent.
            if !(planned.is_unknown() && actual.is_null()) {
                self.object(block, planned, actual, path);
            }
            return;
        }
        if actual.is_null() && !planned.is_null() {
            return self.add(path, "null block value after apply");
        }
        if planned.is_unknown() || actual.is_unknown() || planned.is_null() {
            return;
        }
        match (planned, actual) {
            (Value::List(planned), Value::List(actual)) => {
                if planned.len() != actual.len() {
                    let (from, to) = (planned.len(), actual.len());
                    return self.add(path, format!("block count changed from {from} to {to}"));
                }
                for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                    self.object(block, planned, actual, &path.index(index));
                }
            }
            (Value::Map(planned), Value::Map(actual)) => {
                for (key, planned) in planned {
                    match actual.get(key) {
                        Some(actual) => self.object(block, planned, actual, &path.key(key)),
                        None => self.add(path, format!("block key {key:?} has vanished")),
                    }
                }
                for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
                    self.add(path, format!("new block key {key:?} has appeared"));
                }
            }
            (Value::Set(planned), Value::Set(actual)) => {
                if planned.len() < actual.len() {
                    let (from, to) = (planned.len(), actual.len());
                    self.add(
                        path,
                        format!("block set length changed from {from} to {to}"),
                    );
                }
                self.set_pairs(planned, actual, path, |planned, actual| {
                    assert_object_compatible(block, planned, actual).is_empty()
                });
            }
            _ => self.add(path, format!("wrong final value: {}", actual.kind())),
        }
    }

    fn value(&mut self, planned: &Value, actual: &Value, path: &Path) {
        if let (Value::Dynamic(planned), Value::Dynamic(actual)) = (planned, actual)
            && !actual.0.conforms_to(&planned.0)
        {
            let reason = format!(
                "wrong final value type: {} where {} was planned",
                actual.0, planned.0
            );
            return self.add(path, reason);
        }
        match (planned.inner(), actual.inner()) {
            (Value::Unknown(refinements), actual) => {
                if !within(refinements, actual) {
                    let reason = format!(
                        "final value {} does not conform to planning placeholder {refinements:?}",
                        shown(actual)
                    );
                    self.add(path, reason);
                }
            }
            (Value::Null, Value::Null) => {}
            (planned, Value::Null) => {
                self.add(path, format!("was {}, but now null", shown(planned)));
            }
            (Value::Null, actual) => {
                self.add(path, format!("was null, but now {}", shown(actual)));
            }
            (_, Value::Unknown(_)) => self.add(path, "was known, but now unknown"),
            (Value::List(planned), Value::List(actual)) => {
                for (index, planned) in planned.iter().enumerate() {
                    match actual.get(index) {
                        Some(actual) => self.value(planned, actual, &path.index(index)),
                        None => self.add(path, format!("element {index} has vanished")),
                    }
                }
                for index in planned.len()..actual.len() {
                    self.add(path, format!("new element {index} has appeared"));
                }
            }
            (Value::Map(planned), Value::Map(actual)) => {
                for (key, planned) in planned {
                    match actual.get(key) {
                        Some(actual) => self.value(planned, actual, &path.attribute(key)),
                        None => self.add(path, format!("element {key:?} has vanished")),
                    }
                }
                for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
                    self.add(path, format!("new element {key:?} has appeared"));
                }
            }
            (Value::Set(planned), Value::Set(actual)) => {
                self.set_pairs(planned, actual, path, |planned, actual| {
                    let mut inner = Self {
                        problems: Vec::new(),
                    };
                    inner.value(planned, actual, &Path::root());
                    inner.problems.is_empty()
                });
                // Unknown elements may turn out to be equal, but none can be added.
                if planned.len() < actual.len() {
                    let (from, to) = (planned.len(), actual.len());
                    self.add(path, format!("length changed from {from} to {to}"));
                }
            }
            (planned, actual) => {
                if planned != actual {
                    let reason = format!("was {}, but now {}", shown(planned), shown(actual));
                    self.add(path, reason);
                }
            }
        }
    }

    fn set_pairs(
        &mut self,
        planned: &[Value],
        actual: &[Value],
        path: &Path,
        compatible: impl Fn(&Value, &Value) -> bool,
    ) {
        for planned in planned {
            if !actual.iter().any(|actual| compatible(planned, actual)) {
                let reason = format!(
                    "planned set element {} does not correlate with any element in actual",
                    shown(planned)
                );
                self.add(path, reason);
            }
        }
        for actual in actual {
            if !planned.iter().any(|planned| compatible(planned, actual)) {
                let reason = format!(
                    "actual set element {} does not correlate with any element in plan",
                    shown(actual)
                );
                self.add(path, reason);
            }
        }
    }
}

/// Returns whether the refinements allow a value. They allow every value that is still unknown.
fn within(refinements: &Refinements, actual: &Value) -> bool {
    let length = |count: usize| {
        let count = count as u64;
        refinements.min_length.is_none_or(|min| min <= count)
            && refinements.max_length.is_none_or(|max| count <= max)
    };
    match actual {
        Value::Unknown(_) => true,
        Value::Null => !refinements.not_null,
        Value::String(text) => refinements
            .prefix
            .as_ref()
            .is_none_or(|prefix| text.starts_with(prefix.as_str())),
        Value::Number(number) => {
            let above =
                |(min, inclusive): &(_, bool)| number > min || (*inclusive && number == min);
            let below =
                |(max, inclusive): &(_, bool)| number < max || (*inclusive && number == max);
            refinements.min.as_ref().is_none_or(above) && refinements.max.as_ref().is_none_or(below)
        }
        Value::List(elements) | Value::Set(elements) => length(elements.len()),
        Value::Map(members) => length(members.len()),
        Value::Dynamic(typed) => within(refinements, &typed.1),
        Value::Bool(_) => true,
    }
}

fn shown(value: &Value) -> String {
    json::to_json(value).to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value as Json, json};
    use tfplugin6::tfplugin6::schema::Attribute;
    use tfplugin6::tfplugin6::schema::object::NestingMode;

    use super::*;
    use crate::testing::{attribute, block, nested};
    use crate::value::unknown;

    fn thing() -> Block {
        let item = vec![Attribute {
            optional: true,
            ..attribute("name", r#""string""#)
        }];
        let optional = |attribute| Attribute {
            optional: true,
            computed: true,
            ..attribute
        };
        block(vec![
            optional(attribute("text", r#""string""#)),
            Attribute {
                sensitive: true,
                ..optional(attribute("hidden", r#""string""#))
            },
            optional(attribute("list", r#"["list","string"]"#)),
            optional(attribute("set", r#"["set","string"]"#)),
            optional(attribute("any", r#""dynamic""#)),
            optional(nested("map", NestingMode::Map, item)),
        ])
    }

    fn problems(planned: Json, actual: Json) -> Vec<String> {
        let block = thing();
        let read = |json: &Json| match json {
            Json::Null => Value::Null,
            json => block.config(json).unwrap(),
        };
        let found = assert_object_compatible(&block, &read(&planned), &read(&actual));
        found.iter().map(Problem::to_string).collect()
    }

    #[rstest]
    #[case::equal(json!({ "text": "a" }), json!({ "text": "a" }))]
    #[case::unknown_becomes_known(json!({ "text": unknown() }), json!({ "text": "a" }))]
    #[case::unknown_becomes_null(json!({ "text": unknown() }), json!({ "text": null }))]
    #[case::unknown_stays(json!({ "list": ["a", unknown()] }), json!({ "list": ["a", unknown()] }))]
    #[case::set_order(json!({ "set": ["a", "b"] }), json!({ "set": ["b", "a"] }))]
    #[case::set_shrinks(json!({ "set": [unknown(), unknown()] }), json!({ "set": ["a"] }))]
    #[case::dynamic(json!({ "any": { "a": null } }), json!({ "any": { "a": null } }))]
    fn compatible_objects_have_no_problems(#[case] planned: Json, #[case] actual: Json) {
        assert_eq!(problems(planned, actual), Vec::<String>::new());
    }

    #[rstest]
    #[case(json!({ "text": "a" }), json!({ "text": "b" }), r#"text: was "a", but now "b""#)]
    #[case(json!({ "text": "a" }), json!({}), r#"text: was "a", but now null"#)]
    #[case(json!({}), json!({ "text": "a" }), r#"text: was null, but now "a""#)]
    #[case(json!({ "text": "a" }), json!({ "text": unknown() }), "text: was known, but now unknown")]
    #[case(json!({ "hidden": "a" }), json!({ "hidden": "b" }),
        "hidden: inconsistent values for sensitive attribute")]
    #[case(json!({ "list": ["a"] }), json!({ "list": [] }), "list: element 0 has vanished")]
    #[case(json!({ "list": [] }), json!({ "list": ["a"] }), "list: new element 0 has appeared")]
    #[case(json!({ "set": ["a"] }), json!({ "set": ["b"] }),
        r#"set: planned set element "a" does not correlate with any element in actual"#)]
    #[case(json!({ "set": [unknown()] }), json!({ "set": ["a", "b"] }),
        "set: length changed from 1 to 2")]
    #[case(json!({ "any": "a" }), json!({ "any": true }),
        r#"any: wrong final value type: "bool" where "string" was planned"#)]
    #[case(json!({ "map": { "k": {} } }), json!({ "map": {} }), r#"map: element "k" has vanished"#)]
    #[case(json!({}), json!(null), "(root): Root object was present, but now absent")]
    fn incompatible_values_are_reported_with_their_path(
        #[case] planned: Json,
        #[case] actual: Json,
        #[case] expected: &str,
    ) {
        assert_eq!(
            problems(planned, actual).first().map(String::as_str),
            Some(expected)
        );
    }

    #[test]
    fn refinements_of_unknown_values_are_enforced() {
        let refined = |refinements| {
            let mut planned = thing().empty();
            if let Value::Map(members) = &mut planned {
                members.insert("text".into(), Value::Unknown(refinements));
            }
            planned
        };
        let prefix = refined(Refinements {
            prefix: Some("pre-".into()),
            ..Default::default()
        });
        let actual = |text: &str| thing().config(&json!({ "text": text })).unwrap();
        assert!(assert_object_compatible(&thing(), &prefix, &actual("pre-x")).is_empty());
        assert_eq!(
            assert_object_compatible(&thing(), &prefix, &actual("x")).len(),
            1
        );
        let not_null = refined(Refinements {
            not_null: true,
            ..Default::default()
        });
        assert_eq!(
            assert_object_compatible(&thing(), &not_null, &thing().empty()).len(),
            1
        );
    }
}
