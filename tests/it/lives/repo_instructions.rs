//! The life of the instructions for a repository.

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};
use crate::world::{AGENT, World};

const FULL: &str = r##"
  name = "docs"
  files = {
    "build.md"      = "# Build\n\nRun make.\n"
    "test/smoke.md" = "# Smoke test\n"
  }
"##;
const BARE: &str = r##"
  name  = "docs"
  files = { "build.md" = "# Build\n\nRun ninja.\n" }
"##;

pub(super) fn life() -> Life {
    Life {
        kind: "repo_instructions",
        key: "/repo-instructions/docs",
        collection: "/api/v1/WorkspaceMemory/repo-instructions",
        prepare: |world| {
            ["docs", "docs-2"]
                .iter()
                .for_each(|name| add_repo(world, name))
        },
        full: FULL.to_owned(),
        update: (FULL.replace("make", "ninja"), &["files.build.md"]),
        writes: &[("POST", "/WorkspaceMemory/repo-instructions")],
        drift: |world| {
            store(
                world,
                "docs",
                &[("build.md", "# Another\n"), ("more.md", "more\n")],
            )
        },
        seen: &["files.build.md", "files.more.md", "files.test/smoke.md"],
        repaired: vec![("/files/more.md", Value::Null)],
        bare: (BARE.to_owned(), &["files.test/smoke.md"]),
        emptied: vec![("/files/test~1smoke.md", Value::Null)],
        replacement: Replacement::Of(FULL.replace("\"docs\"", "\"docs-2\""), &["name"]),
        unreadable: &[],
        // The service knows no other way.
        vanish: Vanish::By(|world| store(world, "docs-2", &[])),
        left: vec![],
    }
}

/// A repository that nobody manages.
fn add_repo(world: &World, name: &str) {
    let url = format!("https://github.com/contoso/{name}");
    let repo = json!({ "type": "CodeRepo", "properties": { "url": url, "type": "GitHub" } });
    world.change_on_data_plane(&format!("/api/v2/repos/{name}"), &repo);
}

/// Replaces the set of files of a repository as another client does.
fn store(world: &World, repo: &str, files: &[(&str, &str)]) {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        archive
            .append_data(&mut header, path, content.as_bytes())
            .unwrap();
    }
    let bytes = archive.into_inner().unwrap().finish().unwrap();
    let path = format!("/api/v1/WorkspaceMemory/repo-instructions?repo={repo}");
    world.send_bytes(Method::POST, AGENT, &path, ("application/gzip", bytes));
}
