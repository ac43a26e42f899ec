//! Partial updates, which contain complete sub-objects, and only those that change.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use tfplugin::Value;

use super::pointer;
use crate::kind::{Kind, Node, Presence, VERSION_SUFFIX};

/// Returns the sub-objects of the document that a planned change affects, as JSON pointers: the
/// members of `properties`, and the other members of the root.
///
/// Unknown values do not count as changes, because the service sets them.
pub fn changed_groups(
    kind: &Kind,
    prior: &Value,
    planned: &Value,
    config: &Value,
) -> BTreeSet<String> {
    let differs = |name: &str| super::changes(&kind.nodes, name, prior, planned);
    let mut groups = BTreeSet::new();
    for node in &kind.nodes {
        match node {
            // The service sets these. They are unknown in every plan with a change, and never sent.
            Node::Field(field) if matches!(field.presence, Presence::Computed { .. }) => {}
            Node::Field(field) => {
                let version = format!("{}{VERSION_SUFFIX}", field.name);
                if differs(field.name) || differs(&version) {
                    groups.extend(field.pointers().iter().map(|at| group(at)));
                }
            }
            Node::OneOf(one_of) => {
                if one_of.variants.iter().any(|variant| differs(variant.name)) {
                    groups.insert(group(&one_of.tag));
                }
            }
        }
    }
    let at = kind.additional_at.unwrap_or_default();
    let mut additional = |value: &Value| {
        if let Json::Object(members) = super::to_plain(value) {
            let members = members.keys();
            groups.extend(members.map(|name| group(&format!("{at}/{name}"))));
        }
    };
    if differs("additional_properties") {
        additional(prior.get("additional_properties"));
        additional(planned.get("additional_properties"));
    }
    if differs("additional_properties_wo_version") {
        additional(config.get("additional_properties_wo"));
    }
    groups
}

/// Returns a merge patch of the given sub-objects. Each is complete, with null for removed members,
/// so that services that merge and services that replace come to the same result.
pub fn merge_patch(current: &Json, desired: &Json, groups: &BTreeSet<String>) -> Json {
    let mut patch = Json::Object(Map::new());
    for group in groups {
        let (before, after) = (pointer::get(current, group), pointer::get(desired, group));
        if before != after {
            pointer::set(&mut patch, group, with_nulls(before, after));
        }
    }
    patch
}

fn group(at: &str) -> String {
    let depth = if at.starts_with("/properties/") { 2 } else { 1 };
    let names: Vec<&str> = at.split('/').skip(1).take(depth).collect();
    format!("/{}", names.join("/"))
}

fn with_nulls(before: &Json, after: &Json) -> Json {
    match (before, after) {
        (Json::Object(before), Json::Object(after)) => {
            let mut members = after.clone();
            for (name, before) in before {
                match after.get(name) {
                    Some(after) => members.insert(name.clone(), with_nulls(before, after)),
                    None => members.insert(name.clone(), Json::Null),
                };
            }
            Json::Object(members)
        }
        (_, after) => after.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patch_contains_only_changed_groups() {
        let current = json!({
            "tags": {"a": "1", "b": "2"},
            "properties": {"x": {"mode": "Review", "level": "Low"}, "y": {"n": 1}},
        });
        let desired = json!({
            "tags": {"a": "1"},
            "properties": {"x": {"mode": "ReadOnly"}, "y": {"n": 2}},
        });
        let groups = BTreeSet::from(["/tags".to_owned(), "/properties/x".to_owned()]);
        assert_eq!(
            merge_patch(&current, &desired, &groups),
            json!({
                "properties": {"x": {"mode": "ReadOnly", "level": null}},
                "tags": {"a": "1", "b": null},
            })
        );
    }

    #[test]
    fn groups_are_members_of_properties() {
        assert_eq!(
            group("/properties/defaultModel/name"),
            "/properties/defaultModel"
        );
        assert_eq!(group("/identity/type"), "/identity");
        assert_eq!(group("/tags"), "/tags");
    }
}
