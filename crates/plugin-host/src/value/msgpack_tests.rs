//! The vectors were recorded from Terraform 1.11.4.

use rstest::rstest;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn number(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

fn assert_vector(ty: &Type, value: &Value, bytes: &[u8]) {
    assert_eq!(&decode(bytes, ty).unwrap(), value);
    assert_eq!(encode(value, ty).unwrap(), bytes);
}

#[test]
fn unknown_values_equal_the_recorded_bytes() {
    assert_vector(&Type::String, &Value::unknown(), &hex("d4 00 00"));
    let prefix = Refinements {
        not_null: true,
        prefix: Some("pre-".into()),
        ..Default::default()
    };
    assert_vector(
        &Type::String,
        &Value::Unknown(prefix),
        &hex("c7 09 0c 82 01 c2 02 a4 70 72 65 2d"),
    );
    let length = Refinements {
        not_null: true,
        min: Some((Number::from(0_i64), true)),
        ..Default::default()
    };
    assert_vector(
        &Type::Number,
        &Value::Unknown(length),
        &hex("c7 07 0c 82 01 c2 03 92 00 c3"),
    );
    assert_vector(
        &Type::Dynamic,
        &Value::dynamic(Type::String, Value::unknown()),
        &hex("92 c4 08 22 73 74 72 69 6e 67 22 d4 00 00"),
    );
}

#[test]
fn numbers_equal_the_recorded_bytes() {
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
    let mut bytes = hex("9a cb 3fe0000000000000 01 cf 7fffffffffffffff b3");
    bytes.extend(b"9223372036854775808\xb5100000000000000000000\xa30.1\xaa0.00000015\xfd\x03");
    bytes.extend(b"\xb812345678901234567890.123");
    assert_vector(
        &Type::list(Type::Number),
        &Value::list(texts.map(number)),
        &bytes,
    );
}

#[test]
fn dynamic_values_equal_the_recorded_bytes() {
    let ty = Type::object([
        ("q", Type::Tuple(vec![Type::Number, Type::String])),
        ("r", Type::Dynamic),
    ]);
    let value = Value::object([
        ("q", Value::list([number("1"), Value::from("a")])),
        ("r", Value::Null),
    ]);
    let mut bytes = hex("92 c4 3c");
    bytes.extend(br#"["object",{"q":["tuple",["number","string"]],"r":"dynamic"}]"#);
    bytes.extend(hex("82 a1 71 92 01 a1 61 a1 72 c0"));
    assert_vector(&Type::Dynamic, &Value::dynamic(ty, value), &bytes);
}

#[test]
fn blocks_with_a_dynamic_attribute_are_one_dynamic_value() {
    let ty = Type::BlockList(Box::new(Type::object([("a", Type::Dynamic)])));
    let mut bytes = hex("92 c4 0c");
    bytes.extend(br#"["tuple",[]]"#);
    bytes.push(0x90);
    assert_vector(&ty, &Value::list([]), &bytes);

    let block = |ty, value| Value::object([("a", Value::dynamic(ty, value))]);
    let blocks = Value::list([
        block(Type::String, Value::from("x")),
        block(Type::Bool, Value::Bool(true)),
    ]);
    let bytes = encode(&blocks, &ty).unwrap();
    assert_eq!(decode(&bytes, &ty).unwrap(), blocks);
    let text = br#"["tuple",[["object",{"a":"string"}],["object",{"a":"bool"}]]]"#;
    assert!(bytes.windows(text.len()).any(|window| window == text));
}

#[rstest]
#[case("05", "5")]
#[case("cc 05", "5")]
#[case("cd 0005", "5")]
#[case("ce 00000005", "5")]
#[case("cf ffffffffffffffff", "18446744073709551615")]
#[case("d0 fb", "-5")]
#[case("d1 fffb", "-5")]
#[case("d2 fffffffb", "-5")]
#[case("d3 fffffffffffffffb", "-5")]
#[case("ca 3fc00000", "1.5")]
#[case("cb 3fb999999999999a", "0.1")]
#[case("a3 302e31", "0.1")]
fn numbers_decode_from_every_form(#[case] bytes: &str, #[case] expected: &str) {
    assert_eq!(
        decode(&hex(bytes), &Type::Number).unwrap(),
        number(expected)
    );
}

#[rstest]
#[case("d4 05 00")]
#[case("d4 00 00")]
#[case("c7 01 0c 80")]
#[case("c7 06 0c 82 01 c2 63 a1 78")]
fn unknown_forms_decode_or_fail_as_in_the_host(#[case] bytes: &str) {
    let expected = match bytes {
        "c7 01 0c 80" => None,
        "c7 06 0c 82 01 c2 63 a1 78" => Some(Value::Unknown(Refinements {
            not_null: true,
            ..Default::default()
        })),
        _ => Some(Value::unknown()),
    };
    assert_eq!(decode(&hex(bytes), &Type::String).ok(), expected);
}

#[rstest]
#[case("81 a1 61 c0", "b: attribute is missing")]
#[case("83 a1 61 c0 a1 62 c0 a1 63 c0", "c: surplus attribute")]
#[case("82 a1 61 c0 a1 61 c0", "a: attribute is given twice")]
#[case("82 a1 61 01 a1 62 c0", "a: 1 is no value")]
#[case("82 a1 61 c0 a1 62 cb 7ff8000000000000", "NaN is not a finite number")]
fn values_that_a_host_refuses_are_errors(#[case] bytes: &str, #[case] expected: &str) {
    let ty = Type::object([("a", Type::String), ("b", Type::Number)]);
    let error = format!("{:#}", decode(&hex(bytes), &ty).unwrap_err());
    assert!(error.contains(expected), "{error}");
}

#[test]
fn no_bytes_are_null() {
    assert_eq!(decode(&[], &Type::String).unwrap(), Value::Null);
    assert_eq!(decode(&[0xc0], &Type::String).unwrap(), Value::Null);
}

#[test]
fn null_unknown_and_empty_are_three_values() {
    let ty = Type::list(Type::String);
    let values = [Value::Null, Value::unknown(), Value::list([])];
    for value in &values {
        assert_eq!(&decode(&encode(value, &ty).unwrap(), &ty).unwrap(), value);
    }
}

#[test]
fn dynamic_nulls_keep_or_lack_their_type() {
    for value in [
        Value::Null,
        Value::unknown(),
        Value::dynamic(Type::Bool, Value::Null),
    ] {
        let bytes = encode(&value, &Type::Dynamic).unwrap();
        assert_eq!(decode(&bytes, &Type::Dynamic).unwrap(), value);
    }
    let text_type = [b"\x92\xa6\"bool\"".as_slice(), b"\xc3"].concat();
    assert_eq!(
        decode(&text_type, &Type::Dynamic).unwrap(),
        Value::dynamic(Type::Bool, Value::Bool(true))
    );
}
