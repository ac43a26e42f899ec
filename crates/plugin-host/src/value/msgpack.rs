//! Values on the wire: MessagePack, directed by the type.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use rmpv::Value as Raw;

use super::dynamic::{concrete, nominal};
use super::{Number, Path, Refinements, Type, Value};

/// The extension code of an unknown value with refinements.
const REFINED: i8 = 12;
/// The maximum size of refinements that a host accepts.
const MAX_REFINEMENT_BYTES: usize = 1024;

/// Encodes a value of the type.
///
/// ```
/// use plugin_host::value::{Type, Value, msgpack};
///
/// let bytes = msgpack::encode(&Value::unknown(), &Type::String)?;
/// assert_eq!(bytes, [0xd4, 0x00, 0x00]);
/// assert_eq!(msgpack::decode(&bytes, &Type::String)?, Value::unknown());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &to_raw(value, ty, &Path::root())?)?;
    Ok(bytes)
}

/// Decodes a value of the type. No bytes at all decode to null.
///
/// # Errors
/// Fails for everything that a host would refuse: missing and surplus attributes, text that is not
/// UTF-8, NaN, and refinements that are empty, too long or on a value without a type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value> {
    let mut rest = bytes;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let raw = rmpv::decode::read_value(&mut rest).context("value is not MessagePack")?;
    ensure!(rest.is_empty(), "{} bytes follow the value", rest.len());
    from_raw(raw, ty, &Path::root())
}

fn to_raw(value: &Value, ty: &Type, path: &Path) -> Result<Raw> {
    let each = |elements: &[Value], element: &Type| {
        let encoded = elements.iter().enumerate();
        let encoded = encoded.map(|(index, value)| to_raw(value, element, &path.index(index)));
        encoded.collect::<Result<Vec<_>>>().map(Raw::Array)
    };
    Ok(match (ty, value) {
        (Type::Dynamic | Type::BlockList(_) | Type::BlockMap(_), _) => match concrete(value, ty) {
            (Type::Dynamic, Value::Null) => Raw::Nil,
            (Type::Dynamic, Value::Unknown(_)) => unknown_to_raw(&Refinements::default())?,
            (Type::Dynamic, other) => bail!("{path}: {} needs a type", other.kind()),
            (ty, value) => {
                let name = Raw::Binary(ty.to_json().to_string().into_bytes());
                Raw::Array(vec![name, to_raw(&value, &ty, path)?])
            }
        },
        (_, Value::Null) => Raw::Nil,
        (_, Value::Unknown(refinements)) => unknown_to_raw(refinements)?,
        (Type::Bool, Value::Bool(value)) => Raw::Boolean(*value),
        (Type::String, Value::String(text)) => Raw::from(text.as_str()),
        (Type::Number, Value::Number(number)) => number_to_raw(number),
        (Type::List(element), Value::List(elements))
        | (Type::Set(element), Value::Set(elements)) => each(elements, element)?,
        (Type::Tuple(types), Value::List(elements)) => {
            ensure!(
                types.len() == elements.len(),
                "{path}: tuple has {} elements",
                elements.len()
            );
            let encoded = elements.iter().zip(types).enumerate();
            let encoded = encoded.map(|(index, (value, ty))| to_raw(value, ty, &path.index(index)));
            Raw::Array(encoded.collect::<Result<_>>()?)
        }
        (Type::Map(element), Value::Map(members)) => {
            let encoded = members.iter().map(|(key, value)| {
                Ok((
                    Raw::from(key.as_str()),
                    to_raw(value, element, &path.key(key))?,
                ))
            });
            Raw::Map(encoded.collect::<Result<_>>()?)
        }
        (Type::Object { attributes, .. }, Value::Map(members)) => {
            if let Some(name) = members.keys().find(|name| !attributes.contains_key(*name)) {
                bail!("{path}: surplus attribute {name:?}");
            }
            let encoded = attributes.iter().map(|(name, ty)| {
                let path = path.attribute(name);
                let value = members
                    .get(name)
                    .with_context(|| format!("{path}: attribute is missing"))?;
                Ok((Raw::from(name.as_str()), to_raw(value, ty, &path)?))
            });
            Raw::Map(encoded.collect::<Result<_>>()?)
        }
        _ => bail!("{path}: {} is no value of type {ty}", value.kind()),
    })
}

fn number_to_raw(number: &Number) -> Raw {
    if let Some(integer) = number.as_i64() {
        return Raw::from(integer);
    }
    match number.as_exact_f64() {
        Some(double) if double.fract() != 0.0 => Raw::F64(double),
        _ => Raw::from(number.as_str()),
    }
}

fn unknown_to_raw(refinements: &Refinements) -> Result<Raw> {
    if *refinements == Refinements::default() {
        return Ok(Raw::Ext(0, vec![0]));
    }
    let bound =
        |bound: &(Number, bool)| Raw::Array(vec![number_to_raw(&bound.0), Raw::Boolean(bound.1)]);
    let not_null = refinements.not_null.then_some(Raw::Boolean(false));
    let members = [
        (1, not_null),
        (2, refinements.prefix.as_deref().map(Raw::from)),
        (3, refinements.min.as_ref().map(bound)),
        (4, refinements.max.as_ref().map(bound)),
        (5, refinements.min_length.map(Raw::from)),
        (6, refinements.max_length.map(Raw::from)),
    ];
    let members = members
        .into_iter()
        .filter_map(|(key, value)| Some((Raw::from(key), value?)));
    let mut payload = Vec::new();
    rmpv::encode::write_value(&mut payload, &Raw::Map(members.collect()))?;
    Ok(Raw::Ext(REFINED, payload))
}

fn from_raw(raw: Raw, ty: &Type, path: &Path) -> Result<Value> {
    if let Raw::Ext(code, payload) = raw {
        return unknown_from_raw(code, &payload, ty)
            .map(Value::Unknown)
            .with_context(|| format!("{path}: unknown value"));
    }
    if raw.is_nil() {
        return Ok(Value::Null);
    }
    let each = |elements: Vec<Raw>, element: &Type| {
        let decoded = elements.into_iter().enumerate();
        let decoded = decoded.map(|(index, raw)| from_raw(raw, element, &path.index(index)));
        decoded.collect::<Result<Vec<_>>>()
    };
    Ok(match (ty, raw) {
        (Type::Dynamic | Type::BlockList(_) | Type::BlockMap(_), Raw::Array(pair)) => {
            let Ok([name, raw]) = <[Raw; 2]>::try_from(pair) else {
                bail!("{path}: a dynamic value is a pair of type and value");
            };
            let name = match &name {
                Raw::Binary(bytes) => bytes.as_slice(),
                Raw::String(text) => text.as_bytes(),
                _ => bail!("{path}: the type of a dynamic value is text"),
            };
            let actual = Type::parse(name).with_context(|| path.to_string())?;
            let value = from_raw(raw, &actual, path)?;
            nominal(value, &actual, ty)
        }
        (Type::Bool, Raw::Boolean(value)) => Value::Bool(value),
        (Type::String, Raw::String(text)) => match text.as_str() {
            Some(text) => Value::string(text),
            None => bail!("{path}: string is not UTF-8"),
        },
        (Type::Number, raw) => {
            Value::Number(number_from_raw(&raw).with_context(|| path.to_string())?)
        }
        (Type::List(element), Raw::Array(elements)) => Value::List(each(elements, element)?),
        (Type::Set(element), Raw::Array(elements)) => Value::set(each(elements, element)?),
        (Type::Tuple(types), Raw::Array(elements)) => {
            ensure!(
                types.len() == elements.len(),
                "{path}: tuple has {} elements",
                elements.len()
            );
            let decoded = elements.into_iter().zip(types).enumerate();
            let decoded = decoded.map(|(index, (raw, ty))| from_raw(raw, ty, &path.index(index)));
            Value::List(decoded.collect::<Result<_>>()?)
        }
        (Type::Map(element), Raw::Map(members)) => {
            let decoded = members.into_iter().map(|(key, raw)| {
                let key = key_from_raw(&key).with_context(|| path.to_string())?;
                let value = from_raw(raw, element, &path.key(&key))?;
                Ok((key, value))
            });
            Value::Map(decoded.collect::<Result<_>>()?)
        }
        (Type::Object { attributes, .. }, Raw::Map(members)) => {
            object_from_raw(members, attributes, path)?
        }
        (_, raw) => bail!("{path}: {raw} is no value of type {ty}"),
    })
}

fn object_from_raw(
    members: Vec<(Raw, Raw)>,
    attributes: &BTreeMap<String, Type>,
    path: &Path,
) -> Result<Value> {
    let mut decoded = BTreeMap::new();
    for (key, raw) in members {
        let name = key_from_raw(&key).with_context(|| path.to_string())?;
        let path = path.attribute(&name);
        let ty = attributes
            .get(&name)
            .with_context(|| format!("{path}: surplus attribute"))?;
        let value = from_raw(raw, ty, &path)?;
        ensure!(
            decoded.insert(name, value).is_none(),
            "{path}: attribute is given twice"
        );
    }
    if let Some(name) = attributes.keys().find(|name| !decoded.contains_key(*name)) {
        bail!("{}: attribute is missing", path.attribute(name));
    }
    Ok(Value::Map(decoded))
}

fn key_from_raw(raw: &Raw) -> Result<String> {
    match Value::string(raw.as_str().context("a key is not text")?) {
        Value::String(key) => Ok(key),
        other => bail!("a key is {}", other.kind()),
    }
}

fn number_from_raw(raw: &Raw) -> Result<Number> {
    match raw {
        Raw::Integer(integer) => Number::parse(&integer.to_string()),
        Raw::F32(value) => Number::parse(&value.to_string()),
        Raw::F64(value) => Number::from_f64(*value),
        Raw::String(text) => Number::parse(text.as_str().context("number is not UTF-8")?),
        other => bail!("{other} is no number"),
    }
}

fn unknown_from_raw(code: i8, payload: &[u8], ty: &Type) -> Result<Refinements> {
    if code != REFINED {
        ensure!(payload.len() <= 1, "unsupported extension type {code}");
        return Ok(Refinements::default());
    }
    ensure!(
        !matches!(ty, Type::Dynamic),
        "refinements on a value without a type"
    );
    ensure!(
        payload.len() <= MAX_REFINEMENT_BYTES,
        "refinements of {} bytes",
        payload.len()
    );
    let mut rest = payload;
    let Raw::Map(members) = rmpv::decode::read_value(&mut rest)? else {
        bail!("refinements are not a map");
    };
    ensure!(!members.is_empty(), "refinements are empty");
    let bound = |raw: &Raw| match raw.as_array().map(Vec::as_slice) {
        Some([number, Raw::Boolean(inclusive)]) => Ok((number_from_raw(number)?, *inclusive)),
        _ => bail!("{raw} is no bound"),
    };
    let mut known = Refinements::default();
    for (key, value) in members {
        let mistake = || format!("refinement {key}: {value}");
        match key.as_i64() {
            Some(1) => known.not_null = !value.as_bool().with_context(mistake)?,
            Some(2) => known.prefix = Some(value.as_str().with_context(mistake)?.to_owned()),
            Some(3) => known.min = Some(bound(&value).with_context(mistake)?),
            Some(4) => known.max = Some(bound(&value).with_context(mistake)?),
            Some(5) => known.min_length = Some(value.as_u64().with_context(mistake)?),
            Some(6) => known.max_length = Some(value.as_u64().with_context(mistake)?),
            // Unknown kinds of refinements may be ignored.
            Some(_) => {}
            None => bail!("{} is no integer", mistake()),
        }
    }
    Ok(known)
}

#[cfg(test)]
#[path = "msgpack_tests.rs"]
mod tests;
