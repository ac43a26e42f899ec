//! Checks of `additional_properties`: an object, and nothing in it that an argument stands for.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tfplugin::{Diagnostic, Diagnostics, Value};

use crate::document::to_plain;
use crate::kind::{Kind, Node, OneOf, Shape};

/// Checks both forms of the additional properties of a configuration.
pub(super) fn validate(kind: &Kind, config: &Value, diagnostics: &mut Diagnostics) {
    for name in ["additional_properties", "additional_properties_wo"] {
        let given = plain(config.get(name));
        if !given.is_known() {
            continue;
        }
        if !matches!(given, Value::Map(_)) {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid additional properties",
                    "The value must be an object, such as `{ member = \"value\" }`.",
                )
                .at(name),
            );
            continue;
        }
        // One value may stand in the way of many arguments, and is one mistake.
        let mut told = BTreeSet::new();
        for (at, owner) in claimed(kind, config) {
            let base = kind.additional_at.unwrap_or_default();
            let Some(at) = at.strip_prefix(base) else {
                continue;
            };
            if let Some(at) = given_at(given, at)
                && told.insert(at.to_owned())
            {
                let member = at.trim_start_matches('/').replace('/', ".");
                diagnostics.push(
                    Diagnostic::error(
                        "Additional property conflicts with an argument",
                        format!("`{member}` is already set by {owner}. Remove it from `{name}`."),
                    )
                    .at(name),
                );
            }
        }
    }
}

/// The pointers that are not free, with what stands for them.
fn claimed(kind: &Kind, config: &Value) -> Vec<(String, String)> {
    let mut claimed = Vec::new();
    claims(&kind.nodes, "", "", config, &mut claimed);
    for alternate in kind.alternates {
        let Some((theirs, ours)) = alternate.members() else {
            continue;
        };
        let mut owners = claimed.iter();
        if let Some((_, owner)) = owners.find(|(at, _)| at.strip_prefix('/') == Some(ours)) {
            claimed.push((format!("/{theirs}"), owner.clone()));
        }
    }
    let service = kind.read_only.iter();
    claimed.extend(service.map(|at| ((*at).to_owned(), "the service".to_owned())));
    let name = kind.name_at.into_iter();
    claimed.extend(name.map(|at| (at.to_owned(), "the argument `name`".to_owned())));
    claimed
}

fn claims(
    nodes: &[Node],
    base: &str,
    prefix: &str,
    config: &Value,
    claimed: &mut Vec<(String, String)>,
) {
    for node in nodes {
        match node {
            Node::Field(field) => {
                let name = format!("{prefix}{}", field.name);
                let owner = || format!("the argument `{name}`");
                let value = config.get(field.name);
                for at in field.pointers().iter().copied().chain(field.read_pointer()) {
                    let at = format!("{base}{at}");
                    match &field.shape {
                        Shape::Object(inner) => {
                            claims(inner, &at, &format!("{name}."), value, claimed);
                        }
                        // The members that it does not set are free.
                        Shape::OwnJson => {
                            if let Json::Object(members) = to_plain(value) {
                                let members = members.keys();
                                claimed.extend(
                                    members.map(|member| (format!("{at}/{member}"), owner())),
                                );
                            }
                        }
                        _ => claimed.push((at, owner())),
                    }
                }
            }
            Node::OneOf(one_of) => {
                let owner = chooser(one_of, prefix);
                claimed.push((format!("{base}{}", one_of.tag), owner.clone()));
                for variant in &one_of.variants {
                    let value = config.get(variant.name);
                    if !value.is_null() {
                        let fixed = variant.fixed.iter();
                        claimed.extend(fixed.map(|(at, _)| (format!("{base}{at}"), owner.clone())));
                        let prefix = format!("{prefix}{}.", variant.name);
                        claims(&variant.nodes, base, &prefix, value, claimed);
                    }
                }
            }
        }
    }
}

/// What chooses among variants, and how to choose what none of them stands for.
fn chooser(one_of: &OneOf, prefix: &str) -> String {
    let free = one_of.variants.iter().find_map(|variant| {
        let mut nodes = variant.nodes.iter();
        nodes.find_map(|node| match node {
            Node::Field(field) if field.pointers() == [one_of.tag] => {
                Some(format!("{prefix}{}.{}", variant.name, field.name))
            }
            _ => None,
        })
    });
    let title = one_of.title;
    match free {
        Some(free) => {
            format!("the choice of the {title} (use `{free}` if no other argument fits)")
        }
        None => format!("the choice of the {title}"),
    }
}

/// Where something is given at a pointer: a member there, or something on the way that is no object and
/// would take its place. What is unknown may turn out to be free.
fn given_at<'a>(given: &Value, at: &'a str) -> Option<&'a str> {
    let mut place = given;
    let mut length = 0;
    for name in at.split('/').skip(1) {
        match plain(place) {
            Value::Map(members) => place = members.get(name)?,
            Value::Unknown => return None,
            _ => return at.get(..length),
        }
        length += 1 + name.len();
    }
    (!plain(place).is_unknown()).then_some(at)
}

/// The value inside one of dynamic type.
pub(super) fn plain(value: &Value) -> &Value {
    match value {
        Value::Dynamic(inner) => plain(&inner.value),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::kinds;

    #[test]
    fn one_value_in_the_way_of_many_arguments_is_one_mistake() {
        let kinds = kinds();
        let agent = kinds.iter().find(|kind| kind.name == "agent");
        let additional = Value::map([("sandboxConfiguration", Value::Null)]);
        let config = Value::map([
            ("additional_properties", additional),
            ("additional_properties_wo", Value::Null),
        ]);
        let mut diagnostics = Diagnostics::new();
        validate(agent.expect("an agent"), &config, &mut diagnostics);
        let errors: Vec<_> = diagnostics.iter().collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].detail.contains("`sandboxConfiguration`"));
    }
}
