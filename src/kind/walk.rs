//! The common traversal of a declaration. It visits every attribute and choice with its place in
//! the schema and the document.
//!
//! Code that collects attributes or members uses it, so that nothing inside a list or choice is
//! missed. Code that builds or changes a value level by level, such as a schema, a document or a
//! state, recurses itself.

use serde_json::Value as Json;
use tfplugin::{Path, Value};

use super::{Field, Node, OneOf, Shape, Variant};

/// The kind of part that a walk visits.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// An attribute.
    Field(&'a Field),
    /// A choice, before its variants.
    Choice(&'a OneOf),
    /// A variant, before its attributes.
    Variant(&'a Variant),
}

/// A part of a declaration with its location.
#[derive(Debug)]
pub struct Visit<'w, 'a, O> {
    /// The part.
    pub part: Part<'a>,
    /// All parts of the schema object that contains the part.
    pub beside: &'a [Node],
    /// The guide at the object that contains the part.
    pub object: O,
    path: &'w Path,
    pointer: &'w str,
}

/// Whether a walk continues with the attributes inside a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descend {
    /// The walk visits the attributes inside.
    Inside,
    /// The walk skips the attributes inside.
    Past,
}

/// The data that guides a walk. It determines which list elements and variants are visited. A guide
/// is nothing, a value, a document, or a pair of these, of which the first decides.
pub trait Guide: Copy {
    /// The placeholder for data that the second guide of a pair does not have.
    const NOTHING: Self;

    /// Returns the data of a field. A walk skips fields without data.
    fn member(self, field: &Field) -> Option<Self>;

    /// Returns the elements of a list. `None` stands for any element.
    fn elements(self) -> Option<Vec<Self>>;

    /// Returns the data of a variant. A walk skips variants without data.
    fn variant(self, choice: &OneOf, variant: &Variant) -> Option<Self>;

    /// Returns the guide for any element of a list that has no elements of its own.
    fn any_element(self) -> Self {
        self
    }

    /// Returns the guide for a variant into which only the other guide of a pair goes.
    fn other_variant(self) -> Self {
        Self::NOTHING
    }
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

/// Returns the pointers of the members of a document that belong to chosen fields. The guide is the
/// document, or [`EveryVariant`] of it.
pub fn members<O: Guide>(
    nodes: &[Node],
    document: O,
    chosen: impl Fn(&Field) -> bool,
) -> Vec<String> {
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

/// Returns the fields of one schema object, without those of its choices.
pub fn fields(nodes: &[Node]) -> impl Iterator<Item = &Field> {
    nodes.iter().filter_map(|node| match node {
        Node::Field(field) => Some(field.as_ref()),
        Node::OneOf(_) => None,
    })
}

/// Returns the choices of one schema object.
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
            let element = Self {
                object: member.any_element(),
                pointer: format!("{}/*", level.pointer),
                ..level
            };
            return element.walk(visit);
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
    /// Returns the path of the part, with the indexes of list elements. For a choice, this is the
    /// path of the object that contains it.
    pub fn path(&self) -> Path {
        match self.part {
            Part::Field(field) => self.path.attribute(field.name),
            Part::Choice(_) => self.path.clone(),
            Part::Variant(variant) => self.path.attribute(variant.name),
        }
    }

    /// Returns the pointer from the root of the document to a member of the object that contains
    /// the part. `*` stands for any element of a list.
    pub fn pointer(&self, member: &str) -> String {
        format!("{}{member}", self.pointer)
    }

    /// Returns the pointers where a field is written, or else read. There are none for a field that
    /// is not in the document.
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

/// The declaration alone: visits all variants, and any element of a list.
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

/// A value: skips attributes that are null or unknown.
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

/// A document: visits the variant that its tag selects, or all variants if it has no tag.
impl Guide for &Json {
    const NOTHING: Self = &Json::Null;

    fn member(self, field: &Field) -> Option<Self> {
        let found = self.pointer(field.read_pointer()?)?;
        let fits = match field.shape {
            Shape::Objects(_) => found.is_array(),
            _ => found.is_object(),
        };
        fits.then_some(found)
    }

    fn elements(self) -> Option<Vec<Self>> {
        Some(
            self.as_array()
                .map_or_else(Vec::new, |items| items.iter().collect()),
        )
    }

    fn variant(self, choice: &OneOf, variant: &Variant) -> Option<Self> {
        let tag = self.pointer(&choice.tag).and_then(Json::as_str);
        let tag = tag.filter(|tag| !tag.is_empty());
        let is_it = tag.is_none_or(|tag| {
            let mut variants = choice.variants.iter();
            match variant.tag {
                Some(_) => variant.is_tagged(tag),
                None => !variants.any(|other| other.is_tagged(tag)),
            }
        });
        is_it.then_some(self)
    }

    /// The members of all variants are in the same object.
    fn other_variant(self) -> Self {
        self
    }
}

/// A document, with every variant whatever its tag says.
#[derive(Clone, Copy, Debug)]
pub struct EveryVariant<'a>(pub &'a Json);

impl Guide for EveryVariant<'_> {
    const NOTHING: Self = EveryVariant(&Json::Null);

    fn member(self, field: &Field) -> Option<Self> {
        Guide::member(self.0, field).map(Self)
    }

    fn elements(self) -> Option<Vec<Self>> {
        let elements = Guide::elements(self.0)?;
        Some(elements.into_iter().map(Self).collect())
    }

    fn variant(self, _: &OneOf, _: &Variant) -> Option<Self> {
        Some(self)
    }
}

/// A pair, of which the first decides where the walk goes.
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

    fn any_element(self) -> Self {
        (self.0.any_element(), B::NOTHING)
    }

    fn other_variant(self) -> Self {
        (self.0.other_variant(), self.1.other_variant())
    }

    fn variant(self, choice: &OneOf, variant: &Variant) -> Option<Self> {
        let second = self.1.variant(choice, variant);
        let second = second.unwrap_or(self.1.other_variant());
        Some((self.0.variant(choice, variant)?, second))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns a list of objects with a choice in each, and an object in an object.
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

    /// Returns the fields that a walk visits, as paths and as pointers.
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
    fn declaration_walk_visits_every_field() {
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
    fn document_walk_visits_its_elements_and_variants() {
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
    fn values_guide_the_walk_over_a_document() {
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
    fn walk_skips_on_request() {
        let mut paths = Vec::new();
        walk(&nodes(), (), |visit| {
            paths.push(visit.path().to_string());
            Descend::Past
        });
        assert_eq!(paths, ["items", "outer"]);
    }

    #[test]
    fn tag_chooses_the_variant_unless_every_one_is_wanted() {
        let catch_all = Variant::new(
            "free",
            None,
            "",
            vec![Field::string("text", "/free", "").into()],
        );
        let mut nodes = nodes();
        let Node::Field(items) = &mut nodes[0] else {
            panic!("{nodes:?}");
        };
        let Shape::Objects(inner) = &mut items.shape else {
            panic!("{items:?}");
        };
        let Node::OneOf(choice) = &mut inner[0] else {
            panic!("{inner:?}");
        };
        choice.variants.push(catch_all);
        let document = json!({"items": [{"type": "unknown"}, {"type": "ONE"}, {"type": ""}]});
        let texts = |field: &Field| field.name == "text";
        let expected = ["/items/0/free", "/items/1/text"];
        let last = ["/items/2/text", "/items/2/text", "/items/2/free"];
        let found = members(&nodes, &document, texts);
        assert_eq!(found, [&expected[..], &last].concat());
        assert_eq!(members(&nodes, EveryVariant(&document), texts).len(), 9);
        // The values lead into a variant that the document does not have.
        let one = Value::map([("one", Value::map([("text", "x".into())]))]);
        let values = Value::map([("items", Value::list([one]))]);
        walk(&nodes, (&values, &document), |visit| {
            if let Part::Field(field) = visit.part
                && field.name == "text"
            {
                assert_eq!(visit.object.1["type"], "unknown");
            }
            Descend::Inside
        });
    }

    #[test]
    fn member_of_another_form_guides_nowhere() {
        let document = json!({"items": {"type": "One"}, "o": {"uter": [{"deep": 1}]}});
        let (_, pointers) = seen(&document);
        assert_eq!(pointers, ["/items", "/o/uter"]);
        let (_, pointers) = seen(((), &document));
        assert_eq!(pointers.len(), 5);
    }
}
