//! Exports all objects, and adopts them in another workspace.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use samples::{Storage, json};
use serde_json::{Map, Value as Json, json};
use test_support::{Action, Plan, Run, State, Workspace, binaries};

use super::fixture::Fixture;
use crate::change::Change;

const LIMIT: Duration = Duration::from_secs(300);

impl Fixture {
    /// Exports every agent, and adopts each in a separate workspace. At first nothing changes. Then
    /// the secrets are set, and nothing is left to do.
    pub(super) fn exports(&self) {
        let state = self.workspace.show().unwrap();
        self.add_hostile_object();
        let agents: BTreeSet<&str> = self
            .instances
            .iter()
            .map(|instance| instance.agent.as_str())
            .collect();
        let mut secrets = 0;
        for agent in agents {
            let provider = binaries::provider_binary().unwrap();
            let mut workspace = Workspace::with_provider(self.workspace.host(), &provider).unwrap();
            workspace.env("AZURESRE_EMULATOR", self.service.emulator.url());
            let report = self.exports_to(&workspace, agent);
            self.has_all(agent, &report);
            workspace
                .run(["fmt", "-check", "-recursive", "-diff"])
                .unwrap()
                .success()
                .unwrap();
            workspace.init().unwrap();
            let values = given(&report, &state);
            secrets += values.len();
            takes_over(&workspace, &report, &values);
        }
        assert!(secrets >= 5, "only {secrets} secrets were given");
    }

    /// Adds an object whose text contains templates, ends of heredocs, and escapes.
    fn add_hostile_object(&self) {
        let text = "# ${var.x} %{ if true }\n<<EOT\n$${y} $$${z} %%{a} $ {\r\n\"q\" \\ \u{202e}\u{feff} end\n\n";
        let file = |path: &str, content: &str| json!({ "filePath": path, "content": content });
        let body = json!({ "name": "odd ${x} %{y}", "type": "Skill", "properties": {
            "description": "$${a} $$${b} %%{c} $$ %% \\ \" \u{202e} 😀 tab\t end",
            "skillContent": text,
            "tools": ["a${b}", "$${c}"],
            "additionalFiles": [file("../../evil.sh", text), file("${path.module}/x", "short ${x} $")],
        } });
        let path = "/api/v2/extendedAgent/skills/odd%20%24%7Bx%7D%20%25%7By%7D";
        let shared_agent = self.runtime.block_on(self.service.shared_agent()).unwrap();
        let sent = self
            .service
            .data_plane(shared_agent, Method::PUT, path, body);
        self.runtime.block_on(sent).unwrap().success().unwrap();
    }

    fn exports_to(&self, workspace: &Workspace, agent: &str) -> Json {
        self.service.emulator.clear_requests();
        let mut command = Command::new(binaries::provider_binary().unwrap());
        command
            .args(["export", "--json", "--agent-id", agent, "--out"])
            .arg(workspace.dir())
            .env("AZURESRE_EMULATOR", self.service.emulator.url());
        let run = Run::capture(&mut command, LIMIT).unwrap();
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        for request in self.service.emulator.requests() {
            assert_eq!(request.method, "GET", "{} was sent", request.path);
        }
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// Asserts that everything in the agent is exported, except tools in their default state.
    fn has_all(&self, agent: &str, report: &Json) {
        let ids: BTreeSet<&str> = objects(report).map(|(_, id)| id).collect();
        let state = self.workspace.show().unwrap();
        for instance in &self.instances {
            if instance.agent == agent && !matches!(instance.kind.storage, Storage::Switches) {
                let values = state.values(&instance.address()).unwrap();
                let id = values["id"].as_str().unwrap();
                assert!(ids.contains(id), "{id} is not in {report:#}");
            }
        }
    }
}

fn objects(report: &Json) -> impl Iterator<Item = (&str, &str)> {
    let objects = report["objects"].as_array().unwrap().iter();
    objects.map(|object| {
        (
            object["address"].as_str().unwrap(),
            object["id"].as_str().unwrap(),
        )
    })
}

/// Returns the secrets of an export by variable, with the values of the objects. Secrets without a
/// value are omitted.
fn given(report: &Json, state: &State) -> Map<String, Json> {
    let ids: Map<String, Json> = objects(report)
        .map(|(address, id)| (address.to_owned(), json!(id)))
        .collect();
    let secrets = report["secrets"].as_array().unwrap().iter();
    // An object must be complete to be sent.
    let hidden = report["hidden"].as_array().unwrap();
    let is_whole = |secret: &&Json| hidden.iter().all(|one| one["address"] != secret["address"]);
    let found = secrets.filter(is_whole).filter_map(|secret| {
        let id = &ids[secret["address"].as_str()?];
        let resources = state.resources();
        let of_id = |resource: &&Json| resource["values"]["id"] == *id;
        let resource = resources.into_iter().find(of_id)?;
        let at = format!("/{}", secret["argument"].as_str()?.replace('.', "/"));
        let value = resource["values"]
            .pointer(&at)
            .filter(|value| !json::is_nothing(Some(value)))?;
        let variable = secret["variable"].as_str()?.trim_start_matches("var.");
        Some((variable.to_owned(), value.clone()))
    });
    found.collect()
}

fn takes_over(workspace: &Workspace, report: &Json, values: &Map<String, Json>) {
    let variables =
        std::fs::read_to_string(workspace.dir().join("variables.tf")).unwrap_or_default();
    let is_required = |name: &str| {
        let block = variables
            .split("variable ")
            .find(|block| block.starts_with(&format!("\"{name}\"")));
        block.is_some_and(|block| !block.contains("default"))
    };
    let required = values.iter().filter(|(name, _)| is_required(name));
    let required: Map<String, Json> = required
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let addresses: BTreeSet<&str> = objects(report).map(|(address, _)| address).collect();
    write(workspace, &required);
    let plan = workspace.plan().unwrap();
    imports_all(&plan, &addresses);
    for address in &addresses {
        let changed = Change::of(&plan, address).paths();
        assert!(
            changed.is_empty(),
            "{address} changes at {changed:?}: {}",
            plan.output
        );
        assert_eq!(
            plan.action(address),
            Some(Action::NoOp),
            "{address}: {}",
            plan.output
        );
    }

    // With the secrets, only they change.
    let mut all = values.clone();
    for name in values.keys().filter(|name| !required.contains_key(*name)) {
        all.insert(format!("{name}_version"), json!(1));
    }
    let with_secrets: BTreeSet<&str> = report["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|secret| secret["address"].as_str())
        .collect();
    write(workspace, &all);
    let plan = workspace.plan().unwrap();
    imports_all(&plan, &addresses);
    for address in addresses {
        for path in Change::of(&plan, address).paths() {
            let is_secret = with_secrets.contains(address) && path.ends_with("_version");
            assert!(is_secret, "{address} changes at {path}: {}", plan.output);
        }
    }
    let apply = ["apply", "-input=false", "-no-color", "-auto-approve"];
    workspace.run(apply).unwrap().success().unwrap();
    let plan = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
    workspace.run(plan).unwrap().success().unwrap();
}

fn write(workspace: &Workspace, values: &Map<String, Json>) {
    let text = Json::Object(values.clone()).to_string();
    workspace.write("terraform.tfvars.json", text).unwrap();
}

fn imports_all(plan: &Plan, addresses: &BTreeSet<&str>) {
    let planned: BTreeSet<&str> = plan.actions().keys().map(String::as_str).collect();
    assert_eq!(planned, *addresses, "{}", plan.output);
    for address in addresses {
        let change = Change::of(plan, address);
        let is_imported = change.json.get("importing").is_some();
        assert!(is_imported, "{address} is not imported: {}", plan.output);
    }
}
