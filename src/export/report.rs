//! The report at the end of an export, as text or as a JSON document.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::collect::Missing;

/// The result of an export.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The configuration files, with the number of objects in each.
    pub(super) kinds: Vec<(String, usize)>,
    /// The paths of all files in the folder.
    pub(super) files: Vec<String>,
    /// The address and the import id of each object.
    pub(super) objects: Vec<(String, String)>,
    /// The secrets: the address of the object, the argument, and the variable that replaces the
    /// value.
    pub(super) secrets: Vec<(String, String, String)>,
    /// The address of each object with arguments that reads do not return.
    pub(super) unread: Vec<(String, Vec<String>)>,
    /// The kinds for which the other plane returns more.
    pub(super) masked: BTreeSet<String>,
    /// What was not exported.
    pub(super) missing: Vec<Missing>,
    /// The other configuration files in the folder.
    pub(super) others: Vec<String>,
}

impl Report {
    /// Returns whether everything was exported.
    pub(super) fn is_complete(&self) -> bool {
        self.missing.iter().all(|missing| missing.is_fine)
    }

    /// Prints the report.
    pub(super) fn tell(
        &self,
        out: &mut (dyn Write + Send),
        folder: &Path,
        version: &str,
        is_json: bool,
    ) -> io::Result<()> {
        let text = match is_json {
            true => self.document(folder, version)?,
            false => self.lines(folder),
        };
        writeln!(out, "{}", text.trim_end())?;
        out.flush()
    }

    fn lines(&self, folder: &Path) -> String {
        let mut lines = Vec::new();
        for (file, number) in &self.kinds {
            let folder = format!("{}/", file.trim_end_matches(".tf"));
            let texts = self.files.iter().filter(|path| path.starts_with(&folder));
            let beside = match texts.count() {
                0 => String::new(),
                1 => format!(", 1 file in {folder}"),
                many => format!(", {many} files in {folder}"),
            };
            lines.push(line("exported", &format!("{number} in {file}{beside}")));
        }
        for (address, argument, variable) in &self.secrets {
            lines.push(line(
                "secret",
                &format!("{address}: {argument} comes from {variable}"),
            ));
        }
        for (address, arguments) in &self.unread {
            let arguments = arguments.join(", ");
            lines.push(line(
                "hidden",
                &format!("{address}: the service does not return {arguments}"),
            ));
        }
        for kind in &self.masked {
            let words = "are complete only on the data plane. To export them from there, set \
                         `--plane data_plane`";
            lines.push(line("note", &format!("{kind} {words}")));
        }
        for Missing { what, why, is_fine } in &self.missing {
            let outcome = if *is_fine { "left out" } else { "failed" };
            lines.push(line(outcome, &format!("{what}: {why}")));
        }
        for other in &self.others {
            let words = "does not belong to this export, but Terraform reads it too";
            lines.push(line("found", &format!("{other} {words}")));
        }
        let (objects, files) = (self.objects.len(), self.files.len());
        let failed = self.missing.iter().filter(|missing| !missing.is_fine);
        lines.push(String::new());
        lines.push(format!(
            "Exported {objects} objects to {files} files in {}. Failed: {}.",
            folder.display(),
            match failed.count() {
                0 => "none".to_owned(),
                some => some.to_string(),
            }
        ));
        lines.push(
            "Next, run `terraform init` and `terraform plan` there, or the same commands with \
             `tofu`."
                .to_owned(),
        );
        lines.join("\n")
    }

    fn document(&self, folder: &Path, version: &str) -> io::Result<String> {
        let document = json!({
            "version": version,
            "folder": folder.display().to_string(),
            "files": self.files,
            "objects": self.objects.iter().map(|(address, id)| json!({ "address": address, "id": id })).collect::<Vec<_>>(),
            "secrets": self.secrets.iter().map(|(address, argument, variable)| {
                json!({ "address": address, "argument": argument, "variable": variable })
            }).collect::<Vec<_>>(),
            "hidden": self.unread.iter().map(|(address, arguments)| {
                json!({ "address": address, "arguments": arguments })
            }).collect::<Vec<_>>(),
            "left_out": told(&self.missing, true),
            "failed": told(&self.missing, false),
            "found": self.others,
        });
        Ok(serde_json::to_string_pretty(&document)?)
    }
}

fn told(missing: &[Missing], is_fine: bool) -> Vec<serde_json::Value> {
    let missing = missing.iter().filter(|one| one.is_fine == is_fine);
    let told = missing.map(|one| json!({ "what": one.what, "why": one.why }));
    told.collect()
}

/// Returns a line of the report with its continuation lines indented, and without control
/// characters for terminals.
fn line(outcome: &str, words: &str) -> String {
    let words = words.lines().map(|line| {
        let shown = line.chars().map(|c| if c.is_control() { ' ' } else { c });
        shown.collect::<String>()
    });
    let words: Vec<String> = words.filter(|line| !line.trim().is_empty()).collect();
    format!("{outcome:<9}{}", words.join(&format!("\n{:<9}", "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_not_printed() {
        let shown = line("failed", "a\u{1b}[31mb\n\nc\rd");
        assert_eq!(shown, "failed   a [31mb\n         c d");
    }
}
