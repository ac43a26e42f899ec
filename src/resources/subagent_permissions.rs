//! Which tools a subagent may use without asking.

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, Whose};

/// `azuresre_subagent_permissions`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "subagent_permissions",
        title: "subagent permissions",
        about: "The tool permissions of one subagent: which tools it may use without asking, besides those that \
                `azuresre_tool_permissions` allows the whole agent.",
        notes: vec![
            "Every subagent has one such document. Creating the resource takes it over, and a warning shows what it \
             was before; destroying the resource empties the list. A subagent cannot be denied a tool here.",
        ],
        store: StoreKind::Singleton {
            of: Whose::Object(
                Name {
                    about: "The name of the subagent. Changing this forces a new resource to be created.",
                    validators: vec![shared::name()],
                },
                "subagent",
            ),
            reset: json!({ "permissions": { "allow": [] } }),
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
                "The names of tools, or patterns such as `RunInTerminal(kubectl get *)`, that the subagent may use \
                 without asking.",
            )
            .check(Validator::at_most(super::tool_permissions::PATTERNS))
            .check(Validator::each(Validator::length(1, 1_000)))
            .into(),
        ],
        ..Kind::child()
    }
}
