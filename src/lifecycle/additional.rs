//! Checks of `additional_properties`: they must be an object, and must not set what an argument
//! sets.

use std::collections::BTreeSet;

use serde_json::Map;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::document::to_plain;
use crate::kind::walk::{Descend, Part, fields, walk};
use crate::kind::{Alternate, Kind, OneOf, Shape};

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
        // One value can conflict with many arguments, but is reported once.
        let mut told = BTreeSet::new();
        for (at, owner) in claimed(kind, config) {
            let base = kind.additional_at.unwrap_or_default();
            let Some(at) = at.strip_prefix(base) else {
                continue;
            };
            if let Some(at) = conflict_at(given, at)
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

/// Returns the pointers that additional properties must not set, with their owners.
fn claimed(kind: &Kind, config: &Value) -> Vec<(String, String)> {
    let mut claimed = claims(kind, config);
    for alternate in kind.alternates {
        if let Alternate::Sent { member, .. } = alternate {
            claimed.push((format!("/{member}"), "the provider".to_owned()));
        }
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

/// Returns the pointers of arguments and choices, with their owners.
fn claims(kind: &Kind, config: &Value) -> Vec<(String, String)> {
    let mut claimed = Vec::new();
    // Arguments that are not configured own their places too, but variants only if they are set.
    walk(&kind.nodes, ((), config), |visit| match visit.part {
        Part::Field(field) => {
            let owner = format!("the argument `{}`", visit.path());
            let claim = |at: String| (at, owner.clone());
            match &field.shape {
                Shape::Object(_) => return Descend::Inside,
                // Members that the argument does not set are free.
                Shape::PartialJson => {
                    let own = to_plain(visit.object.1.get(field.name));
                    for name in own.as_object().into_iter().flat_map(Map::keys) {
                        let pointers = visit.pointers().into_iter();
                        claimed.extend(pointers.map(|at| claim(format!("{at}/{name}"))));
                    }
                }
                _ => claimed.extend(visit.pointers().into_iter().map(claim)),
            }
            Descend::Past
        }
        Part::Choice(choice) => {
            let owner = chooser(choice, &visit.path());
            claimed.push((visit.pointer(&choice.tag), owner.clone()));
            let made = choice.variants.iter();
            let made = made.filter(|variant| !visit.object.1.get(variant.name).is_null());
            let fixed = made.flat_map(|variant| &variant.fixed);
            claimed.extend(fixed.map(|(at, _)| (visit.pointer(at), owner.clone())));
            Descend::Inside
        }
        Part::Variant(variant) => match visit.object.1.get(variant.name) {
            Value::Null => Descend::Past,
            _ => Descend::Inside,
        },
    });
    claimed
}

/// Returns the owner of a choice's tag, with advice for values that no variant has.
fn chooser(choice: &OneOf, path: &Path) -> String {
    let free = choice.variants.iter().find_map(|variant| {
        let mut fields = fields(&variant.nodes);
        let tag = fields.find(|field| field.pointers() == [choice.tag.as_ref()])?;
        Some(path.attribute(variant.name).attribute(tag.name))
    });
    let title = choice.title;
    match free {
        Some(free) => {
            format!("the choice of the {title} (use `{free}` if no other argument fits)")
        }
        None => format!("the choice of the {title}"),
    }
}

/// Returns the pointer at which `given` conflicts with `at`: a member there, or a value on the way
/// that is not an object. Unknown values do not conflict, because they may turn out to be null.
fn conflict_at<'a>(given: &Value, at: &'a str) -> Option<&'a str> {
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

/// Returns the value inside a dynamic value.
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
    fn value_that_conflicts_with_many_arguments_is_reported_once() {
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

    #[test]
    fn members_that_are_always_sent_are_not_free() {
        let kinds = kinds();
        let indexing = kinds.iter().find(|kind| kind.name == "servicenow_indexing");
        let additional = Value::map([("providerType", Value::from("other"))]);
        let config = Value::map([
            ("additional_properties", additional),
            ("additional_properties_wo", Value::Null),
        ]);
        let mut diagnostics = Diagnostics::new();
        validate(indexing.expect("the kind"), &config, &mut diagnostics);
        let errors: Vec<_> = diagnostics.iter().collect();
        assert!(errors[0].detail.contains("`providerType`"), "{errors:?}");
    }
}
