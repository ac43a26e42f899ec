//! Generates configuration from a state.

use super::{Defaults, is_equivalent, map_objects};
use crate::provider::Resource;
use crate::schema::{Attribute, Attributes, Nesting, Shape, Usage};
use crate::value::Value;

/// Returns the configuration that would create the object of a state, or null if there is no state.
pub fn generated(resource: &dyn Resource, attributes: &Attributes, state: &Value) -> Value {
    // Terraform 1.14.0 sends no state, and neither do other versions if an object was not listed.
    if !state.is_known() {
        return Value::Null;
    }
    // Plan as if all optional attributes were omitted.
    let mut bare = state.clone();
    let optional = attributes
        .iter()
        .filter(|(_, attribute)| attribute.is_computed());
    optional.for_each(|(name, _)| bare.set(name, Value::Null));
    let defaults = resource.defaults(&bare, &Value::Null);
    let mut config = configuration_of(attributes, &defaults, state);
    resource.generate(&mut config);
    config
}

/// Returns the configuration whose plan equals the state: without computed values, and without
/// values that are planned even if nothing is configured. A state contains no write-only values.
pub fn configuration_of(attributes: &Attributes, defaults: &Defaults, state: &Value) -> Value {
    if !state.is_known() {
        return state.clone();
    }
    Value::map(attributes.iter().map(|(name, attribute)| {
        let default = defaults.get(name).or(attribute.default.as_ref());
        (
            name.as_str(),
            configured(attribute, default, state.get(name)),
        )
    }))
}

/// Returns the object with every sensitive and every write-only attribute set to null, at any
/// depth.
pub fn without_secrets(attributes: &Attributes, object: Value) -> Value {
    let Value::Map(mut members) = object else {
        return object;
    };
    for (name, attribute) in attributes {
        let Some(value) = members.get_mut(name) else {
            continue;
        };
        if attribute.write_only || attribute.sensitive {
            *value = Value::Null;
        } else if let Shape::Nested(nesting, nested) = &attribute.shape {
            let taken = std::mem::take(value);
            *value = map_objects(*nesting, taken, |object| without_secrets(nested, object));
        }
    }
    Value::Map(members)
}

fn configured(attribute: &Attribute, default: Option<&Value>, value: &Value) -> Value {
    if attribute.write_only || attribute.usage == Usage::Computed || value.is_null() {
        return Value::Null;
    }
    if default.is_some_and(|default| means(attribute, default, value)) {
        return Value::Null;
    }
    let Shape::Nested(nesting, nested) = &attribute.shape else {
        return value.clone();
    };
    let config = map_objects(*nesting, value.clone(), |object| {
        let plain = configuration_of(nested, &Defaults::new(), &object);
        // An object that exists must have content, even if it is only a default.
        match object.is_known() && says_nothing(&plain) {
            true => with_defaults(nested, &object),
            false => plain,
        }
    });
    let cannot_be_written = |object: &&Value| {
        let lacks = |(name, inner): (&String, &Attribute)| {
            inner.usage == Usage::Required && object.get(name).is_null()
        };
        says_nothing(object) || nested.iter().any(lacks)
    };
    // A computed value that cannot be written may be omitted.
    let mut objects = objects(*nesting, &config).into_iter();
    match attribute.is_computed() && objects.any(|object| cannot_be_written(&object)) {
        true => Value::Null,
        false => config,
    }
}

/// Returns the objects of a nested attribute.
fn objects(nesting: Nesting, value: &Value) -> Vec<&Value> {
    match (nesting, value) {
        (Nesting::Single, object) => vec![object],
        (Nesting::Map, Value::Map(members)) => members.values().collect(),
        _ => value.elements().unwrap_or_default(),
    }
}

fn says_nothing(object: &Value) -> bool {
    let mut members = object.as_map().into_iter().flatten();
    members.all(|(_, value)| value.is_null())
}

/// Returns everything that can be configured, at every depth, including defaults.
fn with_defaults(attributes: &Attributes, object: &Value) -> Value {
    if !object.is_known() {
        return object.clone();
    }
    Value::map(attributes.iter().map(|(name, attribute)| {
        let value = object.get(name).clone();
        let value = match (&attribute.shape, attribute.usage) {
            _ if attribute.write_only => Value::Null,
            (_, Usage::Computed) => Value::Null,
            (Shape::Nested(nesting, nested), _) => {
                map_objects(*nesting, value, |inner| with_defaults(nested, &inner))
            }
            _ => value,
        };
        (name.as_str(), value)
    }))
}

fn means(attribute: &Attribute, default: &Value, value: &Value) -> bool {
    default == value
        || attribute
            .semantic_equality
            .is_some_and(|same| is_equivalent(same, default, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan;
    use crate::schema::attributes;

    fn schema() -> Attributes {
        let inner = || {
            attributes([
                ("key", Attribute::string("A key.")),
                ("mode", Attribute::string("A default.").default_value("on")),
                ("made", Attribute::string("Made.").computed()),
                ("secret", Attribute::string("A secret.").sensitive()),
                ("secret_wo", Attribute::string("A secret.").write_only()),
            ])
        };
        attributes([
            ("id", Attribute::string("Made.").computed()),
            ("plane", Attribute::string("Chosen.").optional_computed()),
            ("model", Attribute::string("Chosen.").optional_computed()),
            (
                "empty",
                Attribute::string("May be empty.").default_value("x"),
            ),
            ("one", Attribute::nested(Nesting::Single, inner(), "One.")),
            ("some", Attribute::nested(Nesting::List, inner(), "Some.")),
        ])
    }

    fn state() -> Value {
        let inner = |key: Value| {
            Value::map([
                ("key", key),
                ("mode", "on".into()),
                ("made", "m".into()),
                ("secret", "s".into()),
                ("secret_wo", Value::Null),
            ])
        };
        Value::map([
            ("id", "i".into()),
            ("plane", "arm".into()),
            ("model", "gpt".into()),
            ("empty", "".into()),
            ("one", inner(Value::Null)),
            ("some", Value::list([inner("a".into()), inner("b".into())])),
        ])
    }

    #[test]
    fn configuration_omits_computed_values_and_defaults() {
        let defaults = Defaults::from([("plane".to_owned(), "arm".into())]);
        let config = configuration_of(&schema(), &defaults, &state());
        for (name, wanted) in [
            ("id", Value::Null),
            ("plane", Value::Null),
            ("model", "gpt".into()),
            ("empty", "".into()),
        ] {
            assert_eq!(config.get(name), &wanted, "{name}");
        }
        let one = config.get("one");
        assert_eq!(one.get("mode"), &Value::Null);
        assert_eq!(one.get("made"), &Value::Null);
        assert_eq!(plan(&schema(), &defaults, &config, &state()), state());
    }

    #[test]
    fn object_of_defaults_is_written_with_its_defaults() {
        let mut state = state();
        let mut one = state.get("one").clone();
        one.set("secret", Value::Null);
        state.set("one", one);
        let config = configuration_of(&schema(), &Defaults::new(), &state);
        assert_eq!(config.get("one").get("mode"), &"on".into());
        assert_eq!(plan(&schema(), &Defaults::new(), &config, &state), state);
    }

    #[test]
    fn secrets_are_removed_at_any_depth() {
        let shown = without_secrets(&schema(), state());
        assert_eq!(shown.get("one").get("secret"), &Value::Null);
        let all = shown.get("some").elements().unwrap();
        assert!(
            all.iter()
                .all(|one| one.get("secret").is_null() && !one.get("made").is_null())
        );
    }
}
