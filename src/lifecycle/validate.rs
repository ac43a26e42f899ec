//! Checks that follow from a declaration. They see configurations with unknown values.

use serde_json::Value as Json;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::document::to_plain;
use crate::kind::{
    Field, Kind, Node, OneOf, Presence, SECRET_SUFFIX, Shape, VERSION_SUFFIX, Variant,
};

/// Checks a configuration of a kind.
pub(super) fn validate(kind: &Kind, config: &Value, diagnostics: &mut Diagnostics) {
    if !config.is_known() {
        return;
    }
    nodes(&kind.nodes, config, &Path::root(), diagnostics);
    additional(kind, config, diagnostics);
    for check in &kind.checks {
        check(config, diagnostics);
    }
}

fn nodes(nodes_of: &[Node], config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if !config.is_known() {
        return;
    }
    for node in nodes_of {
        match node {
            Node::Field(field) => check_field(field, config, path, diagnostics),
            Node::OneOf(choice) => one_of(choice, config, path, diagnostics),
        }
    }
}

fn check_field(field: &Field, config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if matches!(field.presence, Presence::Secret) {
        return secret(field, config, path, diagnostics);
    }
    let value = config.get(field.name);
    let path = path.attribute(field.name);
    match &field.shape {
        Shape::Object(inner) => nodes(inner, value, &path, diagnostics),
        Shape::Objects(inner) => {
            let items = value.elements().unwrap_or_default();
            for (n, item) in items.into_iter().enumerate() {
                nodes(inner, item, &path.index(n), diagnostics);
            }
        }
        _ => {}
    }
}

fn one_of(one_of: &OneOf, config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let set: Vec<&Variant> = one_of
        .variants
        .iter()
        .filter(|variant| !config.get(variant.name).is_null())
        .collect();
    let names: Vec<_> = one_of
        .variants
        .iter()
        .map(|variant| format!("`{}`", variant.name))
        .collect();
    let known = |variant: &&&Variant| config.get(variant.name).is_known();
    match set.as_slice() {
        [] => diagnostics.push(
            Diagnostic::error(
                format!("No {} is chosen", one_of.title),
                format!("Set exactly one of {}.", names.join(", ")),
            )
            .at(path.clone()),
        ),
        [variant] => {
            let path = path.attribute(variant.name);
            nodes(&variant.nodes, config.get(variant.name), &path, diagnostics);
        }
        // A choice that is unknown may turn out to be null.
        several if several.iter().filter(known).count() > 1 => {
            let chosen: Vec<_> = several.iter().map(|v| format!("`{}`", v.name)).collect();
            diagnostics.push(
                Diagnostic::error(
                    format!("More than one {} is chosen", one_of.title),
                    format!(
                        "Exactly one of {} can be set; {} are.",
                        names.join(", "),
                        chosen.join(" and ")
                    ),
                )
                .at(path.attribute(several.last().map_or("", |variant| variant.name))),
            );
        }
        _ => {}
    }
}

fn secret(field: &Field, config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let name = field.name;
    let (hidden_name, version_name) = (
        format!("{name}{SECRET_SUFFIX}"),
        format!("{name}{VERSION_SUFFIX}"),
    );
    let (open, hidden) = (config.get(name), config.get(&hidden_name));
    let version = config.get(&version_name);
    let is_map = matches!(field.shape, Shape::StringMap { .. });
    if let (Value::Map(open), Value::Map(hidden)) = (open, hidden) {
        let both: Vec<_> = open
            .keys()
            .filter(|key| hidden.contains_key(*key))
            .collect();
        if let Some(key) = both.first() {
            diagnostics.push(
                Diagnostic::error(
                    "A key is given twice",
                    format!(
                        "{key:?} is in both `{name}` and `{hidden_name}`; keep it in one of them."
                    ),
                )
                .at(path.attribute(name).key(key.as_str())),
            );
        }
    } else if !is_map && open.is_known() && hidden.is_known() {
        diagnostics.push(
            Diagnostic::error(
                "A secret is given twice",
                format!("Set either `{name}` or `{hidden_name}`, not both."),
            )
            .at(path.attribute(name)),
        );
    }
    if hidden.is_known() && version.is_null() {
        diagnostics.push(
            Diagnostic::error(
                "A write-only secret needs a version",
                format!(
                    "Set `{version_name}` to a whole number and change it whenever `{hidden_name}` \
                     changes: the value itself is never stored, so a change of it cannot be seen."
                ),
            )
            .at(path.attribute(version_name.as_str())),
        );
    }
    if version.is_known() && hidden.is_null() {
        diagnostics.push(
            Diagnostic::error(
                "A version without a secret",
                format!("`{version_name}` is the version of `{hidden_name}`, which is not set."),
            )
            .at(path.attribute(version_name.as_str())),
        );
    }
}

fn additional(kind: &Kind, config: &Value, diagnostics: &mut Diagnostics) {
    for name in ["additional_properties", "additional_properties_wo"] {
        let value = config.get(name);
        if !value.is_known() {
            continue;
        }
        let given = to_plain(value);
        if !given.is_object() {
            diagnostics.push(
                Diagnostic::error(
                    "Additional properties are no object",
                    "Give an object, such as `{ member = \"value\" }`.",
                )
                .at(name),
            );
            continue;
        }
        let mut claimed = Vec::new();
        claims(&kind.nodes, "", "", config, &mut claimed);
        claimed.extend(
            kind.read_only
                .iter()
                .map(|at| ((*at).to_owned(), "the service".to_owned())),
        );
        for (at, owner) in claimed {
            let Some(at) = at.strip_prefix(kind.additional_at) else {
                continue;
            };
            if collides(&given, at) {
                diagnostics.push(
                    Diagnostic::error(
                        "An additional property has an argument of its own",
                        format!(
                            "`{}` is set by {owner}; remove it from `{name}`.",
                            at.trim_start_matches('/').replace('/', ".")
                        ),
                    )
                    .at(name),
                );
            }
        }
    }
}

/// The pointers that arguments stand for, with their names.
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
                for at in field.pointers().iter().copied().chain(field.read_pointer()) {
                    match &field.shape {
                        Shape::Object(inner) => {
                            let (base, prefix) = (format!("{base}{at}"), format!("{name}."));
                            claims(inner, &base, &prefix, config.get(field.name), claimed);
                        }
                        _ => {
                            claimed.push((format!("{base}{at}"), format!("the argument `{name}`")))
                        }
                    }
                }
            }
            Node::OneOf(one_of) => {
                let owner = format!("the choice of the {}", one_of.title);
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

/// Whether the given object says something at a pointer: a member there, or something on the way
/// that is no object and would take its place.
fn collides(given: &Json, at: &str) -> bool {
    let mut place = given;
    for name in at.split('/').skip(1) {
        match place {
            Json::Object(members) => match members.get(name) {
                Some(member) => place = member,
                None => return false,
            },
            _ => return true,
        }
    }
    true
}
