//! Checks that follow from a declaration. They also run for configurations with unknown values.

use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::{additional, upload};
use crate::kind::{
    Field, Kind, Node, OneOf, Presence, SECRET_SUFFIX, Shape, VERSION_SUFFIX, Variant,
};

/// Checks a configuration of a kind.
pub(super) fn validate(kind: &Kind, config: &Value, diagnostics: &mut Diagnostics) {
    if !config.is_known() {
        return;
    }
    nodes(&kind.nodes, config, &Path::root(), diagnostics);
    if kind.additional_at.is_some() {
        additional::validate(kind, config, diagnostics);
        versioned("additional_properties", config, &Path::root(), diagnostics);
    }
    upload::validate(kind, config, diagnostics);
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
        Shape::StringList | Shape::StringSet | Shape::ObjectKeys | Shape::StringMap { .. } => {
            let elements = match value {
                Value::Map(members) => members.values().collect(),
                value => value.elements().unwrap_or_default(),
            };
            if elements.iter().any(|element| element.is_null()) {
                diagnostics.push(
                    Diagnostic::error(
                        "Null element",
                        "The service does not store null elements in lists and maps. Remove the \
                         element.",
                    )
                    .at(path),
                );
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
                format!("Missing {}", one_of.title),
                format!("Set exactly one of {}.", names.join(", ")),
            )
            .at(path.clone()),
        ),
        [variant] => {
            let path = path.attribute(variant.name);
            nodes(&variant.nodes, config.get(variant.name), &path, diagnostics);
        }
        // An unknown variant may turn out to be null.
        several if several.iter().filter(known).count() > 1 => {
            let chosen: Vec<_> = several.iter().map(|v| format!("`{}`", v.name)).collect();
            diagnostics.push(
                Diagnostic::error(
                    format!("More than one {} is set", one_of.title),
                    format!(
                        "Set exactly one of {}. The configuration sets {}.",
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
    let hidden_name = format!("{name}{SECRET_SUFFIX}");
    let (open, hidden) = (config.get(name), config.get(&hidden_name));
    let is_map = matches!(field.shape, Shape::StringMap { .. });
    if let (Value::Map(open), Value::Map(hidden)) = (open, hidden) {
        let both: Vec<_> = open
            .keys()
            .filter(|key| hidden.contains_key(*key))
            .collect();
        if let Some(key) = both.first() {
            diagnostics.push(
                Diagnostic::error(
                    "Duplicate key",
                    format!(
                        "{key:?} is set in both `{name}` and `{hidden_name}`. Keep it in one of \
                         them."
                    ),
                )
                .at(path.attribute(name).key(key.as_str())),
            );
        }
    } else if !is_map && open.is_known() && hidden.is_known() {
        diagnostics.push(
            Diagnostic::error(
                "Conflicting arguments for a secret",
                format!("Set either `{name}` or `{hidden_name}`, but not both."),
            )
            .at(path.attribute(name)),
        );
    }
    versioned(name, config, path, diagnostics);
}

/// Checks that a write-only value is set together with its version.
fn versioned(name: &str, config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let (hidden_name, version_name) = (
        format!("{name}{SECRET_SUFFIX}"),
        format!("{name}{VERSION_SUFFIX}"),
    );
    let hidden = additional::plain(config.get(&hidden_name));
    let version = config.get(&version_name);
    if hidden.is_known() && version.is_null() {
        diagnostics.push(
            Diagnostic::error(
                "Missing version of a write-only argument",
                format!(
                    "Set `{version_name}` to a whole number, and change it whenever you change \
                     `{hidden_name}`. Terraform never stores the value itself, so it cannot detect \
                     that the value has changed."
                ),
            )
            .at(path.attribute(version_name.as_str())),
        );
    }
    if version.is_known() && hidden.is_null() {
        diagnostics.push(
            Diagnostic::error(
                "Version without a write-only argument",
                format!(
                    "`{version_name}` is set, but `{hidden_name}` is not. Set both arguments or \
                     neither."
                ),
            )
            .at(path.attribute(version_name.as_str())),
        );
    }
}

#[cfg(test)]
mod tests {
    use tfplugin::schema::{self, Capabilities, Nesting, Shape as Form, Usage};
    use tfplugin::{Attributes, Diagnostics, Path, Value};

    use crate::kind::{Node, Shape};
    use crate::resources::kinds;

    fn nothing(attributes: &Attributes) -> Value {
        Value::map(attributes.keys().map(|name| (name.as_str(), Value::Null)))
    }

    /// Returns, for each nested object, its path, its attributes, and a value in which only this
    /// object is set.
    fn empty_objects(attributes: &Attributes, path: &Path) -> Vec<(Path, Attributes, Value)> {
        let mut found = Vec::new();
        for (name, attribute) in attributes {
            let Form::Nested(nesting, inner) = attribute.shape() else {
                continue;
            };
            let at = path.attribute(name.as_str());
            let at = match nesting {
                Nesting::List => at.index(0),
                _ => at,
            };
            let whole = |object: Value| {
                let mut whole = nothing(attributes);
                let value = match nesting {
                    Nesting::List => Value::list([object]),
                    _ => object,
                };
                whole.set(name, value);
                whole
            };
            let deeper = empty_objects(inner, &at).into_iter();
            found.extend(deeper.map(|(at, inner, object)| (at, inner, whole(object))));
            found.push((at, inner.clone(), whole(nothing(inner))));
        }
        found
    }

    /// Returns the names of all variants.
    fn choices(nodes: &[Node]) -> Vec<&'static str> {
        let of_node = |node: &Node| match node {
            Node::OneOf(one_of) => {
                let variants = one_of.variants.iter();
                variants
                    .flat_map(|variant| {
                        let mut names = choices(&variant.nodes);
                        names.push(variant.name);
                        names
                    })
                    .collect()
            }
            Node::Field(field) => match &field.shape {
                Shape::Object(inner) | Shape::Objects(inner) => choices(inner),
                _ => Vec::new(),
            },
        };
        nodes.iter().flat_map(of_node).collect()
    }

    #[test]
    fn empty_object_is_an_error_that_lists_its_arguments() {
        let (mut number, capabilities) = (0, Capabilities::default());
        for kind in kinds() {
            let attributes = &kind.resource_schema().attributes;
            for (path, inner, config) in empty_objects(attributes, &Path::root()) {
                let mut diagnostics = Diagnostics::new();
                schema::validate(attributes, &config, capabilities, &mut diagnostics);
                let required = inner
                    .iter()
                    .filter(|(_, one)| one.usage() == Usage::Required);
                let required: Vec<_> = required
                    .map(|(name, _)| path.attribute(name.as_str()))
                    .collect();
                let told = |at: &Path| diagnostics.iter().find(|told| told.path == *at);
                // A variant without content still selects its type.
                let text = path.to_string();
                let is_choice = choices(&kind.nodes)
                    .iter()
                    .any(|name| text.rsplit('.').next() == Some(name));
                let mut all = inner.values();
                let is_settable = all.any(|one| one.usage() != Usage::Computed);
                if required.is_empty() && !is_choice && is_settable {
                    let error = told(&path).unwrap_or_else(|| panic!("{}: {path}", kind.name));
                    for (name, _) in inner
                        .iter()
                        .filter(|(_, one)| one.usage() != Usage::Computed)
                    {
                        assert!(
                            error.detail.contains(&format!("`{name}`")),
                            "{path}: {name}"
                        );
                    }
                }
                assert!(
                    required.iter().all(|at| told(at).is_some()),
                    "{}: {path}",
                    kind.name
                );
                number += 1;
            }
        }
        assert!(number > 60, "only {number} objects");
    }
}
