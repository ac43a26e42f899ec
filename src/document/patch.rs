//! Partial updates: the sub-objects that change, whole, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use tfplugin::Value;

use super::pointer;
use crate::kind::{Kind, Node, Presence, VERSION_SUFFIX};

/// The sub-objects of the document in which a planned change falls, as JSON pointers: members of
/// `properties` one by one, and everything else by its first member.
///
/// What is unknown in the plan is the service's to say, and no change of ours.
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
            // The service's own: unknown in every plan of a change, and never sent.
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

/// A merge patch of the given sub-objects: each as it is to be, with null for what is to go, so
/// that it means the same to a service that merges and to one that replaces.
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
    fn a_patch_holds_changed_groups_only() {
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
