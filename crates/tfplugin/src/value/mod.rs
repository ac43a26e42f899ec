//! Terraform's values, and their two encodings.
//!
//! A [`Value`] has no type: null and unknown look the same for every type, as on the wire. The
//! accompanying [`Type`], which always comes from a schema, directs every conversion.

mod json;
mod msgpack;
mod number;
mod path;
mod set;
mod ty;

use std::collections::BTreeMap;

pub use json::{Surplus, from_json, to_json};
pub use msgpack::{decode, encode};
pub use number::{Number, ParseNumberError};
pub use path::{Path, Step};
pub use set::Set;
pub use ty::{ParseTypeError, Type};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The maximum nesting of values. Only dynamic values can reach it. A schema determines every other
/// depth.
const MAX_DEPTH: usize = 100;

/// One value: null, unknown, or known with possibly null or unknown parts.
///
/// Equality is that of Terraform: sets have no order and no duplicates, numbers compare by value,
/// and null, unknown and empty are three different values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value, for any type.
    #[default]
    Null,
    /// A value that is not known before apply.
    Unknown,
    /// `true` or `false`.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// Text in Unicode normal form C. Use [`Value::string`] to normalize.
    String(String),
    /// A list or a tuple.
    List(Vec<Self>),
    /// A set.
    Set(Set),
    /// A map or an object. Objects contain every attribute of their type.
    Map(BTreeMap<String, Self>),
    /// The value of an attribute whose type depends on the value.
    Dynamic(Box<Dynamic>),
}

/// A value with its own type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dynamic {
    /// The type of the value; never [`Type::Dynamic`] itself.
    pub ty: Type,
    /// The value.
    pub value: Value,
}

/// A conversion that failed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct ValueError {
    /// Where in the value the conversion failed.
    pub path: Path,
    /// What is wrong there. Never quotes the value, which may be secret.
    pub message: String,
}

impl Value {
    /// Creates a string in normal form C, like the host does with every string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(nfc(text.into()))
    }

    /// Creates a list of the given elements.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// Creates a set of the given elements.
    pub fn set_of(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Set(items.into_iter().collect())
    }

    /// Creates an object or a map of the given members.
    pub fn map<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// Creates a value for a dynamic attribute. Null and unknown need no wrapping.
    pub fn dynamic(ty: Type, value: Self) -> Self {
        Self::Dynamic(Box::new(Dynamic { ty, value }))
    }

    /// Returns whether this is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns whether this value itself is unknown, regardless of its parts.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Returns whether this is neither null nor unknown.
    pub const fn is_known(&self) -> bool {
        !self.is_null() && !self.is_unknown()
    }

    /// Returns whether no part of this value is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(items) => items.iter().all(Self::is_wholly_known),
            Self::Set(items) => items.iter().all(Self::is_wholly_known),
            Self::Map(members) => members.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.value.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// Returns the member of an object or map, or null if there is none.
    pub fn get(&self, name: &str) -> &Self {
        match self {
            Self::Map(members) => members.get(name).unwrap_or(&Self::Null),
            Self::Unknown => &Self::Unknown,
            _ => &Self::Null,
        }
    }

    /// Sets a member of an object or map. Does nothing for other values.
    pub fn set(&mut self, name: &str, value: Self) {
        if let Self::Map(members) = self {
            members.insert(name.to_owned(), value);
        }
    }

    /// Returns the text, if this is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the bool, if this is a known one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the number as an integer, if it is one that fits.
    pub const fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// Returns the members, if this is a known object or map.
    pub const fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }

    /// Returns the elements in order, if this is a known list, tuple or set.
    pub fn elements(&self) -> Option<Vec<&Self>> {
        match self {
            Self::List(items) => Some(items.iter().collect()),
            Self::Set(items) => Some(items.iter().collect()),
            _ => None,
        }
    }

    /// Returns this value with every unknown part replaced by null, which can be saved when an
    /// operation ends early.
    pub fn without_unknowns(self) -> Self {
        match self {
            Self::Unknown => Self::Null,
            Self::List(items) => {
                Self::List(items.into_iter().map(Self::without_unknowns).collect())
            }
            Self::Set(items) => Self::Set(items.into_iter().map(Self::without_unknowns).collect()),
            Self::Map(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(k, v)| (k, v.without_unknowns()))
                    .collect(),
            ),
            Self::Dynamic(inner) => Self::dynamic(inner.ty, inner.value.without_unknowns()),
            known => known,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::string(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl ValueError {
    fn at(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.clone(),
            message: message.into(),
        }
    }
}

/// Returns text in normal form C. Most text already is, and is returned unchanged.
fn nfc(text: String) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => text.nfc().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_composed() {
        assert_eq!(Value::string("e\u{301}"), Value::String("\u{e9}".into()));
    }

    #[test]
    fn null_unknown_and_empty_differ() {
        let empty = Value::List(vec![]);
        assert_ne!(Value::Null, Value::Unknown);
        assert_ne!(Value::Null, empty);
        assert_ne!(Value::Unknown, empty);
    }

    #[test]
    fn unknown_is_found_at_any_depth() {
        let deep = Value::map([("a", Value::List(vec![Value::map([("b", Value::Unknown)])]))]);
        assert!(!deep.is_wholly_known());
        assert!(deep.is_known());
        assert!(deep.without_unknowns().is_wholly_known());
    }

    #[test]
    fn members_of_unknown_objects_are_unknown() {
        assert_eq!(Value::Unknown.get("a"), &Value::Unknown);
        assert_eq!(Value::Null.get("a"), &Value::Null);
    }
}
