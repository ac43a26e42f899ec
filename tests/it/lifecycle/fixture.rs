//! A workspace, and the service in this process.

use samples::{SUBSCRIPTION, Service};
use serde_json::{Map, Value as Json, json};
use test_support::{Action, Host, Plan, State, Workspace, binaries};
use tokio::runtime::Runtime;

use super::instance::{Expected, Instance};
use crate::change::Change;

/// A workspace with a provider for each plane, and an emulator in this process with the delays and
/// oddities of the service.
pub(super) struct Fixture {
    pub(super) workspace: Workspace,
    pub(super) instances: Vec<Instance>,
    /// The former names of objects.
    former: Vec<(usize, String)>,
    pub(super) service: Service,
    /// Runs the emulator while a host runs.
    pub(super) runtime: Runtime,
}

impl Fixture {
    /// Creates an initialized workspace without objects, and the prerequisites of the objects.
    pub(super) fn new(host: &Host, instances: Vec<Instance>) -> Self {
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
        let mut fixture = Self {
            workspace,
            instances,
            former: Vec::new(),
            service,
            runtime,
        };
        fixture.create_prerequisites();
        fixture
    }

    /// Creates the agents of the objects, and their other prerequisites.
    fn create_prerequisites(&mut self) {
        for instance in &mut self.instances {
            let agent = instance.kind.agent(&self.service, &instance.name);
            instance.agent = self.runtime.block_on(agent).unwrap();
        }
    }

    /// Gives every object another name, or another agent if it has no name.
    pub(super) fn rename(&mut self) {
        for (number, instance) in self.instances.iter_mut().enumerate() {
            self.former.push((number, instance.name.clone()));
            instance.name.push_str("-2");
        }
        self.create_prerequisites();
    }

    /// Writes the configuration.
    pub(super) fn configure(&self, arguments: impl Fn(&Instance) -> Json) {
        let mut resources = json!({});
        for instance in &self.instances {
            let block = literal(&instance.block(&arguments(instance)));
            resources[instance.kind.type_name][instance.label()] = block;
        }
        let config = json!({ "resource": resources });
        write(&self.workspace, "main.tf.json", &config);
    }

    /// Plans, and expects exactly these actions.
    pub(super) fn plans(&self, action: impl Fn(&Instance) -> Option<Action>) -> Plan {
        let plan = self.workspace.plan().unwrap();
        for instance in &self.instances {
            let (address, wanted) = (instance.address(), action(instance).unwrap_or(Action::NoOp));
            assert_eq!(
                plan.action(&address),
                Some(wanted),
                "{address}: {}",
                plan.output
            );
        }
        assert_eq!(
            plan.actions().len(),
            self.instances.len(),
            "{}",
            plan.output
        );
        plan
    }

    /// Plans, and expects exactly these attributes to change in place.
    pub(super) fn changes(&self, expected: impl Fn(&Instance) -> Expected) -> Plan {
        let plan = self.workspace.plan().unwrap();
        let mut wrong = Vec::new();
        for instance in &self.instances {
            let (address, expected) = (instance.address(), expected(instance));
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
        assert_eq!(
            plan.actions().len(),
            self.instances.len(),
            "{}",
            plan.output
        );
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
        for instance in &self.instances {
            let document = instance
                .kind
                .document(&self.service, &instance.name)
                .unwrap();
            let document = document.unwrap_or_else(|| panic!("there is no {}", instance.address()));
            for row in instance.variant().together() {
                let index = index.min(row.values.len() - 1);
                let held = row.held_by(&document, index, instance.plane);
                held.unwrap_or_else(|error| panic!("{}: {error}", instance.address()));
            }
        }
    }

    /// Runs work on every object as another client.
    pub(super) fn each(&self, work: impl AsyncFn(&Instance, &Service) -> anyhow::Result<()>) {
        for instance in &self.instances {
            let done = self.runtime.block_on(work(instance, &self.service));
            done.unwrap_or_else(|error| panic!("{}: {error:#}", instance.address()));
        }
    }

    /// Reads all objects by data sources, individually and as lists.
    pub(super) fn reads(&self) {
        let mut sources = json!({});
        for instance in &self.instances {
            let mut source = instance.block(&json!({}));
            sources[instance.kind.type_name][instance.label()] = source.clone();
            if instance.kind.storage.is_listed() {
                source.as_object_mut().unwrap().remove("name");
                sources[list_of(instance)][instance.label()] = source;
            }
        }
        write(&self.workspace, "data.tf.json", &json!({ "data": sources }));
        self.workspace.apply().unwrap();
        let state = self.workspace.show().unwrap();
        for instance in &self.instances {
            let address = instance.address();
            let managed = state.values(&address).unwrap();
            let read = state.values(&format!("data.{address}")).unwrap();
            instance.reads_as(managed, read, false);
            if instance.kind.storage.is_listed() {
                let list = format!("data.{}.{}", list_of(instance), instance.label());
                let items = state.values(&list).unwrap()["items"].as_array().unwrap();
                let found = items.iter().find(|item| item["id"] == managed["id"]);
                let found = found.unwrap_or_else(|| panic!("{list} has no {}", managed["id"]));
                instance.reads_as(managed, found, true);
            }
        }
        self.workspace.remove("data.tf.json").unwrap();
    }

    /// Imports all objects into an empty state, by the id of their plane and, if the host supports
    /// it, by identity. The plan only changes what cannot be read.
    pub(super) fn imports(&self) {
        let state = self.workspace.show().unwrap();
        // A provider that does not know about a write cannot detect late reads.
        self.each(async |instance, service| {
            instance
                .kind
                .settled(service, &instance.agent, &instance.name)
                .await
        });
        self.workspace.remove("terraform.tfstate").unwrap();
        self.plans_imports(|instance| json!({ "id": spelled_id(instance, &state) }));
        if self.workspace.host().at_least(1, 12) {
            self.plans_imports(|instance| {
                let resource = state.resource(&instance.address()).unwrap();
                json!({ "identity": resource["identity"] })
            });
        }
        self.applies();
        self.workspace.remove("import.tf.json").unwrap();
    }

    fn plans_imports(&self, by: impl Fn(&Instance) -> Json) {
        let blocks = self.instances.iter().map(|instance| {
            let mut block = by(instance);
            block["to"] = json!(instance.address());
            block
        });
        let blocks = json!({ "import": blocks.collect::<Vec<_>>() });
        write(&self.workspace, "import.tf.json", &blocks);
        let plan = self.changes(Instance::unreadable);
        for instance in &self.instances {
            let change = Change::of(&plan, &instance.address());
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
            .map(|(number, name)| (&self.instances[*number], name));
        let all = self
            .instances
            .iter()
            .map(|instance| (instance, &instance.name))
            .chain(former);
        for (instance, name) in all {
            let left = instance.kind.remains(&self.service, name).unwrap();
            assert_eq!(left, None, "{} {name}", instance.kind.noun());
        }
    }
}

/// Returns the id of an object in the form of its plane.
fn spelled_id(instance: &Instance, state: &State) -> Json {
    let path = instance.kind.storage.data_plane_path(&instance.name);
    match path.filter(|_| instance.plane == "data_plane") {
        Some(path) => json!(format!("{}{path}", instance.agent)),
        None => state.values(&instance.address()).unwrap()["id"].clone(),
    }
}

/// Returns the data source of all objects of a kind.
fn list_of(instance: &Instance) -> String {
    format!("{}s", instance.kind.type_name)
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
