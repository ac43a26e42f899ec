//! What a kind's schema is made of: attributes, and choices between several.

use serde_json::Value as Json;

use super::Field;

/// A part of a kind's schema.
#[derive(Clone, Debug)]
pub enum Node {
    /// One attribute.
    Field(Box<Field>),
    /// Several nested attributes, exactly one of which is set.
    OneOf(OneOf),
}

/// Nested attributes of which exactly one is set; a tag in the document tells which.
#[derive(Clone, Debug)]
pub struct OneOf {
    /// What the choice is about, such as `connector type`.
    pub title: &'static str,
    /// Where the tag is, as a JSON pointer.
    pub tag: &'static str,
    /// The choices.
    pub variants: Vec<Variant>,
    /// A change to another variant needs a new object.
    pub replace: bool,
}

/// One choice.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The name of the nested attribute.
    pub name: &'static str,
    /// What it is, as Markdown sentences.
    pub about: &'static str,
    /// The value of the tag; `None` for the choice that takes every other one in a field.
    pub tag: Option<&'static str>,
    /// Other spellings of the tag that the service may answer with.
    pub aliases: &'static [&'static str],
    /// Members that are always written with it, as JSON pointers.
    pub fixed: Vec<(&'static str, Json)>,
    /// A member that repeats the name of the object, as a JSON pointer.
    pub name_at: Option<&'static str>,
    /// Defaults of text attributes beside it that differ with this choice.
    pub defaults: &'static [(&'static str, &'static str)],
    /// Its fields. Pointers start at the object that encloses the choice.
    pub nodes: Vec<Node>,
}

impl Variant {
    /// A choice with its tag, to be completed with what it always writes.
    pub fn new(
        name: &'static str,
        tag: Option<&'static str>,
        about: &'static str,
        nodes: Vec<Node>,
    ) -> Self {
        Self {
            name,
            about,
            tag,
            aliases: &[],
            fixed: Vec::new(),
            name_at: None,
            defaults: &[],
            nodes,
        }
    }

    /// The default of a text attribute beside it, where it differs.
    pub fn default_of(&self, attribute: &str) -> Option<&'static str> {
        let mut defaults = self.defaults.iter();
        let default = defaults.find(|(name, _)| *name == attribute);
        default.map(|(_, value)| *value)
    }

    /// Whether a tag stands for this choice.
    pub fn is_tagged(&self, tag: &str) -> bool {
        let mut tags = self.tag.iter().chain(self.aliases);
        tags.any(|known| known.eq_ignore_ascii_case(tag))
    }
}

impl Node {
    /// The name of an attribute; none for a choice between several.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::Field(field) => Some(field.name),
            Self::OneOf(_) => None,
        }
    }
}

impl From<Field> for Node {
    fn from(field: Field) -> Self {
        Self::Field(Box::new(field))
    }
}

impl From<OneOf> for Node {
    fn from(one_of: OneOf) -> Self {
        Self::OneOf(one_of)
    }
}
