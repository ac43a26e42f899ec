//! `CONFORMANCE.md`: the statements and their proofs, for readers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};

use crate::statements::{CHAPTERS, Proof, statements};

/// The file at the root of the repository.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../CONFORMANCE.md");

/// Set to write the file instead of comparing it.
const UPDATE: &str = "UPDATE_CONFORMANCE";

/// Fails if the file differs from the statements.
pub(crate) fn is_current() -> Result<()> {
    let wanted = render()?;
    if env::var_os(UPDATE).is_some() {
        return fs::write(FILE, wanted).context("cannot write CONFORMANCE.md");
    }
    // A checkout on Windows may have other line endings.
    let found = fs::read_to_string(Path::new(FILE))
        .unwrap_or_default()
        .replace("\r\n", "\n");
    ensure!(
        found == wanted,
        "CONFORMANCE.md is out of date; renew it with {UPDATE}=1 cargo test -p tfplugin --test \
         conformance document"
    );
    Ok(())
}

/// Fails if a statement is missing, duplicated, or proved by a test with the name of another.
pub(crate) fn lists_every_statement_once() -> Result<()> {
    let statements = statements();
    let listed: Vec<&str> = statements.iter().map(|statement| statement.id).collect();
    let wanted: Vec<String> = CHAPTERS
        .iter()
        .flat_map(|chapter| (1..=chapter.count).map(move |n| format!("{}{n}", chapter.letter)))
        .collect();
    ensure!(
        listed == wanted,
        "the statements are {listed:?}, not {wanted:?}"
    );
    let mut names = BTreeSet::new();
    for statement in &statements {
        let Proof::Test { name, .. } = statement.proof else {
            continue;
        };
        let (letter, number) = statement.id.split_at(1);
        let number: u32 = number.parse()?;
        let prefix = format!("{}{number:02}_", letter.to_lowercase());
        let function = name.rsplit("::").next().unwrap_or(name);
        ensure!(
            function.starts_with(&prefix),
            "{name} does not prove {}",
            statement.id
        );
        ensure!(names.insert(name), "{name} proves two statements");
    }
    Ok(())
}

fn render() -> Result<String> {
    let statements = statements();
    let count = |of: fn(&Proof) -> bool| statements.iter().filter(|s| of(&s.proof)).count();
    let mut text = format!(
        "# Conformance\n\n\
         This page lists what `crates/tfplugin` promises to a host that speaks version 6 of the \
         Terraform plugin\nprotocol. One test proves each statement. It starts a provider as \
         Terraform does, and talks to it over the\nprotocol. The tests are in \
         `crates/tfplugin/tests/conformance`. To run them, use\n\
         `cargo test -p tfplugin --test conformance`.\n\n\
         Of {} statements, {} are proved, and {} are open, each with a reason. This page is \
         generated from\n`crates/tfplugin/tests/conformance/statements.rs`. A test fails if it is \
         out of date.\n",
        statements.len(),
        count(|proof| matches!(proof, Proof::Test { .. })),
        count(|proof| matches!(proof, Proof::Open(_))),
    );
    for chapter in &CHAPTERS {
        let head = "| Id | Statement | Proved by |\n|---|---|---|\n";
        write!(text, "\n## {}\n\n{head}", chapter.title)?;
        for statement in statements
            .iter()
            .filter(|s| s.id.starts_with(chapter.letter))
        {
            let proof = match statement.proof {
                Proof::Test { name, .. } => format!("`{name}`"),
                Proof::Open(reason) => format!("Open: {reason}"),
            };
            let note = statement
                .note
                .map(|note| format!(". {note}"))
                .unwrap_or_default();
            writeln!(
                text,
                "| {} | {} | {proof}{note} |",
                statement.id, statement.text
            )?;
        }
    }
    Ok(text)
}
