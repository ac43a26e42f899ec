//! The arguments of a kind that are not read from the service.

use azuresre::kind::walk::{self, Descend, Part, walk};
use azuresre::kind::{Bind, Dropped, Field, Kind, Place, Presence, Shape};

/// Returns the paths of arguments that a place masks. A nested object is listed if all of it is
/// masked.
pub(crate) fn masked(kind: &Kind, place: &Place) -> Vec<String> {
    let hidden = |pointer: &str| {
        let within = |masked: &&str| {
            pointer
                .strip_prefix(*masked)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        place.masked.iter().any(within)
    };
    let mut paths = Vec::new();
    walk(&kind.nodes, (), |visit| {
        let is_masked = match visit.part {
            Part::Field(field) => {
                let is_secret = matches!(field.presence, Presence::Secret);
                let at = field.read_pointer().filter(|_| !is_secret);
                at.is_some_and(|at| hidden(&visit.pointer(at)))
            }
            Part::Choice(_) => false,
            Part::Variant(variant) => walk::fields(&variant.nodes).all(|field| {
                let is_secret = matches!(field.presence, Presence::Secret);
                let at = field.read_pointer();
                is_secret || at.is_some_and(|at| hidden(&visit.pointer(at)))
            }),
        };
        if is_masked {
            paths.push(visit.path().to_string());
            return Descend::Past;
        }
        Descend::Inside
    });
    paths
}

/// Returns the choices for which a place does not return which one is selected.
pub(crate) fn untold(kind: &Kind, place: &Place) -> Vec<&'static str> {
    let untold =
        walk::choices(&kind.nodes).filter(|choice| place.masked.contains(&choice.tag.as_ref()));
    let variants = untold.flat_map(|choice| &choice.variants);
    variants.map(|variant| variant.name).collect()
}

/// Returns the paths of secrets, in their stored form.
pub(crate) fn secrets(kind: &Kind) -> Vec<String> {
    paths(kind, |field| matches!(field.presence, Presence::Secret))
}

/// Returns the paths of arguments of which only the configured members are read.
pub(crate) fn partial(kind: &Kind) -> Vec<String> {
    paths(kind, |field| matches!(field.shape, Shape::PartialJson))
}

/// Returns the paths of arguments that some builds of the service do not keep.
pub(crate) fn droppable(kind: &Kind) -> Vec<String> {
    paths(kind, |field| field.dropped != Dropped::Never)
}

/// Returns the paths of arguments that the service does not know: those with a default, or those
/// without.
pub(crate) fn own(kind: &Kind, with_default: bool) -> Vec<String> {
    paths(kind, |field| {
        matches!(field.bind, Bind::Local)
            && matches!(field.presence, Presence::Default(_)) == with_default
    })
}

fn paths(kind: &Kind, choose: impl Fn(&Field) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    walk(&kind.nodes, (), |visit| {
        if let Part::Field(field) = visit.part
            && choose(field)
        {
            found.push(visit.path().to_string());
        }
        Descend::Inside
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use azuresre::kind::Plane;

    fn kind(name: &str) -> std::sync::Arc<Kind> {
        let mut kinds = azuresre::resources::kinds().into_iter();
        kinds.find(|kind| kind.name == name).unwrap()
    }

    #[test]
    fn completely_masked_choices_are_listed_once() {
        let kind = kind("data_connector");
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
        let paths = secrets(&kind("data_connector"));
        assert!(paths.contains(&"mcp.bearer_token".to_owned()), "{paths:?}");
    }

    #[test]
    fn choices_with_a_masked_tag_are_untold() {
        let (domain, connector) = (kind("github_domain"), kind("data_connector"));
        let untold = |kind: &Kind, plane| super::untold(kind, kind.place(plane).unwrap());
        assert_eq!(untold(&domain, Plane::DataPlane), ["pat", "app"]);
        assert!(untold(&connector, Plane::Arm).is_empty());
    }

    #[test]
    fn arguments_are_grouped_by_why_they_are_not_read() {
        assert_eq!(
            partial(&kind("tool")),
            ["http_client.settings", "other.settings"]
        );
        assert_eq!(
            droppable(&kind("hook")),
            ["permission_decision", "enabled", "tags", "owner"]
        );
        assert_eq!(own(&kind("repo"), true), ["wait_for_clone"]);
        assert!(own(&kind("repo"), false).is_empty());
    }
}
