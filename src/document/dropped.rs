//! Values that the service accepted but did not store.

use serde_json::Value as Json;
use tfplugin::{Path, Value};

use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{Field, Node, Presence};

/// Returns the paths of planned values that are missing in `document`, if some builds of the
/// service drop them. A dropped value that equals the default is not a loss.
pub fn dropped(nodes: &[Node], document: &Json, planned: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    walk(nodes, (planned, document), |visit| {
        let Part::Field(field) = visit.part else {
            return Descend::Inside;
        };
        let (values, document) = visit.object;
        let value = values.get(field.name);
        let found = field.read_pointer().map(|at| document.pointer(at));
        let is_dropped = found.is_some_and(|found| field.is_dropped(found));
        if value.is_known() && is_dropped && differs_from_default(field, value) {
            paths.push(visit.path());
            return Descend::Past;
        }
        Descend::Inside
    });
    paths
}

fn differs_from_default(field: &Field, value: &Value) -> bool {
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
    fn dropped_values_are_reported_except_defaults() {
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
