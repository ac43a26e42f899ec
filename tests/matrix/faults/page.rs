//! The page that publishes the outcomes.
//!
//! `INSTA_UPDATE=always cargo test --test matrix faults` writes the outcomes to it, as with
//! snapshots. Review it as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};

use super::case::Operation;
use super::ending::Ending;
use super::trouble::TROUBLES;
use crate::kinds::Kind;

/// The outcomes of the cases of one store: by operation, request, and name of the failure.
#[derive(Debug, Default)]
pub(crate) struct Found(BTreeMap<(usize, usize), Row>);

#[derive(Debug, Default)]
struct Row {
    operation: &'static str,
    request: String,
    endings: BTreeMap<Ending, Vec<(usize, &'static str)>>,
}

/// Tests of several stores write the page concurrently.
static WRITING: Mutex<()> = Mutex::new(());

impl Ending {
    const fn title(self) -> &'static str {
        match self {
            Self::GoesThrough => "Goes through",
            Self::Warning => "Warning",
            Self::Error => "Error",
            Self::Tainted => "Error, to be replaced",
            Self::Import => "Error, to be imported",
            Self::Gone => "Believed to be gone",
        }
    }
}

impl Found {
    /// Records a case: the position of the request among those of the operation, and of the failure
    /// among all.
    pub(crate) fn note(
        &mut self,
        operation: Operation,
        (nth, request): (usize, String),
        trouble: (usize, &'static str),
        ending: Ending,
    ) {
        let row = self.0.entry((operation as usize, nth)).or_default();
        row.operation = operation.as_str();
        row.request = request;
        let names = row.endings.entry(ending).or_default();
        names.push(trouble);
        names.sort_unstable();
    }

    fn table(&self) -> Result<String> {
        let mut counts = BTreeMap::<Ending, usize>::new();
        for (ending, names) in self.0.values().flat_map(|row| &row.endings) {
            *counts.entry(*ending).or_default() += names.len();
        }
        let total: usize = counts.values().sum();
        let counted = counts.iter().map(|(ending, count)| {
            let title = ending.title();
            format!("{title}: {count}")
        });
        let counted = counted.collect::<Vec<_>>().join("; ");
        let mut text = format!("{total} cases. {counted}.\n\n| Operation | Request |");
        let endings: BTreeSet<Ending> = counts.keys().copied().collect();
        for ending in &endings {
            write!(text, " {} |", ending.title())?;
        }
        write!(text, "\n|---|---|{}", "---|".repeat(endings.len()))?;
        for row in self.0.values() {
            write!(text, "\n| {} | {} |", row.operation, row.request)?;
            for ending in &endings {
                let names = row.endings.get(ending).into_iter().flatten();
                let names: Vec<_> = names.map(|(_, name)| *name).collect();
                write!(text, " {} |", names.join("; "))?;
            }
        }
        Ok(text)
    }
}

/// Compares the section of a store with the outcomes, or writes it.
pub(crate) fn publish(kind: &Kind, plane: &str, found: &Found) -> Result<()> {
    let on = match plane {
        "arm" => "ARM",
        _ => "the data plane",
    };
    section(&format!("`{}` on {on}", kind.type_name), &found.table()?)
}

/// Compares the list of failures with the page, or writes it.
pub(crate) fn publish_troubles() -> Result<()> {
    let listed = TROUBLES.iter().map(|trouble| {
        let ends = if trouble.lasts {
            ", until it is over"
        } else {
            ""
        };
        format!("| {} | {}{ends} |", trouble.name, trouble.about)
    });
    let more = [
        "| refused | nobody listens at the address of the service |".to_owned(),
        "| late | two reads show what was there before a write |".to_owned(),
    ];
    let rows: Vec<_> = listed.chain(more).collect();
    let text = format!("| Name | What happens |\n|---|---|\n{}", rows.join("\n"));
    section("What goes wrong", &text)
}

/// Compares a section of the page with a text, or writes it.
fn section(title: &str, text: &str) -> Result<()> {
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    let page = fs::read_to_string(&path).context("docs/reliability.md")?;
    let heading = format!("### {title}\n");
    let (before, rest) = match page.split_once(&heading) {
        Some(parts) => parts,
        None => (page.as_str(), ""),
    };
    let end = rest.find("\n#").map_or(rest.len(), |at| at + 1);
    let (now, after) = rest.split_at(end);
    let wanted = format!("\n{text}\n");
    if now.trim() == wanted.trim() {
        return Ok(());
    }
    ensure!(
        std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always"),
        "docs/reliability.md says of {title}:\n{now}\nand this was found:\n{wanted}\n\
         INSTA_UPDATE=always takes it"
    );
    let gap = if before.ends_with("\n\n") { "" } else { "\n" };
    let next = if after.is_empty() { "" } else { "\n" };
    fs::write(
        &path,
        format!("{before}{gap}{heading}{wanted}{next}{after}"),
    )?;
    Ok(())
}
