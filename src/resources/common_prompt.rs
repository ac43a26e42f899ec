//! Prompts that subagents share.

use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Field, Kind, Name, Place, StoreKind};

/// Returns the kind of `azuresre_common_prompt`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "common_prompt",
        title: "common prompt",
        about: "A common prompt of an agent. The service adds its text to the instructions of \
                every subagent that lists the prompt in `common_prompts`.",
        notes: vec![
            "To create, update or delete a common prompt, you need the SRE Agent Administrator or \
             SRE Agent Author role.",
            "You can destroy a common prompt while subagents still list it. These subagents then \
             work without its text.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the prompt. Subagents refer to the prompt by this name.",
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
                "Text of the prompt in Markdown, such as `file(\"prompts/safety.md\")`.",
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
