//! Required arguments that reads may not return. After an import, they may be missing until the
//! object changes.

use tfplugin::{Diagnostic, Diagnostics, PlanRequest};

use super::plan::only_local_changes;
use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{Kind, Presence};

/// Requires these arguments for every write, and for objects whose state has them.
pub(super) fn check(kind: &Kind, request: &PlanRequest, diagnostics: &mut Diagnostics) {
    let PlanRequest {
        config,
        prior,
        planned,
        ..
    } = request;
    let is_sent = prior.is_null() || !only_local_changes(kind, prior, planned);
    walk(&kind.nodes, (config, prior), |visit| {
        let Part::Field(field) = visit.part else {
            return Descend::Inside;
        };
        let (config, prior) = visit.object;
        let (given, before) = (config.get(field.name), prior.get(field.name));
        let is_demanded = matches!(field.presence, Presence::Required) && field.unread;
        if !is_demanded || !given.is_null() || (!is_sent && before.is_null()) {
            return Descend::Inside;
        }
        let detail = format!(
            "The argument `{}` is required to create or change the object. You can omit it only \
             for an imported object, because the service does not return it, and only while \
             nothing else about the object changes.",
            field.name
        );
        let error = Diagnostic::error("Missing required argument", detail);
        diagnostics.push(error.at(visit.path()));
        Descend::Inside
    });
}
