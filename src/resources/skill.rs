//! Knowledge that an agent loads on demand.

use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Alternate, Field, Kind, Name, Place, StoreKind};

/// Returns the kind of `azuresre_skill`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "skill",
        title: "skill",
        about: "A skill of an agent: instructions in Markdown and the tools that they use. The \
                agent loads a skill when its description fits the task.",
        notes: vec![
            "At most five skills are active at the same time. The service accepts a skill that \
             lists a tool that does not exist, but the agent cannot load it.",
            "To add all files of a folder, use `fileset`: `additional_files = [for path in \
             fileset(\"${path.module}/files\", \"**\") : { path = path, content = \
             file(\"${path.module}/files/${path}\") }]`.",
            "To create, update or delete a skill, you need the SRE Agent Administrator or SRE \
             Agent Author role.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the skill, usually lowercase words with hyphens.",
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
                "Description of the skill. The agent uses it to decide when to load the skill.",
            )
            .required()
            .prose()
            .into(),
            Field::string(
                "content",
                "/skillContent",
                "Instructions in Markdown, such as `file(\"skills/triage.md\")`. Some builds of \
                 the service reject instructions with fewer than 50 characters.",
            )
            .required()
            .prose()
            .check(Validator::not_empty())
            .into(),
            Field::string_set(
                "tools",
                "/tools",
                "Names of the tools that the instructions use: built-in tools, custom tools, and \
                 tools of MCP servers in the form `connector_tool`.",
            )
            .naming("tool")
            .into(),
            Field::objects(
                "additional_files",
                "/additionalFiles",
                "Additional files of the skill.",
                vec![
                    Field::string("path", "/filePath", "Path of the file within the skill.")
                        .required()
                        .into(),
                    Field::string("content", "/content", "Content of the file.")
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
