//! A Terraform workspace and an emulator of the service, with helpers for both.

use std::fs;

use serde_json::{Value, json};
use test_support::{Action, EmulatorProcess, Host, Run, Workspace, binaries, hosts};

use crate::change::{Change, set, unwrapped};
use crate::service::{ATTEMPTS, Write};

/// The agent that contains the objects of most tests.
pub(crate) const AGENT: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sre/providers/Microsoft.App/agents/shop";

const PROVIDER: &str = "provider \"azuresre\" {
  subscription_id = \"00000000-0000-0000-0000-000000000001\"
}
";

/// The hosts that a test runs with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    /// The installed ones: `terraform` and `tofu` on PATH.
    Installed,
    /// Terraform 1.15, or `AZURESRE_TERRAFORM`.
    Newest,
}

impl On {
    /// Returns the hosts. There may be no installed one, but the newest is always available.
    pub(crate) fn hosts(self) -> Vec<Host> {
        let mut all = hosts::all().unwrap();
        let newest = all.pop().unwrap();
        match self {
            Self::Installed => all,
            Self::Newest => vec![newest],
        }
    }
}

/// Returns Terraform 1.15, or `AZURESRE_TERRAFORM`.
pub(crate) fn newest() -> Host {
    Host::newest().unwrap()
}

/// A workspace whose provider uses a separate emulator with the delays and oddities of the service.
pub(crate) struct World {
    pub(crate) emulator: EmulatorProcess,
    pub(crate) workspace: Workspace,
}

impl World {
    /// Starts an emulator, and initializes a workspace with a plain provider block.
    pub(crate) fn new(host: &Host) -> Self {
        let emulator = EmulatorProcess::start(&["--profile", "acceptance"]).unwrap();
        let provider = binaries::provider_binary().unwrap();
        let mut workspace = Workspace::with_provider(host, &provider).unwrap();
        workspace.env("AZURESRE_EMULATOR", emulator.url());
        workspace.require_provider().unwrap();
        workspace.write("provider.tf", PROVIDER).unwrap();
        workspace.init().unwrap();
        Self {
            emulator,
            workspace,
        }
    }

    /// Creates a world in which [`AGENT`] exists and is ready on both planes.
    pub(crate) fn with_agent(host: &Host) -> Self {
        let world = Self::new(host);
        world.create_agent(AGENT);
        world
    }

    /// Creates an agent without Terraform, and waits until its data plane answers.
    pub(crate) fn create_agent(&self, id: &str) {
        // The provider would wait for a young agent instead of failing.
        let age = |seconds: u32| {
            let age = json!({ "agent_age": seconds });
            self.emulator.put("profile", &age).unwrap();
        };
        age(3600);
        let (status, body) = self.arm("PUT", id, &json!({ "location": "swedencentral" }));
        assert_eq!(status, 201, "{body}");
        age(0);
        self.settled(id);
        let url = format!("{}/api/v1/httptriggers", self.endpoint(id));
        for _ in 0..ATTEMPTS {
            if self.send("GET", &url, &Value::Null).0 == 200 {
                return;
            }
        }
        panic!("the data plane of {id} does not come up");
    }

    /// Connects [`AGENT`] to an incident platform, without the default filter of the service.
    pub(crate) fn connect_platform(&self) {
        let no_filter = json!({ "quickstart_plan": null });
        self.emulator.put("profile", &no_filter).unwrap();
        let platform = json!({ "type": "AzMonitor", "connectionName": "azmonitor" });
        let change = json!({ "properties": { "incidentManagementConfiguration": platform } });
        self.change_on_arm("PATCH", AGENT, &change);
    }

    /// Writes the provider block with further arguments.
    pub(crate) fn configure_provider(&self, arguments: &str) {
        let block = PROVIDER.replace("\n}", &format!("\n{arguments}\n}}"));
        self.workspace.write("provider.tf", block).unwrap();
    }

    /// Writes the configuration: one file in addition to that of the provider.
    pub(crate) fn configure(&self, config: &str) {
        self.workspace.write("main.tf", config).unwrap();
    }

    /// Plans, expects this action for this address and nothing else, and returns the change.
    pub(crate) fn plans(&self, address: &str, action: Action) -> Change {
        let plan = self.workspace.plan().unwrap();
        assert_eq!(
            plan.changed().into_iter().collect::<Vec<_>>(),
            [(address, action)],
            "{}",
            plan.output
        );
        Change::of(&plan, address)
    }

    /// Applies the last plan.
    pub(crate) fn applies_plan(&self) -> Run {
        let apply = ["apply", "-input=false", "-no-color", "../plan.tfplan"];
        self.workspace.run(apply).unwrap().success().unwrap()
    }

    /// Applies the last plan, and expects that nothing is left to do.
    pub(crate) fn applies(&self) -> Run {
        let run = self.applies_plan();
        self.plans_nothing();
        run
    }

    /// Plans, and expects no changes.
    pub(crate) fn plans_nothing(&self) {
        let plan = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
        self.workspace.run(plan).unwrap().success().unwrap();
    }

    /// Plans or applies, and expects a failure with these texts in the message, without any write.
    pub(crate) fn refuses(&self, config: &str, texts: &[&str]) {
        self.configure(config);
        self.forget_requests();
        let before = self.managed();
        let message = match self.workspace.plan() {
            Err(error) => error.to_string(),
            Ok(_) => self.workspace.apply_expecting_error().unwrap().report(),
        };
        let message = unwrapped(&message);
        for text in texts {
            assert!(message.contains(text), "no {text:?} in:\n{message}");
        }
        let writes = self.writes();
        assert!(writes.is_empty(), "{writes:#?}\n{message}");
        assert_eq!(self.managed(), before, "{message}");
    }

    /// Configures, expects the plan to change exactly these attributes in place, applies it with a
    /// single write, and expects an empty plan. Returns the write.
    pub(crate) fn updates(&self, address: &str, config: &str, attributes: &[&str]) -> Write {
        self.configure(config);
        self.plans(address, Action::Update).changes(attributes);
        self.forget_requests();
        self.applies_plan();
        let writes = self.writes();
        assert_eq!(writes.len(), 1, "{writes:#?}");
        self.plans_nothing();
        writes.into_iter().next().unwrap()
    }

    /// Removes the state, as if it were elsewhere.
    pub(crate) fn forget_state(&self) {
        self.workspace.remove("terraform.tfstate").unwrap();
    }

    /// Destroys, and asserts that only these objects are left in the service.
    pub(crate) fn destroys(&self, left: &[&str]) {
        self.workspace.destroy().unwrap();
        assert_eq!(self.objects(), set(left));
        assert_eq!(self.managed(), [""; 0]);
    }

    /// Returns the addresses of the resources in the state file, because running Terraform takes as
    /// long as a plan. A killed run may leave no state, or an incomplete one.
    pub(crate) fn managed(&self) -> Vec<String> {
        let file = self.workspace.dir().join("terraform.tfstate");
        let state: Value = fs::read(file)
            .ok()
            .and_then(|state| serde_json::from_slice(&state).ok())
            .unwrap_or_default();
        let resources = state["resources"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        resources
            .filter(|resource| resource["mode"] == "managed" && resource["instances"] != json!([]))
            .map(|resource| format!("{}.{}", text(&resource["type"]), text(&resource["name"])))
            .collect()
    }

    /// Returns the attributes of an object in the state.
    pub(crate) fn state(&self, address: &str) -> Value {
        let state = self.workspace.show().unwrap();
        state
            .values(address)
            .unwrap_or_else(|| panic!("{address} is not in state"))
            .clone()
    }
}
