//! The MessagePack codec against an independent one.

use plugin_host::value as host;
use proptest::prelude::*;
use rmpv::Value as Wire;
use tfplugin::value::{decode, encode};
use tfplugin::{Type, Value};

use crate::typed::{numbers, typed};
use crate::{config, regressions};

proptest! {
    #![proptest_config(config(500, regressions!("codec")))]

    /// Values are encoded like another implementation encodes them.
    #[test]
    fn values_are_encoded_like_rmpv_encodes_them((ty, value) in typed(true)) {
        let bytes = encode(&value, &ty).unwrap();
        let read = rmpv::decode::read_value(&mut bytes.as_slice()).unwrap();
        prop_assert_eq!(read, wire(&value, &ty));
    }

    /// Values of another implementation are decoded, in every encoding.
    #[test]
    fn encodings_of_rmpv_are_decoded(
        (ty, value) in typed(true),
        spelling in any::<u64>(),
    ) {
        let mut bytes = Vec::new();
        let respelled = Spelling(spelling).respell(wire(&value, &ty), &ty);
        rmpv::encode::write_value(&mut bytes, &respelled).unwrap();
        prop_assert_eq!(decode(&bytes, &ty).unwrap(), value);
    }

    /// The codec of `plugin-host` encodes and decodes the same.
    #[test]
    fn plugin_host_encodes_and_decodes_the_same((ty, value) in typed(true)) {
        let bytes = encode(&value, &ty).unwrap();
        let host_ty = host::Type::from_json(&ty.to_json()).unwrap();
        let judged = host::msgpack::decode(&bytes, &host_ty).unwrap();
        let again = host::msgpack::encode(&judged, &host_ty).unwrap();
        prop_assert_eq!(decode(&again, &ty).unwrap(), value);
    }

    /// Numbers keep their value as text, as double and as integer.
    #[test]
    fn numbers_keep_their_value(number in numbers()) {
        let judged = host::Number::parse(&number.to_string()).unwrap();
        prop_assert_eq!(judged.as_str(), number.to_string());
        prop_assert_eq!(judged.as_i64(), number.as_i64());
        prop_assert_eq!(number.to_string().parse::<tfplugin::Number>().unwrap(), number);
    }

    /// Random bytes are an error or a value, never a panic.
    #[test]
    fn random_bytes_do_not_panic((ty, _) in typed(true), bytes: Vec<u8>) {
        survives(&bytes, &ty)?;
    }

    /// Damaged bytes are an error or a value as well.
    #[test]
    fn damaged_bytes_do_not_panic(
        (ty, value) in typed(true),
        (other, _) in typed(true),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encode(&value, &ty).unwrap();
        survives(&bytes, &other)?;
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
            survives(&bytes, &ty)?;
        }
        bytes.truncate(cut.index(bytes.len()));
        survives(&bytes, &ty)?;
    }
}

/// If the bytes decode to a value, it can be encoded, and decodes to the same value.
fn survives(bytes: &[u8], ty: &Type) -> Result<(), TestCaseError> {
    let Ok(value) = decode(bytes, ty) else {
        return Ok(());
    };
    let again = encode(&value, ty);
    prop_assert!(again.is_ok(), "{:?}: {:?}", value, again);
    prop_assert_eq!(decode(&again.unwrap(), ty).unwrap(), value);
    Ok(())
}

/// Returns a value as the documentation of the format describes it.
fn wire(value: &Value, ty: &Type) -> Wire {
    match (value, ty) {
        (Value::Null, _) => Wire::Nil,
        (Value::Unknown, _) => Wire::Ext(0, vec![0]),
        (Value::Bool(value), _) => Wire::Boolean(*value),
        (Value::String(text), _) => Wire::from(text.as_str()),
        (Value::Number(number), _) => {
            let number = host::Number::parse(&number.to_string()).unwrap();
            match (number.as_i64(), number.as_exact_f64()) {
                (Some(integer), _) => Wire::from(integer),
                (None, Some(double)) if double.fract() != 0.0 => Wire::F64(double),
                _ => Wire::from(number.as_str()),
            }
        }
        (Value::List(items), Type::Tuple(types)) => Wire::Array(
            items
                .iter()
                .zip(types)
                .map(|(item, ty)| wire(item, ty))
                .collect(),
        ),
        (Value::List(items), Type::List(ty)) => {
            Wire::Array(items.iter().map(|item| wire(item, ty)).collect())
        }
        (Value::Set(items), Type::Set(ty)) => {
            Wire::Array(items.iter().map(|item| wire(item, ty)).collect())
        }
        (Value::Map(members), Type::Map(ty)) => Wire::Map(
            members
                .iter()
                .map(|(key, member)| (Wire::from(key.as_str()), wire(member, ty)))
                .collect(),
        ),
        (Value::Map(members), Type::Object { attributes, .. }) => Wire::Map(
            attributes
                .iter()
                .map(|(name, ty)| (Wire::from(name.as_str()), wire(&members[name], ty)))
                .collect(),
        ),
        (Value::Dynamic(inner), Type::Dynamic) => {
            let ty = Wire::Binary(inner.ty.to_json().to_string().into_bytes());
            Wire::Array(vec![ty, wire(&inner.value, &inner.ty)])
        }
        other => unreachable!("{other:?}"),
    }
}

/// Other encodings of the same value, chosen by the bits of a number.
struct Spelling(u64);

impl Spelling {
    fn bit(&mut self) -> bool {
        let bit = self.0 & 1 == 1;
        self.0 = self.0.rotate_right(1);
        bit
    }

    fn respell(&mut self, wire: Wire, ty: &Type) -> Wire {
        match (wire, ty) {
            (Wire::Ext(..), _) if self.bit() => {
                // A refinement: not null.
                Wire::Ext(12, vec![0x81, 0x01, 0xc2])
            }
            (Wire::Integer(integer), Type::Number) if self.bit() => Wire::from(integer.to_string()),
            (Wire::F64(double), Type::Number) if self.bit() => {
                Wire::from(host::Number::from_f64(double).unwrap().as_str())
            }
            (Wire::Array(items), Type::Set(ty)) => {
                let mut items: Vec<Wire> = items
                    .into_iter()
                    .map(|item| self.respell(item, ty))
                    .collect();
                if self.bit() {
                    items.reverse();
                }
                Wire::Array(items)
            }
            (Wire::Array(items), Type::List(ty)) => Wire::Array(
                items
                    .into_iter()
                    .map(|item| self.respell(item, ty))
                    .collect(),
            ),
            (Wire::Map(mut members), Type::Object { .. } | Type::Map(_)) => {
                if self.bit() {
                    members.reverse();
                }
                Wire::Map(members)
            }
            (Wire::Array(mut parts), Type::Dynamic) if self.bit() => {
                // The type as a string.
                if let Some(Wire::Binary(text)) = parts.first().cloned() {
                    parts[0] = Wire::from(String::from_utf8(text).unwrap());
                }
                Wire::Array(parts)
            }
            (other, _) => other,
        }
    }
}
