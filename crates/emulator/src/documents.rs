//! Operations on JSON documents that both planes need.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The meaning of null when documents are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// It removes the member, as in RFC 7396.
    Remove,
    /// It is a value.
    Keep,
}

/// Merges `change` into `document`: objects member by member, everything else as a whole.
pub(crate) fn merge(document: &mut Value, change: &Value, nulls: Nulls) {
    let Value::Object(members) = change else {
        document.clone_from(change);
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    if let Value::Object(target) = document {
        merge_object(target, members, nulls);
    }
}

/// Merges two objects like [`merge`].
pub(crate) fn merge_object(
    target: &mut Map<String, Value>,
    change: &Map<String, Value>,
    nulls: Nulls,
) {
    for (name, value) in change {
        if value.is_null() && nulls == Nulls::Remove {
            target.shift_remove(name);
        } else {
            merge(
                target.entry(name.clone()).or_insert(Value::Null),
                value,
                nulls,
            );
        }
    }
}

/// Sets every member of `defaults` that is absent or null in `document`, recursively for objects
/// that both have.
pub(crate) fn fill(document: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (name, default) in defaults {
        match (document.get_mut(name), default) {
            (Some(Value::Object(inner)), Value::Object(defaults)) => fill(inner, defaults),
            (None | Some(Value::Null), _) => {
                document.insert(name.clone(), default.clone());
            }
            _ => {}
        }
    }
}

/// Rewrites the line ends of the text at a JSON pointer to CRLF.
pub(crate) fn to_crlf(document: &mut Value, pointer: &str) {
    if let Some(Value::String(text)) = document.pointer_mut(pointer) {
        *text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
}

/// Sets the empty lists of a document to null.
pub(crate) fn null_lists(document: &mut Map<String, Value>) {
    for value in document.values_mut() {
        if value.as_array().is_some_and(Vec::is_empty) {
            *value = Value::Null;
        }
    }
}

/// Decodes base64, which many tools wrap after 76 characters.
pub(crate) fn base64(encoded: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let encoded: String = encoded
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    STANDARD.decode(encoded)
}

/// Returns a member of an object. The name is case-insensitive, as in ARM's request bodies.
pub(crate) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// Returns a text of an object, if there is one that is not empty.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    object
        .get(member)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Nulls, fill, merge, to_crlf};

    #[test]
    fn merging_follows_rfc_7396() {
        let mut document = json!({"a": {"b": 1, "c": 2}, "d": [1, 2], "e": 1});
        merge(
            &mut document,
            &json!({"a": {"b": null, "x": {"y": null}}, "d": [3], "e": {"f": 1}}),
            Nulls::Remove,
        );
        assert_eq!(
            document,
            json!({"a": {"c": 2, "x": {}}, "d": [3], "e": {"f": 1}})
        );
    }

    #[test]
    fn filling_replaces_nulls_and_keeps_values() {
        let mut document = json!({"a": null, "b": 0, "c": {"d": null}});
        let defaults = json!({"a": [], "b": 5, "c": {"d": 1, "e": null}});
        if let (Value::Object(document), Value::Object(defaults)) = (&mut document, &defaults) {
            fill(document, defaults);
        }
        assert_eq!(document, json!({"a": [], "b": 0, "c": {"d": 1, "e": null}}));
    }

    #[test]
    fn crlf_is_not_doubled() {
        let mut document = json!({"t": "a\r\nb\nc"});
        to_crlf(&mut document, "/t");
        assert_eq!(document, json!({"t": "a\r\nb\r\nc"}));
    }
}
