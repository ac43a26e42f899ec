//! Keeps the user's spelling if the service answers with an equivalent one.

use super::predecessors_of;
use crate::schema::{Attributes, Nesting, SemanticEquality, Shape};
use crate::value::{Set, Value};

/// Returns the new object, in which every value that is equivalent to the kept one has the kept
/// spelling.
///
/// `kept` is the prior state for a read and the planned state for an apply. The elements of
/// collections are compared one by one, so that a change of one does not show others as changed.
/// Objects of lists are compared by their key or else by position, those of maps by key, and those
/// of sets only as a whole set.
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
        let taken = std::mem::replace(value, Value::Null);
        *value = match (&attribute.shape, attribute.semantic_equality) {
            (_, Some(same)) if kept.is_wholly_known() => respelled(same, kept, taken),
            (Shape::Nested(nesting, nested), None) => {
                keep_nested(*nesting, nested, attribute.element_key, kept, taken)
            }
            _ => taken,
        };
    }
    Value::Map(members)
}

/// Returns whether two known values are equivalent: as a whole, or element by element.
pub fn is_equivalent(same: SemanticEquality, one: &Value, other: &Value) -> bool {
    let alike = |one: &Value, other: &Value| one == other || is_equivalent(same, one, other);
    same(one, other)
        || match (one, other) {
            (Value::List(one), Value::List(other)) => {
                let pairs = one.iter().zip(other);
                one.len() == other.len() && pairs.into_iter().all(|(one, other)| alike(one, other))
            }
            (Value::Set(one), Value::Set(other)) => {
                let covers = |these: &Set, those: &Set| {
                    let found = |this: &Value| those.iter().any(|that| alike(this, that));
                    these.iter().all(found)
                };
                covers(one, other) && covers(other, one)
            }
            (Value::Map(one), Value::Map(other)) => {
                let found = |(key, one): (&String, &Value)| {
                    other.get(key).is_some_and(|other| alike(one, other))
                };
                one.len() == other.len() && one.iter().all(found)
            }
            _ => false,
        }
}

/// Returns the new value, or each of its elements, with the kept spelling.
fn respelled(same: SemanticEquality, kept: &Value, new: Value) -> Value {
    if is_equivalent(same, kept, &new) {
        return kept.clone();
    }
    let of = |known: Option<&Value>, item: Value| match known {
        Some(known) if is_equivalent(same, known, &item) => known.clone(),
        _ => item,
    };
    let one_of = |known: &[&Value], item: Value| {
        let known = known.iter().find(|known| is_equivalent(same, known, &item));
        of(known.copied(), item)
    };
    match (kept, new) {
        (Value::List(kept), Value::List(new)) => {
            let all: Vec<&Value> = kept.iter().collect();
            let new = new.into_iter().enumerate();
            Value::list(new.map(|(n, item)| match kept.get(n) {
                Some(known) if is_equivalent(same, known, &item) => known.clone(),
                _ => one_of(&all, item),
            }))
        }
        (Value::Set(kept), Value::Set(new)) => {
            let all: Vec<&Value> = kept.iter().collect();
            Value::set_of(new.into_iter().map(|item| one_of(&all, item)))
        }
        (Value::Map(kept), Value::Map(new)) => {
            let new = new.into_iter();
            Value::map(new.map(|(key, item)| {
                let item = of(kept.get(&key), item);
                (key, item)
            }))
        }
        (_, new) => new,
    }
}

fn keep_nested(
    nesting: Nesting,
    attributes: &Attributes,
    key: &[&str],
    kept: &Value,
    new: Value,
) -> Value {
    match (nesting, kept, new) {
        (Nesting::Single, kept, new) => keep_spelling(attributes, kept, new),
        (Nesting::List, Value::List(kept), Value::List(new)) => {
            let before = predecessors_of(key, attributes, &new, kept);
            let new = new.iter().zip(before);
            Value::list(new.map(|(item, before)| {
                keep_spelling(attributes, before.unwrap_or(&Value::Null), item.clone())
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
    use crate::value::Type;

    fn ignore_case(one: &Value, other: &Value) -> bool {
        one.as_str()
            .zip(other.as_str())
            .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    #[test]
    fn spelling_is_kept_at_any_depth() {
        let mode = || Attribute::string("The mode.").semantic_equality(ignore_case);
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
    fn elements_are_compared_one_by_one() {
        let texts = |ty: Type| Attribute::new(ty, "Ids.").semantic_equality(ignore_case);
        let schema = Schema::from([
            ("list", texts(Type::list(Type::String))),
            ("set", texts(Type::set(Type::String))),
            ("map", texts(Type::map(Type::String))),
        ]);
        let items = |items: &[&str]| -> Vec<Value> {
            items.iter().map(|item| Value::from(*item)).collect()
        };
        let object = |list: &[&str], map: &[(&str, &str)]| {
            let map = map.iter().map(|(key, text)| (*key, Value::from(*text)));
            Value::map([
                ("list", Value::list(items(list))),
                ("set", Value::set_of(items(list))),
                ("map", Value::map(map)),
            ])
        };
        let kept = object(&["/A", "/B", "/C"], &[("x", "/A"), ("y", "/B")]);
        let new = object(&["/a", "/c", "/d"], &[("x", "/a"), ("y", "/d")]);
        let wanted = object(&["/A", "/C", "/d"], &[("x", "/A"), ("y", "/d")]);
        assert_eq!(keep_spelling(&schema.attributes, &kept, new), wanted);
    }

    #[test]
    fn objects_of_a_list_are_matched_by_key() {
        let nested = attributes([
            ("name", Attribute::string("The name.").required()),
            (
                "mode",
                Attribute::string("The mode.").semantic_equality(ignore_case),
            ),
        ]);
        let list = Attribute::nested(Nesting::List, nested, "Objects.").keyed_by(&["name"]);
        let schema = Schema::from([("list", list)]);
        let item = |name: &str, mode: &str| {
            Value::map([("name", Value::from(name)), ("mode", Value::from(mode))])
        };
        let object = |items: &[Value]| Value::map([("list", Value::list(items.to_vec()))]);
        let kept = object(&[item("a", "Review"), item("b", "Query")]);
        let new = object(&[item("b", "query")]);
        let wanted = object(&[item("b", "Query")]);
        assert_eq!(keep_spelling(&schema.attributes, &kept, new), wanted);
    }

    #[test]
    fn values_with_other_meanings_are_kept() {
        let schema = Schema::from([(
            "mode",
            Attribute::string("The mode.").semantic_equality(ignore_case),
        )]);
        let object = |mode: Value| Value::map([("mode", mode)]);
        for new in [Value::from("other"), Value::Null] {
            let result =
                keep_spelling(&schema.attributes, &object("a".into()), object(new.clone()));
            assert_eq!(result.get("mode"), &new);
        }
    }
}
