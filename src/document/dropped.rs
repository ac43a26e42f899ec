//! Values that the service took and did not keep.

use serde_json::Value as Json;
use tfplugin::{Path, Value};

use super::pointer;
use crate::kind::{Field, Node, Presence, Shape};

/// The paths of planned values that `document` does not hold, of those that some builds of the
/// service drop. One that is what the service does anyway is no loss.
pub fn dropped(nodes: &[Node], document: &Json, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    walk(nodes, document, planned, &Path::root(), &mut paths);
    paths
}

fn walk(nodes: &[Node], json: &Json, planned: &Value, path: &Path, paths: &mut Vec<Path>) {
    for node in nodes {
        match node {
            Node::Field(field) => {
                let value = planned.get(field.name);
                let Some(at) = field.read_pointer().filter(|_| value.is_known()) else {
                    continue;
                };
                let (found, path) = (pointer::get(json, at), path.attribute(field.name));
                if field.is_dropped(json.pointer(at)) && says_something(field, value) {
                    paths.push(path);
                    continue;
                }
                match &field.shape {
                    Shape::Object(inner) => walk(inner, found, value, &path, paths),
                    Shape::Objects(inner) => {
                        let items = value.elements().unwrap_or_default();
                        for (n, item) in items.into_iter().enumerate() {
                            let found = found.get(n).unwrap_or(&Json::Null);
                            walk(inner, found, item, &path.index(n), paths);
                        }
                    }
                    _ => {}
                }
            }
            Node::OneOf(one_of) => {
                for variant in &one_of.variants {
                    let value = planned.get(variant.name);
                    if value.is_known() {
                        let path = path.attribute(variant.name);
                        walk(&variant.nodes, json, value, &path, paths);
                    }
                }
            }
        }
    }
}

fn says_something(field: &Field, value: &Value) -> bool {
    let default = match &field.presence {
        Presence::Default(default) => Some(default),
        _ => field.null_means.as_ref(),
    };
    default.is_none_or(|default| *value != super::default_value(&field.shape, default))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn losses_are_named_and_defaults_are_none() {
        let nodes = [
            Field::string("decision", "/decision", "")
                .may_be_dropped()
                .into(),
            Field::bool("enabled", "/enabled", "")
                .default(json!(true))
                .may_be_dropped()
                .into(),
            Field::string("other", "/other", "").into(),
        ];
        let planned = Value::map([
            ("decision", Value::from("deny")),
            ("enabled", Value::Bool(true)),
            ("other", Value::from("x")),
        ]);
        assert_eq!(
            dropped(&nodes, &json!({}), &planned),
            [Path::from("decision")]
        );
        assert!(dropped(&nodes, &json!({"decision": "deny"}), &planned).is_empty());
    }
}
