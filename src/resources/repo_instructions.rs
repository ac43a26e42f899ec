//! Instructions for the work with a repository.

use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, Shape, StoreKind};

/// Returns the kind of `azuresre_repo_instructions`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "repo_instructions",
        title: "repository instructions",
        about: "The instructions of an agent for one of its repositories: Markdown files that the \
                agent reads before it works with the code.",
        notes: vec![
            "This resource manages all instruction files of the repository. The provider removes \
             files that are not in `files`. The repository must exist; refer to it as \
             `azuresre_repo.<name>.name`.",
            "The service cannot delete the set of files. Destroying this resource empties it.",
        ],
        store: StoreKind::Archive(
            Name {
                about: "Name of the `azuresre_repo`.",
                validators: vec![shared::name()],
            },
            "repo",
        ),
        segment: "repoInstructions",
        places: vec![Place::data_plane(
            "/api/v1/WorkspaceMemory/repo-instructions",
            Envelope::Bare,
        )],
        additional_at: None,
        nodes: vec![
            Field::new(
                "files",
                Shape::StringMap {
                    foreign_prefix: None,
                },
                "/files",
                "Map of file paths to file contents, such as `{ \"build.md\" = \
                 file(\"instructions/build.md\") }`.",
            )
            .required()
            .code()
            .into(),
        ],
        checks: vec![check_files],
        ..Kind::child()
    }
}

fn check_files(config: &Value, diagnostics: &mut Diagnostics) {
    let files = config.get("files");
    let Some(members) = files.as_map() else {
        return;
    };
    let mut complain = |detail: String, path: Path| {
        diagnostics.push(Diagnostic::error("Invalid set of files", detail).at(path));
    };
    if members.is_empty() {
        complain(
            "The map must contain at least one file.".to_owned(),
            "files".into(),
        );
    }
    for path in members.keys() {
        let parts = path.split('/');
        let odd = path.len() > 200 || path.contains('\\') || path.chars().any(char::is_control);
        if odd
            || parts
                .into_iter()
                .any(|part| ["", ".", ".."].contains(&part))
        {
            let detail = format!(
                "{path:?} is not a valid file path. Use a relative path of at most 200 bytes, with \
                 `/` between its parts and without `.` and `..`."
            );
            complain(detail, Path::from("files").key(path.as_str()));
        }
    }
}
