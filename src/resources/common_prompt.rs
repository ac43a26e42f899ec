//! Texts that subagents share.

use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Field, Kind, Name, Place, StoreKind};

/// `azuresre_common_prompt`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "common_prompt",
        title: "common prompt",
        about: "A common prompt of an agent: a text that is added to the instructions of every \
                subagent which names it in `common_prompts`.",
        notes: vec![
            "Writing needs the role SRE Agent Administrator or SRE Agent Author. Destroying it takes the \
             text from the subagents that name it; the service does not keep \
             one from being destroyed.",
        ],
        store: StoreKind::Named(Name {
            about: "The name, which subagents refer to. A change replaces the prompt.",
            validators: vec![shared::name()],
        }),
        segment: "commonPrompts",
        places: Place::extended(
            "commonPrompts",
            "/api/v2/extendedAgent/commonprompts",
            "CommonPrompt",
        ),
        nodes: vec![
            Field::string(
                "prompt",
                "/prompt",
                "The text in Markdown, such as `file(\"prompts/safety.md\")`.",
            )
            .required()
            .prose()
            .check(Validator::not_empty())
            .into(),
        ],
        searchable: true,
        ..Kind::child()
    }
}
