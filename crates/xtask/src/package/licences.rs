//! The licenses of everything that is linked into a program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use spdx::{Expression, ParseMode};
use test_support::binaries::Binary;
use test_support::{Run, workspace_dir};

use super::build::cargo;
use super::platform::Platform;

/// Prefixes of the names of license files in a crate, in upper case.
const NAMES: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
];

/// What is linked in addition to crates: name, SPDX license, holder, and the operating system
/// unless it is linked on all.
const OTHERS: [(&str, &str, &str, Option<&str>); 3] = [
    (
        "The Rust standard library",
        "MIT OR Apache-2.0",
        "The Rust Project contributors",
        None,
    ),
    (
        "musl",
        "MIT",
        "2005-2020 Rich Felker, et al.",
        Some("linux"),
    ),
    (
        "The runtime of mingw-w64",
        "ZPL-2.1",
        "2009-2013 by the mingw-w64 project",
        Some("windows"),
    ),
];

/// A crate.
#[derive(Debug)]
struct Crate {
    name: String,
    licence: String,
    authors: String,
    dir: PathBuf,
}

/// Returns the text for the packages of a program: every crate with its terms, and each text of
/// terms once.
pub(super) fn text(program: Binary, platform: Platform) -> Result<String> {
    let mut command = Command::new(cargo());
    command
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", platform.triple])
        .current_dir(workspace_dir());
    let metadata = Run::capture(&mut command, Duration::from_secs(300))?
        .success()?
        .json()?;
    let crates = linked(&metadata, program.package())?;
    let mut list = format!(
        "What is linked into {}, and under which terms. Every text of terms follows, once.\n\n",
        program.name()
    );
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in &crates {
        list.push_str(&format!("{}: {}\n", one.name, one.licence));
        for text in one.terms()? {
            texts.entry(text).or_default().insert(one.name.clone());
        }
    }
    for (name, licence, holder, os) in OTHERS {
        if os.is_some_and(|os| os != platform.os()) {
            continue;
        }
        list.push_str(&format!("{name}: {licence}\n"));
        for text in standard_terms(licence, holder)? {
            texts.entry(text).or_default().insert(name.to_owned());
        }
    }
    for (text, names) in texts {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let line = "-".repeat(80);
        list.push_str(&format!("\n{line}\n{}\n{line}\n\n{text}", names.join("\n")));
    }
    Ok(list)
}

/// Returns the external crates that a package links, by name, without build dependencies.
fn linked(metadata: &Value, package: &str) -> Result<Vec<Crate>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let by_id = |all: Vec<Value>| -> BTreeMap<String, Value> {
        let id = |one: &Value| one["id"].as_str().map(str::to_owned);
        all.into_iter()
            .filter_map(|one| Some((id(&one)?, one)))
            .collect()
    };
    let packages = by_id(list(&metadata["packages"]));
    let nodes = by_id(list(&metadata["resolve"]["nodes"]));
    let root = packages.iter().find(|(_, one)| one["name"] == package);
    let mut open = vec![root.context("cargo does not know the package")?.0.clone()];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let node = nodes.get(&id).context("cargo has not resolved a package")?;
        if !seen.insert(id) {
            continue;
        }
        for dependency in list(&node["deps"]) {
            let is_normal = |kind: &Value| kind["kind"].is_null();
            if list(&dependency["dep_kinds"]).iter().any(is_normal) {
                open.extend(dependency["pkg"].as_str().map(str::to_owned));
            }
        }
    }
    let members = list(&metadata["workspace_members"]);
    let foreign = seen
        .iter()
        .filter(|id| !members.iter().any(|member| member == id.as_str()));
    let mut crates = foreign
        .filter_map(|id| packages.get(id))
        .map(Crate::new)
        .collect::<Result<Vec<_>>>()?;
    crates.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(crates)
}

impl Crate {
    fn new(package: &Value) -> Result<Self> {
        let text = |name: &str| package[name].as_str().unwrap_or_default();
        let name = format!("{} {}", text("name"), text("version"));
        let authors = package["authors"].as_array().into_iter().flatten();
        let authors: Vec<&str> = authors.filter_map(Value::as_str).collect();
        let manifest = Path::new(text("manifest_path"));
        ensure!(!text("license").is_empty(), "{name} names no licence");
        Ok(Self {
            licence: text("license").to_owned(),
            authors: match authors.as_slice() {
                [] => format!("the authors of {}", text("name")),
                authors => authors.join(", "),
            },
            dir: manifest.parent().unwrap_or(manifest).to_owned(),
            name,
        })
    }

    /// Returns the terms in the crate, or the standard texts if it contains none.
    fn terms(&self) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        let entries = fs::read_dir(&self.dir)
            .with_context(|| format!("cannot read {}", self.dir.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().to_uppercase();
            if entry.file_type()?.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
                let bytes = fs::read(entry.path())?;
                texts.push(normal(&String::from_utf8_lossy(&bytes)));
            }
        }
        if texts.is_empty() {
            texts = standard_terms(&self.licence, &self.authors)
                .with_context(|| format!("{} brings no text of its terms", self.name))?;
        }
        Ok(texts)
    }
}

/// Returns the standard texts of an SPDX license.
fn standard_terms(licence: &str, holder: &str) -> Result<Vec<String>> {
    let expression = Expression::parse_mode(licence, ParseMode::LAX)
        .with_context(|| format!("`{licence}` is no licence by SPDX"))?;
    let mut texts = Vec::new();
    for requirement in expression.requirements() {
        let Some(id) = requirement.req.license.id() else {
            bail!("`{licence}` names a licence without a standard text");
        };
        texts.push(format!("Copyright: {holder}\n\n{}", normal(id.text())));
    }
    Ok(texts)
}

/// Normalizes line ends.
fn normal(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_linked_crate_has_terms_and_nothing_else_is_listed() {
        let text = text(Binary::Provider, "linux_amd64".parse::<Platform>().unwrap()).unwrap();
        for linked in ["\ntonic 0.", "\naws-lc-sys 0.", "\nazure_core 1."] {
            assert!(text.contains(linked), "{linked}");
        }
        // Members, build dependencies, test dependencies, and what only another platform links.
        for other in [
            "\ntfplugin 0.",
            "\ncmake 0.",
            "\ninsta 1.",
            "\nwindows-sys 0.",
        ] {
            assert!(!text.contains(other), "{other}");
        }
        assert!(text.contains("Apache License"));
        assert!(text.contains("\nmusl: MIT") && !text.contains("mingw"));
        assert!(!text.contains('\r'));
    }

    #[test]
    fn runtime_of_a_platform_is_listed_with_its_terms() {
        let windows = "windows_amd64".parse::<Platform>().unwrap();
        let text = text(Binary::Emulator, windows).unwrap();
        assert!(text.contains("\nThe runtime of mingw-w64: ZPL-2.1\n"));
        assert!(text.contains("Zope Public License"));
        assert!(!text.contains("\nmusl:"));
    }

    #[test]
    fn licence_without_a_standard_text_is_refused() {
        assert!(standard_terms("LicenseRef-own", "x").is_err());
        assert!(standard_terms("MIT/Apache-2.0", "x").unwrap().len() == 2);
    }
}
