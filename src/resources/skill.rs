//! Knowledge that an agent loads when it needs it.

use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Alternate, Field, Kind, Name, Place, StoreKind};

/// `azuresre_skill`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "skill",
        title: "skill",
        about: "A skill of an agent: instructions in Markdown, with the tools that they use, which \
                the agent loads when the description fits the task.",
        notes: vec![
            "At most five skills are active at a time. A skill that names a tool which does not exist \
             is stored, and fails to load.",
            "Writing needs the role SRE Agent Administrator or SRE Agent Author.",
        ],
        store: StoreKind::Named(Name {
            about: "The name, usually in lower-case words with hyphens. A change replaces the skill.",
            validators: vec![shared::name()],
        }),
        segment: "skills",
        places: Place::extended("skills", "/api/v2/extendedAgent/skills", "Skill"),
        name_at: Some("/name"),
        alternates: &[Alternate::Name {
            theirs: "skillMdContent",
            ours: "skillContent",
        }],
        nodes: vec![
            Field::string(
                "description",
                "/description",
                "What the skill is for: the text by which the agent finds it.",
            )
            .required()
            .prose()
            .into(),
            Field::string(
                "content",
                "/skillContent",
                "The instructions in Markdown, such as `file(\"skills/triage.md\")`. Some builds of \
                 the service refuse fewer than 50 characters.",
            )
            .required()
            .prose()
            .check(Validator::not_empty())
            .into(),
            Field::string_set(
                "tools",
                "/tools",
                "The tools that the instructions use: built-in ones, custom ones, and those of MCP \
                 servers as `connector_tool`.",
            )
            .naming("tool")
            .into(),
            Field::objects(
                "additional_files",
                "/additionalFiles",
                "Further files beside the instructions.",
                vec![
                    Field::string("path", "/filePath", "The path within the skill.")
                        .required()
                        .into(),
                    Field::string("content", "/content", "The content.")
                        .required()
                        .code()
                        .into(),
                ],
            )
            .keyed_by(&["path"])
            .into(),
        ],
        read_only: &["/sourcePluginInstallation"],
        ..Kind::child()
    }
}
