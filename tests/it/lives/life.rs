//! The life of an object of any kind, from what is particular to the kind.

use serde_json::{Value, json};
use test_support::{Action, Plan};

use crate::change::{Change, set};
use crate::world::{AGENT, Import, World};

/// What the service must hold at these places.
pub(super) type Held = Vec<(&'static str, Value)>;

/// What is particular to a kind.
///
/// The arguments are all of the resource but its agent. Changes are named as in
/// [`Change::changes`].
pub(crate) struct Life {
    /// The kind, without the prefix of the provider.
    pub(crate) kind: &'static str,
    /// The end of the emulator's key of the object.
    pub(super) key: &'static str,
    /// The collection on the data plane, below which its id is spelled there.
    pub(super) collection: &'static str,
    /// Brings about what the object needs and nobody manages.
    pub(super) prepare: fn(&World),
    /// All arguments.
    pub(super) full: String,
    /// The same with other values of some, what that changes, and the requests that it takes: the
    /// method and a part of the path of each.
    pub(super) update: (String, &'static [&'static str]),
    pub(super) writes: &'static [(&'static str, &'static str)],
    /// Changes everything that can be read, behind Terraform's back; and what of it is seen.
    pub(super) drift: fn(&World),
    pub(super) seen: &'static [&'static str],
    /// What the service holds when that is repaired, with what others have set.
    pub(super) repaired: Held,
    /// The arguments without the optional ones, what leaving those out changes, and what the service
    /// holds then.
    pub(super) bare: (String, &'static [&'static str]),
    pub(super) emptied: Held,
    /// All arguments of another object in its place.
    pub(super) replacement: Replacement,
    /// What the plan after an import sets, since it cannot be read.
    pub(super) unreadable: &'static [&'static str],
    /// How others delete it.
    pub(super) vanish: Vanish,
    /// What is left of it in the service in the end.
    pub(super) left: Held,
}

/// What replaces an object.
pub(super) enum Replacement {
    /// These arguments do, because of these attributes.
    Of(String, &'static [&'static str]),
    /// All arguments of before, for another agent.
    InOtherAgent,
}

/// How an object is deleted behind Terraform's back.
pub(super) enum Vanish {
    /// In its collection on the data plane, where it can be read too.
    Deleted,
    /// In another way.
    By(fn(&World)),
    /// Not at all.
    Never,
}

impl Life {
    fn address(&self) -> String {
        format!("azuresre_{}.it", self.kind)
    }

    fn config(&self, arguments: &str) -> String {
        self.config_in(AGENT, arguments)
    }

    fn config_in(&self, agent: &str, arguments: &str) -> String {
        format!(
            "resource \"azuresre_{}\" \"it\" {{\n agent_id = \"{agent}\"\n {arguments}\n}}\n",
            self.kind
        )
    }

    fn replacing(&self) -> (String, Vec<&'static str>) {
        match &self.replacement {
            Replacement::Of(arguments, because) => (self.config(arguments), because.to_vec()),
            Replacement::InOtherAgent => {
                (self.config_in(&other_agent(), &self.full), vec!["agent_id"])
            }
        }
    }

    fn vanishes(&self) -> bool {
        !matches!(self.vanish, Vanish::Never)
    }
}

/// The agent that objects move to which cannot be replaced otherwise.
pub(super) fn other_agent() -> String {
    format!("{AGENT}-2")
}

/// The configuration of objects with all arguments.
pub(crate) fn configuration(lives: &[Life]) -> String {
    lives.iter().map(|life| life.config(&life.full)).collect()
}

/// Brings about what objects need and nobody manages.
pub(crate) fn prepare(world: &World, lives: &[Life]) {
    lives.iter().for_each(|life| (life.prepare)(world));
}

/// Lives through the lives of several objects side by side, on a plane where there is a choice.
pub(super) fn live(world: &World, plane: &str, lives: &[Life]) {
    world.configure_provider(&format!("plane = \"{plane}\""));
    world.create_agent(&other_agent());
    prepare(world, lives);
    let before = world.objects();

    world.configure(&configuration(lives));
    plans(world, lives, |_| Some(Action::Create));
    world.applies();
    for (life, state) in states(world, lives) {
        assert!(state["id"].as_str().unwrap().starts_with(AGENT), "{state}");
        let chosen = state.get("plane").cloned().unwrap_or(json!(plane));
        assert_eq!(chosen, json!(plane), "{}", life.kind);
    }

    configure(world, lives, |life| life.config(&life.update.0));
    updates(world, lives, |life| life.update.1);
    world.forget_requests();
    world.applies_plan();
    writes(world, lives);
    world.plans_nothing();

    lives.iter().for_each(|life| (life.drift)(world));
    updates(world, lives, |life| life.seen);
    world.applies();
    lives
        .iter()
        .for_each(|life| holds(world, life, &life.repaired));

    configure(world, lives, |life| life.config(&life.bare.0));
    updates(world, lives, |life| life.bare.1);
    world.applies();
    lives
        .iter()
        .for_each(|life| holds(world, life, &life.emptied));

    configure(world, lives, |life| life.replacing().0);
    let plan = plans(world, lives, |_| Some(Action::Replace));
    for life in lives {
        let change = Change::of(&plan, &life.address());
        assert_eq!(
            change.replace_paths(),
            set(&life.replacing().1),
            "{}",
            life.kind
        );
    }
    world.applies();

    import(world, plane, lives);

    for (life, state) in states(world, lives) {
        vanish(world, life, &state);
    }
    plans(world, lives, |life| {
        life.vanishes().then_some(Action::Create)
    });
    world.applies();

    world.workspace.destroy().unwrap();
    assert!(world.workspace.state_list().unwrap().is_empty());
    assert_eq!(world.objects(), before);
    lives.iter().for_each(|life| holds(world, life, &life.left));
    world.workspace.destroy().unwrap();
}

fn configure(world: &World, lives: &[Life], config: impl Fn(&Life) -> String) {
    world.configure(&lives.iter().map(config).collect::<String>());
}

/// Plans, and expects these actions and no others.
fn plans(world: &World, lives: &[Life], action: impl Fn(&Life) -> Option<Action>) -> Plan {
    let plan = world.workspace.plan().unwrap();
    let found: Vec<(String, Action)> = plan
        .changed()
        .into_iter()
        .map(|(address, action)| (address.to_owned(), action))
        .collect();
    let mut expected: Vec<_> = lives
        .iter()
        .filter_map(|life| Some((life.address(), action(life)?)))
        .collect();
    expected.sort();
    assert_eq!(found, expected, "{}", plan.output);
    plan
}

/// Plans, and expects exactly these attributes to change in place.
fn updates(world: &World, lives: &[Life], attributes: fn(&Life) -> &'static [&'static str]) {
    let changes = |life: &Life| !attributes(life).is_empty();
    let plan = plans(world, lives, |life| changes(life).then_some(Action::Update));
    for life in lives.iter().filter(|life| changes(life)) {
        Change::of(&plan, &life.address()).changes(attributes(life));
    }
}

/// Expects that exactly the requests of an update were sent.
fn writes(world: &World, lives: &[Life]) {
    let mut writes = world.writes();
    for life in lives {
        for (method, path) in life.writes {
            let is_it = |write: &crate::service::Write| {
                write.method == *method && write.path.contains(path)
            };
            let at = writes.iter().position(is_it);
            let at = at.unwrap_or_else(|| panic!("no {method} of {path} among {writes:#?}"));
            writes.remove(at);
        }
    }
    assert!(writes.is_empty(), "{writes:#?}");
}

fn holds(world: &World, life: &Life, held: &Held) {
    if held.is_empty() {
        return;
    }
    let stored = world.all_stored(life.key);
    assert!(!stored.is_empty(), "there is no {}", life.key);
    for document in stored {
        for (at, value) in held {
            let found = document.pointer(at).unwrap_or(&Value::Null);
            assert_eq!(found, value, "{at} of the {}: {document:#}", life.kind);
        }
    }
}

/// Imports all of them, by the spelling of the plane and by identity.
fn import(world: &World, plane: &str, lives: &[Life]) {
    let objects: Vec<_> = states(world, lives)
        .into_iter()
        .map(|(life, state)| {
            let text = |name: &str| state[name].as_str();
            let agent = text("agent_id").unwrap();
            let id = match (plane, text("object_id").or(text("name"))) {
                ("arm", _) => text("id").unwrap().to_owned(),
                (_, Some(key)) => format!("{agent}{}/{key}", life.collection),
                (_, None) => format!("{agent}{}", life.collection),
            };
            let key = ["object_id", "name"]
                .into_iter()
                .find(|key| text(key).is_some());
            let key = key.map(|key| format!("\n {key} = {}", state[key]));
            let identity = format!("agent_id = {}{}", json!(agent), key.unwrap_or_default());
            (life.address(), id, identity, life.unreadable)
        })
        .collect();
    let imports: Vec<_> = objects
        .iter()
        .map(|(to, id, identity, unreadable)| Import {
            to,
            id,
            identity,
            unreadable,
        })
        .collect();
    world.imports(&imports);
}

fn vanish(world: &World, life: &Life, state: &Value) {
    match life.vanish {
        Vanish::Deleted => {
            let key = state
                .get("object_id")
                .unwrap_or(&state["name"])
                .as_str()
                .unwrap();
            let agent = state["agent_id"].as_str().unwrap();
            world.delete_on_data_plane(agent, &format!("{}/{key}", life.collection));
        }
        Vanish::By(delete) => delete(world),
        Vanish::Never => {}
    }
}

/// The objects with their attributes in state.
fn states<'a>(world: &World, lives: &'a [Life]) -> Vec<(&'a Life, Value)> {
    let state = world.workspace.show().unwrap();
    let attributes = |life: &Life| state.values(&life.address()).unwrap().clone();
    lives.iter().map(|life| (life, attributes(life))).collect()
}
