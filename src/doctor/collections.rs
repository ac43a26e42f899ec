//! The collections of an agent that may exist on both planes.

use serde_json::Value as Json;

/// A collection of named objects.
#[derive(Debug)]
pub(super) struct Collection {
    /// The name of its objects, in plural.
    pub(super) title: &'static str,
    /// The segment on ARM, and whether objects are encoded in Base64 there.
    pub(super) arm: Option<(&'static str, bool)>,
    /// The path on the data plane.
    pub(super) data_plane: &'static str,
    /// The members that are lists, as JSON pointers relative to `properties`.
    pub(super) lists: &'static [&'static str],
    /// The members that are long texts, as JSON pointers relative to `properties`.
    pub(super) texts: &'static [&'static str],
}

/// All collections.
pub(super) const COLLECTIONS: &[Collection] = &[
    Collection {
        title: "common prompts",
        arm: Some(("commonPrompts", true)),
        data_plane: "/api/v2/extendedAgent/commonprompts",
        lists: &[],
        texts: &["/prompt"],
    },
    Collection {
        title: "connectors",
        arm: Some(("DataConnectors", false)),
        data_plane: "/api/v2/extendedAgent/connectors",
        lists: &[],
        texts: &[],
    },
    Collection {
        title: "hooks",
        arm: Some(("hooks", true)),
        data_plane: "/api/v2/extendedAgent/hooks",
        lists: &[],
        texts: &["/hook/prompt", "/hook/script"],
    },
    Collection {
        title: "incident filters",
        arm: Some(("incidentFilters", true)),
        data_plane: "/api/v2/extendedAgent/incidentFilters",
        lists: &[
            "/priorities",
            "/titleContainsAll",
            "/titleContainsAny",
            "/titleNotContains",
        ],
        texts: &[],
    },
    Collection {
        title: "scheduled tasks",
        arm: Some(("scheduledTasks", true)),
        data_plane: "/api/v2/extendedAgent/scheduledtasks",
        lists: &[],
        texts: &["/agentPrompt"],
    },
    Collection {
        title: "skills",
        arm: Some(("skills", true)),
        data_plane: "/api/v2/extendedAgent/skills",
        lists: &["/tools", "/additionalFiles"],
        texts: &["/skillContent", "/skillMdContent"],
    },
    Collection {
        title: "subagents",
        arm: Some(("subagents", true)),
        data_plane: "/api/v2/extendedAgent/agents",
        lists: &["/handoffs", "/tools", "/mcpTools"],
        texts: &["/instructions", "/handoffDescription"],
    },
    Collection {
        title: "tools",
        arm: Some(("tools", true)),
        data_plane: "/api/v2/extendedAgent/tools",
        lists: &["/parameters"],
        texts: &["/functionCode"],
    },
    Collection {
        title: "repositories",
        arm: Some(("repositories", true)),
        data_plane: "/api/v2/repos",
        lists: &[],
        texts: &[],
    },
];

impl Collection {
    /// Returns the segment on ARM if objects are encoded in Base64 there. These are the objects
    /// that some tenants reject.
    pub(super) fn arm_children(&self) -> Option<&'static str> {
        self.arm
            .filter(|(_, base64)| *base64)
            .map(|(segment, _)| segment)
    }
}

/// Returns the items of a list of any shape.
pub(super) fn items(body: &Json) -> &[Json] {
    let members = ["value", "values", "data", "files"];
    let inner = members.iter().find_map(|member| body.get(member));
    let items = inner.unwrap_or(body).as_array();
    items.map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kind::Plane;
    use crate::resources;

    #[test]
    fn lists_of_every_shape_have_items() {
        for body in [json!([1]), json!({ "value": [1] }), json!({ "files": [1] })] {
            assert_eq!(items(&body).len(), 1, "{body}");
        }
        assert!(items(&json!({})).is_empty());
        assert!(items(&json!({ "value": null })).is_empty());
    }

    #[test]
    fn collections_include_all_kinds_on_both_planes() {
        for kind in resources::kinds().iter().filter(|kind| kind.is_dual()) {
            let place = kind.place(Plane::DataPlane).unwrap();
            let known = COLLECTIONS
                .iter()
                .any(|known| known.data_plane.eq_ignore_ascii_case(place.collection));
            assert!(known, "{}: {}", kind.name, place.collection);
        }
    }
}
