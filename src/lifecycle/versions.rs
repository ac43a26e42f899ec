//! Checks for arguments that the api-version of a run does not support. The service would lose or
//! refuse them.

use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{Field, Kind, RELEASED};

/// Reports configured arguments that the version does not support.
pub(super) fn check(kind: &Kind, version: &str, config: &Value, diagnostics: &mut Diagnostics) {
    walk(&kind.nodes, config, |visit| {
        let Part::Field(field) = visit.part else {
            return Descend::Inside;
        };
        let value = visit.object.get(field.name);
        if value.is_null() || is_empty_list(value) {
            return Descend::Past;
        }
        if !field.known_in.knows(version) {
            diagnostics.push(unknown(field, version, visit.path()));
            return Descend::Past;
        }
        Descend::Inside
    });
}

/// Returns whether a value equals the absence of the member, such as an empty list.
fn is_empty_list(value: &Value) -> bool {
    value.elements().is_some_and(|elements| elements.is_empty())
}

fn unknown(field: &Field, version: &str, path: Path) -> Diagnostic {
    let known = RELEASED
        .iter()
        .filter(|version| field.known_in.knows(version));
    let known: Vec<String> = known.map(|version| format!("`{version}`")).collect();
    let detail = format!(
        "The `api_version` `{version}` of the provider block does not support `{}`. The service \
         would ignore the argument or reject the agent. Remove the argument, or set `api_version` \
         to a version that supports it ({}).",
        field.name,
        known.join(", ")
    );
    Diagnostic::error("The API version does not support this argument", detail).at(path)
}
