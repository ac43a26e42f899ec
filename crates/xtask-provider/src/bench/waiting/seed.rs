//! Objects that have existed for long, in the service and in a state.
//!
//! Terraform writes its local state after every object, so thousands of them take minutes. Instead,
//! one is applied, and the others are copies of it on both sides.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use test_support::EmulatorProcess;

use super::fixture::Fixture;

const AGENT: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/bench/providers/\
                     Microsoft.App/agents/bench";
const SKILLS: &str = "/api/v2/extendedAgent/skills";

/// The name of the first skill. Everything that differs between skills contains its name.
const FIRST: &str = "skill-0";

/// Creates this many applied skills.
pub(super) fn skills(fixture: &mut Fixture, count: u32) -> Result<()> {
    fixture.count(1);
    fixture.apply()?;
    copy_objects(&fixture.emulator, count)?;
    edit_state(fixture, |resource| {
        if resource["type"] != "azuresre_skill" {
            return Ok(());
        }
        let first = resource["instances"][0].to_string();
        let instances = (0..count).map(|n| {
            let mut instance: Value = serde_json::from_str(&first.replace(FIRST, &name(n)))?;
            instance["index_key"] = json!(n);
            Ok(instance)
        });
        resource["instances"] = instances.collect::<Result<Value>>()?;
        Ok(())
    })?;
    fixture.count(count);
    Ok(())
}

/// Makes applied objects look old, by removing the private data that says when they were written.
pub(super) fn let_age(fixture: &Fixture) -> Result<()> {
    edit_state(fixture, |_| Ok(()))
}

fn name(n: u32) -> String {
    format!("skill-{n}")
}

fn copy_objects(emulator: &EmulatorProcess, count: u32) -> Result<()> {
    let url = format!("{}{AGENT}?api-version=2025-05-01-preview", emulator.url());
    let (_, agent) = emulator.send("GET", &url, &Value::Null)?;
    let endpoint = agent["properties"]["agentEndpoint"].as_str();
    let skills = format!("{}{SKILLS}", endpoint.context("the agent has no endpoint")?);
    let (_, first) = emulator.send("GET", &format!("{skills}/{FIRST}"), &Value::Null)?;
    let first = first.to_string();
    for name in (1..count).map(name) {
        let body = serde_json::from_str(&first.replace(FIRST, &name))?;
        let (status, answer) = emulator.send("PUT", &format!("{skills}/{name}"), &body)?;
        ensure!(status < 300, "{name} was answered with {status}: {answer}");
    }
    Ok(())
}

/// Edits the resources of the local state, and removes their private data.
fn edit_state(fixture: &Fixture, mut edit: impl FnMut(&mut Value) -> Result<()>) -> Result<()> {
    let path = fixture.workspace.dir().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let resources = state["resources"].as_array_mut();
    for resource in resources.context("the state has no resources")? {
        edit(resource)?;
        let instances = resource["instances"].as_array_mut();
        for instance in instances.into_iter().flatten() {
            if let Value::Object(instance) = instance {
                instance.shift_remove("private");
            }
        }
    }
    fs::write(&path, state.to_string())?;
    Ok(())
}
