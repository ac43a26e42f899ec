//! What of a kind is not read back from where it is kept.

use crate::kind::{Kind, Node, Place, Presence, Shape};

/// The paths of arguments that a place masks. A nested object is named when all of it is masked.
pub(super) fn masked(kind: &Kind, place: &Place) -> Vec<String> {
    let hidden = |pointer: &str| {
        let within = |masked: &&str| {
            pointer
                .strip_prefix(*masked)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        place.masked.iter().any(within)
    };
    let mut paths = Vec::new();
    walk(
        &kind.nodes,
        "",
        "",
        &mut |pointer, secret| !secret && pointer.is_some_and(hidden),
        &mut paths,
    );
    paths
}

/// The paths of secrets, in the form that is stored.
pub(super) fn secrets(kind: &Kind) -> Vec<String> {
    let mut paths = Vec::new();
    collect_secrets(&kind.nodes, "", &mut paths);
    paths
}

/// Collects the paths of fields that are chosen by their pointer and by whether they are secret.
/// Returns whether all that is no secret was chosen.
fn walk(
    nodes: &[Node],
    path: &str,
    base: &str,
    choose: &mut impl FnMut(Option<&str>, bool) -> bool,
    chosen: &mut Vec<String>,
) -> bool {
    let mut all = true;
    for node in nodes {
        match node {
            Node::Field(field) => {
                let secret = matches!(field.presence, Presence::Secret);
                let pointer = field.read_pointer().map(|at| format!("{base}{at}"));
                let path = join(path, field.name);
                if choose(pointer.as_deref(), secret) {
                    chosen.push(path);
                    continue;
                }
                all &= secret;
                if let Shape::Object(inner) | Shape::Objects(inner) = &field.shape {
                    let base = pointer.unwrap_or_default();
                    walk(inner, &path, &base, choose, chosen);
                }
            }
            Node::OneOf(one_of) => {
                all = false;
                for variant in &one_of.variants {
                    let path = join(path, variant.name);
                    let mut inner = Vec::new();
                    match walk(&variant.nodes, &path, base, choose, &mut inner) {
                        true => chosen.push(path),
                        false => chosen.extend(inner),
                    }
                }
            }
        }
    }
    all
}

fn collect_secrets(nodes: &[Node], path: &str, found: &mut Vec<String>) {
    for node in nodes {
        match node {
            Node::Field(field) => {
                let path = join(path, field.name);
                if matches!(field.presence, Presence::Secret) {
                    found.push(path.clone());
                }
                if let Shape::Object(inner) | Shape::Objects(inner) = &field.shape {
                    collect_secrets(inner, &path, found);
                }
            }
            Node::OneOf(one_of) => {
                for variant in &one_of.variants {
                    collect_secrets(&variant.nodes, &join(path, variant.name), found);
                }
            }
        }
    }
}

fn join(base: &str, name: &str) -> String {
    match base {
        "" => name.to_owned(),
        base => format!("{base}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Plane;

    fn connector() -> std::sync::Arc<Kind> {
        let mut kinds = crate::resources::kinds().into_iter();
        kinds.find(|kind| kind.name == "data_connector").unwrap()
    }

    #[test]
    fn choices_that_are_masked_as_a_whole_are_named_once() {
        let kind = connector();
        let paths = masked(&kind, kind.place(Plane::Arm).unwrap());
        assert!(paths.contains(&"mcp".to_owned()), "{paths:?}");
        assert!(paths.contains(&"other.settings".to_owned()), "{paths:?}");
        assert!(
            !paths.iter().any(|path| path.starts_with("mcp.")),
            "{paths:?}"
        );
        assert!(masked(&kind, kind.place(Plane::DataPlane).unwrap()).is_empty());
    }

    #[test]
    fn secrets_are_found_in_nested_objects() {
        let paths = secrets(&connector());
        assert!(paths.contains(&"mcp.bearer_token".to_owned()), "{paths:?}");
    }
}
