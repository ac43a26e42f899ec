//! What a log may contain of a document: its members, by an allow-list.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::json;

/// The members of a document that may be logged.
///
/// A path such as `properties.description` names a member. `*` stands for any one member or item,
/// as in `properties.tools.*.name`. A path to an object or a list allows everything in it. The
/// base64 text in `properties.value` is decoded first and addressed like an object, as in
/// `properties.value.description`. A path also applies to the items of a list, so `value.*` is not
/// needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFields {
    paths: Vec<Vec<String>>,
}

impl LogFields {
    /// Allows these paths.
    pub fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Self {
        let split = |path: P| path.as_ref().split('.').map(str::to_owned).collect();
        Self {
            paths: paths.into_iter().map(split).collect(),
        }
    }

    /// Returns `document` with everything redacted that may not be logged.
    pub fn redact(&self, document: &Value) -> Value {
        let paths: Vec<&[String]> = self.paths.iter().map(Vec::as_slice).collect();
        for list in ["value", "values", "files", "data"] {
            if let Some(items @ Value::Array(_)) = document.get(list) {
                return serde_json::json!({ list: redact_items(items, &paths) });
            }
        }
        match document {
            Value::Array(_) => redact_items(document, &paths),
            _ => redact(document, &paths, &mut Vec::new()),
        }
    }
}

fn redact_items(items: &Value, paths: &[&[String]]) -> Value {
    items
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| redact(item, paths, &mut Vec::new()))
        .collect()
}

/// `paths` are the remaining parts of the allowed paths at this member, and `at` is its position.
fn redact<'a>(value: &'a Value, paths: &[&[String]], at: &mut Vec<&'a str>) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value.clone();
    }
    if paths.is_empty() {
        return Value::String(placeholder(value.to_string().len()));
    }
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| {
                at.push(name);
                let shown = redact(member, &below(paths, name), at);
                at.pop();
                (name.clone(), shown)
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .map(|item| redact(item, &below(paths, "*"), at))
            .collect(),
        Value::String(text) if at == &["properties", "value"] => match decode(text) {
            Some(document) => redact(&document, paths, &mut Vec::new()),
            None => Value::String(placeholder(text.len())),
        },
        _ => Value::String(placeholder(value.to_string().len())),
    }
}

fn below<'a>(paths: &[&'a [String]], name: &str) -> Vec<&'a [String]> {
    let step = |path: &&'a [String]| match path.split_first() {
        Some((first, rest)) if first == name || first == "*" => Some(rest),
        _ => None,
    };
    paths.iter().filter_map(step).collect()
}

fn decode(text: &str) -> Option<Value> {
    let compact: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    json::read(&BASE64_STANDARD.decode(compact).ok()?).ok()
}

/// Returns what stands for content that is not logged.
pub(crate) fn placeholder(bytes: usize) -> String {
    format!("<redacted {bytes} bytes>")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_declared_members_are_logged() {
        let fields = LogFields::new(["name", "properties.tools.*.name", "properties.labels"]);
        let document = json!({
            "name": "n",
            "type": "Skill",
            "properties": {
                "labels": {"a": ["b"]},
                "tools": [{"name": "t", "key": "secret"}],
                "key": {"deep": "secret"}
            }
        });
        assert_eq!(
            fields.redact(&document),
            json!({
                "name": "n",
                "type": "<redacted 7 bytes>",
                "properties": {
                    "labels": {"a": ["b"]},
                    "tools": [{"name": "t", "key": "<redacted 8 bytes>"}],
                    "key": "<redacted 17 bytes>"
                }
            })
        );
    }

    #[test]
    fn nothing_is_logged_unless_declared() {
        assert_eq!(
            LogFields::default().redact(&json!({"a": 1})),
            json!("<redacted 7 bytes>")
        );
    }

    #[test]
    fn base64_is_decoded_before_it_is_redacted() {
        let fields = LogFields::new(["properties.value.description"]);
        let inner = json!({"description": "d", "key": "secret"});
        let value = BASE64_STANDARD.encode(inner.to_string());
        let (head, tail) = value.split_at(10);
        assert_eq!(
            fields.redact(&json!({"properties": {"value": format!("{head}\r\n{tail}")}})),
            json!({"properties": {"value": {"description": "d", "key": "<redacted 8 bytes>"}}})
        );
        assert_eq!(
            fields.redact(&json!({"properties": {"value": "not base64"}})),
            json!({"properties": {"value": "<redacted 10 bytes>"}})
        );
    }

    #[test]
    fn each_item_of_a_list_is_redacted() {
        let fields = LogFields::new(["name"]);
        let item = json!({"name": "n", "key": "secret"});
        let shown = json!({"name": "n", "key": "<redacted 8 bytes>"});
        assert_eq!(fields.redact(&json!([item])), json!([shown]));
        assert_eq!(
            fields.redact(&json!({"value": [item], "nextLink": "x"})),
            json!({"value": [shown]})
        );
    }
}
