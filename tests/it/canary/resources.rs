//! Resources with a marker in every secret argument, generated from the samples.

use samples::{Kind, Row, Secret, Storage, Variant, all, json};
use serde_json::{Value as Json, json};

use crate::world::AGENT;

/// Stands for the variable that counts the changes of the markers.
const VERSION: &str = "<version_of_all>";

/// A resource with markers.
pub(super) struct Canary {
    /// Its address.
    pub(super) address: String,
    /// Its block.
    pub(super) block: String,
    /// The names of its markers, as `type.path`.
    pub(super) markers: Vec<String>,
}

/// Returns resources with all write-only arguments.
pub(super) fn write_only() -> Vec<Canary> {
    each_variant(|kind, variant| {
        let (mut config, mut markers) = marked(kind, variant, Secret::WriteOnly);
        // Documents accept additional properties. One variant is enough, and GitHub domains have no
        // more. Permissions need a subagent, and the indexing of ServiceNow needs that platform;
        // this test has neither.
        let is_document = match kind.storage {
            Storage::Files | Storage::Archives | Storage::Switches | Storage::Permissions => false,
            Storage::Singletons { platform, .. } => platform.is_empty(),
            _ => true,
        };
        let has_secrets = |variant: &&Variant| variant.rows.iter().any(|row| row.secret.is_some());
        let chosen = kind.variants.iter().find(has_secrets);
        let chosen = chosen.unwrap_or(&kind.variants[0]);
        if is_document && chosen.name == variant.name {
            let marker = format!("{}.additional_properties_wo", kind.type_name);
            config["additional_properties_wo"] = json!({ "canary": placeholder(&marker) });
            config["additional_properties_wo_version"] = json!(VERSION);
            markers.push(marker);
        }
        (config, markers)
    })
}

/// Returns resources with all sensitive arguments that are not write-only. The samples do not mark
/// those of a connector of any type as secret, but they may be.
pub(super) fn stored() -> Vec<Canary> {
    each_variant(|kind, variant| {
        let (mut config, mut markers) = marked(kind, variant, Secret::Stored);
        if kind.noun() == "data_connector" && variant.name == "other" {
            for (path, place) in [
                ("other.data_source", "/other/data_source"),
                ("other.settings", "/other/settings/deep/down"),
            ] {
                let marker = format!("{}.{path}", kind.type_name);
                json::set(&mut config, place, json!(placeholder(&marker)));
                markers.push(marker);
            }
        }
        (config, markers)
    })
}

/// Returns a resource for each variant of each kind that has markers.
fn each_variant(set: impl Fn(&Kind, &Variant) -> (Json, Vec<String>)) -> Vec<Canary> {
    let mut canaries = Vec::new();
    for kind in all() {
        for variant in &kind.variants {
            let (config, markers) = set(&kind, variant);
            if !markers.is_empty() {
                canaries.push(Canary::new(&kind, variant, &config, markers));
            }
        }
    }
    canaries
}

/// Returns the minimal configuration with all secrets of a form, and the markers in it.
fn marked(kind: &Kind, variant: &Variant, form: Secret) -> (Json, Vec<String>) {
    let mut config = variant.minimal.clone();
    let mut markers = Vec::new();
    for row in variant.rows.iter().filter(|row| row.secret == Some(form)) {
        let marker = format!("{}.{}", kind.type_name, row.path);
        json::merge(&mut config, &row.with);
        json::set(&mut config, &row.pointer(), with_marker(row, &marker));
        if form == Secret::WriteOnly {
            let version = format!("{}_version", row.pointer());
            json::set(&mut config, &version, json!(VERSION));
        }
        markers.push(marker);
    }
    (config, markers)
}

/// Returns a value in the form of an argument that contains the marker.
fn with_marker(row: &Row, marker: &str) -> Json {
    match row.values[0] {
        Json::Object(_) => json!({ "x": placeholder(marker) }),
        _ => json!(placeholder(marker)),
    }
}

fn placeholder(marker: &str) -> String {
    format!("<{}>", variable(marker))
}

/// Returns the variable that passes a marker.
pub(super) fn variable(marker: &str) -> String {
    marker.replace('.', "_")
}

impl Canary {
    /// Creates a resource in [`AGENT`] with the name of its variant.
    fn new(kind: &Kind, variant: &Variant, config: &Json, markers: Vec<String>) -> Self {
        let config = json::merged(config, &kind.key(AGENT, variant.name, ""));
        let arguments = config.as_object().unwrap().iter();
        let arguments: String = arguments
            .map(|(name, value)| format!("{name} = {value}\n"))
            .collect();
        let arguments = arguments.replace("\"<", "var.").replace(">\"", "");
        let (ty, label) = (kind.type_name, variant.name);
        Self {
            address: format!("{ty}.{label}"),
            block: format!("resource \"{ty}\" \"{label}\" {{\n{arguments}}}\n"),
            markers,
        }
    }
}
