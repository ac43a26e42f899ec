//! Values of dynamic type as plain JSON, and back with the types that the user wrote.

use serde_json::Value as Json;
use tfplugin::value::{self, Surplus};
use tfplugin::{Type, Value};

/// The JSON that a value means. Unknown and null are both null.
pub fn to_plain(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => number.to_string().parse().map_or(Json::Null, Json::Number),
        Value::String(text) => Json::String(text.clone()),
        Value::List(items) => items.iter().map(to_plain).collect(),
        Value::Set(items) => items.iter().map(to_plain).collect(),
        Value::Map(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), to_plain(value)))
            .collect(),
        Value::Dynamic(inner) => to_plain(&inner.value),
    }
}

/// The value that JSON means, of the type of `like` where it fits that: a list that the user
/// wrote as a list stays one. Members that are null count as missing when `like` has none.
pub fn from_plain(json: &Json, like: &Value) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    if let Value::Dynamic(like) = like {
        let pruned = without_nulls(json, &to_plain(&like.value));
        if let Ok(value) = value::from_json(&pruned, &like.ty, Surplus::Refuse) {
            let complete = !matches!(like.ty, Type::Object { .. } | Type::Tuple(_))
                || in_one_form(&to_plain(&value)) == in_one_form(&pruned);
            if complete {
                return Value::dynamic(like.ty.clone(), value);
            }
        }
        let (ty, value) = natural(&pruned);
        return Value::dynamic(ty, value);
    }
    let (ty, value) = natural(json);
    Value::dynamic(ty, value)
}

/// The JSON without the null members that `like` does not have.
fn without_nulls(json: &Json, like: &Json) -> Json {
    match json {
        Json::Object(members) => members
            .iter()
            .filter(|(name, value)| !value.is_null() || like.get(name.as_str()).is_some())
            .map(|(name, value)| {
                let like = like.get(name.as_str()).unwrap_or(&Json::Null);
                (name.clone(), without_nulls(value, like))
            })
            .collect(),
        Json::Array(items) => {
            let like = (0..).map(|n: usize| like.get(n).unwrap_or(&Json::Null));
            let items = items.iter().zip(like);
            items
                .map(|(item, like)| without_nulls(item, like))
                .collect()
        }
        other => other.clone(),
    }
}

/// Without null members, and with numbers in the one form that values have, so that equal
/// documents compare as equal.
fn in_one_form(json: &Json) -> Json {
    let (_, value) = natural(&without_nulls(json, &Json::Null));
    to_plain(&value)
}

/// JSON as the language itself reads it: arrays are tuples and objects are objects.
fn natural(json: &Json) -> (Type, Value) {
    match json {
        Json::Null => (Type::Dynamic, Value::Null),
        Json::Bool(value) => (Type::Bool, Value::Bool(*value)),
        Json::Number(number) => match number.to_string().parse() {
            Ok(number) => (Type::Number, Value::Number(number)),
            // Longer than any number that Terraform can hold.
            Err(_) => (Type::String, Value::String(number.to_string())),
        },
        Json::String(text) => (Type::String, Value::string(text.clone())),
        Json::Array(items) => {
            let (types, values): (Vec<_>, Vec<_>) = items.iter().map(natural).unzip();
            (Type::Tuple(types), Value::List(values))
        }
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, json)| (name.clone(), natural(json)));
            let (types, values): (Vec<_>, Vec<_>) = members
                .map(|(name, (ty, value))| ((name.clone(), ty), (name, value)))
                .unzip();
            (Type::object(types), Value::map(values))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn configured(ty: Type, json: &Json) -> Value {
        let value = value::from_json(json, &ty, Surplus::Refuse).unwrap();
        Value::dynamic(ty, value)
    }

    #[test]
    fn types_that_the_user_wrote_are_kept() {
        let ty = Type::object([("tags", Type::list(Type::String))]);
        let like = configured(ty, &json!({"tags": ["a", "b"]}));
        assert_eq!(
            from_plain(&json!({"tags": ["a", "b"], "more": null}), &like),
            like
        );
    }

    #[test]
    fn other_content_is_read_as_the_language_does() {
        let like = configured(Type::object([("a", Type::Bool)]), &json!({"a": true}));
        let value = from_plain(&json!({"a": true, "b": [1, "x"]}), &like);
        assert_ne!(value, like);
        assert_eq!(to_plain(&value), json!({"a": true, "b": [1, "x"]}));
    }

    #[test]
    fn a_missing_member_is_a_difference() {
        let ty = Type::object([("a", Type::Bool), ("b", Type::Bool)]);
        let like = configured(ty, &json!({"a": true, "b": true}));
        assert_ne!(from_plain(&json!({"a": true}), &like), like);
    }

    #[test]
    fn a_null_in_an_object_of_a_list_is_as_good_as_none() {
        let item = Type::object([("a", Type::Dynamic), ("b", Type::Number)]);
        let ty = Type::object([("items", Type::Tuple(vec![item]))]);
        let like = configured(ty, &json!({"items": [{"a": null, "b": 1}]}));
        assert_eq!(from_plain(&json!({"items": [{"b": 1}]}), &like), like);
        assert_eq!(
            from_plain(&json!({"items": [{"a": null, "b": 1}]}), &like),
            like
        );
        assert_ne!(
            from_plain(&json!({"items": [{"a": 2, "b": 1}]}), &like),
            like
        );
    }

    #[test]
    fn numbers_are_exact() {
        let json: Json = serde_json::from_str("[9007199254740993, 0.1, 1e30]").unwrap();
        let text = to_plain(&from_plain(&json, &Value::Null)).to_string();
        assert_eq!(
            text,
            "[9007199254740993,0.1,1000000000000000000000000000000]"
        );
    }
}
