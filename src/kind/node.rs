//! What a kind's schema is made of: attributes, and choices between several.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{Bind, Field};

/// Where a member is in a document: a JSON pointer, `/a/b`, without escapes, since no member of any kind
/// needs one.
pub type Pointer = Cow<'static, str>;

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
    pub tag: Pointer,
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
    pub fixed: Vec<(Pointer, Json)>,
    /// A member that repeats the name of the object, as a JSON pointer.
    pub name_at: Option<Pointer>,
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

/// Puts the members of attributes below a member of the document that has no attribute of its own.
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
    fn everything_about_a_choice_goes_below_a_member() {
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
