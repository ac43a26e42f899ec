//! Arguments that are required, though reading may not show them: an object that was imported is without
//! them until something else of it changes.

use tfplugin::{Diagnostic, Diagnostics, PlanRequest};

use super::plan::only_local_changes;
use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{Kind, Presence};

/// Demands them of whatever is about to be sent, and of an object that had them.
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
            "The argument `{}` is required: without it the object cannot be made or changed. Only an \
             object that was imported may be without it, since reading does not show it, and only as long \
             as nothing about it changes.",
            field.name
        );
        let error = Diagnostic::error("Missing required argument", detail);
        diagnostics.push(error.at(visit.path()));
        Descend::Inside
    });
}
