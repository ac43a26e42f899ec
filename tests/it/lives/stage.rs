//! A workspace, and the service in this process.

use samples::{SUBSCRIPTION, Service};
use serde_json::{Map, Value as Json, json};
use test_support::{Action, Host, Plan, State, Workspace, binaries};
use tokio::runtime::Runtime;

use super::life::{Expected, Life};
use crate::change::Change;

/// A workspace with a provider for each plane, and an emulator in this process with the delays and
/// oddities of the service.
pub(super) struct Stage {
    pub(super) workspace: Workspace,
    pub(super) lives: Vec<Life>,
    /// The former names of objects.
    former: Vec<(usize, String)>,
    pub(super) service: Service,
    /// Runs the emulator while a host runs.
    pub(super) runtime: Runtime,
}

impl Stage {
    /// Creates an initialized workspace without objects, and the prerequisites of the objects.
    pub(super) fn new(host: &Host, lives: Vec<Life>) -> Self {
        let runtime = Runtime::new().unwrap();
        let service = Service::start(emulator::Profile::acceptance());
        let service = runtime.block_on(service).unwrap();
        let provider = binaries::provider_binary().unwrap();
        let mut workspace = Workspace::with_provider(host, &provider).unwrap();
        workspace.env("AZURESRE_EMULATOR", service.emulator.url());
        workspace.require_provider().unwrap();
        let providers = ["arm", "data_plane"].map(
            |plane| json!({ "alias": plane, "plane": plane, "subscription_id": SUBSCRIPTION }),
        );
        let providers = json!({ "provider": { "azuresre": providers } });
        write(&workspace, "provider.tf.json", &providers);
        workspace.init().unwrap();
        let mut stage = Self {
            workspace,
            lives,
            former: Vec::new(),
            service,
            runtime,
        };
        stage.furnish();
        stage
    }

    /// Creates the agents of the objects, and their other prerequisites.
    fn furnish(&mut self) {
        for life in &mut self.lives {
            let agent = life.kind.agent(&self.service, &life.name);
            life.agent = self.runtime.block_on(agent).unwrap();
        }
    }

    /// Gives every object another name, or another agent if it has no name.
    pub(super) fn rename(&mut self) {
        for (number, life) in self.lives.iter_mut().enumerate() {
            self.former.push((number, life.name.clone()));
            life.name.push_str("-2");
        }
        self.furnish();
    }

    /// Writes the configuration.
    pub(super) fn configure(&self, arguments: impl Fn(&Life) -> Json) {
        let mut resources = json!({});
        for life in &self.lives {
            let block = literal(&life.block(&arguments(life)));
            resources[life.kind.type_name][life.label()] = block;
        }
        let config = json!({ "resource": resources });
        write(&self.workspace, "main.tf.json", &config);
    }

    /// Plans, and expects exactly these actions.
    pub(super) fn plans(&self, action: impl Fn(&Life) -> Option<Action>) -> Plan {
        let plan = self.workspace.plan().unwrap();
        for life in &self.lives {
            let (address, wanted) = (life.address(), action(life).unwrap_or(Action::NoOp));
            assert_eq!(
                plan.action(&address),
                Some(wanted),
                "{address}: {}",
                plan.output
            );
        }
        assert_eq!(plan.actions().len(), self.lives.len(), "{}", plan.output);
        plan
    }

    /// Plans, and expects exactly these attributes to change in place.
    pub(super) fn changes(&self, expected: impl Fn(&Life) -> Expected) -> Plan {
        let plan = self.workspace.plan().unwrap();
        let mut wrong = Vec::new();
        for life in &self.lives {
            let (address, expected) = (life.address(), expected(life));
            let found = Change::of(&plan, &address).paths();
            let action = match found.is_empty() && !expected.is_needed() {
                true => Action::NoOp,
                false => Action::Update,
            };
            if plan.action(&address) != Some(action) {
                wrong.push(format!("{address}: {:?}", plan.action(&address)));
            }
            let differing = expected.wrong(&found).into_iter();
            wrong.extend(differing.map(|path| format!("{address}: {path}")));
        }
        assert!(wrong.is_empty(), "{wrong:#?} in {}", plan.output);
        assert_eq!(plan.actions().len(), self.lives.len(), "{}", plan.output);
        plan
    }

    /// Applies the last plan.
    pub(super) fn applies(&self) {
        let apply = ["apply", "-input=false", "-no-color", "../plan.tfplan"];
        self.workspace.run(apply).unwrap().success().unwrap();
    }

    /// Plans, and expects no changes.
    pub(super) fn plans_nothing(&self) {
        let plan = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
        self.workspace.run(plan).unwrap().success().unwrap();
    }

    /// Asserts that the service stores the values at this index.
    pub(super) fn holds(&self, index: usize) {
        for life in &self.lives {
            let document = life.kind.document(&self.service, &life.name).unwrap();
            let document = document.unwrap_or_else(|| panic!("there is no {}", life.address()));
            for row in life.variant().together() {
                let index = index.min(row.values.len() - 1);
                let held = row.held_by(&document, index, life.plane);
                held.unwrap_or_else(|error| panic!("{}: {error}", life.address()));
            }
        }
    }

    /// Runs work on every object as another client.
    pub(super) fn each(&self, work: impl AsyncFn(&Life, &Service) -> anyhow::Result<()>) {
        for life in &self.lives {
            let done = self.runtime.block_on(work(life, &self.service));
            done.unwrap_or_else(|error| panic!("{}: {error:#}", life.address()));
        }
    }

    /// Reads all objects by data sources, individually and as lists.
    pub(super) fn reads(&self) {
        let mut sources = json!({});
        for life in &self.lives {
            let mut source = life.block(&json!({}));
            sources[life.kind.type_name][life.label()] = source.clone();
            if life.kind.home.is_listed() {
                source.as_object_mut().unwrap().remove("name");
                sources[list_of(life)][life.label()] = source;
            }
        }
        write(&self.workspace, "data.tf.json", &json!({ "data": sources }));
        self.workspace.apply().unwrap();
        let state = self.workspace.show().unwrap();
        for life in &self.lives {
            let address = life.address();
            let managed = state.values(&address).unwrap();
            let read = state.values(&format!("data.{address}")).unwrap();
            life.reads_as(managed, read, false);
            if life.kind.home.is_listed() {
                let list = format!("data.{}.{}", list_of(life), life.label());
                let items = state.values(&list).unwrap()["items"].as_array().unwrap();
                let found = items.iter().find(|item| item["id"] == managed["id"]);
                let found = found.unwrap_or_else(|| panic!("{list} has no {}", managed["id"]));
                life.reads_as(managed, found, true);
            }
        }
        self.workspace.remove("data.tf.json").unwrap();
    }

    /// Imports all objects into an empty state, by the id of their plane and, if the host supports
    /// it, by identity. The plan only changes what cannot be read.
    pub(super) fn imports(&self) {
        let state = self.workspace.show().unwrap();
        // A provider that does not know about a write cannot detect late reads.
        self.each(async |life, service| life.kind.settled(service, &life.agent, &life.name).await);
        self.workspace.remove("terraform.tfstate").unwrap();
        self.plans_imports(|life| json!({ "id": spelled_id(life, &state) }));
        if self.workspace.host().at_least(1, 12) {
            self.plans_imports(|life| {
                let resource = state.resource(&life.address()).unwrap();
                json!({ "identity": resource["identity"] })
            });
        }
        self.applies();
        self.workspace.remove("import.tf.json").unwrap();
    }

    fn plans_imports(&self, by: impl Fn(&Life) -> Json) {
        let blocks = self.lives.iter().map(|life| {
            let mut block = by(life);
            block["to"] = json!(life.address());
            block
        });
        let blocks = json!({ "import": blocks.collect::<Vec<_>>() });
        write(&self.workspace, "import.tf.json", &blocks);
        let plan = self.changes(Life::unreadable);
        for life in &self.lives {
            let change = Change::of(&plan, &life.address());
            assert!(change.json.get("importing").is_some(), "{}", plan.output);
        }
    }

    /// Destroys, and asserts that nothing is left in the state and in the service.
    pub(super) fn destroys(&self) {
        self.workspace.destroy().unwrap();
        assert!(self.workspace.state_list().unwrap().is_empty());
        let former = self
            .former
            .iter()
            .map(|(number, name)| (&self.lives[*number], name));
        let all = self
            .lives
            .iter()
            .map(|life| (life, &life.name))
            .chain(former);
        for (life, name) in all {
            let left = life.kind.remains(&self.service, name).unwrap();
            assert_eq!(left, None, "{} {name}", life.kind.noun());
        }
    }
}

/// Returns the id of an object in the form of its plane.
fn spelled_id(life: &Life, state: &State) -> Json {
    let path = life.kind.home.data_plane_path(&life.name);
    match path.filter(|_| life.plane == "data_plane") {
        Some(path) => json!(format!("{}{path}", life.agent)),
        None => state.values(&life.address()).unwrap()["id"].clone(),
    }
}

/// Returns the data source of all objects of a kind.
fn list_of(life: &Life) -> String {
    format!("{}s", life.kind.type_name)
}

fn write(workspace: &Workspace, file: &str, config: &Json) {
    workspace.write(file, config.to_string()).unwrap();
}

/// Escapes a value for a configuration, in which texts are templates.
fn literal(value: &Json) -> Json {
    let text = |text: &str| text.replace("${", "$${").replace("%{", "%%{");
    match value {
        Json::String(value) => json!(text(value)),
        Json::Array(items) => items.iter().map(literal).collect(),
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (text(name), literal(value)));
            Json::Object(members.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
