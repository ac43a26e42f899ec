//! What an agent is told in every thread.

use serde_json::json;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Place, StoreKind, Whose};

/// `azuresre_custom_instructions`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "custom_instructions",
        title: "custom instructions",
        about: "The custom instructions of an agent: a text that it is told in every thread, be it a \
                conversation, an incident or a scheduled task.",
        notes: vec![
            "An agent has one such text. Creating the resource takes it over, and shows as a warning \
             what it was before; destroying the resource empties it.",
        ],
        store: StoreKind::Singleton {
            of: Whose::Agent,
            reset: json!({ "instructions": "" }),
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
                "The text, such as `file(\"instructions.md\")`.",
            )
            .required()
            .prose()
            .check(Validator::not_empty())
            .into(),
        ],
        ..Kind::child()
    }
}
