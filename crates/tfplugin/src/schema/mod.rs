//! The schema of a resource, a data source or the provider block.
//!
//! It consists of attributes and nested attributes only. Blocks cannot be null or computed, and
//! nothing that this framework describes needs them.

mod check;
mod documentation;
mod validate;
mod validators;
mod wire;

use std::collections::BTreeMap;

pub use check::problems;
pub(crate) use check::{
    action_problems, data_source_problems, holds_write_only, is_identifier, list_problems,
    provider_problems,
};
pub use validate::{Capabilities, validate};
pub use validators::{Finding, Validator};
pub(crate) use wire::{to_function, to_identity_schema, to_schema};

use crate::value::{Type, Value};

/// The attributes of an object by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// The schema of a resource, data source or provider block.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version of the schema. States of older versions are upgraded.
    pub version: i64,
    /// The attributes.
    pub attributes: Attributes,
    /// The description, in Markdown.
    pub description: String,
    /// Why not to use it any more, and what to use instead.
    pub deprecated: Option<String>,
}

/// One attribute: its type, who may set it, and how it is planned.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub(crate) shape: Shape,
    pub(crate) usage: Usage,
    pub(crate) description: String,
    pub(crate) sensitive: bool,
    pub(crate) write_only: bool,
    pub(crate) deprecated: Option<String>,
    pub(crate) default: Option<Value>,
    pub(crate) validators: Vec<Validator>,
    pub(crate) requires_replace: bool,
    pub(crate) keep_state: bool,
    pub(crate) semantic_equality: Option<SemanticEquality>,
    pub(crate) element_key: &'static [&'static str],
    pub(crate) may_be_empty: bool,
}

/// Returns whether two known values mean the same although they differ. It is called with single
/// values and, if it does not handle whole collections, with their elements.
pub type SemanticEquality = fn(&Value, &Value) -> bool;

/// The shape of the values of an attribute.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A value of a type.
    Plain(Type),
    /// Objects with their own attributes.
    Nested(Nesting, Attributes),
}

/// How nested objects are organized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// Objects by key.
    Map,
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// The user must set it.
    Required,
    /// The user may set it. Otherwise it is null.
    Optional,
    /// The provider sets it.
    Computed,
    /// The user may set it. Otherwise the provider does.
    OptionalComputed,
}

/// The small, stable object that identifies the remote object of a resource.
#[derive(Clone, Debug, Default)]
pub struct IdentitySchema {
    /// The version of the identity schema, independent of the resource's version:
    /// [`IdentitySchema::FIRST`] or later.
    pub version: i64,
    /// Its attributes.
    pub attributes: BTreeMap<String, IdentityAttribute>,
}

/// One attribute of an identity: a primitive.
#[derive(Clone, Debug)]
pub struct IdentityAttribute {
    /// Its type.
    pub ty: Type,
    /// Whether an import requires it. Otherwise it is optional.
    pub required_for_import: bool,
    /// The description.
    pub description: String,
}

impl Schema {
    /// Returns the type of the values that this schema describes.
    pub fn ty(&self) -> Type {
        object_type(&self.attributes)
    }
}

impl IdentitySchema {
    /// The first version of an identity. After a move from another type, OpenTofu 1.12 passes the
    /// identity of that type, with its version. It asks the provider to upgrade the identity only
    /// if this version is higher, and only then can the provider refuse a foreign one.
    pub const FIRST: i64 = 10;

    /// Returns the type of the values that this schema describes.
    pub fn ty(&self) -> Type {
        Type::object(
            self.attributes
                .iter()
                .map(|(name, a)| (name.clone(), a.ty.clone())),
        )
    }
}

/// Returns the type of an object with these attributes.
pub fn object_type(attributes: &Attributes) -> Type {
    Type::object(
        attributes
            .iter()
            .map(|(name, attribute)| (name.clone(), attribute.ty())),
    )
}

/// Creates attributes with names: `attributes([("name", Attribute::string("The
/// name.").required())])`.
pub fn attributes<const N: usize>(named: [(&str, Attribute); N]) -> Attributes {
    named
        .into_iter()
        .map(|(name, attribute)| (name.to_owned(), attribute))
        .collect()
}

impl Attribute {
    /// Creates an attribute of any type. It is optional by default.
    pub fn new(ty: Type, description: impl Into<String>) -> Self {
        Self::of(Shape::Plain(ty), description)
    }

    /// Creates a nested attribute. It is optional by default.
    pub fn nested(
        nesting: Nesting,
        attributes: Attributes,
        description: impl Into<String>,
    ) -> Self {
        Self::of(Shape::Nested(nesting, attributes), description)
    }

    /// Creates an optional string.
    pub fn string(description: impl Into<String>) -> Self {
        Self::new(Type::String, description)
    }

    /// Creates an optional bool.
    pub fn bool(description: impl Into<String>) -> Self {
        Self::new(Type::Bool, description)
    }

    /// Creates an optional number.
    pub fn number(description: impl Into<String>) -> Self {
        Self::new(Type::Number, description)
    }

    fn of(shape: Shape, description: impl Into<String>) -> Self {
        Self {
            shape,
            usage: Usage::Optional,
            description: description.into(),
            sensitive: false,
            write_only: false,
            deprecated: None,
            default: None,
            validators: Vec::new(),
            requires_replace: false,
            keep_state: false,
            semantic_equality: None,
            element_key: &[],
            may_be_empty: false,
        }
    }

    /// Makes the attribute required.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            usage: Usage::Required,
            ..self
        }
    }

    /// Makes the attribute computed: only the provider sets it.
    #[must_use]
    pub fn computed(self) -> Self {
        Self {
            usage: Usage::Computed,
            ..self
        }
    }

    /// Makes the attribute optional and computed: if the user does not set it, the provider does.
    #[must_use]
    pub fn optional_computed(self) -> Self {
        Self {
            usage: Usage::OptionalComputed,
            ..self
        }
    }

    /// Sets the value that applies if the user sets none. It does not replace an unknown value.
    #[must_use]
    pub fn default_value(self, value: impl Into<Value>) -> Self {
        Self {
            usage: Usage::OptionalComputed,
            default: Some(value.into()),
            ..self
        }
    }

    /// Makes the host redact the value wherever it shows it. The state contains it in plain text.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    /// Makes the attribute write-only: the configuration contains the value, but the plan and the
    /// state do not.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self {
            write_only: true,
            ..self
        }
    }

    /// Replaces the description.
    #[must_use]
    pub fn described(self, description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            ..self
        }
    }

    /// Allows an object in which nothing is set, because its presence has a meaning, such as one of
    /// several choices.
    #[must_use]
    pub fn may_be_empty(self) -> Self {
        Self {
            may_be_empty: true,
            ..self
        }
    }

    /// Deprecates the attribute. `message` tells users who set it what to do instead.
    #[must_use]
    pub fn deprecated(self, message: impl Into<String>) -> Self {
        Self {
            deprecated: Some(message.into()),
            ..self
        }
    }

    /// Makes a change of the value force a new object.
    #[must_use]
    pub fn requires_replace(self) -> Self {
        Self {
            requires_replace: true,
            ..self
        }
    }

    /// Makes an update keep the computed value, once it has one.
    #[must_use]
    pub fn keep_state(self) -> Self {
        Self {
            keep_state: true,
            ..self
        }
    }

    /// Adds a check for configured values.
    #[must_use]
    pub fn validator(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Sets which values are equivalent. The first spelling is kept: the planned one instead of the
    /// service's answer, and the stored one instead of the configuration.
    #[must_use]
    pub fn semantic_equality(self, same: SemanticEquality) -> Self {
        Self {
            semantic_equality: Some(same),
            ..self
        }
    }

    /// Sets the attributes that identify the objects of a list. An object continues the prior
    /// object with the same values of these attributes, whatever its position. Without a key,
    /// objects are identified by their position.
    #[must_use]
    pub fn keyed_by(self, element_key: &'static [&'static str]) -> Self {
        Self {
            element_key,
            ..self
        }
    }

    /// Returns the type of its values.
    pub fn ty(&self) -> Type {
        match &self.shape {
            Shape::Plain(ty) => ty.clone(),
            Shape::Nested(nesting, attributes) => {
                let object = object_type(attributes);
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::list(object),
                    Nesting::Set => Type::set(object),
                    Nesting::Map => Type::map(object),
                }
            }
        }
    }

    /// Returns the shape of its values.
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Returns who sets it.
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// Returns the description, in Markdown.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the value that applies if the user sets none.
    pub const fn default(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// Returns the checks for configured values.
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// Returns whether the host redacts it.
    pub const fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Returns whether the plan and the state do not contain it.
    pub const fn is_write_only(&self) -> bool {
        self.write_only
    }

    /// Returns whether a change needs a new object.
    pub const fn is_replacing(&self) -> bool {
        self.requires_replace
    }

    /// Returns whether the provider may set it.
    pub(crate) const fn is_computed(&self) -> bool {
        matches!(self.usage, Usage::Computed | Usage::OptionalComputed)
    }
}

impl<const N: usize> From<[(&str, Attribute); N]> for Schema {
    fn from(named: [(&str, Attribute); N]) -> Self {
        Self {
            attributes: attributes(named),
            ..Self::default()
        }
    }
}
