//! An applied recipe.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use test_support::{Action, EmulatorProcess, Host, Workspace, binaries, workspace_dir};

use crate::cases::Case;

/// The resource group of the agent in the recipes' example values.
const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sre";

/// The plane of the objects inside the agent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Plane {
    /// Azure Resource Manager, in a tenant that allows it.
    Arm,
    /// The agent's data plane, in a tenant that only allows it.
    DataPlane,
}

/// A workspace with a recipe like a user's: a copy of its folder, with the example values. The
/// emulator has the delays and oddities of the service, once the agent exists.
pub(crate) struct Fixture {
    emulator: EmulatorProcess,
    workspace: Workspace,
    plane: Plane,
    agent: String,
}

impl Fixture {
    /// Initializes the workspace, and applies nothing.
    pub(crate) fn new(case: &Case, plane: Plane) -> Self {
        let emulator = EmulatorProcess::start(&["--profile", "acceptance"]).unwrap();
        let host = Host::newest().unwrap();
        let provider = binaries::provider_binary().unwrap();
        let mut workspace = Workspace::with_provider(&host, &provider).unwrap();
        workspace.env("AZURESRE_EMULATOR", emulator.url());
        for (variable, value) in case.secrets {
            workspace.env(format!("TF_VAR_{variable}"), value);
        }
        // Waiting for an agent to come up would take most of the time, and other tests cover it.
        let mut profile = json!({ "starting_requests": 0, "forbidden_requests": 0 });
        match plane {
            Plane::Arm => {
                workspace.env("TF_VAR_plane", "arm");
            }
            // The default of the recipes.
            Plane::DataPlane => profile["tenant"] = json!("external"),
        }
        emulator.put("profile", &profile).unwrap();
        let folder = workspace_dir().join("examples/recipes").join(case.folder);
        workspace.copy_from(&folder).unwrap();
        let values = fs::read(folder.join("terraform.tfvars.example")).unwrap();
        workspace.write("terraform.tfvars", values).unwrap();
        workspace.init().unwrap();
        Self {
            emulator,
            workspace,
            plane,
            agent: format!("{GROUP}/providers/Microsoft.App/agents/{}", case.agent),
        }
    }

    /// Applies, and expects that nothing is left to do.
    pub(crate) fn applies(&self) {
        self.workspace.apply().unwrap();
        self.workspace.plan().unwrap().expect_empty().unwrap();
    }

    /// Plans, and expects exactly these actions.
    pub(crate) fn plans(&self, changed: &[(&str, Action)]) {
        let plan = self.workspace.plan().unwrap();
        let expected: BTreeMap<_, _> = changed.iter().copied().collect();
        assert_eq!(plan.changed(), expected, "{}", plan.output);
    }

    /// Sets a variable, which overrides the example value.
    pub(crate) fn set(&self, variable: &str, value: &Value) {
        let values = json!({ variable: value }).to_string();
        self.workspace
            .write("changed.auto.tfvars.json", values)
            .unwrap();
    }

    /// Changes a file of the recipe.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.workspace.dir().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        self.workspace.write(file, text.replace(from, to)).unwrap();
    }

    /// Adds a file to the recipe.
    pub(crate) fn add(&self, file: &str, text: &str) {
        self.workspace.write(file, text).unwrap();
    }

    /// Asserts that secrets have reached the service, and are in neither state nor plan.
    pub(crate) fn keeps_secrets(&self, secrets: &[(&str, &str)]) {
        let held = self.emulator.get("state").unwrap().to_string();
        let state = fs::read_to_string(self.workspace.dir().join("terraform.tfstate")).unwrap();
        assert!(state.contains(&self.agent), "{state}");
        for (variable, secret) in secrets {
            assert!(held.contains(secret), "the service has no {variable}");
            assert!(!state.contains(secret), "{variable} is in the state");
        }
    }

    /// Returns the agent, as Azure Resource Manager returns it.
    pub(crate) fn agent(&self) -> Value {
        self.arm("")
    }

    /// Returns a connector, as Azure Resource Manager returns it: without values that may be
    /// secret.
    pub(crate) fn connector(&self, name: &str) -> Value {
        self.arm(&format!("/DataConnectors/{name}"))["properties"].clone()
    }

    /// Returns the properties of an object inside the agent, from the plane on which it was
    /// written. `kind` is the name of the collection on Azure Resource Manager.
    pub(crate) fn object(&self, kind: &str, name: &str) -> Value {
        if self.plane == Plane::Arm {
            let shown = self.arm(&format!("/{kind}/{name}"));
            let value = shown["properties"]["value"].as_str().unwrap();
            return serde_json::from_slice(&BASE64_STANDARD.decode(value).unwrap()).unwrap();
        }
        let collection = match kind {
            "subagents" => "agents",
            other => other,
        };
        let path = format!("/api/v2/extendedAgent/{collection}/{name}");
        self.data_plane(&path)["properties"].clone()
    }

    /// Returns the answer of the data plane.
    pub(crate) fn data_plane(&self, path: &str) -> Value {
        let agent = self.agent();
        let endpoint = agent["properties"]["agentEndpoint"].as_str().unwrap();
        self.get(&format!("{endpoint}{path}"))
    }

    /// Returns the names of all objects of a kind, from the list of the data plane.
    pub(crate) fn names(&self, collection: &str) -> BTreeSet<String> {
        let list = self.data_plane(&format!("/api/v2/extendedAgent/{collection}"));
        assert_eq!(list["nextLink"], Value::Null, "{list}");
        let objects = list["value"].as_array().unwrap().iter();
        objects
            .map(|object| object["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Returns a document in the memory of the agent, from the pages of the list.
    pub(crate) fn document(&self, name: &str) -> Value {
        let mut token = String::new();
        loop {
            let path = format!("/api/v1/agentmemory/files?continuationToken={token}");
            let page = self.data_plane(&path);
            let mut files = page["files"].as_array().unwrap().iter();
            if let Some(found) = files.find(|file| file["name"] == name) {
                return found.clone();
            }
            token = page["continuationToken"].as_str().unwrap().to_owned();
            assert!(!token.is_empty(), "no {name} up to {page}");
        }
    }

    /// Sends JSON to a URL of the service, and returns the status.
    pub(crate) fn post(&self, url: &str, body: &Value) -> u16 {
        self.emulator.send("POST", url, body).unwrap().0
    }

    /// Returns the stored document under the key with this suffix, without masks.
    pub(crate) fn stored(&self, key: &str) -> Value {
        let state = self.emulator.get("state").unwrap();
        let mut found = state.as_object().unwrap().iter();
        let found = found.find(|(name, _)| name.starts_with("object/") && name.ends_with(key));
        found.unwrap_or_else(|| panic!("no {key}")).1["properties"].clone()
    }

    /// Destroys everything except the agent, and expects the agent to be like new. Otherwise,
    /// everything would be deleted with the agent, which proves nothing.
    pub(crate) fn destroys_what_the_agent_holds(&self) {
        let addresses = self.workspace.state_list().unwrap();
        let mut destroy = vec![
            "destroy".to_owned(),
            "-auto-approve".to_owned(),
            "-input=false".to_owned(),
            "-no-color".to_owned(),
        ];
        let inside = addresses
            .iter()
            .filter(|address| *address != "azuresre_agent.this");
        destroy.extend(inside.map(|address| format!("-target={address}")));
        assert!(destroy.len() > 4, "{addresses:?}");
        self.workspace.run(destroy).unwrap().success().unwrap();

        assert_eq!(self.left(), Vec::<String>::new());
        let instructions = self.data_plane("/api/v2/agent/customInstructions");
        assert_eq!(
            instructions["instructions"].as_str().unwrap_or_default(),
            ""
        );
        let permissions = &self.data_plane("/api/v2/agent/settings/global")["permissions"];
        for list in ["allow", "ask", "deny"] {
            let entries = permissions[list].as_array();
            assert!(entries.is_none_or(Vec::is_empty), "{permissions}");
        }
    }

    /// Destroys, and expects that nothing is left.
    pub(crate) fn destroys(&self) {
        self.workspace.destroy().unwrap();
        assert!(self.workspace.state_list().unwrap().is_empty());
        let url = self.arm_url("");
        let (status, answer) = self.emulator.send("GET", &url, &Value::Null).unwrap();
        assert_eq!(status, 404, "{answer}");
        assert_eq!(self.left(), Vec::<String>::new());
    }

    /// Returns the keys of everything that belongs to agents, without documents that every agent
    /// always has, and without conversations, which no configuration creates.
    fn left(&self) -> Vec<String> {
        let state = self.emulator.get("state").unwrap();
        let deleted = |value: &Value| value.get("deleted").is_some_and(|deleted| deleted == true);
        let kinds = ["object/", "trigger/", "domain/", "item/"];
        let entries = state.as_object().unwrap().iter();
        let configured = |key: &str| {
            kinds.iter().any(|kind| key.starts_with(kind)) && !key.contains("/threads/")
        };
        entries
            .filter(|(key, value)| configured(key) && !deleted(value))
            .map(|(key, _)| key.clone())
            .collect()
    }

    fn arm(&self, below: &str) -> Value {
        self.get(&self.arm_url(below))
    }

    fn arm_url(&self, below: &str) -> String {
        let base = self.emulator.url();
        format!("{base}{}{below}?api-version=2025-05-01-preview", self.agent)
    }

    fn get(&self, url: &str) -> Value {
        let (status, answer) = self.emulator.send("GET", url, &Value::Null).unwrap();
        assert_eq!(status, 200, "{url}: {answer}");
        answer
    }
}
