//! What a resource, a data source or the provider block looks like.
//!
//! Attributes and nested attributes only: blocks cannot be null or computed, and nothing that
//! this framework describes needs them.

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

/// The shape of a resource, data source or provider block.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version of the shape. States of older versions are upgraded.
    pub version: i64,
    /// The attributes.
    pub attributes: Attributes,
    /// What it is, in Markdown.
    pub description: String,
    /// Why not to use it any more, and what instead.
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
    pub(crate) same: Option<Same>,
    pub(crate) element_key: &'static [&'static str],
    pub(crate) may_be_empty: bool,
}

/// Tells whether two known values mean the same though they differ. It is asked of single values and,
/// where it does not know whole collections, of their elements.
pub type Same = fn(&Value, &Value) -> bool;

/// What an attribute holds.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A value of a type.
    Plain(Type),
    /// Objects with attributes of their own.
    Nested(Nesting, Attributes),
}

/// How nested objects are held.
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
    /// The user must.
    Required,
    /// The user may; otherwise it is null.
    Optional,
    /// The provider does.
    Computed,
    /// The user may; otherwise the provider does.
    OptionalComputed,
}

/// The stable, small object that says which remote object a resource is.
#[derive(Clone, Debug, Default)]
pub struct IdentitySchema {
    /// The version of its shape, independent of the resource's: [`IdentitySchema::FIRST`] or later.
    pub version: i64,
    /// Its attributes.
    pub attributes: BTreeMap<String, IdentityAttribute>,
}

/// One attribute of an identity: a primitive.
#[derive(Clone, Debug)]
pub struct IdentityAttribute {
    /// Its type.
    pub ty: Type,
    /// Whether an import must give it; otherwise it may.
    pub required_for_import: bool,
    /// What it is.
    pub description: String,
}

impl Schema {
    /// The type of the values that this describes.
    pub fn ty(&self) -> Type {
        object_type(&self.attributes)
    }
}

impl IdentitySchema {
    /// The first version of an identity. After a move from another type, OpenTofu 1.12 gives the identity
    /// of that type to this one, with its version: only when this one has a higher one the provider is
    /// asked to upgrade it, and can refuse what is not its own.
    pub const FIRST: i64 = 10;

    /// The type of the values that this describes.
    pub fn ty(&self) -> Type {
        Type::object(
            self.attributes
                .iter()
                .map(|(name, a)| (name.clone(), a.ty.clone())),
        )
    }
}

/// The type of an object with these attributes.
pub fn object_type(attributes: &Attributes) -> Type {
    Type::object(
        attributes
            .iter()
            .map(|(name, attribute)| (name.clone(), attribute.ty())),
    )
}

/// Names attributes: `attributes([("name", Attribute::string("The name.").required())])`.
pub fn attributes<const N: usize>(named: [(&str, Attribute); N]) -> Attributes {
    named
        .into_iter()
        .map(|(name, attribute)| (name.to_owned(), attribute))
        .collect()
}

impl Attribute {
    /// An attribute of any type. It is optional until told otherwise.
    pub fn new(ty: Type, description: impl Into<String>) -> Self {
        Self::of(Shape::Plain(ty), description)
    }

    /// A nested attribute. It is optional until told otherwise.
    pub fn nested(
        nesting: Nesting,
        attributes: Attributes,
        description: impl Into<String>,
    ) -> Self {
        Self::of(Shape::Nested(nesting, attributes), description)
    }

    /// An optional string.
    pub fn string(description: impl Into<String>) -> Self {
        Self::new(Type::String, description)
    }

    /// An optional bool.
    pub fn bool(description: impl Into<String>) -> Self {
        Self::new(Type::Bool, description)
    }

    /// An optional number.
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
            same: None,
            element_key: &[],
            may_be_empty: false,
        }
    }

    /// The user must set it.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            usage: Usage::Required,
            ..self
        }
    }

    /// The provider sets it.
    #[must_use]
    pub fn computed(self) -> Self {
        Self {
            usage: Usage::Computed,
            ..self
        }
    }

    /// The user may set it; otherwise the provider does.
    #[must_use]
    pub fn optional_computed(self) -> Self {
        Self {
            usage: Usage::OptionalComputed,
            ..self
        }
    }

    /// The value where the user sets none. An unknown value is not replaced by it.
    #[must_use]
    pub fn default_value(self, value: impl Into<Value>) -> Self {
        Self {
            usage: Usage::OptionalComputed,
            default: Some(value.into()),
            ..self
        }
    }

    /// The host redacts it wherever it shows values; it is stored in clear.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    /// It reaches the provider from configuration only, and neither plan nor state.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self {
            write_only: true,
            ..self
        }
    }

    /// The same with another description.
    #[must_use]
    pub fn described(self, description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            ..self
        }
    }

    /// An object in which nothing is set says something by being there, such as one of several choices.
    #[must_use]
    pub fn may_be_empty(self) -> Self {
        Self {
            may_be_empty: true,
            ..self
        }
    }

    /// Tells users who set it what to do instead.
    #[must_use]
    pub fn deprecated(self, message: impl Into<String>) -> Self {
        Self {
            deprecated: Some(message.into()),
            ..self
        }
    }

    /// A change needs a new object.
    #[must_use]
    pub fn requires_replace(self) -> Self {
        Self {
            requires_replace: true,
            ..self
        }
    }

    /// A computed value that an update does not change, once it has one.
    #[must_use]
    pub fn keep_state(self) -> Self {
        Self {
            keep_state: true,
            ..self
        }
    }

    /// Adds a check of configured values.
    #[must_use]
    pub fn validator(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// What counts as the same value. The first spelling is kept: the planned one over the
    /// service's answer, the stored one over configuration.
    #[must_use]
    pub fn same(self, same: Same) -> Self {
        Self {
            same: Some(same),
            ..self
        }
    }

    /// The attributes that tell the objects of a list apart: an object goes on from the one with the
    /// same values of these, wherever in the list that is. Without them objects are told apart by
    /// their position.
    #[must_use]
    pub fn keyed_by(self, element_key: &'static [&'static str]) -> Self {
        Self {
            element_key,
            ..self
        }
    }

    /// The type of its values.
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

    /// What it holds.
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Who sets it.
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// What it is, in Markdown.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The value where the user sets none.
    pub const fn default(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// The checks of configured values.
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// Whether the host redacts it.
    pub const fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Whether it reaches neither plan nor state.
    pub const fn is_write_only(&self) -> bool {
        self.write_only
    }

    /// Whether a change needs a new object.
    pub const fn is_replacing(&self) -> bool {
        self.requires_replace
    }

    /// Whether the provider may set it.
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
