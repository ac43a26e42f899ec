//! Checks for arguments that the api-version of a run does not support. The service would lose or refuse
//! them.

use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{Field, Kind, Node, RELEASED, Shape};

/// Reports configured arguments that the version does not support.
pub(super) fn check(kind: &Kind, version: &str, config: &Value, diagnostics: &mut Diagnostics) {
    nodes(&kind.nodes, version, config, &Path::root(), diagnostics);
}

fn nodes(
    nodes_of: &[Node],
    version: &str,
    config: &Value,
    path: &Path,
    diagnostics: &mut Diagnostics,
) {
    for node in nodes_of {
        let Node::Field(field) = node else { continue };
        let value = config.get(field.name);
        if value.is_null() || is_empty_list(value) {
            continue;
        }
        let path = path.attribute(field.name);
        if !field.known_in.knows(version) {
            diagnostics.push(unknown(field, version, path));
        } else if let Shape::Object(inner) = &field.shape {
            nodes(inner, version, value, &path, diagnostics);
        }
    }
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
