//! Matches the objects of a list with their prior objects.

use super::is_equivalent;
use crate::schema::Attributes;
use crate::value::Value;

/// Returns, for each object of a list, the object of the old list that it continues: the first one
/// with the same values of `key` that is not taken yet, or the one at the same position if there is
/// no key. `alike` returns whether two values of a key attribute are the same.
///
/// An object whose key is not fully known continues none.
pub fn predecessors<'a>(
    key: &[&str],
    alike: impl Fn(&str, &Value, &Value) -> bool,
    new: &[Value],
    old: &'a [Value],
) -> Vec<Option<&'a Value>> {
    if key.is_empty() {
        return (0..new.len()).map(|n| old.get(n)).collect();
    }
    let mut free: Vec<&Value> = old.iter().collect();
    let taken = |item: &Value| {
        let is_it = |other: &&Value| {
            let mut members = key
                .iter()
                .map(|name| (*name, item.get(name), other.get(name)));
            members.all(|(name, one, other)| one.is_wholly_known() && alike(name, one, other))
        };
        free.iter().position(is_it).map(|n| free.remove(n))
    };
    new.iter().map(taken).collect()
}

/// Returns the predecessors of the objects of an attribute.
pub(super) fn predecessors_of<'a>(
    key: &[&str],
    attributes: &Attributes,
    new: &[Value],
    old: &'a [Value],
) -> Vec<Option<&'a Value>> {
    let alike = |name: &str, one: &Value, other: &Value| {
        let same = attributes
            .get(name)
            .and_then(|attribute| attribute.semantic_equality);
        one == other || same.is_some_and(|same| is_equivalent(same, one, other))
    };
    predecessors(key, alike, new, old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(key: &[&str], new: &[Value], old: &'a [Value]) -> Vec<Option<&'a Value>> {
        predecessors(key, |_, one, other| one == other, new, old)
    }

    fn item(name: &str, value: i64) -> Value {
        Value::map([("name", Value::from(name)), ("value", Value::from(value))])
    }

    #[test]
    fn objects_are_matched_by_key() {
        let old = [item("a", 1), item("b", 2)];
        let new = [item("b", 3), item("c", 4), item("a", 1)];
        assert_eq!(
            found(&["name"], &new, &old),
            [Some(&old[1]), None, Some(&old[0])]
        );
    }

    #[test]
    fn each_old_object_is_matched_once() {
        let old = [item("a", 1)];
        let new = [item("a", 1), item("a", 2)];
        assert_eq!(found(&["name"], &new, &old), [Some(&old[0]), None]);
    }

    #[test]
    fn unknown_key_matches_nothing() {
        let old = [item("a", 1)];
        let new = [Value::map([("name", Value::Unknown)])];
        assert_eq!(found(&["name"], &new, &old), [None]);
    }

    #[test]
    fn objects_without_a_key_are_matched_by_position() {
        let old = [item("a", 1)];
        let new = [item("x", 1), item("a", 2)];
        assert_eq!(found(&[], &new, &old), [Some(&old[0]), None]);
    }
}
