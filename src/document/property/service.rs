//! A service that keeps what it receives, and hides what the place masks.

use serde_json::{Map, Value as Json};
use tfplugin::plan::{self, Defaults};
use tfplugin::{Attributes, Value};

use super::generate::Tape;
use super::others;
use crate::document::{self, Absence, Inputs, resolved};
use crate::kind::{Key, Kind, Place};

/// One stored object.
#[derive(Clone)]
pub(super) struct Service<'a> {
    kind: &'a Kind,
    place: &'a Place,
    attributes: &'a Attributes,
    /// The complete body in its envelope.
    pub(super) body: Json,
}

impl<'a> Service<'a> {
    /// Creates a service in which somebody has created an object.
    pub(super) fn with(
        kind: &'a Kind,
        attributes: &'a Attributes,
        place: &'a Place,
        config: &Value,
    ) -> Self {
        let mut service = Self {
            kind,
            place,
            attributes,
            body: Json::Null,
        };
        service.apply(config, &Value::Null);
        service
    }

    /// Makes changes on behalf of others.
    pub(super) fn others(&mut self, tape: &mut Tape) {
        let mut document = self.document(&self.body);
        others::change(self.kind, self.place, &mut document, tape);
        self.body = document::wrap(self.kind, self.place, "obj", document);
    }

    /// Returns the document in a body, including masked members.
    pub(super) fn document(&self, body: &Json) -> Json {
        document::unwrap(self.kind, self.place, body.clone()).unwrap()
    }

    /// Returns a state with only the key, as at the start of an import.
    pub(super) fn nothing(&self) -> Value {
        let names = self.attributes.keys();
        let mut nothing = Value::map(names.map(|name| (name.as_str(), Value::Null)));
        for name in ["id", "agent_id", "name", "object_id", "plane"] {
            if self.attributes.contains_key(name) {
                nothing.set(name, Value::from("obj"));
            }
        }
        nothing
    }

    /// Returns the state after a refresh.
    pub(super) fn refresh(&self, prior: &Value) -> Value {
        plan::keep_spelling(self.attributes, prior, self.read(prior))
    }

    pub(super) fn plan(&self, config: &Value, state: &Value) -> Value {
        plan::plan(self.attributes, &Defaults::new(), config, state)
    }

    /// Applies a configuration as an update does, or as a creation does if the state is null.
    /// Returns the new state.
    pub(super) fn apply(&mut self, config: &Value, state: &Value) -> Value {
        let planned = self.plan(config, state);
        let groups = document::changed_groups(self.kind, state, &planned, config);
        if state.is_null() || !groups.is_empty() {
            let current = match state.is_null() {
                true => Json::Object(Map::new()),
                false => self.read_document(),
            };
            let mut before = current;
            document::retain_writable(self.kind, self.place, &mut before);
            let mut desired = before.clone();
            let inputs = Inputs {
                planned: &planned,
                config,
                prior: state,
            };
            document::write(self.kind, self.place, &mut desired, inputs);
            if self.kind.key() == Key::Agent && !state.is_null() {
                let patch = document::merge_patch(&before, &desired, &groups);
                merge(&mut self.body, &patch);
            } else {
                self.body = document::wrap(self.kind, self.place, "obj", desired);
            }
        }
        let answered = plan::keep_spelling(self.attributes, &planned, self.read(&planned));
        resolved(&self.kind.nodes, &planned, &answered)
    }

    fn read(&self, prior: &Value) -> Value {
        let document = self.read_document();
        let read = document::read(self.kind, self.place, &document, prior, Absence::Null);
        let mut state = read.unwrap();
        let key = self.nothing();
        for name in self.attributes.keys() {
            if state
                .as_map()
                .is_some_and(|members| !members.contains_key(name))
            {
                let known = prior.get(name);
                let known = if known.is_known() {
                    known
                } else {
                    key.get(name)
                };
                state.set(name, known.clone());
            }
        }
        state
    }

    /// Returns the document as a read returns it.
    fn read_document(&self) -> Json {
        let mut document = self.document(&self.body);
        for at in self.place.masked {
            if let Some(masked) = document.pointer_mut(at) {
                *masked = Json::Null;
            }
        }
        document
    }
}

/// Applies a merge patch of RFC 7396.
fn merge(json: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        json.clone_from(patch);
        return;
    };
    if !json.is_object() {
        *json = Json::Object(Map::new());
    }
    let Json::Object(members) = json else { return };
    for (name, change) in patch {
        match change {
            Json::Null => drop(members.shift_remove(name)),
            change => merge(members.entry(name.clone()).or_insert(Json::Null), change),
        }
    }
}
