//! Instructions that an agent follows in every thread.

use serde_json::json;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Place, StoreKind, Whose};

/// Returns the kind of `azuresre_custom_instructions`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "custom_instructions",
        title: "custom instructions",
        about: "The custom instructions of an agent: text that the agent receives in every \
                conversation, incident and scheduled task.",
        notes: vec![
            "Every agent has exactly one set of custom instructions. Creating this resource \
             replaces the existing text, and a warning shows the previous text. Destroying this \
             resource empties the text.",
        ],
        store: StoreKind::Singleton {
            of: Whose::Agent,
            reset: json!({ "instructions": "" }),
            may_stay: false,
        },
        segment: "customInstructions",
        places: vec![Place::data_plane(
            "/api/v2/agent/customInstructions",
            Envelope::Bare,
        )],
        nodes: vec![
            Field::string(
                "instructions",
                "/instructions",
                "Text of the instructions, such as `file(\"instructions.md\")`.",
            )
            .required()
            .prose()
            .check(Validator::not_empty())
            .into(),
        ],
        ..Kind::child()
    }
}
