//! Which tools an agent may use, may use after asking, and may not use.

use serde_json::json;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Node, Place, StoreKind, Whose};

/// The most patterns of a list.
pub(super) const PATTERNS: usize = 1_000;

/// `azuresre_tool_permissions`.
pub(super) fn kind() -> Kind {
    let list = |name, at, about| -> Node {
        Field::string_set(name, at, about)
            .check(Validator::at_most(PATTERNS))
            .check(Validator::each(Validator::length(1, 1_000)))
            .into()
    };
    Kind {
        name: "tool_permissions",
        title: "tool permissions",
        about: "The tool permissions of an agent: which tools it may use, which it asks about, and \
                which it may not use.",
        notes: vec![
            "An entry is the name of a tool, or a pattern such as `RunInTerminal(kubectl get *)`. \
             `deny` comes first, then `allow`, then `ask`; a hook that allows a tool overrides all of \
             them.",
            "An agent has one such document. Creating the resource takes it over, and shows as a \
             warning what it was before; destroying the resource empties the three lists. When somebody \
             else changes the document at the same time, the provider writes again as long as these \
             lists were not touched.",
        ],
        store: StoreKind::Singleton {
            of: Whose::Agent,
            reset: json!({ "permissions": { "allow": [], "ask": [], "deny": [] } }),
        },
        segment: "toolPermissions",
        places: vec![Place::data_plane(
            "/api/v2/agent/settings/global",
            Envelope::Bare,
        )],
        nodes: vec![
            list(
                "allow",
                "/permissions/allow",
                "What it may use without asking.",
            ),
            list("ask", "/permissions/ask", "What it asks about first."),
            list("deny", "/permissions/deny", "What it may not use."),
        ],
        ..Kind::child()
    }
}
