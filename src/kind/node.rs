//! The parts of a kind's schema: attributes, and choices between several attributes.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{Bind, Field};

/// The place of a member in a document, as a JSON pointer such as `/a/b`. It is not escaped,
/// because no member of any kind needs that.
pub type Pointer = Cow<'static, str>;

/// A part of a kind's schema.
#[derive(Clone, Debug)]
pub enum Node {
    /// An attribute.
    Field(Box<Field>),
    /// Nested attributes, exactly one of which is set.
    OneOf(OneOf),
}

/// Nested attributes, exactly one of which is set. A tag in the document selects one.
#[derive(Clone, Debug)]
pub struct OneOf {
    /// The subject of the choice, such as `connector type`.
    pub title: &'static str,
    /// The place of the tag, as a JSON pointer.
    pub tag: Pointer,
    /// The variants of the choice.
    pub variants: Vec<Variant>,
    /// Whether a change to another variant replaces the object.
    pub replace: bool,
}

/// A variant of a choice.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The name of the nested attribute.
    pub name: &'static str,
    /// The description of the attribute, as Markdown sentences.
    pub about: &'static str,
    /// The value of the tag. `None` for the variant that keeps any other value in a field.
    pub tag: Option<&'static str>,
    /// The other spellings of the tag that the service may return.
    pub aliases: &'static [&'static str],
    /// The members with fixed values that are written with this variant, as JSON pointers.
    pub fixed: Vec<(Pointer, Json)>,
    /// The member that repeats the name of the object, as a JSON pointer.
    pub name_at: Option<Pointer>,
    /// The defaults of sibling string attributes that differ with this variant.
    pub defaults: &'static [(&'static str, &'static str)],
    /// The fields of the variant. Their pointers are relative to the object that contains the
    /// choice.
    pub nodes: Vec<Node>,
}

impl Variant {
    /// Creates a variant with its tag, fields and description.
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

    /// Returns the default of a sibling string attribute if this variant changes it.
    pub fn default_of(&self, attribute: &str) -> Option<&'static str> {
        let mut defaults = self.defaults.iter();
        let default = defaults.find(|(name, _)| *name == attribute);
        default.map(|(_, value)| *value)
    }

    /// Returns whether a tag selects this variant.
    pub fn is_tagged(&self, tag: &str) -> bool {
        let mut tags = self.tag.iter().chain(self.aliases);
        tags.any(|known| known.eq_ignore_ascii_case(tag))
    }
}

impl Node {
    /// Returns the name of an attribute, or `None` for a choice.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::Field(field) => Some(field.name),
            Self::OneOf(_) => None,
        }
    }

    fn put_below(&mut self, member: &str) {
        let put = |at: &mut Pointer| *at = Cow::Owned(format!("{member}{at}"));
        match self {
            Self::Field(field) => match &mut field.bind {
                Bind::At(pointers) => pointers.iter_mut().for_each(put),
                Bind::Action { at, .. } => put(at),
                Bind::Local => {}
            },
            Self::OneOf(choice) => {
                put(&mut choice.tag);
                for variant in &mut choice.variants {
                    variant.name_at.iter_mut().for_each(put);
                    variant.fixed.iter_mut().for_each(|(at, _)| put(at));
                    let nodes = variant.nodes.iter_mut();
                    nodes.for_each(|node| node.put_below(member));
                }
            }
        }
    }
}

/// Moves attributes below a member of the document that has no attribute of its own.
pub fn below(member: &str, nodes: Vec<Node>) -> Vec<Node> {
    let mut nodes = nodes;
    nodes.iter_mut().for_each(|node| node.put_below(member));
    nodes
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_pointers_of_a_choice_move_below_a_member() {
        let variant = Variant {
            fixed: vec![("/fixed".into(), json!(true))],
            name_at: Some("/name".into()),
            ..Variant::new(
                "one",
                Some("One"),
                "",
                vec![Field::string("text", "/text", "").into()],
            )
        };
        let choice = OneOf {
            title: "type",
            tag: "/type".into(),
            variants: vec![variant],
            replace: false,
        };
        let nodes = below("/inner", vec![choice.into()]);
        let [Node::OneOf(choice)] = &nodes[..] else {
            panic!("{nodes:?}");
        };
        let variant = &choice.variants[0];
        assert_eq!(choice.tag, "/inner/type");
        assert_eq!(variant.fixed[0].0, "/inner/fixed");
        assert_eq!(variant.name_at.as_deref(), Some("/inner/name"));
        let [Node::Field(field)] = &variant.nodes[..] else {
            panic!("{variant:?}");
        };
        assert_eq!(field.pointers(), ["/inner/text"]);
    }
}
