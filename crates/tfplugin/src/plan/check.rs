//! The rules that the host applies to plans and results, applied here first.
//!
//! The host reports a violation as a bug in the provider and, in some cases, loses the object. An
//! error from this module names the attribute and keeps what is known.

use crate::schema::{Attribute, Attributes, Nesting, Shape, Usage};
use crate::value::{Path, Value};

/// A value that the host would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The attribute.
    pub path: Path,
    /// What is wrong. Contains no values, because they may be secret.
    pub reason: &'static str,
}

/// Returns what the host would refuse in a plan. All three values are objects. `prior` may be null.
pub fn plan_violations(
    attributes: &Attributes,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    plan_object(
        attributes,
        prior,
        config,
        planned,
        &Path::root(),
        &mut violations,
    );
    violations
}

/// Returns what the host would refuse in the state after an apply of the plan. Both values are
/// objects.
pub fn result_violations(attributes: &Attributes, planned: &Value, new: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    for name in attributes.keys() {
        let path = Path::from(name.as_str());
        if !new.get(name).is_wholly_known() {
            violations.push(Violation {
                path,
                reason: "the value is still unknown",
            });
        } else {
            compare(planned.get(name), new.get(name), &path, &mut violations);
        }
    }
    violations
}

fn plan_object(
    attributes: &Attributes,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    violations: &mut Vec<Violation>,
) {
    for (name, attribute) in attributes {
        let path = path.attribute(name.as_str());
        let (prior, config) = (prior.get(name), config.get(name));
        plan_attribute(
            attribute,
            prior,
            config,
            planned.get(name),
            &path,
            violations,
        );
    }
}

fn plan_attribute(
    attribute: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    violations: &mut Vec<Violation>,
) {
    let mut violation = |reason| {
        violations.push(Violation {
            path: path.clone(),
            reason,
        })
    };
    if attribute.write_only {
        if !planned.is_null() {
            violation("a write-only value is planned");
        }
        return;
    }
    let functionally_equal = !prior.is_null() && !config.is_null() && planned == prior;
    if planned == config || functionally_equal || attribute.usage == Usage::Computed {
        return;
    }
    if config.is_null() {
        if !attribute.is_computed() {
            violation("a value is planned that is neither configured nor computed");
        }
        return;
    }
    match &attribute.shape {
        Shape::Nested(nesting, nested) if config.is_known() => {
            plan_nested(*nesting, nested, prior, config, planned, path, violations);
        }
        _ => violation("the planned value is neither the configured nor the prior one"),
    }
}

fn plan_nested(
    nesting: Nesting,
    attributes: &Attributes,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    violations: &mut Vec<Violation>,
) {
    const MISSING: &Value = &Value::Null;
    let mut violation = |reason| {
        violations.push(Violation {
            path: path.clone(),
            reason,
        })
    };
    match (nesting, config, planned) {
        (_, _, Value::Unknown) => violation("a configured value is planned as unknown"),
        (_, _, Value::Null) => violation("a configured value is planned as null"),
        (Nesting::Single, config, planned) => {
            plan_object(attributes, prior, config, planned, path, violations);
        }
        (Nesting::List, Value::List(config), Value::List(planned)) => {
            if config.len() != planned.len() {
                return violation("the plan has another number of elements than the configuration");
            }
            for (n, (config, planned)) in config.iter().zip(planned).enumerate() {
                let prior = match prior {
                    Value::List(items) => items.get(n).unwrap_or(MISSING),
                    _ => MISSING,
                };
                plan_element(
                    attributes,
                    prior,
                    config,
                    planned,
                    &path.index(n),
                    violations,
                );
            }
        }
        (Nesting::Map, Value::Map(config), Value::Map(planned)) => {
            if !config.keys().eq(planned.keys()) {
                return violation("the plan has other keys than the configuration");
            }
            for (key, planned) in planned {
                let path = path.key(key.as_str());
                let config = config.get(key).unwrap_or(MISSING);
                plan_element(
                    attributes,
                    prior.get(key),
                    config,
                    planned,
                    &path,
                    violations,
                );
            }
        }
        (Nesting::Set, Value::Set(config), Value::Set(planned)) => {
            if config.len() != planned.len() {
                violation("the plan has another number of elements than the configuration");
            }
        }
        _ => violation("the planned value is not of the type of the attribute"),
    }
}

fn plan_element(
    attributes: &Attributes,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    violations: &mut Vec<Violation>,
) {
    if !config.is_null() && planned.is_known() {
        // Attributes of an unknown element are unknown.
        plan_object(attributes, prior, config, planned, path, violations);
    } else if config != planned {
        let reason = "the planned element is not the configured one";
        violations.push(Violation {
            path: path.clone(),
            reason,
        });
    }
}

/// Compares a planned value with the final one. Values that were known must be equal.
fn compare(planned: &Value, new: &Value, path: &Path, violations: &mut Vec<Violation>) {
    let mut violation = |reason| {
        violations.push(Violation {
            path: path.clone(),
            reason,
        })
    };
    match (planned, new) {
        (Value::Unknown, _) => {}
        (Value::Null, Value::Null) => {}
        (Value::Null, _) => violation("the plan was null, and now there is a value"),
        (_, Value::Null) => violation("a value was planned, and now it is null"),
        (Value::List(planned), Value::List(new)) => {
            if planned.len() != new.len() {
                return violation("the number of elements is not the planned one");
            }
            for (n, (planned, new)) in planned.iter().zip(new).enumerate() {
                compare(planned, new, &path.index(n), violations);
            }
        }
        (Value::Map(planned), Value::Map(new)) => {
            if !planned.keys().eq(new.keys()) {
                return violation("the keys are not the planned ones");
            }
            for (key, planned) in planned {
                let new = new.get(key).unwrap_or(&Value::Null);
                compare(planned, new, &path.attribute(key.as_str()), violations);
            }
        }
        (Value::Set(planned), Value::Set(new)) => {
            // Elements have no identity, so each one needs a counterpart on the other side.
            let fits = |planned: &Value, new: &Value| {
                let mut differences = Vec::new();
                compare(planned, new, path, &mut differences);
                differences.is_empty()
            };
            if !planned
                .iter()
                .all(|planned| new.iter().any(|new| fits(planned, new)))
            {
                violation("a planned element is missing");
            } else if !new
                .iter()
                .all(|new| planned.iter().any(|planned| fits(planned, new)))
            {
                violation("an element was not planned");
            }
        }
        (Value::Dynamic(planned), Value::Dynamic(new)) if planned.ty == new.ty => {
            compare(&planned.value, &new.value, path, violations);
        }
        (planned, new) if planned == new => {}
        _ => violation("the value is not the planned one"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Schema, attributes};
    use rstest::rstest;

    fn schema() -> Attributes {
        let nested = attributes([
            ("name", Attribute::string("A name.").required()),
            ("size", Attribute::number("A size.").computed()),
        ]);
        Schema::from([
            ("name", Attribute::string("A name.")),
            ("chosen", Attribute::string("Text.").optional_computed()),
            ("secret", Attribute::string("A secret.").write_only()),
            ("list", Attribute::nested(Nesting::List, nested, "Objects.")),
        ])
        .attributes
    }

    fn object(members: &[(&str, Value)]) -> Value {
        let mut object = Value::map(schema().keys().map(|name| (name.clone(), Value::Null)));
        members
            .iter()
            .for_each(|(name, value)| object.set(name, value.clone()));
        object
    }

    fn element(name: &str, size: Value) -> Value {
        Value::map([("name", Value::from(name)), ("size", size)])
    }

    #[test]
    fn valid_plan_has_no_violation() {
        let config = object(&[
            ("name", "a".into()),
            ("secret", "s".into()),
            ("list", Value::list([element("x", Value::Null)])),
        ]);
        let planned = object(&[
            ("name", "a".into()),
            ("chosen", Value::Unknown),
            ("list", Value::list([element("x", Value::Unknown)])),
        ]);
        assert_eq!(
            plan_violations(&schema(), &Value::Null, &config, &planned),
            []
        );
    }

    #[rstest]
    #[case::other(&[("name", "b".into())], "name")]
    #[case::invented(&[("name", "a".into()), ("secret", "s".into())], "secret")]
    #[case::lost(&[], "name")]
    fn violations_name_the_attribute(#[case] planned: &[(&str, Value)], #[case] path: &str) {
        let config = object(&[("name", "a".into())]);
        let found = plan_violations(&schema(), &Value::Null, &config, &object(planned));
        assert_eq!(found[0].path.to_string(), path);
    }

    #[test]
    fn lists_keep_their_length() {
        let config = object(&[("list", Value::list([element("x", Value::Null)]))]);
        let planned = object(&[("list", Value::list([]))]);
        let found = plan_violations(&schema(), &Value::Null, &config, &planned);
        assert_eq!(found[0].path.to_string(), "list");
    }

    #[rstest]
    #[case::changed("a".into(), "b".into(), false)]
    #[case::lost("a".into(), Value::Null, false)]
    #[case::appeared(Value::Null, "a".into(), false)]
    #[case::filled(Value::Unknown, "a".into(), true)]
    #[case::stayed_null(Value::Unknown, Value::Null, true)]
    #[case::open(Value::Unknown, Value::Unknown, false)]
    fn results_must_match_the_plan(
        #[case] planned: Value,
        #[case] new: Value,
        #[case] sound: bool,
    ) {
        let object = |value| object(&[("name", value)]);
        let found = result_violations(&schema(), &object(planned), &object(new));
        assert_eq!(found.is_empty(), sound, "{found:?}");
    }

    #[test]
    fn elements_of_sets_are_paired() {
        let attributes = Schema::from([(
            "set",
            Attribute::new(crate::Type::set(crate::Type::String), "Texts."),
        )])
        .attributes;
        let set = |items: &[Value]| Value::map([("set", Value::set_of(items.to_vec()))]);
        let planned = set(&["a".into(), Value::Unknown]);
        assert_eq!(
            result_violations(&attributes, &planned, &set(&["a".into(), "b".into()])),
            []
        );
        assert_ne!(
            result_violations(&attributes, &planned, &set(&["b".into()])),
            []
        );
    }
}
