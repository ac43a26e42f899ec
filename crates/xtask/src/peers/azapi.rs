//! azapi with the emulator, on every host: its own lifecycle, and the move to this provider.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use test_support::{Action, EmulatorProcess, Host, Plan, Workspace, binaries, hosts};

use super::terraform::{Lifecycle, text};
use super::{Outcome, start};

const CONFIGURATION: &str = include_str!("azapi.tf");
const MOVED: &str = include_str!("azapi_moved.tf");
/// The prefix of the secrets in both configurations.
const SECRET: &str = "secret-of";
/// Base64 objects that are returned with members that were not sent.
const COMPLETED: [&str; 7] = [
    "hooks/evidence",
    "incidentFilters/critical",
    "repositories/shop",
    "scheduledTasks/morning",
    "skills/triage",
    "subagents/database",
    "tools/Dashboard",
];
/// The objects that the first plan after a move changes, because it sends the secrets, which no
/// state of azapi contains.
const WITH_SECRETS: [&str; 2] = ["azuresre_agent.shop", "azuresre_data_connector.tickets"];

/// Runs azapi as this executable, on each host that supports write-only arguments.
pub(super) fn outcomes(executable: &Path) -> Result<Vec<Outcome>> {
    let executable = executable
        .canonicalize()
        .with_context(|| format!("cannot find {}", executable.display()))?;
    let hosts = hosts::all()?.into_iter();
    hosts
        .filter(|host| host.at_least(1, 11))
        .map(|host| outcome(&host, &executable))
        .collect()
}

fn outcome(host: &Host, executable: &Path) -> Result<Outcome> {
    let client = format!("azapi, {} {}", host.product(), host.version());
    println!("{client}");
    let home = tempfile::tempdir()?;
    let emulator = start("default")?;
    let mut lifecycle = Lifecycle::new(&emulator, home.path())?;
    let mut workspace = Workspace::new(host)?;
    override_providers(&workspace, executable)?;
    lifecycle.prepare(&mut workspace);
    for (variable, name) in [
        ("ARM_TENANT_ID", "tenant_id"),
        ("ARM_CLIENT_ID", "client_id"),
        ("ARM_CLIENT_SECRET", "client_secret"),
    ] {
        workspace.env(variable, text(&emulator, name)?);
    }
    run_lifecycle(&mut lifecycle, &workspace, &emulator)?;
    take_over(&mut lifecycle, &workspace, &emulator)?;
    Ok(lifecycle.end(&client, &version(&emulator)?))
}

/// With overrides, nothing needs to be installed or copied.
fn override_providers(workspace: &Workspace, azapi: &Path) -> Result<()> {
    let azuresre = binaries::provider_binary()?;
    let folder = |program: &Path| {
        let folder = program.parent().context("an executable is in a folder")?;
        // A JSON string is also a string of HCL, except for templates, which paths do not contain.
        anyhow::Ok(Value::from(folder.to_string_lossy()))
    };
    let (azapi, azuresre) = (folder(azapi)?, folder(&azuresre)?);
    let config = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"Azure/azapi\" = {azapi}\n    \
         \"azuresre/azuresre\" = {azuresre}\n  }}\n  direct {{}}\n}}\n"
    );
    fs::write(workspace.cli_config(), config).context("cannot write the configuration of the host")
}

/// Runs the lifecycle of azapi's objects with operations that take a poll, and base64 bodies
/// that are returned as sent; then with bodies that the service completes.
fn run_lifecycle(
    lifecycle: &mut Lifecycle,
    workspace: &Workspace,
    emulator: &EmulatorProcess,
) -> Result<()> {
    let slow = json!({
        "agent_polls": 1, "connector_polls": 1, "retry_after_seconds": 1, "base64_bodies": "as_sent",
    });
    emulator.put("profile", &slow)?;
    workspace.write("main.tf", CONFIGURATION)?;
    variables(workspace, "Preview", "Look at the slowest requests first.")?;
    lifecycle.step("create", || workspace.apply().map(drop));
    lifecycle.step("a second plan is empty", || {
        workspace.plan()?.expect_empty()
    });
    variables(workspace, "Stable", "Look at the newest deployment first.")?;
    lifecycle.step("update", || workspace.apply().map(drop));
    lifecycle.step("the plan after an update is empty", || {
        workspace.plan()?.expect_empty()
    });
    emulator.put("profile", &json!({ "base64_bodies": "completed" }))?;
    let written_again = || -> Result<()> {
        let plan = workspace.plan()?;
        let expected = COMPLETED.map(|child| format!("azapi_resource.child[\"{child}\"]"));
        only_updates(&plan, expected.iter().map(String::as_str))
    };
    lifecycle.step(
        "a plan writes base64 again that comes back completed",
        written_again,
    );
    lifecycle.step("and once more after its apply", || {
        workspace.apply()?;
        written_again()
    });
    lifecycle.step("destroy", || workspace.destroy().map(drop));
    lifecycle.step("nothing is left", || nothing_is_left(emulator));
    Ok(())
}

/// Moves the same objects from azapi to this provider by `moved` blocks.
fn take_over(
    lifecycle: &mut Lifecycle,
    workspace: &Workspace,
    emulator: &EmulatorProcess,
) -> Result<()> {
    lifecycle.step("create to move", || workspace.apply().map(drop));
    workspace.write("main.tf", MOVED)?;
    lifecycle.step("a plan that moves sends secrets and nothing else", || {
        let plan = workspace.plan()?;
        only_updates(&plan, WITH_SECRETS)?;
        WITH_SECRETS
            .iter()
            .try_for_each(|address| only_secrets(&plan, address))
    });
    lifecycle.step("move", || workspace.apply().map(drop));
    lifecycle.step("the plan after a move is empty", || {
        workspace.plan()?.expect_empty()
    });
    lifecycle.step("no secret is in the state", || {
        let state = fs::read_to_string(workspace.dir().join("terraform.tfstate"))?;
        ensure!(
            !state.contains(SECRET),
            "a secret is in the state:\n{state}"
        );
        Ok(())
    });
    lifecycle.step("destroy what was moved", || workspace.destroy().map(drop));
    lifecycle.step("nothing is left of it", || nothing_is_left(emulator));
    Ok(())
}

fn variables(workspace: &Workspace, channel: &str, text: &str) -> Result<()> {
    // Texts need a length that the service accepts.
    let text = format!("{text} Then look at what it depends on, and report what you find.");
    let values = json!({ "channel": channel, "text": text });
    workspace
        .write("terraform.tfvars.json", values.to_string())
        .map(drop)
}

fn only_updates<'a>(plan: &Plan, addresses: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let updates = addresses
        .into_iter()
        .map(|address| (address, Action::Update));
    let expected: BTreeMap<&str, Action> = updates.collect();
    let changed = plan.changed();
    ensure!(
        changed == expected,
        "expected {expected:?}, got {changed:?}:\n{}",
        plan.output
    );
    Ok(())
}

/// Fails if anything changes except versions of secrets, and values that are known after the apply.
fn only_secrets(plan: &Plan, address: &str) -> Result<()> {
    let change = plan.change(address).context("it is not in the plan")?;
    let mut differing = BTreeSet::new();
    differences(
        &change["before"],
        &change["after"],
        &change["after_unknown"],
        "",
        &mut differing,
    );
    let others: Vec<&String> = differing
        .iter()
        .filter(|path| !path.ends_with("_wo_version"))
        .collect();
    ensure!(
        others.is_empty() && !differing.is_empty(),
        "{address} changes {differing:?}:\n{}",
        plan.output
    );
    Ok(())
}

/// Returns the paths at which two values differ, unless the second one is unknown there.
fn differences(
    before: &Value,
    after: &Value,
    unknown: &Value,
    path: &str,
    found: &mut BTreeSet<String>,
) {
    if unknown == &json!(true) || before == after {
        return;
    }
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        found.insert(path.to_owned());
        return;
    };
    for name in old.keys().chain(new.keys()) {
        let path = format!("{path}.{name}");
        differences(&before[name], &after[name], &unknown[name], &path, found);
    }
}

fn nothing_is_left(emulator: &EmulatorProcess) -> Result<()> {
    let state = emulator.get("state")?;
    ensure!(state == json!({}), "something is left: {state}");
    Ok(())
}

/// Returns the version of azapi, from its requests.
fn version(emulator: &EmulatorProcess) -> Result<String> {
    let requests = emulator.get("requests")?;
    let requests = requests.as_array().context("no requests are recorded")?;
    let mut agents = requests
        .iter()
        .filter_map(|request| request["headers"]["user-agent"].as_str());
    let version = agents.find_map(version_in).unwrap_or("unknown");
    Ok(version.to_owned())
}

fn version_in(agent: &str) -> Option<&str> {
    let (_, rest) = agent.split_once("terraform-provider-azapi/")?;
    rest.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::{differences, version_in};

    #[test]
    fn version_of_azapi_is_read_from_its_user_agent() {
        let agent = "HashiCorp Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-azapi/2.12.0 pid-1";
        assert_eq!(version_in(agent), Some("2.12.0"));
        assert_eq!(version_in("terraform-provider-azuresre/0.1.0"), None);
    }

    #[test]
    fn differences_are_leaves_without_unknown_values() {
        let before = json!({ "a": { "b": 1, "c": 2 }, "d": "x", "e": [1], "f": null });
        let after = json!({ "a": { "b": 1, "c": 3 }, "e": [2], "f": null });
        let unknown = json!({ "d": true });
        let mut found = BTreeSet::new();
        differences(&before, &after, &unknown, "", &mut found);
        assert_eq!(found, BTreeSet::from([".a.c".to_owned(), ".e".to_owned()]));
    }
}
