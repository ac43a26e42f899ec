//! Arguments that are required, though reading may not show them: an object that was imported is without
//! them until something else of it changes.

use tfplugin::{Diagnostic, Diagnostics, Path, PlanRequest, Value};

use super::plan::only_local_changes;
use crate::kind::{Field, Kind, Node, Presence, Shape};

/// Demands them of whatever is about to be sent, and of an object that had them.
pub(super) fn check(kind: &Kind, request: &PlanRequest, diagnostics: &mut Diagnostics) {
    let PlanRequest {
        config,
        prior,
        planned,
        ..
    } = request;
    let is_sent = prior.is_null() || !only_local_changes(kind, prior, planned);
    let demand = Demand { is_sent };
    demand.nodes(&kind.nodes, [config, prior], &Path::root(), diagnostics);
}

struct Demand {
    is_sent: bool,
}

impl Demand {
    fn nodes(
        &self,
        nodes: &[Node],
        [config, prior]: [&Value; 2],
        path: &Path,
        diagnostics: &mut Diagnostics,
    ) {
        if !config.is_known() {
            return;
        }
        for node in nodes {
            match node {
                Node::Field(field) => {
                    let values = [config.get(field.name), prior.get(field.name)];
                    self.field(field, values, path.attribute(field.name), diagnostics);
                }
                Node::OneOf(one_of) => {
                    for variant in &one_of.variants {
                        let values = [config.get(variant.name), prior.get(variant.name)];
                        let path = path.attribute(variant.name);
                        self.nodes(&variant.nodes, values, &path, diagnostics);
                    }
                }
            }
        }
    }

    fn field(&self, field: &Field, values: [&Value; 2], path: Path, diagnostics: &mut Diagnostics) {
        let [config, prior] = values;
        if let Shape::Object(inner) = &field.shape {
            self.nodes(inner, values, &path, diagnostics);
        }
        let is_demanded = matches!(field.presence, Presence::Required) && field.unread;
        if !is_demanded || !config.is_null() || (!self.is_sent && prior.is_null()) {
            return;
        }
        let detail = format!(
            "The argument `{}` is required to create or change the object. You can omit it only \
             for an imported object, because the service does not return it, and only while \
             nothing else about the object changes.",
            field.name
        );
        diagnostics.push(Diagnostic::error("Missing required argument", detail).at(path));
    }
}
