use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Returns every Markdown file for users in `docs/`, with its text. Paths are relative to the root
/// of the repository.
pub(crate) fn markdown() -> Result<Vec<(PathBuf, String)>> {
    let root = test_support::workspace_dir();
    let mut found = Vec::new();
    let folders = [
        "docs",
        "docs/guides",
        "docs/resources",
        "docs/data-sources",
        "docs/functions",
        "docs/ephemeral-resources",
        "docs/list-resources",
        "docs/actions",
    ];
    for folder in folders {
        for file in files(&root.join(folder))? {
            if file.extension().is_some_and(|extension| extension == "md") {
                let text = read(&file)?;
                found.push((file.strip_prefix(&root)?.to_owned(), text));
            }
        }
    }
    Ok(found)
}

/// Returns the sorted files and folders in a folder.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

pub(crate) fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Returns the blocks of Terraform code on a page.
pub(crate) fn terraform_blocks(markdown: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if line == "```terraform" {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}
