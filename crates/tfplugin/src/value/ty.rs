//! The types of values, and their JSON encoding.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::MAX_DEPTH;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// Determined by the value.
    Dynamic,
    /// `list(T)`
    List(Box<Self>),
    /// `set(T)`
    Set(Box<Self>),
    /// `map(T)`
    Map(Box<Self>),
    /// `object({…})`
    Object {
        /// The attributes with their types.
        attributes: BTreeMap<String, Self>,
        /// The attributes that configuration may omit. Values contain them anyway.
        optional: BTreeSet<String>,
    },
    /// `tuple([…])`
    Tuple(Vec<Self>),
}

/// The JSON does not encode a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the JSON of a type")]
pub struct ParseTypeError;

impl Type {
    /// `list(element)`
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// `set(element)`
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// `map(element)`
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// `object({…})` without optional attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object {
            attributes: attributes.into_iter().map(|(k, t)| (k.into(), t)).collect(),
            optional: BTreeSet::new(),
        }
    }

    /// Returns whether the type contains a dynamic type at any depth.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::List(t) | Self::Set(t) | Self::Map(t) => t.has_dynamic(),
            Self::Object { attributes, .. } => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Bool | Self::Number | Self::String => false,
        }
    }

    /// Returns the JSON encoding, such as `["list","string"]`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(t) => json!(["list", t.to_json()]),
            Self::Set(t) => json!(["set", t.to_json()]),
            Self::Map(t) => json!(["map", t.to_json()]),
            Self::Tuple(elements) => {
                json!([
                    "tuple",
                    elements.iter().map(Self::to_json).collect::<Vec<_>>()
                ])
            }
            Self::Object {
                attributes,
                optional,
            } => {
                let members: serde_json::Map<String, Json> = attributes
                    .iter()
                    .map(|(k, t)| (k.clone(), t.to_json()))
                    .collect();
                if optional.is_empty() {
                    json!(["object", members])
                } else {
                    json!(["object", members, optional])
                }
            }
        }
    }

    /// Parses the JSON encoding.
    pub fn from_json(json: &Json) -> Result<Self, ParseTypeError> {
        Self::parse(json, 0)
    }

    fn parse(json: &Json, depth: usize) -> Result<Self, ParseTypeError> {
        if depth > MAX_DEPTH {
            return Err(ParseTypeError);
        }
        let inner = |json| Self::parse(json, depth + 1);
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                _ => Err(ParseTypeError),
            },
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(kind), element] => match (kind.as_str(), element) {
                    ("list", element) => Ok(Self::list(inner(element)?)),
                    ("set", element) => Ok(Self::set(inner(element)?)),
                    ("map", element) => Ok(Self::map(inner(element)?)),
                    ("tuple", Json::Array(elements)) => Ok(Self::Tuple(
                        elements.iter().map(inner).collect::<Result<_, _>>()?,
                    )),
                    ("object", Json::Object(members)) => {
                        let members = members.iter().map(|(k, t)| Ok((k, inner(t)?)));
                        Ok(Self::object(
                            members.collect::<Result<Vec<_>, ParseTypeError>>()?,
                        ))
                    }
                    _ => Err(ParseTypeError),
                },
                [kind @ Json::String(_), members, Json::Array(names)] => {
                    let object = inner(&json!([kind, members]))?;
                    let Self::Object { attributes, .. } = object else {
                        return Err(ParseTypeError);
                    };
                    let optional = names.iter().map(|name| name.as_str().map(str::to_owned));
                    let optional = optional.collect::<Option<BTreeSet<_>>>();
                    let optional = optional.ok_or(ParseTypeError)?;
                    optional
                        .iter()
                        .all(|name| attributes.contains_key(name))
                        .then_some(Self::Object {
                            attributes,
                            optional,
                        })
                        .ok_or(ParseTypeError)
                }
                _ => Err(ParseTypeError),
            },
            _ => Err(ParseTypeError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(json!("string"))]
    #[case(json!(["list", "number"]))]
    #[case(json!(["set", ["map", "bool"]]))]
    #[case(json!(["tuple", ["string", "dynamic"]]))]
    #[case(json!(["object", {"a": "string", "b": ["list", "dynamic"]}]))]
    #[case(json!(["object", {"a": "string", "b": "bool"}, ["b"]]))]
    fn json_round_trips(#[case] json: Json) {
        assert_eq!(Type::from_json(&json).unwrap().to_json(), json);
    }

    #[rstest]
    #[case(json!("text"))]
    #[case(json!(["list"]))]
    #[case(json!(["tuple", "string"]))]
    #[case(json!(["object", {}, ["missing"]]))]
    #[case(json!(3))]
    fn other_json_is_refused(#[case] json: Json) {
        assert_eq!(Type::from_json(&json), Err(ParseTypeError));
    }
}
