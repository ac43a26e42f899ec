//! What the provider declares about the attributes of its kinds.

use std::collections::BTreeMap;

use azuresre::SreProvider;
use azuresre::kind::{Node, Shape as FieldShape};
use tfplugin::schema::{SemanticEquality, Shape, Usage};
use tfplugin::{Attribute, Attributes, Nesting, Provider as _};

use crate::kinds::Kind;

/// Returns the attributes that a configuration can set, by path: `a.b` for a member of an object,
/// `a[].b` for a member of the objects in a list. Objects themselves are not included.
pub(crate) fn attributes(kind: &Kind) -> BTreeMap<String, Attribute> {
    let resources = SreProvider::with_environment("0.0.0", |_| None).resources();
    let found = resources.iter().find(|one| one.name() == kind.type_name);
    let resource = found.unwrap_or_else(|| panic!("the provider has no {}", kind.type_name));
    let mut attributes = BTreeMap::new();
    collect("", &resource.schema().attributes, &mut attributes);
    attributes
}

fn collect(prefix: &str, attributes: &Attributes, found: &mut BTreeMap<String, Attribute>) {
    for (name, attribute) in attributes {
        let path = format!("{prefix}{name}");
        match attribute.shape() {
            Shape::Nested(Nesting::Single, members) => {
                collect(&format!("{path}."), members, found);
                continue;
            }
            Shape::Nested(_, members) => collect(&format!("{path}[]."), members, found),
            Shape::Plain(_) => {}
        }
        if attribute.usage() != Usage::Computed {
            found.insert(path, attribute.clone());
        }
    }
}

/// Returns the attributes with equivalent values, and how they are compared.
pub(crate) fn sameness(kind: &Kind) -> BTreeMap<String, SemanticEquality> {
    let kinds = azuresre::resources::kinds();
    let declared = kinds.iter().find(|one| one.name == kind.noun());
    let mut found = BTreeMap::new();
    if let Some(declared) = declared {
        collect_sameness("", &declared.nodes, &mut found);
    }
    found
}

fn collect_sameness(prefix: &str, nodes: &[Node], found: &mut BTreeMap<String, SemanticEquality>) {
    for node in nodes {
        match node {
            Node::OneOf(choice) => {
                for variant in &choice.variants {
                    let prefix = format!("{prefix}{}.", variant.name);
                    collect_sameness(&prefix, &variant.nodes, found);
                }
            }
            Node::Field(field) => {
                let path = format!("{prefix}{}", field.name);
                match &field.shape {
                    FieldShape::Object(nodes) => {
                        collect_sameness(&format!("{path}."), nodes, found);
                    }
                    FieldShape::Objects(nodes) => {
                        collect_sameness(&format!("{path}[]."), nodes, found);
                    }
                    _ => {}
                }
                if let Some(same) = field.semantic_equality {
                    found.insert(path, same);
                }
            }
        }
    }
}

/// Returns the choices of a kind's one-of, exactly one of which must be set. Empty for a kind
/// without a one-of.
pub(crate) fn choices(kind: &Kind) -> Vec<String> {
    let choices = one_of(kind).into_iter();
    choices.flat_map(|(names, _)| names).collect()
}

/// Returns whether another choice needs a new object.
pub(crate) fn choice_replaces(kind: &Kind) -> bool {
    one_of(kind).is_some_and(|(_, replaces)| replaces)
}

fn one_of(kind: &Kind) -> Option<(Vec<String>, bool)> {
    let kinds = azuresre::resources::kinds();
    let declared = kinds.iter().find(|one| one.name == kind.noun())?;
    declared.nodes.iter().find_map(|node| match node {
        Node::OneOf(choice) => {
            let names = choice
                .variants
                .iter()
                .map(|variant| variant.name.to_owned());
            Some((names.collect(), choice.replace))
        }
        Node::Field(_) => None,
    })
}
