//! What the emulator stores, and the requests that it received.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use test_support::EmulatorProcess;

use super::Scenario;
use super::objects::KINDS;

/// Fails unless every object exists exactly once, with the expected text.
pub(super) fn exactly_once(
    emulator: &EmulatorProcess,
    scenario: Scenario,
    text: &str,
) -> Result<()> {
    let each = (scenario.objects / KINDS) as usize;
    let mut expected: BTreeMap<&str, usize> = ["hook", "prompt", "skill", "Tool", "trigger"]
        .map(|kind| (kind, each))
        .into();
    expected.insert("soak", scenario.agents as usize);
    let objects = objects(emulator)?;
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, stored) in &objects {
        let kind = name.trim_end_matches(|end: char| end.is_ascii_digit());
        let kind = kind.trim_end_matches('-');
        *found.entry(kind).or_default() += 1;
        let says = kind == "soak" || stored.contains(text);
        ensure!(says, "{name} does not say {text:?}: {stored}");
    }
    ensure!(
        found == expected,
        "there are {found:?} and not {expected:?}"
    );
    Ok(())
}

/// Fails if any object is left.
pub(super) fn nothing_left(emulator: &EmulatorProcess) -> Result<()> {
    let left = objects(emulator)?;
    let names: Vec<&String> = left.keys().collect();
    ensure!(left.is_empty(), "{names:?} are left");
    Ok(())
}

/// Returns the number of requests, and how many of them were throttled.
pub(super) fn requests(emulator: &EmulatorProcess) -> Result<(usize, usize)> {
    let log = emulator.get("requests")?;
    let log = log.as_array().context("no list of requests")?;
    let refused = log.iter().filter(|request| request["status"] == 429);
    Ok((log.len(), refused.count()))
}

/// Returns all objects by name. Fails if two have the same name.
fn objects(emulator: &EmulatorProcess) -> Result<BTreeMap<String, String>> {
    let state = emulator.get("state")?;
    let state = state.as_object().context("the state is no object")?;
    let mut objects = BTreeMap::new();
    for (key, stored) in state {
        let name = match key.split('/').next() {
            Some("agent") => &stored["name"],
            Some("object") if stored["deleted"] == false => &stored["name"],
            Some("trigger") => &stored["members"]["name"],
            _ => &Value::Null,
        };
        let Some(name) = name.as_str() else { continue };
        let other = objects.insert(name.to_owned(), stored.to_string());
        ensure!(other.is_none(), "there are two of {name}");
    }
    Ok(objects)
}
