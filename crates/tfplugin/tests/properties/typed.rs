//! Types and their values.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tfplugin::value::Number;
use tfplugin::{Type, Value};

/// Returns a type with the given number of levels below it.
pub(crate) fn types(depth: u32) -> BoxedStrategy<Type> {
    let leaf = prop_oneof![
        Just(Type::Bool),
        Just(Type::Number),
        Just(Type::String),
        Just(Type::Dynamic),
    ];
    leaf.prop_recursive(depth, 12, 3, |inner| {
        let names = prop::sample::select(vec!["a", "b", "key", "é"]).prop_map(String::from);
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::map),
            inner
                .clone()
                .prop_filter("no set of anything", |ty| !ty.has_dynamic())
                .prop_map(Type::set),
            vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            btree_map(names, inner, 0..3).prop_map(Type::object),
        ]
    })
    .boxed()
}

/// Returns a type, and a value of it.
pub(crate) fn typed(unknowns: bool) -> impl Strategy<Value = (Type, Value)> {
    types(3).prop_flat_map(move |ty| {
        let value = values(&ty, unknowns);
        (Just(ty), value)
    })
}

/// Returns a value of a type: null, known, or unknown if requested.
pub(crate) fn values(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let known = known(ty, unknowns);
    let unknown = u32::from(unknowns);
    prop_oneof![
        1 => Just(Value::Null),
        unknown => Just(Value::Unknown),
        6 => known,
    ]
    .boxed()
}

fn known(ty: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => numbers().prop_map(Value::from).boxed(),
        Type::String => texts().prop_map(Value::from).boxed(),
        Type::Dynamic => types(1)
            .prop_filter("a type of its own", |ty| *ty != Type::Dynamic)
            .prop_flat_map(move |ty| {
                let value = values(&ty, unknowns);
                (Just(ty), value)
            })
            .prop_map(|(ty, value)| Value::dynamic(ty, value))
            .boxed(),
        Type::List(element) => vec(values(element, unknowns), 0..4)
            .prop_map(Value::list)
            .boxed(),
        Type::Set(element) => vec(values(element, unknowns), 0..4)
            .prop_map(Value::set_of)
            .boxed(),
        Type::Map(element) => {
            btree_map(texts(), values(element, unknowns), 0..4)
                .prop_map(|members| {
                    // Keys are normalized as well, which may make them equal.
                    let members = members
                        .into_iter()
                        .map(|(key, value)| match Value::from(key) {
                            Value::String(key) => (key, value),
                            other => unreachable!("{other:?}"),
                        });
                    Value::map(members)
                })
                .boxed()
        }
        Type::Tuple(elements) => {
            let elements: Vec<_> = elements.iter().map(|ty| values(ty, unknowns)).collect();
            elements.prop_map(Value::list).boxed()
        }
        Type::Object { attributes, .. } => {
            let members: Vec<_> = attributes
                .iter()
                .map(|(name, ty)| (Just(name.clone()), values(ty, unknowns)))
                .collect();
            members.prop_map(Value::map).boxed()
        }
    }
}

/// Returns integers and fractions of every size, doubles, and the values at the boundaries.
pub(crate) fn numbers() -> impl Strategy<Value = Number> {
    let text = |text: String| text.parse().unwrap();
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-3_i64..300).prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        any::<f32>().prop_filter_map("finite", |value| Number::from_f64(f64::from(value))),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,2})?".prop_map(text),
        prop::sample::select(vec![
            "9223372036854775808",
            "-9223372036854775808",
            "0.1",
            "0.5"
        ])
        .prop_map(|known| known.parse().unwrap()),
    ]
}

/// Returns text with all kinds of difficult characters.
pub(crate) fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c]{0,3}",
        1 => any::<String>(),
        1 => "[a-z\u{300}-\u{308}\u{1f980}]{0,40}",
        1 => "[a-z]{30,300}",
    ]
}
