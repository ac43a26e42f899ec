//! The MessagePack form, as the host writes it.
//!
//! The type determines what is expected. Bytes that do not match are an error with the path of the
//! value, never a panic and never an allocation larger than the input.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::decode::{RmpRead, read_marker};
use rmp::encode as write;

use super::{Dynamic, MAX_DEPTH, Number, Path, Type, Value, ValueError, nfc};

/// Decodes one value of the given type, which must fill the bytes.
///
/// # Errors
/// Fails if the bytes are not MessagePack, do not match the type, nest more than 100 levels of
/// dynamic values, or continue after the value. The error contains the path of the value.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, ValueError> {
    let mut decoder = Decoder { rest: bytes };
    let value = decoder.value(ty, &Path::root(), 0)?;
    if decoder.rest.is_empty() {
        Ok(value)
    } else {
        Err(ValueError::at(
            &Path::root(),
            "bytes after the end of the value",
        ))
    }
}

/// Encodes a value of the given type.
///
/// # Errors
/// Fails if the value does not match the type. The error contains the path of the value.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, ValueError> {
    let mut out = Vec::new();
    encode_into(&mut out, value, ty, &Path::root())?;
    Ok(out)
}

struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    fn value(&mut self, ty: &Type, path: &Path, depth: usize) -> Result<Value, ValueError> {
        if depth > MAX_DEPTH {
            return Err(ValueError::at(path, "nested too deeply"));
        }
        let marker = read_marker(&mut self.rest)
            .map_err(|_| ValueError::at(path, "the value ends too early"))?;
        if marker == Marker::Null {
            return Ok(Value::Null);
        }
        if let Some(length) = self.extension_length(marker, path)? {
            // Skip the type byte and the payload. Every code stands for an unknown value, and its
            // refinements are only hints that this crate does not use.
            self.skip(length + 1, path)?;
            return Ok(Value::Unknown);
        }
        match ty {
            Type::Bool => match marker {
                Marker::True => Ok(Value::Bool(true)),
                Marker::False => Ok(Value::Bool(false)),
                _ => Err(ValueError::at(path, "a bool is required")),
            },
            Type::Number => self.number(marker, path).map(Value::Number),
            Type::String => Ok(Value::String(nfc(self.text(marker, path)?.to_owned()))),
            Type::Dynamic => self.dynamic(marker, path, depth),
            Type::List(element) => {
                let count = self.count(marker, Shape::Array, path)?;
                let items = (0..count).map(|n| self.value(element, &path.index(n), depth + 1));
                Ok(Value::List(items.collect::<Result<_, _>>()?))
            }
            Type::Set(element) => {
                let count = self.count(marker, Shape::Array, path)?;
                let items = (0..count).map(|_| self.value(element, path, depth + 1));
                Ok(Value::Set(items.collect::<Result<_, _>>()?))
            }
            Type::Tuple(elements) => {
                let count = self.count(marker, Shape::Array, path)?;
                if count != elements.len() {
                    let message =
                        format!("{} elements are required ({count} given)", elements.len());
                    return Err(ValueError::at(path, message));
                }
                let items = elements.iter().enumerate();
                let items = items.map(|(n, ty)| self.value(ty, &path.index(n), depth + 1));
                Ok(Value::List(items.collect::<Result<_, _>>()?))
            }
            Type::Map(element) => {
                self.members(marker, path, |this, key, members: &BTreeMap<_, _>| {
                    if members.contains_key(key) {
                        return Err(ValueError::at(path, "a map key appears twice"));
                    }
                    this.value(element, &path.key(key), depth + 1)
                })
            }
            Type::Object { attributes, .. } => {
                let value = self.members(marker, path, |this, name, members| {
                    let Some(ty) = attributes.get(name) else {
                        return Err(ValueError::at(
                            path,
                            format!("unsupported attribute {name:?}"),
                        ));
                    };
                    if members.contains_key(name) {
                        return Err(ValueError::at(
                            path,
                            format!("attribute {name:?} appears twice"),
                        ));
                    }
                    this.value(ty, &path.attribute(name), depth + 1)
                })?;
                match &value {
                    Value::Map(members) if members.len() != attributes.len() => {
                        let (want, given) = (attributes.len(), members.len());
                        let message =
                            format!("an object with {want} attributes is required ({given} given)");
                        Err(ValueError::at(path, message))
                    }
                    _ => Ok(value),
                }
            }
        }
    }

    fn members(
        &mut self,
        marker: Marker,
        path: &Path,
        mut member: impl FnMut(&mut Self, &str, &BTreeMap<String, Value>) -> Result<Value, ValueError>,
    ) -> Result<Value, ValueError> {
        let count = self.count(marker, Shape::Map, path)?;
        let mut members = BTreeMap::new();
        for _ in 0..count {
            let marker = read_marker(&mut self.rest)
                .map_err(|_| ValueError::at(path, "the value ends too early"))?;
            let key = nfc(self.text(marker, path)?.to_owned());
            let value = member(self, &key, &members)?;
            members.insert(key, value);
        }
        Ok(Value::Map(members))
    }

    /// Decodes `[type JSON, value]`.
    fn dynamic(&mut self, marker: Marker, path: &Path, depth: usize) -> Result<Value, ValueError> {
        if self.count(marker, Shape::Array, path)? != 2 {
            return Err(ValueError::at(
                path,
                "a dynamic value needs a type and a value",
            ));
        }
        let marker = read_marker(&mut self.rest)
            .map_err(|_| ValueError::at(path, "the value ends too early"))?;
        let bytes = match marker {
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let length = self.length(marker, path)?;
                self.take(length, path)?
            }
            _ => self.text(marker, path)?.as_bytes(),
        };
        let ty = serde_json::from_slice(bytes)
            .ok()
            .and_then(|json| Type::from_json(&json).ok())
            .ok_or_else(|| ValueError::at(path, "the type of a dynamic value cannot be read"))?;
        let value = self.value(&ty, path, depth + 1)?;
        Ok(if ty == Type::Dynamic {
            value
        } else {
            Value::dynamic(ty, value)
        })
    }

    fn number(&mut self, marker: Marker, path: &Path) -> Result<Number, ValueError> {
        let early = |_| ValueError::at(path, "the value ends too early");
        let not_finite = || ValueError::at(path, "a finite number is required");
        Ok(match marker {
            Marker::FixPos(n) => Number::from(i64::from(n)),
            Marker::FixNeg(n) => Number::from(i64::from(n)),
            Marker::U8 => Number::from(i64::from(self.rest.read_data_u8().map_err(early)?)),
            Marker::U16 => Number::from(i64::from(self.rest.read_data_u16().map_err(early)?)),
            Marker::U32 => Number::from(i64::from(self.rest.read_data_u32().map_err(early)?)),
            Marker::U64 => Number::from(self.rest.read_data_u64().map_err(early)?),
            Marker::I8 => Number::from(i64::from(self.rest.read_data_i8().map_err(early)?)),
            Marker::I16 => Number::from(i64::from(self.rest.read_data_i16().map_err(early)?)),
            Marker::I32 => Number::from(i64::from(self.rest.read_data_i32().map_err(early)?)),
            Marker::I64 => Number::from(self.rest.read_data_i64().map_err(early)?),
            Marker::F32 => {
                let value = self.rest.read_data_f32().map_err(early)?;
                Number::from_f64(f64::from(value)).ok_or_else(not_finite)?
            }
            Marker::F64 => {
                let value = self.rest.read_data_f64().map_err(early)?;
                Number::from_f64(value).ok_or_else(not_finite)?
            }
            _ => {
                let text = self.text(marker, path).map_err(|error| ValueError {
                    message: "a number is required".into(),
                    ..error
                })?;
                text.parse().map_err(|error| {
                    ValueError::at(path, format!("a number is required: {error}"))
                })?
            }
        })
    }

    fn text(&mut self, marker: Marker, path: &Path) -> Result<&'a str, ValueError> {
        let length = match marker {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 | Marker::Str16 | Marker::Str32 => self.length(marker, path)?,
            _ => return Err(ValueError::at(path, "a string is required")),
        };
        std::str::from_utf8(self.take(length, path)?)
            .map_err(|_| ValueError::at(path, "a string is not valid UTF-8"))
    }

    fn count(&mut self, marker: Marker, shape: Shape, path: &Path) -> Result<usize, ValueError> {
        let count = match (shape, marker) {
            (Shape::Array, Marker::FixArray(count)) | (Shape::Map, Marker::FixMap(count)) => {
                usize::from(count)
            }
            (Shape::Array, Marker::Array16 | Marker::Array32)
            | (Shape::Map, Marker::Map16 | Marker::Map32) => self.length(marker, path)?,
            (Shape::Array, _) => return Err(ValueError::at(path, "a collection is required")),
            (Shape::Map, _) => return Err(ValueError::at(path, "an object or a map is required")),
        };
        // Every element takes at least one byte. A larger count is wrong, and is detected before
        // memory is reserved for it.
        if count > self.rest.len() {
            return Err(ValueError::at(path, "the value ends too early"));
        }
        Ok(count)
    }

    fn extension_length(
        &mut self,
        marker: Marker,
        path: &Path,
    ) -> Result<Option<usize>, ValueError> {
        Ok(Some(match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => self.length(marker, path)?,
            _ => return Ok(None),
        }))
    }

    /// Returns the length that follows a marker of 8, 16 or 32 bits.
    fn length(&mut self, marker: Marker, path: &Path) -> Result<usize, ValueError> {
        let early = |_| ValueError::at(path, "the value ends too early");
        Ok(match marker {
            Marker::Str8 | Marker::Bin8 | Marker::Ext8 => {
                usize::from(self.rest.read_data_u8().map_err(early)?)
            }
            Marker::Str16 | Marker::Bin16 | Marker::Ext16 | Marker::Array16 | Marker::Map16 => {
                usize::from(self.rest.read_data_u16().map_err(early)?)
            }
            _ => self.rest.read_data_u32().map_err(early)? as usize,
        })
    }

    fn take(&mut self, length: usize, path: &Path) -> Result<&'a [u8], ValueError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| ValueError::at(path, "the value ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn skip(&mut self, length: usize, path: &Path) -> Result<(), ValueError> {
        self.take(length, path).map(|_| ())
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Array,
    Map,
}

fn encode_into(out: &mut Vec<u8>, value: &Value, ty: &Type, path: &Path) -> Result<(), ValueError> {
    match (value, ty) {
        (Value::Null, _) => written(write::write_nil(out), path),
        (Value::Unknown, _) => {
            // fixext 1, type 0, one zero byte: an unknown value without refinements.
            out.extend_from_slice(&[0xd4, 0x00, 0x00]);
            Ok(())
        }
        (Value::Dynamic(inner), Type::Dynamic) => {
            let Dynamic { ty, value } = inner.as_ref();
            written(write::write_array_len(out, 2), path)?;
            written(
                write::write_bin(out, ty.to_json().to_string().as_bytes()),
                path,
            )?;
            encode_into(out, value, ty, path)
        }
        (Value::Bool(value), Type::Bool) => written(write::write_bool(out, *value), path),
        (Value::Number(number), Type::Number) => encode_number(out, number, path),
        (Value::String(text), Type::String) => written(write::write_str(out, text), path),
        (Value::List(items), Type::List(element)) => {
            written(
                write::write_array_len(out, length(items.len(), path)?),
                path,
            )?;
            let mut items = items.iter().enumerate();
            items.try_for_each(|(n, item)| encode_into(out, item, element, &path.index(n)))
        }
        (Value::Set(items), Type::Set(element)) => {
            written(
                write::write_array_len(out, length(items.len(), path)?),
                path,
            )?;
            items
                .iter()
                .try_for_each(|item| encode_into(out, item, element, path))
        }
        (Value::List(items), Type::Tuple(elements)) if items.len() == elements.len() => {
            written(
                write::write_array_len(out, length(items.len(), path)?),
                path,
            )?;
            let mut items = items.iter().zip(elements).enumerate();
            items.try_for_each(|(n, (item, ty))| encode_into(out, item, ty, &path.index(n)))
        }
        (Value::Map(members), Type::Map(element)) => {
            written(
                write::write_map_len(out, length(members.len(), path)?),
                path,
            )?;
            members.iter().try_for_each(|(key, member)| {
                written(write::write_str(out, key), path)?;
                encode_into(out, member, element, &path.key(key))
            })
        }
        (Value::Map(members), Type::Object { attributes, .. }) => {
            if let Some(surplus) = members.keys().find(|name| !attributes.contains_key(*name)) {
                return Err(ValueError::at(
                    path,
                    format!("unsupported attribute {surplus:?}"),
                ));
            }
            written(
                write::write_map_len(out, length(attributes.len(), path)?),
                path,
            )?;
            attributes.iter().try_for_each(|(name, ty)| {
                let member = members.get(name).ok_or_else(|| {
                    ValueError::at(path, format!("attribute {name:?} is missing"))
                })?;
                written(write::write_str(out, name), path)?;
                encode_into(out, member, ty, &path.attribute(name))
            })
        }
        _ => Err(ValueError::at(
            path,
            "the value is not of the type of the attribute",
        )),
    }
}

/// Encodes integers as the shortest int, fractions as a double if that is exact, and everything
/// else as text. The host writes the same forms.
fn encode_number(out: &mut Vec<u8>, number: &Number, path: &Path) -> Result<(), ValueError> {
    if let Some(integer) = number.as_i64() {
        written(write::write_sint(out, integer), path)
    } else if let Some(double) = number.as_exact_fraction() {
        written(write::write_f64(out, double), path)
    } else {
        written(write::write_str(out, &number.to_string()), path)
    }
}

fn length(length: usize, path: &Path) -> Result<u32, ValueError> {
    u32::try_from(length).map_err(|_| ValueError::at(path, "too many elements"))
}

/// Writing to memory does not fail, but the error of the writer is still passed on.
fn written<T, E: std::fmt::Debug>(result: Result<T, E>, path: &Path) -> Result<(), ValueError> {
    result
        .map(|_| ())
        .map_err(|error| ValueError::at(path, format!("cannot be written: {error:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pairs = digits
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap());
        pairs
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect()
    }

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    #[rstest]
    #[case("c0")]
    #[case("d40000")]
    #[case("c7090c8201c202a47072652d")]
    #[case("c7070c8201c2039200c3")]
    #[case("d5000000")]
    #[case("d6ff00000000")]
    #[case("c8000105ff")]
    #[case("c90000000105ff")]
    fn null_and_every_extension_decode(#[case] bytes: &str) {
        let value = decode(&hex(bytes), &Type::String).unwrap();
        assert!(value.is_null() || value.is_unknown());
    }

    #[test]
    fn unknown_encodes_without_refinement() {
        assert_eq!(
            encode(&Value::Unknown, &Type::String).unwrap(),
            hex("d40000")
        );
    }

    #[test]
    fn numbers_are_written_as_the_host_writes_them() {
        let texts = [
            "0.5",
            "1",
            "9223372036854775807",
            "9223372036854775808",
            "1e20",
            "0.1",
            "1.5e-7",
            "-3",
            "3.0",
            "12345678901234567890.123",
        ];
        let list = Value::List(texts.map(number).to_vec());
        let ty = Type::list(Type::Number);
        let mut expected = hex("9a cb3fe0000000000000 01 cf7fffffffffffffff b3");
        expected.extend_from_slice(b"9223372036854775808");
        expected.push(0xb5);
        expected.extend_from_slice(b"100000000000000000000");
        expected.extend_from_slice(b"\xa30.1\xaa0.00000015\xfd\x03\xb812345678901234567890.123");
        let bytes = encode(&list, &ty).unwrap();
        assert_eq!(bytes, expected);
        assert_eq!(decode(&bytes, &ty).unwrap(), list);
    }

    #[rstest]
    #[case("2a")]
    #[case("cc2a")]
    #[case("cd002a")]
    #[case("ce0000002a")]
    #[case("cf000000000000002a")]
    #[case("d02a")]
    #[case("d1002a")]
    #[case("d20000002a")]
    #[case("d3000000000000002a")]
    #[case("ca42280000")]
    #[case("cb4045000000000000")]
    #[case("a23432")]
    fn every_width_of_a_number_decodes(#[case] bytes: &str) {
        assert_eq!(decode(&hex(bytes), &Type::Number).unwrap(), number("42"));
    }

    #[rstest]
    #[case("cb7ff8000000000000")]
    #[case("cb7ff0000000000000")]
    #[case("ca7fc00000")]
    fn numbers_must_be_finite(#[case] bytes: &str) {
        assert!(decode(&hex(bytes), &Type::Number).is_err());
    }

    #[test]
    fn dynamic_values_carry_their_type() {
        let mut bytes = hex("92c43c");
        bytes.extend_from_slice(br#"["object",{"q":["tuple",["number","string"]],"r":"dynamic"}]"#);
        bytes.extend_from_slice(&hex("82a1719201a161a172c0"));
        let value = decode(&bytes, &Type::Dynamic).unwrap();
        assert_eq!(encode(&value, &Type::Dynamic).unwrap(), bytes);
        let Value::Dynamic(inner) = value else {
            panic!("not dynamic")
        };
        assert_eq!(inner.value.get("r"), &Value::Null);
    }

    #[test]
    fn unknown_of_a_dynamic_type_keeps_the_type() {
        let mut bytes = hex("92c408");
        bytes.extend_from_slice(b"\"string\"");
        bytes.extend_from_slice(&hex("d40000"));
        let value = decode(&bytes, &Type::Dynamic).unwrap();
        assert_eq!(value, Value::dynamic(Type::String, Value::Unknown));
        assert_eq!(encode(&value, &Type::Dynamic).unwrap(), bytes);
    }

    #[test]
    fn type_of_a_dynamic_value_may_be_a_string() {
        let mut bytes = hex("92a6");
        bytes.extend_from_slice(b"\"bool\"");
        bytes.push(0xc3);
        let value = decode(&bytes, &Type::Dynamic).unwrap();
        assert_eq!(value, Value::dynamic(Type::Bool, Value::Bool(true)));
    }

    #[test]
    fn objects_need_exactly_their_attributes() {
        let ty = Type::object([("a", Type::String), ("b", Type::Bool)]);
        let missing = decode(&hex("81a161c0"), &ty).unwrap_err();
        assert_eq!(
            missing.message,
            "an object with 2 attributes is required (1 given)"
        );
        let surplus = decode(&hex("83a161c0a162c0a163c0"), &ty).unwrap_err();
        assert_eq!(surplus.message, "unsupported attribute \"c\"");
        assert!(encode(&Value::map([("a", Value::Null)]), &ty).is_err());
    }

    #[test]
    fn sets_lose_order_and_duplicates() {
        let ty = Type::set(Type::String);
        let one = decode(&hex("93a162a161a162"), &ty).unwrap();
        let other = decode(&hex("92a161a162"), &ty).unwrap();
        assert_eq!(one, other);
        assert_eq!(encode(&one, &ty).unwrap(), hex("92a161a162"));
    }

    #[test]
    fn errors_contain_the_path() {
        let ty = Type::object([("a", Type::list(Type::object([("b", Type::Bool)])))]);
        let error = decode(&hex("81a1619181a16201"), &ty).unwrap_err();
        assert_eq!(error.to_string(), "a[0].b: a bool is required");
    }

    #[rstest]
    #[case::count("dd ff ff ff ff", Type::list(Type::String))]
    #[case::text("db ff ff ff ff", Type::String)]
    #[case::map("df ff ff ff ff", Type::map(Type::String))]
    #[case::extension("c9 ff ff ff ff 00", Type::String)]
    #[case::rest("c0 c0", Type::String)]
    #[case::empty("", Type::String)]
    #[case::utf8("a2 c3 28", Type::String)]
    #[case::never("c1", Type::String)]
    fn wrong_lengths_are_errors(#[case] bytes: &str, #[case] ty: Type) {
        assert!(decode(&hex(bytes), &ty).is_err());
    }

    #[test]
    fn nesting_is_limited() {
        let mut bytes = Vec::new();
        for _ in 0..200 {
            bytes.extend_from_slice(b"\x92\xc4\x15[\"tuple\",[\"dynamic\"]]\x91");
        }
        bytes.push(0xc0);
        let error = decode(&bytes, &Type::Dynamic).unwrap_err();
        assert_eq!(error.message, "nested too deeply");
    }
}
