//! The samples are complete.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value as Json;
use tfplugin::Attribute;
use tfplugin::schema::Validator;

use crate::declared;
use crate::kinds::{self, Kind, Secret, per_kind};

/// Attributes that follow from the key of a kind, or that all kinds have.
const COMMON: [&str; 9] = [
    "additional_properties",
    "additional_properties_wo",
    "additional_properties_wo_version",
    "agent_id",
    "name",
    "plane",
    "resource_group_name",
    "subscription_id",
    "timeouts",
];

per_kind!(
    every_attribute_has_a_sample,
    every_documented_value_has_a_sample,
    samples_mark_attributes_that_force_replacement,
);

#[test]
fn every_kind_has_samples_on_every_plane() {
    let declared = azuresre::resources::kinds();
    let declared: BTreeSet<(String, BTreeSet<&str>)> = declared
        .iter()
        .map(|kind| {
            let planes = kind.places.iter().map(|place| place.plane.as_str());
            (kind.type_name(), planes.collect())
        })
        .collect();
    let sampled: BTreeSet<(String, BTreeSet<&str>)> = kinds::all()
        .iter()
        .map(|kind| {
            (
                kind.type_name.to_owned(),
                kind.planes.iter().copied().collect(),
            )
        })
        .collect();
    let missing: Vec<_> = declared.difference(&sampled).collect();
    assert!(missing.is_empty(), "no samples of {missing:?}");
    let surplus: Vec<_> = sampled.difference(&declared).collect();
    assert!(surplus.is_empty(), "the provider has no {surplus:?}");
}

async fn every_attribute_has_a_sample(kind: &Kind) -> Result<()> {
    let rows = kind.variants.iter().flat_map(|variant| &variant.rows);
    let sampled: BTreeSet<String> = rows
        .flat_map(|row| {
            let version =
                (row.secret == Some(Secret::WriteOnly)).then(|| format!("{}_version", row.path));
            [Some(row.path.to_owned()), version]
        })
        .flatten()
        .collect();
    let attributes = declared::attributes(kind).into_keys();
    let missing: Vec<String> = attributes
        .filter(|path| {
            let top = path.split(['.', '[']).next().unwrap_or_default();
            !COMMON.contains(&top) && !path.contains("[]") && !sampled.contains(path)
        })
        .collect();
    ensure!(missing.is_empty(), "no sample of {}", missing.join(", "));
    Ok(())
}

async fn every_documented_value_has_a_sample(kind: &Kind) -> Result<()> {
    let mut missing = Vec::new();
    for (path, attribute) in declared::attributes(kind) {
        let row = path.split("[]").next().unwrap_or_default();
        if COMMON.contains(&row) {
            continue;
        }
        let variants = kind.variants.iter();
        let rows = variants.flat_map(|variant| variant.rows.iter().filter(|one| one.path == row));
        let mut sampled = BTreeSet::new();
        rows.flat_map(|row| &row.values)
            .for_each(|value| texts(value, &mut sampled));
        let documented = attribute.validators().iter().flat_map(documented_values);
        let unseen = documented.filter(|value| !sampled.contains(value.as_str()));
        missing.extend(unseen.map(|value| format!("{path} = {value:?}")));
    }
    ensure!(missing.is_empty(), "no sample of {}", missing.join(", "));
    Ok(())
}

async fn samples_mark_attributes_that_force_replacement(kind: &Kind) -> Result<()> {
    let attributes = declared::attributes(kind);
    for row in kind.variants.iter().flat_map(|variant| &variant.rows) {
        let declared = attributes.get(row.path).map(Attribute::is_replacing);
        ensure!(
            declared.is_none_or(|declared| declared == row.replaces),
            "{} is declared otherwise",
            row.path
        );
    }
    Ok(())
}

/// Returns the values that the check of an enumeration lists.
pub(crate) fn documented_values(validator: &Validator) -> Vec<String> {
    let description = validator.description();
    let lists = ["Possible values are ", "Known values are "];
    let list = lists
        .iter()
        .find_map(|start| description.strip_prefix(start));
    let values = list.unwrap_or_default().split('`').skip(1).step_by(2);
    values.map(str::to_owned).collect()
}

/// Collects the texts in a value.
fn texts<'a>(value: &'a Json, found: &mut BTreeSet<&'a str>) {
    match value {
        Json::String(text) => {
            found.insert(text);
        }
        Json::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Json::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}
