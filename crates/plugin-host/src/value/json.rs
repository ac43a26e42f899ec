//! Values as JSON: configuration in, state and plans out.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value as Json, json};

use super::dynamic::{concrete, nominal};
use super::{Number, Path, Type, Value};

/// The key of the marker object. No attribute can have such a name.
const UNKNOWN_MARKER: &str = "(known after apply)";

/// Stands for an unknown value, in configurations that go in and in plans that come out.
///
/// ```
/// use plugin_host::value::{Type, Value, json, unknown};
///
/// let value = json::from_json(&unknown(), &Type::String)?;
/// assert_eq!(value, Value::unknown());
/// assert_eq!(json::to_json(&value), unknown());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn unknown() -> Json {
    json!({ UNKNOWN_MARKER: true })
}

/// Parses a value of the type, with the conversions of the configuration language.
///
/// Missing attributes are null, and surplus ones are an error. Primitive types are converted like
/// in the language: `"5"` to a number, `5` to a string.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value> {
    read(json, ty, Form::Config, &Path::root())
}

/// Parses a value from a state file: dynamic values include their type, surplus attributes are
/// ignored, missing ones are null.
pub fn from_state_json(json: &Json, ty: &Type) -> Result<Value> {
    read(json, ty, Form::State, &Path::root())
}

/// Returns the value as plain JSON: unknown values as [`unknown()`], dynamic values without their
/// type, sets as sorted arrays.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Unknown(_) => unknown(),
        Value::Bool(value) => json!(value),
        Value::Number(number) => number_to_json(number),
        Value::String(text) => json!(text),
        Value::List(elements) | Value::Set(elements) => elements.iter().map(to_json).collect(),
        Value::Map(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), to_json(value)))
            .collect(),
        Value::Dynamic(typed) => to_json(&typed.1),
    }
}

/// Returns the value as in a state file: dynamic values with their type. Fails for unknown values.
pub fn to_state_json(value: &Value, ty: &Type) -> Result<Json> {
    write_state(value, ty, &Path::root())
}

/// The source of the JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Config,
    State,
}

fn read(json: &Json, ty: &Type, form: Form, path: &Path) -> Result<Value> {
    if form == Form::Config && json.get(UNKNOWN_MARKER).is_some() {
        return Ok(Value::unknown());
    }
    let each = |elements: &[Json], element: &Type| {
        let indexed = elements.iter().enumerate();
        let values = indexed.map(|(index, json)| read(json, element, form, &path.index(index)));
        values.collect::<Result<Vec<_>>>()
    };
    Ok(match (ty, json) {
        (_, Json::Null) => Value::Null,
        (Type::Dynamic, _) if form == Form::Config => {
            let (ty, value) = infer(json);
            Value::dynamic(ty, value)
        }
        (Type::Dynamic | Type::BlockList(_) | Type::BlockMap(_), Json::Object(members))
            if form == Form::State =>
        {
            let part = |name| {
                members
                    .get(name)
                    .with_context(|| format!("{path}: dynamic value without {name}"))
            };
            let actual = Type::from_json(part("type")?)?;
            nominal(read(part("value")?, &actual, form, path)?, &actual, ty)
        }
        (Type::Bool, Json::Bool(value)) => Value::Bool(*value),
        (Type::Bool, Json::String(text)) if text == "true" => Value::Bool(true),
        (Type::Bool, Json::String(text)) if text == "false" => Value::Bool(false),
        (Type::String, Json::String(text)) => Value::string(text),
        (Type::String, Json::Bool(value)) => Value::from(value.to_string().as_str()),
        (Type::String, Json::Number(number)) => {
            Value::string(Number::parse(&number.to_string())?.as_str())
        }
        (Type::Number, Json::Number(number)) => Value::Number(Number::parse(&number.to_string())?),
        (Type::Number, Json::String(text)) => {
            Value::Number(Number::parse(text).with_context(|| path.to_string())?)
        }
        (Type::List(element) | Type::BlockList(element), Json::Array(elements)) => {
            Value::List(each(elements, element)?)
        }
        (Type::Set(element), Json::Array(elements)) => Value::set(each(elements, element)?),
        (Type::Tuple(types), Json::Array(elements)) => {
            ensure!(
                types.len() == elements.len(),
                "{path}: tuple has {} elements",
                elements.len()
            );
            let indexed = elements.iter().zip(types).enumerate();
            let values =
                indexed.map(|(index, (json, ty))| read(json, ty, form, &path.index(index)));
            Value::List(values.collect::<Result<_>>()?)
        }
        (Type::Map(element) | Type::BlockMap(element), Json::Object(members)) => {
            let members = members
                .iter()
                .map(|(key, json)| Ok((key.clone(), read(json, element, form, &path.key(key))?)));
            Value::Map(members.collect::<Result<_>>()?)
        }
        (Type::Object { attributes, .. }, Json::Object(members)) => {
            let surplus = members.keys().find(|name| !attributes.contains_key(*name));
            if let Some(name) = surplus.filter(|_| form == Form::Config) {
                bail!("{}: unsupported attribute", path.attribute(name));
            }
            let values = attributes.iter().map(|(name, ty)| {
                let json = members.get(name).unwrap_or(&Json::Null);
                Ok((name.clone(), read(json, ty, form, &path.attribute(name))?))
            });
            Value::Map(values.collect::<Result<_>>()?)
        }
        _ => bail!("{path}: {json} is no value of type {ty}"),
    })
}

/// Returns the type that the configuration language infers for a literal, and its value in that
/// type.
fn infer(json: &Json) -> (Type, Value) {
    if json.get(UNKNOWN_MARKER).is_some() {
        return (Type::Dynamic, Value::unknown());
    }
    match json {
        Json::Null => (Type::Dynamic, Value::Null),
        Json::Bool(value) => (Type::Bool, Value::Bool(*value)),
        Json::String(text) => (Type::String, Value::string(text)),
        // Every number of serde_json can be parsed, except for exponents that no test uses.
        Json::Number(number) => match Number::parse(&number.to_string()) {
            Ok(number) => (Type::Number, Value::Number(number)),
            Err(_) => (Type::String, Value::string(&number.to_string())),
        },
        Json::Array(elements) => {
            let (types, values) = elements.iter().map(infer).unzip();
            (Type::Tuple(types), Value::List(values))
        }
        Json::Object(members) => {
            let parts: Vec<_> = members
                .iter()
                .map(|(name, json)| (name, infer(json)))
                .collect();
            let ty = Type::object(parts.iter().map(|(name, part)| (*name, part.0.clone())));
            (
                ty,
                Value::object(parts.into_iter().map(|(name, part)| (name, part.1))),
            )
        }
    }
}

fn write_state(value: &Value, ty: &Type, path: &Path) -> Result<Json> {
    Ok(match (ty, value) {
        (_, Value::Unknown(_)) => bail!("{path}: unknown values cannot be saved"),
        (Type::Dynamic | Type::BlockList(_) | Type::BlockMap(_), _) => match concrete(value, ty) {
            (Type::Dynamic, Value::Null) => Json::Null,
            (Type::Dynamic, other) => bail!("{path}: {} needs a type", other.kind()),
            (ty, value) => {
                json!({ "value": write_state(&value, &ty, path)?, "type": ty.to_json() })
            }
        },
        (Type::List(element), Value::List(elements))
        | (Type::Set(element), Value::Set(elements)) => {
            let written = elements.iter().enumerate();
            let written =
                written.map(|(index, value)| write_state(value, element, &path.index(index)));
            Json::Array(written.collect::<Result<_>>()?)
        }
        (Type::Tuple(types), Value::List(elements)) => {
            let written = elements.iter().zip(types).enumerate();
            let written =
                written.map(|(index, (value, ty))| write_state(value, ty, &path.index(index)));
            Json::Array(written.collect::<Result<_>>()?)
        }
        (Type::Map(element), Value::Map(members)) => {
            let written = members.iter().map(|(key, value)| {
                Ok((key.clone(), write_state(value, element, &path.key(key))?))
            });
            Json::Object(written.collect::<Result<_>>()?)
        }
        (Type::Object { attributes, .. }, Value::Map(members)) => {
            let written = attributes.iter().map(|(name, ty)| {
                let value = members.get(name).unwrap_or(&Value::Null);
                Ok((name.clone(), write_state(value, ty, &path.attribute(name))?))
            });
            Json::Object(written.collect::<Result<_>>()?)
        }
        _ => to_json(value),
    })
}

fn number_to_json(number: &Number) -> Json {
    // Canonical text is a JSON number. The fallback to a string exists only because the parser is
    // fallible.
    serde_json::from_str(number.as_str()).unwrap_or_else(|_| json!(number.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_attributes_are_null_and_surplus_ones_refused() {
        let ty = Type::object([("a", Type::String), ("b", Type::Number)]);
        let value = from_json(&json!({ "b": "5" }), &ty).unwrap();
        assert_eq!(
            value,
            Value::object([("a", Value::Null), ("b", Value::from(5))])
        );
        let error = from_json(&json!({ "c": 1 }), &ty).unwrap_err();
        assert_eq!(error.to_string(), "c: unsupported attribute");
    }

    #[test]
    fn large_numbers_round_trip() {
        let json: Json = serde_json::from_str("12345678901234567890.123").unwrap();
        let value = from_json(&json, &Type::Number).unwrap();
        assert_eq!(to_json(&value).to_string(), "12345678901234567890.123");
    }

    #[test]
    fn state_contains_the_type_of_dynamic_values() {
        let value = from_json(&json!({ "a": [1, null] }), &Type::Dynamic).unwrap();
        assert_eq!(
            to_state_json(&value, &Type::Dynamic).unwrap(),
            json!({
                "value": { "a": [1, null] },
                "type": ["object", { "a": ["tuple", ["number", "dynamic"]] }],
            })
        );
        let saved = to_state_json(&value, &Type::Dynamic).unwrap();
        assert_eq!(from_state_json(&saved, &Type::Dynamic).unwrap(), value);
        assert_eq!(to_json(&value), json!({ "a": [1, null] }));
    }

    #[test]
    fn state_refuses_unknown_values() {
        let value = Value::object([("a", Value::unknown())]);
        let ty = Type::object([("a", Type::String)]);
        assert!(to_state_json(&value, &ty).is_err());
    }
}
