//! Every secret has its own marker, which is searched for everywhere: in states, plans, every
//! output and every log, in each encoding.
//!
//! - [`resources`]: the arguments of resources
//! - [`provider`]: those of the provider block
//! - [`lifecycle`]: the operations on them
//! - [`evidence`]: what is left behind, and how it is searched

mod evidence;
mod lifecycle;
mod provider;
mod resources;

use std::collections::BTreeSet;

use serde_json::Value;

use self::evidence::Place;
use self::lifecycle::{Lifecycle, Through};
use crate::world::World;

#[test]
fn write_only_arguments_are_sent_and_appear_nowhere_else() {
    let mut lifecycle = Lifecycle::new(resources::write_only(), Through::Ephemeral);
    let mut declared = declared(&lifecycle.world, |attribute| {
        attribute["write_only"] == true
    });
    // Permissions need a subagent, and the indexing of ServiceNow needs that platform; this test
    // has neither.
    let missing = [
        "azuresre_subagent_permissions.",
        "azuresre_servicenow_indexing.",
    ];
    declared.retain(|path| !missing.iter().any(|start| path.starts_with(start)));
    assert_eq!(
        lifecycle.markers(),
        declared,
        "these have markers, and those are declared"
    );
    lifecycle.run();
    let found = lifecycle.evidence.find(&lifecycle.values());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn stored_secrets_appear_in_state_and_plan_and_nowhere_else() {
    let mut lifecycle = Lifecycle::new(resources::stored(), Through::Sensitive);
    let declared = declared(&lifecycle.world, |attribute| {
        let given = attribute["required"] == true || attribute["optional"] == true;
        attribute["sensitive"] == true && attribute["write_only"] != true && given
    });
    assert_eq!(
        lifecycle.markers(),
        declared,
        "these have markers, and those are declared"
    );
    lifecycle.run();
    let found = lifecycle.evidence.find(&lifecycle.values());
    let elsewhere: Vec<_> = found
        .iter()
        .filter(|(_, _, place, _)| ![Place::State, Place::Plan].contains(place))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    // The search works: the values are where they should be.
    for place in [Place::State, Place::Plan] {
        let stored = found.iter().filter(|(_, _, found, _)| *found == place);
        let stored: BTreeSet<&String> = stored.map(|(text, ..)| text).collect();
        for value in lifecycle.values_of(1) {
            assert!(stored.contains(&value), "{value} is in no {place:?}");
        }
    }
}

/// Returns the arguments of resources that the provider declares like this, as `type.path`.
fn declared(world: &World, wanted: fn(&Value) -> bool) -> BTreeSet<String> {
    let schema = world.workspace.provider_schema().unwrap();
    let providers = schema["provider_schemas"].as_object().unwrap();
    let provider = providers.values().next().unwrap();
    let mut found = BTreeSet::new();
    for (ty, schema) in provider["resource_schemas"].as_object().unwrap() {
        collect(&schema["block"]["attributes"], ty, wanted, &mut found);
    }
    found
}

fn collect(
    attributes: &Value,
    path: &str,
    wanted: fn(&Value) -> bool,
    found: &mut BTreeSet<String>,
) {
    for (name, attribute) in attributes.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        collect(
            &attribute["nested_type"]["attributes"],
            &path,
            wanted,
            found,
        );
        if wanted(attribute) {
            found.insert(path);
        }
    }
}
