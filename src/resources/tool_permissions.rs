//! Permissions for tools: allowed, allowed after approval, and denied.

use serde_json::json;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Node, Place, StoreKind, Whose};

/// The maximum number of patterns in a list.
pub(super) const PATTERNS: usize = 1_000;

/// Returns the kind of `azuresre_tool_permissions`.
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
        about: "The tool permissions of an agent. They define which tools the agent may use, which \
                tools require approval, and which tools it may not use.",
        notes: vec![
            "An entry is the name of a tool, or a pattern such as `RunInTerminal(kubectl get *)`. \
             The service evaluates `deny` first, then `allow`, then `ask`. A hook that allows a \
             tool overrides all three lists.",
            "Every agent has exactly one set of tool permissions. Creating this resource replaces \
             the existing permissions, and a warning shows the previous ones. Destroying this \
             resource empties the three lists. If somebody else changes other settings in the same \
             document at the same time, the provider repeats its update.",
        ],
        store: StoreKind::Singleton {
            of: Whose::Agent,
            reset: json!({ "permissions": { "allow": [], "ask": [], "deny": [] } }),
            may_stay: false,
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
                "Tools that the agent may use without approval.",
            ),
            list(
                "ask",
                "/permissions/ask",
                "Tools that the agent may use after approval.",
            ),
            list(
                "deny",
                "/permissions/deny",
                "Tools that the agent may not use.",
            ),
        ],
        ..Kind::child()
    }
}
