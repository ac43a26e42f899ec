//! Keeping the user's spelling where the service answers with another of the same meaning.

use crate::schema::{Attributes, Nesting, Shape};
use crate::value::Value;

/// The new object with every value that means the same as the kept one spelled as that one.
///
/// `kept` is the prior state for a read and the planned state for an apply. Elements of lists
/// compare by index and those of maps by key; elements of sets only as a whole set.
pub fn keep_spelling(attributes: &Attributes, kept: &Value, new: Value) -> Value {
    let Value::Map(mut members) = new else {
        return new;
    };
    for (name, attribute) in attributes {
        let Some(value) = members.get_mut(name) else {
            continue;
        };
        let kept = kept.get(name);
        if !kept.is_known() || !value.is_known() || kept == value {
            continue;
        }
        if let Some(same) = attribute.same {
            if kept.is_wholly_known() && same(kept, value) {
                *value = kept.clone();
            }
        } else if let Shape::Nested(nesting, nested) = &attribute.shape {
            let taken = std::mem::replace(value, Value::Null);
            *value = keep_nested(*nesting, nested, kept, taken);
        }
    }
    Value::Map(members)
}

fn keep_nested(nesting: Nesting, attributes: &Attributes, kept: &Value, new: Value) -> Value {
    match (nesting, kept, new) {
        (Nesting::Single, kept, new) => keep_spelling(attributes, kept, new),
        (Nesting::List, Value::List(kept), Value::List(new)) => {
            let new = new.into_iter().enumerate();
            Value::list(new.map(|(n, item)| {
                keep_spelling(attributes, kept.get(n).unwrap_or(&Value::Null), item)
            }))
        }
        (Nesting::Map, kept, Value::Map(new)) => {
            let new = new.into_iter();
            Value::map(new.map(|(key, item)| {
                let item = keep_spelling(attributes, kept.get(&key), item);
                (key, item)
            }))
        }
        (_, _, new) => new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, Schema, attributes};

    fn ignore_case(one: &Value, other: &Value) -> bool {
        one.as_str()
            .zip(other.as_str())
            .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    #[test]
    fn spelling_is_kept_at_any_depth() {
        let mode = || Attribute::string("The mode.").same(ignore_case);
        let schema = Schema::from([
            ("mode", mode()),
            (
                "list",
                Attribute::nested(Nesting::List, attributes([("mode", mode())]), "Objects."),
            ),
        ]);
        let object = |mode: &str| Value::map([("mode", Value::from(mode))]);
        let kept = Value::map([
            ("mode", "Review".into()),
            ("list", Value::list([object("A")])),
        ]);
        let new = Value::map([
            ("mode", "review".into()),
            ("list", Value::list([object("a"), object("b")])),
        ]);
        let result = keep_spelling(&schema.attributes, &kept, new);
        assert_eq!(result.get("mode"), &"Review".into());
        assert_eq!(result.get("list"), &Value::list([object("A"), object("b")]));
    }

    #[test]
    fn other_meanings_are_not_touched() {
        let schema = Schema::from([("mode", Attribute::string("The mode.").same(ignore_case))]);
        let object = |mode: Value| Value::map([("mode", mode)]);
        for new in [Value::from("other"), Value::Null] {
            let result =
                keep_spelling(&schema.attributes, &object("a".into()), object(new.clone()));
            assert_eq!(result.get("mode"), &new);
        }
    }
}
