//! Everything that a run leaves behind, and the encodings in which it may contain a text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use regex::bytes::Regex;
use serde_json::{Value, json};
use test_support::Run;

use crate::world::World;

/// Characters that are encoded in JSON, in HCL, in a URL and in base64.
pub(super) const ODD: &str = "+/&=?\u{e9}~";

/// What a run has left behind, by place.
#[derive(Default)]
pub(super) struct Evidence(Vec<(Place, String, Vec<u8>)>);

/// The kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Printed output.
    Output,
    /// The log of host and provider.
    Log,
    /// A state, or what was printed of one as JSON.
    State,
    /// The private bytes of an object in a state.
    Private,
    /// A plan file, or a plan printed as JSON.
    Plan,
    /// Any other file of the workspace.
    File,
}

/// A text that was found, its encoding, and its location.
pub(super) type Finding = (String, String, Place, String);

impl Evidence {
    pub(super) fn note(&mut self, place: Place, name: &str, bytes: impl Into<Vec<u8>>) {
        self.0.push((place, name.to_owned(), bytes.into()));
    }

    /// Adds the output of a command.
    pub(super) fn output(&mut self, name: &str, run: &Run) {
        self.note(Place::Output, name, run.output());
    }

    /// Adds the current files of the workspace: states, the last plan, and all others except the
    /// installed provider.
    pub(super) fn files(&mut self, step: &str, world: &World) {
        let dir = world.workspace.dir();
        let root = dir.parent().unwrap();
        for entry in [&*dir, root]
            .iter()
            .flat_map(|dir| fs::read_dir(dir).unwrap())
        {
            let path = entry.unwrap().path();
            if path.is_file() {
                self.file(step, &path);
            }
        }
    }

    /// Adds the log, except for values in a state that hosts themselves log: Terraform logs those
    /// with a dynamic type, and OpenTofu those that a refresh has changed. No provider can prevent
    /// that.
    pub(super) fn log(&mut self, world: &World) {
        const OF_HOSTS: [&str; 2] = [
            " [DEBUG] UpgradeResourceState: ignoring dynamic block: ",
            ", but now cty.",
        ];

        let log = world.workspace.read_log().unwrap();
        let lines = log.split_inclusive('\n');
        let own = |line: &&str| !OF_HOSTS.iter().any(|text| line.contains(text));
        self.note(Place::Log, "the log", lines.filter(own).collect::<String>());
    }

    fn file(&mut self, step: &str, path: &Path) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let place = format!("{name} after {step}");
        let bytes = fs::read(path).unwrap();
        match name.as_str() {
            "plan.tfplan" => self.plan(&place, bytes),
            // It only grows, and is added at the end.
            "terraform.log" => {}
            _ if name.contains(".tfstate") => self.state(&place, bytes),
            _ => self.note(Place::File, &place, bytes),
        }
    }

    /// Adds a plan file, which is an archive of states and the configuration.
    fn plan(&mut self, place: &str, bytes: Vec<u8>) {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            let name = member.name().unwrap();
            let place = format!("{name} in {place}");
            match name.starts_with("tfstate") {
                true => self.state(&place, bytes),
                false => self.note(Place::Plan, &place, bytes),
            }
        }
    }

    fn state(&mut self, place: &str, bytes: Vec<u8>) {
        let state: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let resources = state["resources"].as_array().into_iter().flatten();
        for instance in resources.flat_map(|resource| resource["instances"].as_array().unwrap()) {
            if let Some(private) = instance["private"].as_str() {
                let place = format!("private bytes in {place}");
                self.note(Place::Private, &place, STANDARD.decode(private).unwrap());
            }
        }
        self.note(Place::State, place, bytes);
    }

    /// Returns whether a kind of place contains a text. Searching in empty places proves nothing.
    pub(super) fn speaks_of(&self, place: Place, text: &str) -> bool {
        let form = Regex::new(&regex::escape(text)).unwrap();
        let mut there = self.0.iter().filter(|(kind, ..)| *kind == place);
        there.any(|(_, _, bytes)| form.is_match(bytes))
    }

    /// Returns every occurrence of the texts, once per place.
    pub(super) fn find(&self, texts: &[String]) -> BTreeSet<Finding> {
        let forms: BTreeMap<String, &String> = texts
            .iter()
            .flat_map(|text| forms(text).into_iter().map(move |form| (form, text)))
            .collect();
        let any: Vec<String> = forms.keys().map(|form| regex::escape(form)).collect();
        let any = Regex::new(&any.join("|")).unwrap();
        let mut found = BTreeSet::new();
        for (place, name, bytes) in &self.0 {
            for hit in any.find_iter(bytes) {
                let form = String::from_utf8_lossy(hit.as_bytes()).into_owned();
                let text = forms[&form].clone();
                found.insert((text, form, *place, name.clone()));
            }
        }
        found
    }
}

/// Returns the encodings of a text: plain, escaped for JSON and for URLs, in base64 at each of the
/// three offsets without the ends that depend on the surroundings, and as a list of bytes.
fn forms(text: &str) -> Vec<String> {
    // The stem alone detects a value that was cut, or escaped in another way.
    let stem = text.trim_end_matches(ODD);
    let url = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let json = json!(text).to_string();
    let bytes = format!("{:?}", stem.as_bytes());
    let mut forms = vec![
        text.to_owned(),
        stem.to_owned(),
        url,
        json.trim_matches('"').to_owned(),
        bytes.trim_matches(['[', ']']).to_owned(),
    ];
    for engine in [&STANDARD, &URL_SAFE] {
        for offset in 0..3 {
            for text in [stem, text] {
                let encoded = engine.encode(format!("{}{text}", "x".repeat(offset)));
                let inner = encoded.get(4..encoded.len() - 4).unwrap_or_default();
                forms.push(inner.to_owned());
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_in_every_form() {
        let text = format!("canary-1-in-the-mine{ODD}");
        let json = json!({ "key": [&text] }).to_string();
        let url: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let mut hidden = vec![text.clone(), json.replace('&', "\\u0026"), url];
        hidden.push(format!("{:?}", text.as_bytes()));
        for offset in 0..3 {
            hidden.push(STANDARD.encode(format!("{}{json}", "-".repeat(offset))));
            hidden.push(URL_SAFE.encode(format!("{}{text}!", "-".repeat(offset))));
        }
        for form in hidden {
            let mut evidence = Evidence::default();
            evidence.note(Place::Log, "a log", format!("before {form} after"));
            assert!(
                !evidence.find(std::slice::from_ref(&text)).is_empty(),
                "{form}"
            );
            assert!(evidence.find(&["canary-1-elsewhere".to_owned()]).is_empty());
        }
    }
}
