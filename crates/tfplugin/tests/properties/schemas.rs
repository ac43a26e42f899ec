//! Schemas, and configurations and states that match them.

use plugin_host::value::unknown;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tfplugin::schema::{Shape, Usage};
use tfplugin::{Attribute, Attributes, Nesting, Type, Value};

/// The description of attributes that ignore case, by which the service recognizes them.
pub(crate) const ANY_LETTERS: &str = "In any letters.";

/// A configuration as it is planned, perhaps with unknown values, and as it is applied.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) early: Json,
    pub(crate) known: Json,
}

/// The position of an attribute.
#[derive(Clone, Copy)]
struct Place {
    depth: u32,
    in_set: bool,
    /// Elements of a collection have one type, so none of them can be of any type.
    in_collection: bool,
    /// Within a write-only attribute, every attribute is write-only.
    write_only: bool,
}

/// Returns the attributes of a resource.
pub(crate) fn schemas() -> BoxedStrategy<Attributes> {
    attributes(
        Place {
            depth: 2,
            in_set: false,
            in_collection: false,
            write_only: false,
        },
        5,
    )
}

fn attributes(place: Place, most: usize) -> BoxedStrategy<Attributes> {
    let names = prop::sample::select(vec!["a", "b", "c", "d", "e", "f"]).prop_map(String::from);
    btree_map(names, attribute(place), 1..=most).boxed()
}

fn attribute(place: Place) -> BoxedStrategy<Attribute> {
    let plain = plain_types(place.in_collection).prop_flat_map(move |ty| plain(ty, place));
    if place.depth == 0 {
        return plain.boxed();
    }
    prop_oneof![3 => plain, 2 => nested(place)].boxed()
}

fn plain_types(in_collection: bool) -> BoxedStrategy<Type> {
    let object = Type::object([("x", Type::String), ("y", Type::list(Type::Bool))]);
    let mut types = vec![
        Type::String,
        Type::String,
        Type::Number,
        Type::Bool,
        Type::list(Type::String),
        Type::set(Type::String),
        Type::map(Type::Number),
        object,
    ];
    if !in_collection {
        types.push(Type::Dynamic);
    }
    prop::sample::select(types).boxed()
}

fn plain(ty: Type, place: Place) -> BoxedStrategy<Attribute> {
    let default = option::weighted(0.3, known_leaf(&ty));
    let flags = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        0..5_u8,
        0..4_u8,
    );
    let made = (Just(ty), default, flags).prop_map(
        move |(ty, default, (keep, replace, same, usage, secret))| {
            let same = same && ty == Type::String;
            let description = if same { ANY_LETTERS } else { "A value." };
            let attribute = Attribute::new(ty.clone(), description);
            if place.write_only || (secret == 0 && usage < 2 && !place.in_set) {
                let attribute = attribute.write_only();
                return if usage == 0 {
                    attribute.required()
                } else {
                    attribute
                };
            }
            let mut attribute = match (usage, default) {
                (0, _) => attribute.required(),
                (1, _) => attribute,
                // Values from the service must not make two elements of a set equal.
                (2 | 3, _) if place.in_set && ty != Type::String => attribute,
                (2, _) => attribute.computed(),
                (3, _) => attribute.optional_computed(),
                (_, Some(default)) if !place.in_set => {
                    attribute.default_value(value_of(&default, &ty))
                }
                _ => attribute,
            };
            let computed = matches!(attribute.usage(), Usage::Computed | Usage::OptionalComputed);
            if keep && computed {
                attribute = attribute.keep_state();
            }
            if same {
                attribute = attribute.semantic_equality(ignore_case);
            }
            if replace && secret == 1 {
                attribute = attribute.requires_replace();
            }
            if secret == 2 {
                attribute.sensitive()
            } else {
                attribute
            }
        },
    );
    made.boxed()
}

fn nested(place: Place) -> BoxedStrategy<Attribute> {
    let nesting = prop::sample::select(vec![
        Nesting::Single,
        Nesting::List,
        Nesting::Set,
        Nesting::Map,
    ]);
    (nesting, 0..10_u8, 0..4_u8)
        .prop_flat_map(move |(nesting, secret, usage)| {
            let write_only = place.write_only
                || (secret == 0 && usage < 2 && !place.in_set && nesting != Nesting::Set);
            // A set cannot contain secrets.
            let nesting = if write_only && nesting == Nesting::Set {
                Nesting::List
            } else {
                nesting
            };
            let in_set = place.in_set || nesting == Nesting::Set;
            let inner = Place {
                depth: place.depth - 1,
                in_set,
                in_collection: place.in_collection || nesting != Nesting::Single,
                write_only,
            };
            attributes(inner, 3).prop_map(move |attributes| {
                let attribute = Attribute::nested(nesting, attributes, "Objects.");
                match usage {
                    _ if write_only => attribute.write_only(),
                    0 => attribute.required(),
                    1 => attribute,
                    _ if place.in_set => attribute,
                    2 => attribute.computed(),
                    _ if secret % 2 == 1 => attribute.optional_computed().keep_state(),
                    _ => attribute.optional_computed(),
                }
            })
        })
        .boxed()
}

/// Returns a configuration for the attributes.
pub(crate) fn configs(attributes: &Attributes) -> BoxedStrategy<Config> {
    let members: Vec<_> = attributes
        .iter()
        .map(|(name, attribute)| (Just(name.clone()), config(attribute)))
        .collect();
    members.prop_map(joined).boxed()
}

fn config(attribute: &Attribute) -> BoxedStrategy<Config> {
    let null = Just(Config {
        early: Json::Null,
        known: Json::Null,
    });
    let configured = match attribute.shape() {
        Shape::Plain(ty) => leaf(ty),
        Shape::Nested(nesting, attributes) => {
            let is_settable = attributes
                .values()
                .any(|one| one.usage() != Usage::Computed);
            // An object in which nothing is set is refused if something could be set.
            let content = move |c: &Config| {
                !is_settable || [&c.early, &c.known].into_iter().all(says_something)
            };
            let object = configs(attributes)
                .prop_filter("no content", content)
                .boxed();
            // An unknown object is replaced as a whole.
            let element = prop_oneof![
                8 => object.clone(),
                1 => object.clone().prop_map(|c| Config { early: unknown(), ..c }),
            ];
            match nesting {
                Nesting::Single => object,
                Nesting::List | Nesting::Set => vec(element, 0..4).prop_map(listed).boxed(),
                Nesting::Map => {
                    let keys = prop::sample::select(vec!["k", "l", "é"]).prop_map(String::from);
                    btree_map(keys, element, 0..3)
                        .prop_map(|members| joined(members.into_iter().collect()))
                        .boxed()
                }
            }
        }
    };
    let late = |c: Config| Config {
        early: unknown(),
        ..c
    };
    match attribute.usage() {
        Usage::Computed => null.boxed(),
        Usage::Required => {
            prop_oneof![6 => configured.clone(), 1 => configured.prop_map(late)].boxed()
        }
        Usage::Optional | Usage::OptionalComputed => prop_oneof![
            4 => null.clone(),
            1 => null.prop_map(late),
            6 => configured.clone(),
            1 => configured.prop_map(late),
        ]
        .boxed(),
    }
}

fn says_something(object: &Json) -> bool {
    let members = object.as_object().into_iter().flatten();
    members.into_iter().any(|(_, member)| !member.is_null())
}

fn joined(members: Vec<(String, Config)>) -> Config {
    let part = |of: fn(&Config) -> &Json| -> Json {
        members
            .iter()
            .map(|(name, c)| (name.clone(), of(c).clone()))
            .collect()
    };
    Config {
        early: part(|c| &c.early),
        known: part(|c| &c.known),
    }
}

fn listed(elements: Vec<Config>) -> Config {
    Config {
        early: elements.iter().map(|c| c.early.clone()).collect(),
        known: elements.into_iter().map(|c| c.known).collect(),
    }
}

/// Returns a value of a plain attribute. Parts of it may be unknown in the plan.
fn leaf(ty: &Type) -> BoxedStrategy<Config> {
    let early = match ty {
        Type::List(_) | Type::Set(_) => 2,
        _ => 0,
    };
    (known_leaf(ty), 0..8_usize, any::<prop::sample::Index>())
        .prop_map(move |(known, when, index)| {
            let mut config = Config {
                early: known.clone(),
                known,
            };
            if when < early
                && let Some(elements) = config.early.as_array_mut().filter(|e| !e.is_empty())
            {
                let at = index.index(elements.len());
                elements[at] = unknown();
            }
            config
        })
        .boxed()
}

/// Returns a value of a type that is known and not null.
fn known_leaf(ty: &Type) -> BoxedStrategy<Json> {
    let texts = prop::sample::select(vec!["a", "A", "b", "", "é"]);
    let numbers = prop::sample::select(vec!["0", "1.5", "0.1", "9223372036854775808", "-3"]);
    let number = numbers
        .prop_map(|text| serde_json::from_str(text).unwrap())
        .boxed();
    match ty {
        Type::String => texts.prop_map(|text| json!(text)).boxed(),
        Type::Bool => any::<bool>().prop_map(|value| json!(value)).boxed(),
        Type::Number => number,
        Type::List(element) | Type::Set(element) => {
            vec(known_leaf(element), 0..3).prop_map(Json::from).boxed()
        }
        Type::Map(element) => {
            let keys = prop::sample::select(vec!["k", "l"]).prop_map(String::from);
            btree_map(keys, known_leaf(element), 0..3)
                .prop_map(|members| members.into_iter().collect())
                .boxed()
        }
        Type::Object { attributes, .. } => {
            let members: Vec<_> = attributes
                .iter()
                .map(|(name, ty)| {
                    let member = prop_oneof![1 => Just(Json::Null), 4 => known_leaf(ty)];
                    (Just(name.clone()), member)
                })
                .collect();
            members
                .prop_map(|members| members.into_iter().collect())
                .boxed()
        }
        _ => prop::sample::select(vec![
            json!("text"),
            json!(1.5),
            json!([1, "a", null]),
            json!({ "k": [true, { "deep": null }] }),
            json!([]),
        ])
        .boxed(),
    }
}

/// Returns a state that the object could have after any change.
pub(crate) fn states(attributes: &Attributes) -> BoxedStrategy<Json> {
    let members: Vec<_> = attributes
        .iter()
        .map(|(name, attribute)| (Just(name.clone()), state(attribute)))
        .collect();
    members
        .prop_map(|members| members.into_iter().collect())
        .boxed()
}

fn state(attribute: &Attribute) -> BoxedStrategy<Json> {
    if attribute.is_write_only() {
        return Just(Json::Null).boxed();
    }
    let known = match attribute.shape() {
        Shape::Plain(ty) => known_leaf(ty),
        Shape::Nested(nesting, attributes) => {
            let object = states(attributes);
            match nesting {
                Nesting::Single => object,
                Nesting::List | Nesting::Set => vec(object, 0..3).prop_map(Json::from).boxed(),
                Nesting::Map => {
                    let keys = prop::sample::select(vec!["k", "l"]).prop_map(String::from);
                    btree_map(keys, object, 0..3)
                        .prop_map(|members| members.into_iter().collect())
                        .boxed()
                }
            }
        }
    };
    prop_oneof![1 => Just(Json::Null), 4 => known].boxed()
}

fn value_of(json: &Json, ty: &Type) -> Value {
    // Dynamic values need their type with them, which the host derives.
    let host_ty = plugin_host::value::Type::from_json(&ty.to_json()).unwrap();
    let value = plugin_host::value::json::from_json(json, &host_ty).unwrap();
    let bytes = plugin_host::value::msgpack::encode(&value, &host_ty).unwrap();
    tfplugin::value::decode(&bytes, ty).unwrap()
}

fn ignore_case(one: &Value, other: &Value) -> bool {
    let texts = one.as_str().zip(other.as_str());
    texts.is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}
