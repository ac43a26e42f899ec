//! Values of Terraform's type system: a separate implementation, independent of the framework under
//! test.
//!
//! [`Value`] and [`Type`] are the model, [`msgpack`] and [`json`] the encodings on the wire and on
//! disk, and [`Path`] is a position in a value.

mod dynamic;
pub mod json;
pub mod msgpack;
mod number;
mod path;
mod ty;

use std::collections::BTreeMap;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

pub use self::json::unknown;
pub use self::number::Number;
pub use self::path::{Path, Step};
pub use self::ty::Type;

/// A value. Its [`Type`] is not part of it, except inside [`Value::Dynamic`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value, for any type.
    Null,
    /// A value that will be known later, with what is already known about it.
    Unknown(Refinements),
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, in Unicode normal form C.
    String(String),
    /// The elements of a list or tuple.
    List(Vec<Self>),
    /// The elements of a set, in the order of [`Value`]. Use [`Value::set`] to create one.
    Set(Vec<Self>),
    /// The elements of a map or the attributes of an object.
    Map(BTreeMap<String, Self>),
    /// A value with its own type, if the schema says "dynamic". A null or unknown value without a
    /// type is not wrapped.
    Dynamic(Box<(Type, Self)>),
}

/// What is known about an unknown value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinements {
    /// It will not be null.
    pub not_null: bool,
    /// The beginning of the text.
    pub prefix: Option<String>,
    /// The minimum number, and whether it is inclusive.
    pub min: Option<(Number, bool)>,
    /// The maximum number, and whether it is inclusive.
    pub max: Option<(Number, bool)>,
    /// The minimum number of elements.
    pub min_length: Option<u64>,
    /// The maximum number of elements.
    pub max_length: Option<u64>,
}

impl Value {
    /// Creates an unknown value without refinements.
    pub fn unknown() -> Self {
        Self::Unknown(Refinements::default())
    }

    /// Creates a string in normal form C, like Terraform.
    pub fn string(text: &str) -> Self {
        Self::String(match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => text.to_owned(),
            _ => text.nfc().collect(),
        })
    }

    /// Creates a list or tuple.
    pub fn list(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::List(elements.into_iter().collect())
    }

    /// Creates a set: drops the order and known duplicates. Unknown elements may turn out to
    /// differ, so they are kept.
    pub fn set(elements: impl IntoIterator<Item = Self>) -> Self {
        let mut elements: Vec<Self> = elements.into_iter().collect();
        elements.sort();
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::Set(elements)
    }

    /// Creates a map or object.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(
            members
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }

    /// Creates a value for a schema that says "dynamic".
    pub fn dynamic(ty: Type, value: Self) -> Self {
        Self::Dynamic(Box::new((ty, value)))
    }

    /// Returns whether this is null, with or without a type.
    pub fn is_null(&self) -> bool {
        matches!(self.inner(), Self::Null)
    }

    /// Returns whether this is unknown as a whole.
    pub fn is_unknown(&self) -> bool {
        matches!(self.inner(), Self::Unknown(_))
    }

    /// Returns whether neither this value nor any part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::List(elements) | Self::Set(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(members) => members.values().all(Self::is_wholly_known),
            Self::Dynamic(typed) => typed.1.is_wholly_known(),
        }
    }

    /// Returns the value without its dynamic wrapping.
    pub fn inner(&self) -> &Self {
        match self {
            Self::Dynamic(typed) => typed.1.inner(),
            other => other,
        }
    }

    /// Returns an attribute or map element: null if there is none, unknown below an unknown value.
    pub fn get(&self, name: &str) -> &Self {
        const NULL: &Value = &Value::Null;
        match self.inner() {
            Self::Map(members) => members.get(name).unwrap_or(NULL),
            unknown @ Self::Unknown(_) => unknown,
            _ => NULL,
        }
    }

    /// Returns the elements of a list, tuple or set.
    pub fn elements(&self) -> Option<&[Self]> {
        match self.inner() {
            Self::List(elements) | Self::Set(elements) => Some(elements),
            _ => None,
        }
    }

    /// Returns the members of a map or object.
    pub fn members(&self) -> Option<&BTreeMap<String, Self>> {
        match self.inner() {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }

    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self.inner() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value without refinements of unknown values.
    pub fn unrefined(&self) -> Self {
        self.map_unknowns(&Self::unknown())
    }

    /// Returns the value with null instead of everything unknown, as Terraform saves it after an
    /// invalid apply.
    pub fn unknown_as_null(&self) -> Self {
        self.map_unknowns(&Self::Null)
    }

    /// Returns the paths of unknown values. Those inside a set are reported at the set.
    pub fn unknown_paths(&self) -> Vec<Path> {
        let mut found = Vec::new();
        self.collect_unknown(&Path::root(), &mut found);
        found
    }

    /// Returns the kind of value, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "an unknown value",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "an object or map",
            Self::Dynamic(typed) => typed.1.kind(),
        }
    }

    fn map_unknowns(&self, replacement: &Self) -> Self {
        let each = |elements: &[Self]| -> Vec<Self> {
            elements
                .iter()
                .map(|element| element.map_unknowns(replacement))
                .collect()
        };
        match self {
            Self::Unknown(_) => replacement.clone(),
            Self::List(elements) => Self::List(each(elements)),
            Self::Set(elements) => Self::set(each(elements)),
            Self::Map(members) => Self::object(
                members
                    .iter()
                    .map(|(name, value)| (name, value.map_unknowns(replacement))),
            ),
            Self::Dynamic(typed) => {
                Self::dynamic(typed.0.clone(), typed.1.map_unknowns(replacement))
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => self.clone(),
        }
    }

    fn collect_unknown(&self, path: &Path, found: &mut Vec<Path>) {
        match self {
            Self::Unknown(_) => found.push(path.clone()),
            Self::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    element.collect_unknown(&path.index(index), found);
                }
            }
            Self::Set(_) if !self.is_wholly_known() => found.push(path.clone()),
            Self::Map(members) => {
                for (name, value) in members {
                    value.collect_unknown(&path.attribute(name), found);
                }
            }
            Self::Dynamic(typed) => typed.1.collect_unknown(path, found),
            Self::Set(_) | Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_compare_without_order_and_duplicates() {
        let a = Value::set([Value::from("x"), Value::from("y"), Value::from("x")]);
        let b = Value::set([Value::from("y"), Value::from("x")]);
        assert_eq!(a, b);
    }

    #[test]
    fn unknown_set_elements_are_kept_separate() {
        let set = Value::set([Value::unknown(), Value::unknown()]);
        assert_eq!(set.elements().unwrap().len(), 2);
    }

    #[test]
    fn decomposed_text_equals_composed_text() {
        assert_eq!(Value::string("e\u{301}"), Value::string("\u{e9}"));
    }

    #[test]
    fn unknown_values_are_found_at_any_depth() {
        let value = Value::object([
            ("a", Value::list([Value::from("x"), Value::unknown()])),
            ("b", Value::set([Value::object([("c", Value::unknown())])])),
            ("d", Value::dynamic(Type::String, Value::unknown())),
        ]);
        let found: Vec<String> = value.unknown_paths().iter().map(Path::to_string).collect();
        assert_eq!(found, ["a[1]", "b", "d"]);
        assert!(value.unknown_as_null().is_wholly_known());
    }
}
