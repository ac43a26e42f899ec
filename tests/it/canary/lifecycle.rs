//! All operations on resources, with a record of what they leave behind.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;
use std::{fs, thread};

use serde_json::json;
use test_support::{Host, Run};

use super::evidence::{Evidence, ODD, Place};
use super::resources::{Canary, variable};
use crate::world::{AGENT, World};

const APPLY: [&str; 4] = ["apply", "-auto-approve", "-input=false", "-no-color"];

/// The lifecycle of some resources.
pub(super) struct Lifecycle {
    pub(super) world: World,
    pub(super) evidence: Evidence,
    canaries: Vec<Canary>,
    through: Through,
    /// How many times the markers have changed.
    version: u32,
}

/// The kind of variable that passes the secrets.
#[derive(Clone, Copy)]
pub(super) enum Through {
    /// An ephemeral variable, which no plan contains.
    Ephemeral,
    /// A sensitive variable, which is not shown.
    Sensitive,
}

impl Lifecycle {
    pub(super) fn new(canaries: Vec<Canary>, through: Through) -> Self {
        let mut world = World::with_agent(&Host::newest().unwrap());
        // Bodies on ARM are base64, in which a marker is not visible.
        world.configure_provider("plane = \"data_plane\"");
        let platform =
            json!({ "properties": { "incidentManagementConfiguration": { "type": "AzMonitor" } } });
        world.change_on_arm("PATCH", AGENT, &platform);
        world.workspace.log("TRACE");
        Self {
            world,
            evidence: Evidence::default(),
            canaries,
            through,
            version: 0,
        }
    }

    pub(super) fn markers(&self) -> BTreeSet<String> {
        let markers = self.canaries.iter().flat_map(|canary| &canary.markers);
        markers.cloned().collect()
    }

    /// Returns all texts that the markers have stood for.
    pub(super) fn values(&self) -> Vec<String> {
        let versions = 1..=self.version;
        versions
            .flat_map(|version| self.values_of(version))
            .collect()
    }

    /// Returns the texts of one version of the markers.
    pub(super) fn values_of(&self, version: u32) -> Vec<String> {
        let markers = self.markers();
        markers
            .iter()
            .map(|marker| value(marker, version))
            .collect()
    }

    /// Plans, applies, refreshes, fails, imports, crashes and destroys.
    pub(super) fn run(&mut self) {
        self.change();
        self.applies_a_plan("create");
        let args = ["apply", "-refresh-only", "-auto-approve", "-input=false"];
        self.succeeds("refresh", &args);
        let shown = self.world.workspace.run(["show", "-json"]).unwrap();
        self.evidence
            .note(Place::State, "show", shown.success().unwrap().stdout);

        self.change();
        self.is_refused();
        self.world.forget_requests();
        self.succeeds("change", &APPLY);
        self.markers_were_sent();

        self.change();
        // The provider is found through /proc.
        if cfg!(target_os = "linux") {
            self.crashes();
            self.change();
        }
        self.imports();
        self.succeeds("destroy", &["destroy", "-auto-approve", "-input=false"]);
        assert!(self.world.workspace.state_list().unwrap().is_empty());
        self.evidence.log(&self.world);

        for (place, text) in [
            (Place::Output, "Apply complete!"),
            (Place::Output, "\"@level\":\"error\""),
            (Place::Log, "ApplyResourceChange"),
            (Place::Log, "provider.azuresre"),
            (Place::Log, "/connectors/mcp"),
            (Place::State, "https://mcp.example.net"),
            (Place::Plan, "https://mcp.example.net"),
        ] {
            assert!(
                self.evidence.speaks_of(place, text),
                "no {place:?} speaks of {text}"
            );
        }
    }

    /// Sets new values for all markers.
    fn change(&mut self) {
        self.version += 1;
        let version = self.version;
        let kind = match self.through {
            Through::Ephemeral => "ephemeral",
            Through::Sensitive => "sensitive",
        };
        let mut config = String::from("variable \"version_of_all\" {\n  type = number\n}\n");
        let workspace = &mut self.world.workspace;
        workspace.env("TF_VAR_version_of_all", version.to_string());
        for canary in &self.canaries {
            config.push_str(&canary.block);
            for marker in &canary.markers {
                let name = variable(marker);
                let _ = writeln!(
                    config,
                    "variable \"{name}\" {{\n  type = string\n  {kind} = true\n}}"
                );
                workspace.env(format!("TF_VAR_{name}"), value(marker, version));
            }
        }
        self.world.configure(&config);
    }

    fn applies_a_plan(&mut self, step: &str) {
        let plan = self.world.workspace.plan().unwrap();
        self.evidence
            .note(Place::Plan, "show of the plan", plan.json.to_string());
        self.evidence.note(Place::Output, "plan", plan.output);
        let applied = self.world.applies_plan();
        self.saw(step, &applied);
    }

    fn succeeds(&mut self, step: &str, args: &[&str]) {
        let run = self.world.workspace.run(args).unwrap().success().unwrap();
        self.saw(step, &run);
    }

    fn saw(&mut self, step: &str, run: &Run) {
        self.evidence.output(step, run);
        self.evidence.files(step, &self.world);
    }

    /// The service refuses the new values.
    fn is_refused(&mut self) {
        for method in ["PUT", "PATCH", "POST"] {
            let fault =
                json!({ "method": method, "path": "/agents|/api", "count": 0, "status": 400 });
            self.world.emulator.post("faults", &fault).unwrap();
        }
        let args = [&APPLY[..], &["-json"]].concat();
        let refused = self.world.workspace.run(args).unwrap().failure().unwrap();
        self.saw("a refusal", &refused);
        self.world.emulator.delete("faults").unwrap();
    }

    fn markers_were_sent(&self) {
        let writes = self.world.writes();
        let sent: String = writes.iter().map(|write| write.body.to_string()).collect();
        for marker in self.markers() {
            let value = value(&marker, self.version);
            assert!(sent.contains(&value), "{value} was not sent");
        }
    }

    /// The provider crashes while it sends the new values.
    fn crashes(&mut self) {
        let world = &self.world;
        let hold = json!({ "method": "PUT", "path": "/connectors/mcp$", "hold": true });
        let fault = world.emulator.post("faults", &hold).unwrap()["id"].clone();
        let crashed = thread::scope(|scope| {
            let apply = scope.spawn(|| world.workspace.run(APPLY));
            let wait = format!("faults/{fault}/held?timeout_ms=120000");
            assert_eq!(world.emulator.get(&wait).unwrap()["held"], 1);
            let provider = provider_of(world);
            let kill = Command::new("kill").args(["-KILL", &provider]).status();
            assert!(kill.unwrap().success());
            apply.join().unwrap().unwrap().failure().unwrap()
        });
        world.emulator.delete(&format!("faults/{fault}")).unwrap();
        let output = crashed.output();
        let said = ["Plugin did not respond", "request was cancelled"];
        assert!(said.iter().any(|said| output.contains(said)), "{output}");
        self.saw("a crash", &crashed);
    }

    /// Imports the existing objects into a new state.
    fn imports(&mut self) {
        let state = self.world.workspace.show().unwrap();
        let blocks: String = self
            .canaries
            .iter()
            .map(|Canary { address, .. }| {
                let id = &state.values(address).unwrap()["id"];
                format!("import {{\n  to = {address}\n  id = {id}\n}}\n")
            })
            .collect();
        self.world.forget_state();
        self.world.workspace.write("import.tf", blocks).unwrap();
        self.applies_a_plan("import");
        self.world.workspace.remove("import.tf").unwrap();
    }
}

/// Returns the process id of the provider that uses the emulator of a world.
fn provider_of(world: &World) -> String {
    let emulator = format!("AZURESRE_EMULATOR={}", world.emulator.url());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut providers = processes.filter(|process| {
        let read = |name: &str| {
            let bytes = fs::read(process.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let is_provider = read("cmdline").contains("terraform-provider-azuresre");
        is_provider
            && read("environ")
                .split('\0')
                .any(|variable| variable == emulator)
    });
    let provider = providers.next().unwrap();
    provider.file_name().to_string_lossy().into_owned()
}

fn value(marker: &str, version: u32) -> String {
    format!("canary-{version}-{}{ODD}", variable(marker))
}
