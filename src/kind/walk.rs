//! The one walk over a declaration: every attribute and every choice, with its place in the schema and in
//! the document. Whoever makes a new value level by level, such as the schema, a document or a
//! state, goes on by itself; everything else walks here, so that nothing is left out inside a list or a choice.

use serde_json::Value as Json;
use tfplugin::{Path, Value};

use super::{Field, Node, OneOf, Shape, Variant};

/// What a walk comes to.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// An attribute.
    Field(&'a Field),
    /// A choice, before its variants.
    Choice(&'a OneOf),
    /// A variant, before its attributes.
    Variant(&'a Variant),
}

/// A part of a declaration, and where it is.
#[derive(Debug)]
pub struct Visit<'w, 'a, O> {
    /// The part.
    pub part: Part<'a>,
    /// All parts of the schema object that holds it.
    pub beside: &'a [Node],
    /// What guides the walk, at the object that holds the part.
    pub object: O,
    path: &'w Path,
    pointer: &'w str,
}

/// Whether a walk goes on to the attributes inside a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descend {
    /// It does.
    Inside,
    /// It goes on to the next part.
    Past,
}

/// What guides a walk: it decides into which elements of lists and into which variants it goes:
/// nothing, the object with the values, the document, or two of these, of which the first decides.
pub trait Guide: Copy {
    /// Stands for what the second of two does not have.
    const NOTHING: Self;

    /// What it has of a field; the walk goes past fields of which it has nothing.
    fn member(self, field: &Field) -> Option<Self>;

    /// The elements of a list; `None` stands for any element.
    fn elements(self) -> Option<Vec<Self>>;

    /// The same for a variant of a choice.
    fn variant(self, choice: &OneOf, variant: &Variant) -> Option<Self>;
}

/// Walks over a declaration, outer parts first.
pub fn walk<'a, O: Guide>(
    nodes: &'a [Node],
    object: O,
    mut visit: impl FnMut(&Visit<'_, 'a, O>) -> Descend,
) {
    let level = Level {
        nodes,
        object,
        path: Path::root(),
        pointer: String::new(),
    };
    level.walk(&mut visit);
}

/// The pointers of those members of a document that belong to chosen fields.
pub fn members(nodes: &[Node], document: &Json, chosen: impl Fn(&Field) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    walk(nodes, document, |visit| match visit.part {
        Part::Field(field) if chosen(field) => {
            found.extend(visit.pointers());
            Descend::Past
        }
        _ => Descend::Inside,
    });
    found
}

/// The fields of one schema object, without those of its choices.
pub fn fields(nodes: &[Node]) -> impl Iterator<Item = &Field> {
    nodes.iter().filter_map(|node| match node {
        Node::Field(field) => Some(field.as_ref()),
        Node::OneOf(_) => None,
    })
}

/// The choices of one schema object.
pub fn choices(nodes: &[Node]) -> impl Iterator<Item = &OneOf> {
    nodes.iter().filter_map(|node| match node {
        Node::OneOf(choice) => Some(choice),
        Node::Field(_) => None,
    })
}

struct Level<'a, O> {
    nodes: &'a [Node],
    object: O,
    path: Path,
    pointer: String,
}

impl<'a, O: Guide> Level<'a, O> {
    fn walk(&self, visit: &mut dyn FnMut(&Visit<'_, 'a, O>) -> Descend) {
        for node in self.nodes {
            match node {
                Node::Field(field) => {
                    if visit(&self.visit(Part::Field(field))) == Descend::Inside {
                        self.inside(field, visit);
                    }
                }
                Node::OneOf(choice) => {
                    if visit(&self.visit(Part::Choice(choice))) == Descend::Inside {
                        self.variants(choice, visit);
                    }
                }
            }
        }
    }

    fn visit<'w>(&'w self, part: Part<'a>) -> Visit<'w, 'a, O> {
        Visit {
            part,
            beside: self.nodes,
            object: self.object,
            path: &self.path,
            pointer: &self.pointer,
        }
    }

    fn inside(&self, field: &'a Field, visit: &mut dyn FnMut(&Visit<'_, 'a, O>) -> Descend) {
        let (Shape::Object(nodes) | Shape::Objects(nodes)) = &field.shape else {
            return;
        };
        let Some(member) = self.object.member(field) else {
            return;
        };
        let level = Self {
            nodes,
            object: member,
            path: self.path.attribute(field.name),
            pointer: format!(
                "{}{}",
                self.pointer,
                field.read_pointer().unwrap_or_default()
            ),
        };
        if !matches!(field.shape, Shape::Objects(_)) {
            return level.walk(visit);
        }
        let Some(elements) = member.elements() else {
            let pointer = format!("{}/*", level.pointer);
            return Self { pointer, ..level }.walk(visit);
        };
        for (n, element) in elements.into_iter().enumerate() {
            let element = Self {
                nodes,
                object: element,
                path: level.path.index(n),
                pointer: format!("{}/{n}", level.pointer),
            };
            element.walk(visit);
        }
    }

    fn variants(&self, choice: &'a OneOf, visit: &mut dyn FnMut(&Visit<'_, 'a, O>) -> Descend) {
        for variant in &choice.variants {
            let Some(object) = self.object.variant(choice, variant) else {
                continue;
            };
            if visit(&self.visit(Part::Variant(variant))) == Descend::Inside {
                let level = Self {
                    nodes: &variant.nodes,
                    object,
                    path: self.path.attribute(variant.name),
                    pointer: self.pointer.clone(),
                };
                level.walk(visit);
            }
        }
    }
}

impl<O> Visit<'_, '_, O> {
    /// The path of the part, with the index of each list element on the way; for a choice, the path of the object
    /// that holds it.
    pub fn path(&self) -> Path {
        match self.part {
            Part::Field(field) => self.path.attribute(field.name),
            Part::Choice(_) => self.path.clone(),
            Part::Variant(variant) => self.path.attribute(variant.name),
        }
    }

    /// The pointer from the root of the document to a member of the object that holds the part. `*`
    /// stands for any element of a list.
    pub fn pointer(&self, member: &str) -> String {
        format!("{}{member}", self.pointer)
    }

    /// The pointers at which a field is written or read; none for a field that is not in the document.
    pub fn pointers(&self) -> Vec<String> {
        let Part::Field(field) = self.part else {
            return Vec::new();
        };
        match field.pointers() {
            [] => field
                .read_pointer()
                .map(|at| self.pointer(at))
                .into_iter()
                .collect(),
            written => written.iter().map(|at| self.pointer(at)).collect(),
        }
    }
}

/// The declaration alone: every variant, and any element of a list.
impl Guide for () {
    const NOTHING: Self = ();

    fn member(self, _: &Field) -> Option<Self> {
        Some(())
    }

    fn elements(self) -> Option<Vec<Self>> {
        None
    }

    fn variant(self, _: &OneOf, _: &Variant) -> Option<Self> {
        Some(())
    }
}

/// Values: what is null or unknown holds nothing.
impl Guide for &Value {
    const NOTHING: Self = &Value::Null;

    fn member(self, field: &Field) -> Option<Self> {
        Some(self.get(field.name)).filter(|value| value.is_known())
    }

    fn elements(self) -> Option<Vec<Self>> {
        Some(self.elements().unwrap_or_default())
    }

    fn variant(self, _: &OneOf, variant: &Variant) -> Option<Self> {
        Some(self.get(variant.name)).filter(|value| value.is_known())
    }
}

/// A document: the variant that its tag stands for, or every one if it has no tag.
impl Guide for &Json {
    const NOTHING: Self = &Json::Null;

    fn member(self, field: &Field) -> Option<Self> {
        let found = self.pointer(field.read_pointer()?)?;
        (found.is_object() || found.is_array()).then_some(found)
    }

    fn elements(self) -> Option<Vec<Self>> {
        Some(
            self.as_array()
                .map_or_else(Vec::new, |items| items.iter().collect()),
        )
    }

    fn variant(self, choice: &OneOf, variant: &Variant) -> Option<Self> {
        let tag = self.pointer(&choice.tag).and_then(Json::as_str);
        let is_it = tag.is_none_or(|tag| {
            let mut variants = choice.variants.iter();
            match variant.tag {
                Some(_) => variant.is_tagged(tag),
                None => !variants.any(|other| other.is_tagged(tag)),
            }
        });
        is_it.then_some(self)
    }
}

/// Two side by side. The first decides where the walk goes.
impl<A: Guide, B: Guide> Guide for (A, B) {
    const NOTHING: Self = (A::NOTHING, B::NOTHING);

    fn member(self, field: &Field) -> Option<Self> {
        let second = self.1.member(field).unwrap_or(B::NOTHING);
        Some((self.0.member(field)?, second))
    }

    fn elements(self) -> Option<Vec<Self>> {
        let second = self.1.elements().unwrap_or_default().into_iter();
        let second = second.chain(std::iter::repeat(B::NOTHING));
        Some(self.0.elements()?.into_iter().zip(second).collect())
    }

    fn variant(self, choice: &OneOf, variant: &Variant) -> Option<Self> {
        let second = self.1.variant(choice, variant).unwrap_or(B::NOTHING);
        Some((self.0.variant(choice, variant)?, second))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A list of objects with a choice in each, and an object in an object.
    fn nodes() -> Vec<Node> {
        let variant = |name, tag| {
            let inner = vec![Field::string("text", "/text", "").into()];
            Variant::new(name, Some(tag), "", inner)
        };
        let choice = OneOf {
            title: "type",
            tag: "/type".into(),
            variants: vec![variant("one", "One"), variant("other", "Other")],
            replace: false,
        };
        let inner = vec![Field::string("deep", "/deep", "").into()];
        vec![
            Field::objects("items", "/items", "", vec![choice.into()]).into(),
            Field::object("outer", "/o/uter", "", inner).into(),
        ]
    }

    /// The fields that a walk comes to, as paths and as pointers.
    fn seen<O: Guide>(object: O) -> (Vec<String>, Vec<String>) {
        let (mut paths, mut pointers) = (Vec::new(), Vec::new());
        walk(&nodes(), object, |visit| {
            if matches!(visit.part, Part::Field(_)) {
                paths.push(visit.path().to_string());
                pointers.extend(visit.pointers());
            }
            Descend::Inside
        });
        (paths, pointers)
    }

    #[test]
    fn a_walk_over_the_declaration_comes_to_every_field() {
        let (paths, pointers) = seen(());
        let expected = [
            "items",
            "items.one.text",
            "items.other.text",
            "outer",
            "outer.deep",
        ];
        assert_eq!(paths, expected);
        let expected = [
            "/items",
            "/items/*/text",
            "/items/*/text",
            "/o/uter",
            "/o/uter/deep",
        ];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn a_document_leads_into_its_elements_and_its_variants() {
        let document = json!({"items": [{"type": "other"}, {}], "o": {"uter": "no object"}});
        let (_, pointers) = seen(&document);
        let expected = [
            "/items",
            "/items/0/text",
            "/items/1/text",
            "/items/1/text",
            "/o/uter",
        ];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn values_lead_a_document_along() {
        let one = Value::map([("one", Value::map([("text", "x".into())]))]);
        let values = Value::map([
            ("items", Value::list([Value::Null, one])),
            ("outer", Value::Null),
        ]);
        let document = json!({"items": [{}]});
        let (paths, _) = seen((&values, &document));
        assert_eq!(paths, ["items", "items[1].one.text", "outer"]);
        let mut found = Vec::new();
        walk(&nodes(), (&values, &document), |visit| {
            if let Part::Variant(_) = visit.part {
                found.push(visit.object.1.clone());
            }
            Descend::Inside
        });
        assert_eq!(found, [Json::Null]);
    }

    #[test]
    fn a_walk_goes_past_what_it_is_told_to() {
        let mut paths = Vec::new();
        walk(&nodes(), (), |visit| {
            paths.push(visit.path().to_string());
            Descend::Past
        });
        assert_eq!(paths, ["items", "outer"]);
    }
}
