//! Types of values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result, bail};
use serde_json::{Value as Json, json};

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Unicode text.
    String,
    /// A decimal number.
    Number,
    /// True or false.
    Bool,
    /// Any type. The value includes its own.
    Dynamic,
    /// Ordered elements of one type.
    List(Box<Self>),
    /// Unordered, distinct elements of one type.
    Set(Box<Self>),
    /// Elements of one type by name.
    Map(Box<Self>),
    /// Attributes, each with its own type.
    Object {
        /// All attributes.
        attributes: BTreeMap<String, Self>,
        /// Attributes that the configuration may omit.
        optional: BTreeSet<String>,
    },
    /// Ordered elements, each with its own type.
    Tuple(Vec<Self>),
    /// A list of nested blocks that contain a dynamic attribute. On the wire, it is a dynamic value
    /// that is a tuple.
    BlockList(Box<Self>),
    /// A map of nested blocks that contain a dynamic attribute. On the wire, it is a dynamic value
    /// that is an object.
    BlockMap(Box<Self>),
}

impl Type {
    /// Creates an object type without optional attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        let attributes = attributes
            .into_iter()
            .map(|(name, ty)| (name.into(), ty))
            .collect();
        Self::Object {
            attributes,
            optional: BTreeSet::new(),
        }
    }

    /// Creates a list type.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// Creates a set type.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// Creates a map type.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// Parses the JSON text of a type.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let json: Json = serde_json::from_slice(text)
            .with_context(|| format!("type {:?} is not JSON", String::from_utf8_lossy(text)))?;
        Self::from_json(&json)
    }

    /// Parses a type from JSON.
    pub fn from_json(json: &Json) -> Result<Self> {
        if let Some(name) = json.as_str() {
            return Ok(match name {
                "string" => Self::String,
                "number" => Self::Number,
                "bool" => Self::Bool,
                "dynamic" => Self::Dynamic,
                _ => bail!("{json} is not a type"),
            });
        }
        match json.as_array().map(Vec::as_slice) {
            Some([kind, element]) if kind == "list" => Ok(Self::list(Self::from_json(element)?)),
            Some([kind, element]) if kind == "set" => Ok(Self::set(Self::from_json(element)?)),
            Some([kind, element]) if kind == "map" => Ok(Self::map(Self::from_json(element)?)),
            Some([kind, Json::Array(elements)]) if kind == "tuple" => Ok(Self::Tuple(
                elements
                    .iter()
                    .map(Self::from_json)
                    .collect::<Result<_>>()?,
            )),
            Some([kind, Json::Object(members)]) if kind == "object" => {
                Self::object_from_json(members, &[])
            }
            Some([kind, Json::Object(members), Json::Array(optional)]) if kind == "object" => {
                Self::object_from_json(members, optional)
            }
            _ => bail!("{json} is not a type"),
        }
    }

    /// Returns the JSON form, with sorted attribute names.
    pub fn to_json(&self) -> Json {
        match self {
            Self::String => json!("string"),
            Self::Number => json!("number"),
            Self::Bool => json!("bool"),
            Self::Dynamic | Self::BlockList(_) | Self::BlockMap(_) => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
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
                    .map(|(name, ty)| (name.clone(), ty.to_json()))
                    .collect();
                if optional.is_empty() {
                    json!(["object", members])
                } else {
                    json!(["object", members, optional])
                }
            }
        }
    }

    /// Returns whether the type contains a dynamic type at any depth.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::String | Self::Number | Self::Bool => false,
            Self::Dynamic | Self::BlockList(_) | Self::BlockMap(_) => true,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object { attributes, .. } => attributes.values().any(Self::has_dynamic),
        }
    }

    /// Returns whether a value of this type is acceptable if `wanted` is expected: equal except for
    /// dynamic parts of `wanted`.
    pub fn conforms_to(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (_, Self::Dynamic) => true,
            (Self::List(a), Self::List(b))
            | (Self::Set(a), Self::Set(b))
            | (Self::Map(a), Self::Map(b)) => a.conforms_to(b),
            (Self::Tuple(a), Self::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.conforms_to(b))
            }
            (Self::Object { attributes: a, .. }, Self::Object { attributes: b, .. }) => {
                a.len() == b.len()
                    && a.iter()
                        .all(|(name, a)| b.get(name).is_some_and(|b| a.conforms_to(b)))
            }
            _ => self == wanted,
        }
    }

    fn object_from_json(
        members: &serde_json::Map<String, Json>,
        optional: &[Json],
    ) -> Result<Self> {
        let attributes: BTreeMap<String, Self> = members
            .iter()
            .map(|(name, ty)| Ok((name.clone(), Self::from_json(ty)?)))
            .collect::<Result<_>>()?;
        let optional: BTreeSet<String> = optional
            .iter()
            .map(|name| {
                name.as_str()
                    .filter(|name| attributes.contains_key(*name))
                    .map(str::to_owned)
                    .with_context(|| format!("optional attribute {name} is not an attribute"))
            })
            .collect::<Result<_>>()?;
        Ok(Self::Object {
            attributes,
            optional,
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#""string""#)]
    #[case(r#""dynamic""#)]
    #[case(r#"["list",["set",["map","number"]]]"#)]
    #[case(r#"["object",{"a":"bool","b":["tuple",["string","dynamic"]]}]"#)]
    #[case(r#"["object",{"a":"bool","b":"string"},["b"]]"#)]
    fn type_text_round_trips(#[case] text: &str) {
        assert_eq!(
            Type::parse(text.as_bytes()).unwrap().to_json().to_string(),
            text
        );
    }

    #[rstest]
    #[case(r#""int""#)]
    #[case(r#"["list"]"#)]
    #[case(r#"["object",{"a":"bool"},["b"]]"#)]
    #[case("{}")]
    fn other_text_is_refused(#[case] text: &str) {
        assert!(Type::parse(text.as_bytes()).is_err());
    }

    #[test]
    fn conformance_ignores_dynamic_parts_of_the_expected_type() {
        let wanted = Type::object([("a", Type::Dynamic), ("b", Type::String)]);
        let given = Type::object([("a", Type::list(Type::Bool)), ("b", Type::String)]);
        assert!(given.conforms_to(&wanted));
        assert!(!wanted.conforms_to(&given));
    }
}
