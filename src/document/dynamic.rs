//! Conversion between dynamic values and plain JSON, which keeps the types that the user wrote.

use serde_json::Value as Json;
use tfplugin::value::{self, Surplus};
use tfplugin::{Type, Value};

/// Converts a value to JSON. Unknown and null both become null.
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

/// Converts JSON to a value of the same type as `like` if it fits, so that a list of the user stays
/// a list. Null members count as missing unless `like` has them.
pub fn from_plain(json: &Json, like: &Value) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    if let Value::Dynamic(like) = like {
        let pruned = without_nulls(json, &to_plain(&like.value));
        if let Ok(value) = value::from_json(&pruned, &like.ty, Surplus::Refuse) {
            let complete = !matches!(like.ty, Type::Object { .. } | Type::Tuple(_))
                || normalized(&to_plain(&value)) == normalized(&pruned);
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

/// Removes null members that `like` does not have.
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

/// Removes null members and normalizes numbers, so that equal documents compare as equal.
fn normalized(json: &Json) -> Json {
    let (_, value) = natural(&without_nulls(json, &Json::Null));
    to_plain(&value)
}

/// Converts JSON like Terraform does: arrays to tuples, and objects to objects.
fn natural(json: &Json) -> (Type, Value) {
    match json {
        Json::Null => (Type::Dynamic, Value::Null),
        Json::Bool(value) => (Type::Bool, Value::Bool(*value)),
        Json::Number(number) => match number.to_string().parse() {
            Ok(number) => (Type::Number, Value::Number(number)),
            // Terraform cannot represent a number of this length.
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
    fn types_of_the_user_are_kept() {
        let ty = Type::object([("tags", Type::list(Type::String))]);
        let like = configured(ty, &json!({"tags": ["a", "b"]}));
        assert_eq!(
            from_plain(&json!({"tags": ["a", "b"], "more": null}), &like),
            like
        );
    }

    #[test]
    fn other_content_has_the_types_of_the_language() {
        let like = configured(Type::object([("a", Type::Bool)]), &json!({"a": true}));
        let value = from_plain(&json!({"a": true, "b": [1, "x"]}), &like);
        assert_ne!(value, like);
        assert_eq!(to_plain(&value), json!({"a": true, "b": [1, "x"]}));
    }

    #[test]
    fn missing_member_is_a_difference() {
        let ty = Type::object([("a", Type::Bool), ("b", Type::Bool)]);
        let like = configured(ty, &json!({"a": true, "b": true}));
        assert_ne!(from_plain(&json!({"a": true}), &like), like);
    }

    #[test]
    fn null_in_an_object_of_a_list_counts_as_missing() {
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
