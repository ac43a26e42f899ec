//! Converts between values with the type from the schema and values with their concrete type.
//!
//! A list or map of nested blocks that contain a dynamic attribute is one dynamic value on the
//! wire: a tuple or object whose type contains the actual type of each block, without further
//! wrapping inside.

use super::{Type, Value};

/// Returns the concrete type of a value of type `ty`, and the value in that type.
pub(super) fn concrete(value: &Value, ty: &Type) -> (Type, Value) {
    if !ty.has_dynamic() {
        return (ty.clone(), value.clone());
    }
    match (ty, value) {
        (_, Value::Dynamic(typed)) => (typed.0.clone(), typed.1.clone()),
        (Type::Object { attributes, .. }, Value::Map(members)) => {
            let parts = attributes.iter().map(|(name, ty)| {
                let (ty, value) = concrete(members.get(name).unwrap_or(&Value::Null), ty);
                (name.clone(), ty, value)
            });
            object(parts.collect())
        }
        (Type::BlockMap(element), Value::Map(members)) => {
            let parts = members.iter().map(|(name, value)| {
                let (ty, value) = concrete(value, element);
                (name.clone(), ty, value)
            });
            object(parts.collect())
        }
        (Type::BlockList(element), Value::List(elements)) => {
            let (types, values) = elements
                .iter()
                .map(|value| concrete(value, element))
                .unzip();
            (Type::Tuple(types), Value::List(values))
        }
        (Type::Tuple(types), Value::List(elements)) => {
            let parts = elements
                .iter()
                .zip(types)
                .map(|(value, ty)| concrete(value, ty));
            let (types, values) = parts.unzip();
            (Type::Tuple(types), Value::List(values))
        }
        (Type::List(element), Value::List(elements)) if !elements.is_empty() => {
            let (types, values): (Vec<Type>, Vec<Value>) = elements
                .iter()
                .map(|value| concrete(value, element))
                .unzip();
            // All elements of a list have one type.
            (Type::list(types[0].clone()), Value::List(values))
        }
        (Type::Map(element), Value::Map(members)) if !members.is_empty() => {
            let mut element_type = Type::Dynamic;
            let values = members.iter().map(|(name, value)| {
                let (ty, value) = concrete(value, element);
                element_type = ty;
                (name.clone(), value)
            });
            let values = Value::object(values.collect::<Vec<_>>());
            (Type::map(element_type), values)
        }
        (Type::BlockList(_) | Type::BlockMap(_), _) => (Type::Dynamic, value.clone()),
        _ => (ty.clone(), value.clone()),
    }
}

/// Converts a value of the type `concrete` to the type `wanted`, to which it conforms.
pub(super) fn nominal(value: Value, concrete: &Type, wanted: &Type) -> Value {
    if !wanted.has_dynamic() {
        return value;
    }
    match (wanted, concrete, value) {
        (Type::Dynamic | Type::BlockList(_) | Type::BlockMap(_), Type::Dynamic, value) => value,
        (Type::Dynamic, _, value) => Value::dynamic(concrete.clone(), value),
        (
            Type::Object {
                attributes: wanted, ..
            },
            Type::Object {
                attributes: concrete,
                ..
            },
            Value::Map(members),
        ) => Value::object(members.into_iter().map(|(name, value)| {
            let value = match (concrete.get(&name), wanted.get(&name)) {
                (Some(concrete), Some(wanted)) => nominal(value, concrete, wanted),
                _ => value,
            };
            (name, value)
        })),
        (Type::BlockMap(wanted), Type::Object { attributes, .. }, Value::Map(members)) => {
            Value::object(members.into_iter().map(|(name, value)| {
                let value = match attributes.get(&name) {
                    Some(concrete) => nominal(value, concrete, wanted),
                    None => value,
                };
                (name, value)
            }))
        }
        (Type::BlockMap(wanted) | Type::Map(wanted), Type::Map(concrete), Value::Map(members)) => {
            let members = members.into_iter();
            Value::object(members.map(|(name, value)| (name, nominal(value, concrete, wanted))))
        }
        (
            Type::BlockList(wanted) | Type::List(wanted),
            Type::List(concrete),
            Value::List(elements),
        ) => Value::list(
            elements
                .into_iter()
                .map(|value| nominal(value, concrete, wanted)),
        ),
        (Type::BlockList(wanted), Type::Tuple(types), Value::List(elements)) => {
            let elements = elements.into_iter().zip(types);
            Value::list(elements.map(|(value, concrete)| nominal(value, concrete, wanted)))
        }
        (Type::Tuple(wanted), Type::Tuple(types), Value::List(elements)) => {
            let elements = elements.into_iter().zip(types).zip(wanted);
            Value::list(elements.map(|((value, ty), wanted)| nominal(value, ty, wanted)))
        }
        (_, _, value) => value,
    }
}

fn object(parts: Vec<(String, Type, Value)>) -> (Type, Value) {
    let ty = Type::object(parts.iter().map(|(name, ty, _)| (name.clone(), ty.clone())));
    (
        ty,
        Value::object(parts.into_iter().map(|(name, _, value)| (name, value))),
    )
}
