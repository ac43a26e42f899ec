//! The JSON encoding, as in stored states.

use serde_json::Value as Json;

use super::{Dynamic, MAX_DEPTH, Path, Type, Value, ValueError, nfc};

/// What to do with members that the type does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surplus {
    /// They are an error.
    Refuse,
    /// They are ignored: the state of an older version may contain attributes that were removed.
    Ignore,
}

/// Parses a value of the given type. Missing attributes are null.
///
/// # Errors
/// Fails if the JSON does not match the type. The error contains the path of the value.
pub fn from_json(json: &Json, ty: &Type, surplus: Surplus) -> Result<Value, ValueError> {
    read(json, ty, surplus, &Path::root(), 0)
}

/// Writes a value of the given type. Unknown values have no JSON form.
///
/// # Errors
/// Fails if a value is unknown or does not match the type. The error contains the path of the
/// value.
pub fn to_json(value: &Value, ty: &Type) -> Result<Json, ValueError> {
    write(value, ty, &Path::root())
}

fn read(
    json: &Json,
    ty: &Type,
    surplus: Surplus,
    path: &Path,
    depth: usize,
) -> Result<Value, ValueError> {
    if depth > MAX_DEPTH {
        return Err(ValueError::at(path, "nested too deeply"));
    }
    let inner = |json, ty, path: Path| read(json, ty, surplus, &path, depth + 1);
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null),
        (_, Type::Dynamic) => {
            let parts = json.get("value").zip(json.get("type"));
            let (value, ty) = parts
                .and_then(|(value, ty)| Some((value, Type::from_json(ty).ok()?)))
                .ok_or_else(|| ValueError::at(path, "a dynamic value needs a type and a value"))?;
            let value = inner(value, &ty, path.clone())?;
            Ok(if ty == Type::Dynamic {
                value
            } else {
                Value::dynamic(ty, value)
            })
        }
        (Json::Bool(value), Type::Bool) => Ok(Value::Bool(*value)),
        // Older Terraform versions wrote primitives as strings.
        (Json::String(text), Type::Bool) if text == "true" || text == "false" => {
            Ok(Value::Bool(text == "true"))
        }
        (Json::Number(number), Type::Number) => read_number(&number.to_string(), path),
        (Json::String(text), Type::Number) => read_number(text, path),
        (Json::String(text), Type::String) => Ok(Value::String(nfc(text.clone()))),
        (Json::Number(number), Type::String) => Ok(Value::String(number.to_string())),
        (Json::Bool(value), Type::String) => Ok(Value::String(value.to_string())),
        (Json::Array(items), Type::List(element)) => {
            let items = items.iter().enumerate();
            let items = items.map(|(n, item)| inner(item, element, path.index(n)));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        (Json::Array(items), Type::Set(element)) => {
            let items = items.iter().map(|item| inner(item, element, path.clone()));
            Ok(Value::Set(items.collect::<Result<_, _>>()?))
        }
        (Json::Array(items), Type::Tuple(elements)) if items.len() == elements.len() => {
            let items = items.iter().zip(elements).enumerate();
            let items = items.map(|(n, (item, ty))| inner(item, ty, path.index(n)));
            Ok(Value::List(items.collect::<Result<_, _>>()?))
        }
        (Json::Object(members), Type::Map(element)) => {
            let members = members.iter().map(|(key, member)| {
                Ok((nfc(key.clone()), inner(member, element, path.key(key))?))
            });
            Ok(Value::Map(members.collect::<Result<_, _>>()?))
        }
        (Json::Object(members), Type::Object { attributes, .. }) => {
            let unknown = members.keys().find(|name| !attributes.contains_key(*name));
            if let (Surplus::Refuse, Some(name)) = (surplus, unknown) {
                return Err(ValueError::at(
                    path,
                    format!("unsupported attribute {name:?}"),
                ));
            }
            let attributes = attributes.iter().map(|(name, ty)| {
                let member = members.get(name).unwrap_or(&Json::Null);
                Ok((name.clone(), inner(member, ty, path.attribute(name))?))
            });
            Ok(Value::Map(attributes.collect::<Result<_, _>>()?))
        }
        _ => Err(ValueError::at(
            path,
            "the value is not of the type of the attribute",
        )),
    }
}

fn read_number(text: &str, path: &Path) -> Result<Value, ValueError> {
    let number = text.parse();
    number
        .map(Value::Number)
        .map_err(|error| ValueError::at(path, format!("a number is required: {error}")))
}

fn write(value: &Value, ty: &Type, path: &Path) -> Result<Json, ValueError> {
    match (value, ty) {
        (Value::Null, _) => Ok(Json::Null),
        (Value::Unknown, _) => Err(ValueError::at(path, "the value is not known")),
        (Value::Dynamic(inner), Type::Dynamic) => {
            let Dynamic { ty, value } = inner.as_ref();
            Ok(serde_json::json!({ "value": write(value, ty, path)?, "type": ty.to_json() }))
        }
        (Value::Bool(value), Type::Bool) => Ok(Json::Bool(*value)),
        (Value::Number(number), Type::Number) => {
            let number = number.to_string().parse();
            number
                .map(Json::Number)
                .map_err(|_| ValueError::at(path, "the number has no JSON form"))
        }
        (Value::String(text), Type::String) => Ok(Json::String(text.clone())),
        (Value::List(items), Type::List(element)) => {
            let items = items.iter().enumerate();
            items
                .map(|(n, item)| write(item, element, &path.index(n)))
                .collect()
        }
        (Value::Set(items), Type::Set(element)) => items
            .iter()
            .map(|item| write(item, element, path))
            .collect(),
        (Value::List(items), Type::Tuple(elements)) if items.len() == elements.len() => {
            let items = items.iter().zip(elements).enumerate();
            items
                .map(|(n, (item, ty))| write(item, ty, &path.index(n)))
                .collect()
        }
        (Value::Map(members), Type::Map(element)) => {
            let members = members
                .iter()
                .map(|(key, member)| Ok((key.clone(), write(member, element, &path.key(key))?)));
            Ok(Json::Object(members.collect::<Result<_, _>>()?))
        }
        (Value::Map(members), Type::Object { attributes, .. }) => {
            let members = attributes.iter().map(|(name, ty)| {
                let member = members.get(name).unwrap_or(&Value::Null);
                Ok((name.clone(), write(member, ty, &path.attribute(name))?))
            });
            Ok(Json::Object(members.collect::<Result<_, _>>()?))
        }
        _ => Err(ValueError::at(
            path,
            "the value is not of the type of the attribute",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ty() -> Type {
        Type::object([
            ("count", Type::Number),
            ("any", Type::Dynamic),
            ("names", Type::set(Type::String)),
        ])
    }

    #[test]
    fn states_round_trip_with_exact_numbers() {
        let text = r#"{
            "any": {"type": ["list", "number"], "value": [9007199254740993, 1e30]},
            "count": 12345678901234567890.123,
            "names": ["b", "a", "b"]
        }"#;
        let value =
            from_json(&serde_json::from_str(text).unwrap(), &ty(), Surplus::Refuse).unwrap();
        let json = to_json(&value, &ty()).unwrap();
        assert_eq!(json["count"].to_string(), "12345678901234567890.123");
        assert_eq!(json["any"]["value"][0].to_string(), "9007199254740993");
        assert_eq!(
            json["any"]["value"][1].to_string(),
            format!("1{}", "0".repeat(30))
        );
        assert_eq!(json["names"], json!(["a", "b"]));
    }

    #[test]
    fn missing_members_are_null_and_surplus_ones_are_optional() {
        let json = json!({"gone": 1});
        let value = from_json(&json, &ty(), Surplus::Ignore).unwrap();
        assert_eq!(value.get("count"), &Value::Null);
        let error = from_json(&json, &ty(), Surplus::Refuse).unwrap_err();
        assert_eq!(error.message, "unsupported attribute \"gone\"");
    }

    #[test]
    fn errors_of_json_contain_the_path() {
        let error = from_json(&json!({"names": [{}]}), &ty(), Surplus::Refuse).unwrap_err();
        assert_eq!(
            error.to_string(),
            "names: the value is not of the type of the attribute"
        );
    }

    #[test]
    fn unknown_has_no_json() {
        let value = Value::map([
            ("any", Value::Null),
            ("count", Value::Unknown),
            ("names", Value::Null),
        ]);
        assert_eq!(
            to_json(&value, &ty()).unwrap_err().to_string(),
            "count: the value is not known"
        );
    }
}
