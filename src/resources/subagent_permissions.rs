//! The tools that a subagent may use without approval.

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, Whose};

/// Returns the kind of `azuresre_subagent_permissions`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "subagent_permissions",
        title: "subagent permissions",
        about: "The tool permissions of a subagent. They define which tools it may use without \
                approval, in addition to those that `azuresre_tool_permissions` allows for the \
                agent.",
        notes: vec![
            "Every subagent has exactly one set of permissions. Creating this resource replaces \
             the existing permissions, and a warning shows the previous ones. Destroying this \
             resource empties the list. The service has no `deny` for a single subagent.",
        ],
        store: StoreKind::Singleton {
            of: Whose::Object(
                Name {
                    about: "Name of the subagent.",
                    validators: vec![shared::name()],
                },
                "subagent",
            ),
            reset: json!({ "permissions": { "allow": [] } }),
            may_stay: false,
        },
        segment: "subagentPermissions",
        places: vec![Place {
            below: "/permissions",
            ..Place::data_plane("/api/v2/extendedAgent", Envelope::Bare)
        }],
        nodes: vec![
            Field::string_set(
                "allow",
                "/permissions/allow",
                "Tools, or patterns such as `RunInTerminal(kubectl get *)`, that the subagent may \
                 use without approval.",
            )
            .check(Validator::at_most(super::tool_permissions::PATTERNS))
            .check(Validator::each(Validator::length(1, 1_000)))
            .into(),
        ],
        ..Kind::child()
    }
}
