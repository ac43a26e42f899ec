//! The report: a line for each check as it completes and three lines at the end, or one JSON
//! document.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::OnceLock;

use regex::{Captures, Regex};
use serde_json::{Value as Json, json};

use super::build::Line;
use super::check::{Finding, Outcome};

/// The indentation of continuation lines.
const INDENT: &str = "                            ";

/// A report in progress.
pub(super) struct Report<'a> {
    out: &'a mut (dyn Write + Send),
    is_json: bool,
    is_full: bool,
    findings: Vec<Finding>,
    lines: Vec<Line>,
    notes: Vec<String>,
}

impl<'a> Report<'a> {
    /// Creates a report that is written to `out`, as JSON or text, with complete or shortened ids.
    pub(super) fn new(out: &'a mut (dyn Write + Send), is_json: bool, is_full: bool) -> Self {
        Self {
            out,
            is_json,
            is_full,
            findings: Vec::new(),
            lines: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds and prints the result of a check.
    pub(super) fn finding(&mut self, finding: Finding) -> io::Result<()> {
        if !self.is_json {
            let seen = &finding.seen;
            let (outcome, check) = (seen.outcome.as_str(), finding.check);
            self.write(&format!("{outcome:<9}{check:<19}{}", seen.text))?;
            for remedy in &seen.remedies {
                self.write(&format!("{INDENT}Remedy: {remedy}"))?;
            }
            for ask in &seen.asks {
                self.write(&format!("{INDENT}Ask an administrator to: {ask}"))?;
            }
        }
        self.findings.push(finding);
        Ok(())
    }

    /// Adds and prints the result for a switch of the emulator's profile.
    pub(super) fn line(&mut self, line: Line) -> io::Result<()> {
        if !self.is_json {
            let value = match &line.value {
                Some(value) => format!("seen     {:<23}{value}: {}", line.switch, line.why),
                None => format!("default  {:<23}{}", line.switch, line.why),
            };
            self.write(&value)?;
        }
        self.lines.push(line);
        Ok(())
    }

    /// Adds and prints a note.
    pub(super) fn note(&mut self, note: impl Into<String>) -> io::Result<()> {
        let note = note.into();
        if !self.is_json {
            self.write(&note)?;
        }
        self.notes.push(note);
        Ok(())
    }

    /// Returns whether a check has passed.
    pub(super) fn has_passed(&self, check: &str) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.check == check && finding.seen.outcome == Outcome::Passed)
    }

    /// Ends the report. Returns whether no check has failed.
    pub(super) fn end(mut self, version: &str) -> io::Result<bool> {
        let block = self.block();
        let asks = self.asks();
        let fine: Vec<&str> = self.with(Outcome::Passed).collect();
        let failed: Vec<&str> = self.with(Outcome::Failed).collect();
        let is_fine = failed.is_empty();
        if self.is_json {
            let document = self.document(version, &block, &asks, &fine);
            let text = serde_json::to_string_pretty(&document)?;
            self.write(&text)?;
            return Ok(is_fine);
        }
        let (fine, asks) = (or_nothing(&fine.join(", ")), or_nothing(&asks.join("; ")));
        let block = match block.is_empty() {
            true => "none".to_owned(),
            false => {
                let arguments = block
                    .iter()
                    .map(|(name, value)| format!("{name} = {value}"));
                arguments.collect::<Vec<_>>().join(", ")
            }
        };
        self.write("")?;
        self.write(&format!("Provider block changes:       {block}"))?;
        self.write(&format!("Administrator tasks:          {asks}"))?;
        self.write(&format!("Passed checks:                {fine}"))?;
        Ok(is_fine)
    }

    fn document(
        &self,
        version: &str,
        block: &[(&str, String)],
        asks: &[String],
        fine: &[&str],
    ) -> Json {
        let checks: Vec<Json> = self
            .findings
            .iter()
            .map(|Finding { check, seen }| {
                json!({
                    "check": check,
                    "outcome": seen.outcome.as_str(),
                    "seen": seen.text,
                    "remedies": seen.remedies,
                    "administrator": seen.asks,
                })
            })
            .collect();
        let block: serde_json::Map<String, Json> = block
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let mut document = json!({
            "version": version,
            "checks": checks,
            "provider_block": block,
            "administrator": asks,
            "fine": fine,
        });
        if !self.notes.is_empty() {
            document["notes"] = json!(self.notes);
        }
        if !self.lines.is_empty() {
            let lines = self
                .lines
                .iter()
                .map(|line| json!({ "switch": line.switch, "value": line.value, "why": line.why }));
            document["profile"] = lines.collect();
        }
        document
    }

    fn block(&self) -> Vec<(&'static str, String)> {
        let mut block: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in self.findings.iter().flat_map(|finding| &finding.seen.block) {
            if !block.iter().any(|(known, _)| known == name) {
                block.push((name, value.clone()));
            }
        }
        block
    }

    fn asks(&self) -> Vec<String> {
        let mut asks: Vec<String> = Vec::new();
        for ask in self.findings.iter().flat_map(|finding| &finding.seen.asks) {
            if !asks.contains(ask) {
                asks.push(ask.clone());
            }
        }
        asks
    }

    fn with(&self, outcome: Outcome) -> impl Iterator<Item = &'static str> {
        let found = self
            .findings
            .iter()
            .filter(move |finding| finding.seen.outcome == outcome);
        found.map(|finding| finding.check)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let text = match self.is_full {
            true => Cow::Borrowed(text),
            false => shortened(text),
        };
        writeln!(self.out, "{}", text.trim_end())?;
        self.out.flush()
    }
}

fn or_nothing(text: &str) -> String {
    match text {
        "" => "none".to_owned(),
        text => text.to_owned(),
    }
}

/// Shortens ids so that they cannot be used: only the beginnings of GUIDs and of the hosts of
/// agents remain.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    static IDS: OnceLock<Option<Regex>> = OnceLock::new();
    let ids = IDS.get_or_init(|| {
        Regex::new(
            r"(?x) \b(?<guid>[0-9a-fA-F]{8})-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b
            | \b(?<agent>[a-zA-Z0-9][a-zA-Z0-9-]*?)--[0-9a-zA-Z]+(?<hash>\.[0-9a-zA-Z]+)?
              (?<region>\.[0-9a-zA-Z]+\.azuresre\.ai)?\b",
        )
        .ok()
    });
    let Some(ids) = ids else {
        // The pattern is a constant, and the test below proves that it compiles.
        return Cow::Owned(String::new());
    };
    ids.replace_all(text, |found: &Captures<'_>| {
        if let Some(guid) = found.name("guid") {
            return format!("{}…", guid.as_str());
        }
        let region = found.name("region").map_or("", |region| region.as_str());
        let agent = found.name("agent").map_or("", |agent| agent.as_str());
        format!("{agent}--…{region}")
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::shortened;

    #[rstest]
    #[case("tenant 7e57ab1e-0000-4000-8000-000000000001,", "tenant 7e57ab1e…,")]
    #[case(
        "https://shop--1a2b.5e6f.swedencentral.azuresre.ai/api",
        "https://shop--….swedencentral.azuresre.ai/api"
    )]
    #[case(
        "http://127.0.0.1:1/data-plane/shop--1a2b/api",
        "http://127.0.0.1:1/data-plane/shop--…/api"
    )]
    #[case("try --write-probes", "try --write-probes")]
    fn ids_are_shortened(#[case] text: &str, #[case] short: &str) {
        assert_eq!(shortened(text), short);
    }
}
