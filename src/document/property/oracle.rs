//! The expected changes of a stored document, derived from the declaration and the plan alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tfplugin::Value;

use super::others::FOREIGN;
use crate::document::{default_value, to_plain};
use crate::kind::{Bind, Field, Kind, Node, OneOf, Place, Presence, SECRET_SUFFIX, Shape};

/// An apply and its effect.
pub(super) struct Change<'a> {
    pub(super) kind: &'a Kind,
    pub(super) place: &'a Place,
    /// The stored bodies before and after the apply.
    pub(super) before: &'a Json,
    pub(super) after: &'a Json,
    /// The state before the apply, and the plan.
    pub(super) state: &'a Value,
    pub(super) planned: &'a Value,
    pub(super) config: &'a Value,
}

/// Returns changes that the plan did not contain, and planned changes that did not happen.
pub(super) fn unexpected(change: &Change<'_>) -> Vec<String> {
    let document = |body: &Json| {
        let document = crate::document::unwrap(change.kind, change.place, body.clone());
        let mut document = document.unwrap();
        // Strings among other members are secrets under names that the user chooses.
        if let Json::Object(members) = &mut document {
            let alternates = change.kind.alternates.iter();
            alternates.for_each(|alternate| alternate.hide(members));
        }
        document
    };
    let (before, after) = (document(change.before), document(change.after));
    let mut places = Places {
        stored: before.clone(),
        ..Places::default()
    };
    places.nodes(
        &change.kind.nodes,
        [change.state, change.planned],
        change.config,
        "",
    );
    for alternate in change.kind.alternates {
        let Some((theirs, ours)) = alternate.members() else {
            continue;
        };
        if let Some(changed) = places.changed.get(&format!("/{ours}")).copied() {
            places.changed.insert(format!("/{theirs}"), changed);
        }
    }
    places.free(
        change.kind.additional_at.unwrap_or_default(),
        [
            &to_plain(change.state.get("additional_properties")),
            &to_plain(change.planned.get("additional_properties")),
        ],
    );
    places.write_only(
        change.kind.additional_at.unwrap_or_default(),
        &to_plain(change.config.get("additional_properties_wo")),
    );
    let flat = |json: &Json| {
        let mut leaves = BTreeMap::new();
        flatten(json, String::new(), &places.keys, &mut leaves);
        leaves
    };
    let (before, after) = (flat(&before), flat(&after));
    let mut wrong = Vec::new();
    for (at, leaf) in before.iter().chain(&after) {
        let (was, is) = (before.get(at), after.get(at));
        // Masked members cannot be read and so cannot be sent back, as the documentation says.
        let mut masked = change.place.masked.iter();
        if is.is_none() && masked.any(|masked| at.starts_with(&format!("{masked}/"))) {
            continue;
        }
        if was != is && !places.may_change(at, was, is) {
            wrong.push(format!("{at}: {was:?} -> {is:?} ({leaf})"));
        }
    }
    for (at, value) in &places.wanted {
        let is = after.get(at);
        if is != Some(value) {
            wrong.push(format!("{at}: {is:?} and not {value}"));
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

/// Returns the names of attributes whose spelling a refresh changes although the value means the
/// same: elements of a collection, or line endings of a text.
pub(super) fn respelled(nodes: &[Node], before: &Value, after: &Value) -> Vec<&'static str> {
    let mut names = Vec::new();
    for node in nodes {
        match node {
            Node::Field(field) => {
                let (before, after) = (before.get(field.name), after.get(field.name));
                let is_respelled = match &field.shape {
                    Shape::Object(inner) => {
                        names.extend(respelled(inner, before, after));
                        false
                    }
                    Shape::StringList | Shape::StringSet | Shape::ObjectKeys => {
                        let known = before.elements().unwrap_or_default();
                        let items = after.elements().unwrap_or_default();
                        items.iter().any(|item| {
                            let mut alike = known
                                .iter()
                                .filter(|known| field.is_equivalent(known, item));
                            alike.clone().next().is_some() && !alike.any(|known| known == item)
                        })
                    }
                    Shape::String if field.prose => {
                        let has_crlf =
                            |value: &Value| value.as_str().map(|text| text.contains('\r'));
                        has_crlf(before) == Some(false) && has_crlf(after) == Some(true)
                    }
                    _ => false,
                };
                names.extend(is_respelled.then_some(field.name));
            }
            Node::OneOf(one_of) => {
                for variant in &one_of.variants {
                    let (before, after) = (before.get(variant.name), after.get(variant.name));
                    names.extend(respelled(&variant.nodes, before, after));
                }
            }
        }
    }
    names
}

/// The places of arguments in a document.
#[derive(Default)]
struct Places {
    /// The stored document.
    stored: Json,
    /// The places, with whether the plan changes them.
    changed: BTreeMap<String, bool>,
    /// The places where a change includes all contents: lists, their objects, and arrays.
    whole: BTreeSet<String>,
    /// The values that a missing leaf may get: a default, a tag, or a fixed member.
    implied: BTreeMap<String, Json>,
    /// The values that must be stored although they cannot be read.
    wanted: BTreeMap<String, Json>,
    /// The members that identify the objects of a list, by the place of the list.
    keys: BTreeMap<String, Vec<(String, bool)>>,
}

impl Places {
    /// Adds the places of nodes. `values` are the state and the plan.
    fn nodes(&mut self, nodes: &[Node], values: [&Value; 2], config: &Value, base: &str) {
        for node in nodes {
            match node {
                Node::Field(field) => self.field(field, values, config, base),
                Node::OneOf(one_of) => self.one_of(one_of, values, config, base),
            }
        }
    }

    fn one_of(&mut self, one_of: &OneOf, values: [&Value; 2], config: &Value, base: &str) {
        let [before, now] = values.map(|value| {
            let mut variants = one_of.variants.iter();
            variants.find(|variant| value.get(variant.name).is_known())
        });
        let other = before.map(|variant| variant.name) != now.map(|variant| variant.name);
        for variant in [before, now].into_iter().flatten() {
            let fixed = variant.fixed.iter().map(|(at, value)| (at, value.clone()));
            let tag = variant.tag.map(|tag| (&one_of.tag, Json::from(tag)));
            let name = variant.name_at.as_ref().map(|at| (at, Json::from("obj")));
            for (at, value) in fixed.chain(tag).chain(name) {
                self.changed.insert(format!("{base}{at}"), other);
                self.implied.insert(format!("{base}{at}"), value);
            }
            let inner = values.map(|value| value.get(variant.name));
            self.nodes(&variant.nodes, inner, config.get(variant.name), base);
        }
    }

    fn field(&mut self, field: &Field, values: [&Value; 2], config: &Value, base: &str) {
        if matches!(field.presence, Presence::Computed { .. }) || matches!(field.bind, Bind::Local)
        {
            return;
        }
        if matches!(field.presence, Presence::Secret) {
            return self.secret(field, values, config, base);
        }
        let values = values.map(|value| value.get(field.name));
        let [before, now] = values;
        for at in field.pointers() {
            let at = format!("{base}{at}");
            match &field.shape {
                Shape::Object(nodes) => {
                    // The members of the object determine whether it exists.
                    let is_new = before.is_null() != now.is_null();
                    self.changed.insert(at.clone(), is_new);
                    self.nodes(nodes, values, config.get(field.name), &at);
                }
                Shape::PartialJson => self.free(&at, [&to_plain(before), &to_plain(now)]),
                Shape::Objects(nodes) if !field.element_key.is_empty() => {
                    self.objects(field, nodes, values, config.get(field.name), &at);
                }
                Shape::Objects(nodes) if before == now => {
                    self.change_whole(at.clone(), false);
                    let configs = config.get(field.name).elements().unwrap_or_default();
                    let items = now.elements().unwrap_or_default();
                    for (n, item) in items.into_iter().enumerate() {
                        let config = configs.get(n).copied().unwrap_or(&Value::Null);
                        self.nodes(nodes, [item, item], config, &format!("{at}/{n}"));
                    }
                }
                _ => {
                    let same = now.is_unknown() || field.is_equivalent(before, now);
                    self.change_whole(at.clone(), !same);
                    if let Presence::Default(default) = &field.presence {
                        let value = to_plain(&default_value(&field.shape, default));
                        self.implied.insert(at, value);
                    }
                }
            }
        }
    }

    /// Adds the objects of a list with a key separately. A new or removed object changes as a
    /// whole.
    fn objects(
        &mut self,
        field: &Field,
        nodes: &[Node],
        values: [&Value; 2],
        config: &Value,
        at: &str,
    ) {
        let parts = field.key_parts();
        let parts = parts.filter_map(|part| {
            Some((
                part.read_pointer()?.to_owned(),
                part.semantic_equality.is_some(),
            ))
        });
        self.keys.insert(at.to_owned(), parts.collect());
        self.implied.insert(at.to_owned(), Json::Array(Vec::new()));
        let lists = values.map(|value| match value {
            Value::List(items) => items.clone(),
            _ => Vec::new(),
        });
        let [before, now] = &lists;
        self.changed
            .insert(at.to_owned(), before.is_empty() != now.is_empty());
        let key = |item: &Value| {
            let parts = field.key_parts();
            let parts = parts.map(|part| {
                folded(
                    item.get(part.name).as_str(),
                    part.semantic_equality.is_some(),
                )
            });
            parts.collect::<Vec<_>>().join("+")
        };
        let known = field.predecessors(now, before);
        for (n, (item, known)) in now.iter().zip(&known).enumerate() {
            let at = format!("{at}/{}", key(item));
            match known {
                None => self.change_whole(at, true),
                Some(known) => {
                    self.changed.insert(at.clone(), false);
                    let config = config.elements().unwrap_or_default();
                    let config = config.get(n).copied().unwrap_or(&Value::Null);
                    self.nodes(nodes, [known, item], config, &at);
                }
            }
        }
        for item in before {
            if !known.contains(&Some(item)) {
                self.change_whole(format!("{at}/{}", key(item)), true);
            }
        }
    }

    fn change_whole(&mut self, at: String, changed: bool) {
        self.whole.insert(at.clone());
        self.changed.insert(at, changed);
    }

    /// Adds a secret, which must be stored after the write in any case.
    fn secret(&mut self, field: &Field, values: [&Value; 2], config: &Value, base: &str) {
        let open = to_plain(values[1].get(field.name));
        let hidden = to_plain(config.get(&format!("{}{SECRET_SUFFIX}", field.name)));
        let wanted = if open.is_null() { hidden } else { open };
        for at in field.pointers() {
            let at = format!("{base}{at}");
            self.changed.insert(at.clone(), true);
            if let Json::String(_) = wanted {
                self.wanted.insert(at, wanted.clone());
            }
        }
    }

    /// Adds the leaves of free JSON.
    fn free(&mut self, at: &str, [before, now]: [&Json; 2]) {
        match (before, now) {
            (Json::Object(_) | Json::Null, Json::Object(_) | Json::Null) => {
                let members = [before, now].into_iter().filter_map(Json::as_object);
                for name in members.flat_map(|members| members.keys()) {
                    let of = |json: &'_ Json| json.get(name).cloned().unwrap_or_default();
                    self.free(&format!("{at}/{name}"), [&of(before), &of(now)]);
                }
                if before.is_object() != now.is_object() && !at.is_empty() {
                    self.changed.insert(at.to_owned(), true);
                    // The new object replaces a value that is not an object.
                    if self
                        .stored
                        .pointer(at)
                        .is_some_and(|found| !found.is_object())
                    {
                        self.whole.insert(at.to_owned());
                    }
                }
            }
            (before, now) => {
                let plain = super::super::free::without_nulls;
                self.change_whole(at.to_owned(), plain(before) != plain(now));
            }
        }
    }

    fn write_only(&mut self, at: &str, members: &Json) {
        for (name, value) in members.as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            self.changed.insert(at.clone(), true);
            self.wanted.insert(at, value.clone());
        }
    }

    fn may_change(&self, at: &str, was: Option<&Json>, is: Option<&Json>) -> bool {
        let mut places =
            std::iter::successors(Some(at), |at| at.rsplit_once('/').map(|(at, _)| at));
        let own = places.find(|at| self.changed.contains_key(*at));
        let changed = own.is_some_and(|own| self.changed.get(own) == Some(&true));
        if at.contains(&format!("/{FOREIGN}")) {
            return changed && own.is_some_and(|own| self.whole.contains(own));
        }
        // Empty objects may appear and disappear, and implied values may be written.
        changed
            || (was.is_none() && (is_empty(is) || self.is_implied(at, is)))
            || (is.is_none() && is_empty(was))
    }
}

impl Places {
    fn is_implied(&self, at: &str, is: Option<&Json>) -> bool {
        let implied = self.implied.get(at);
        let texts = is
            .and_then(Json::as_str)
            .zip(implied.and_then(Json::as_str));
        is == implied || texts.is_some_and(|(is, implied)| is.eq_ignore_ascii_case(implied))
    }
}

/// Returns a part of a key, in lower case if case is insignificant.
fn folded(text: Option<&str>, folds: bool) -> String {
    let text = text.unwrap_or_default();
    match folds {
        true => text.to_lowercase(),
        false => text.to_owned(),
    }
}

fn is_empty(json: Option<&Json>) -> bool {
    match json {
        Some(Json::Object(members)) => members.is_empty(),
        Some(Json::Array(items)) => items.is_empty(),
        _ => false,
    }
}

/// Collects the leaves of a document by place. Objects of lists with a key are identified by it,
/// and arrays of scalars are leaves. Null counts as missing.
fn flatten(
    json: &Json,
    at: String,
    keys: &BTreeMap<String, Vec<(String, bool)>>,
    leaves: &mut BTreeMap<String, Json>,
) {
    match json {
        Json::Null => {}
        Json::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                flatten(member, format!("{at}/{name}"), keys, leaves);
            }
        }
        Json::Array(items) if !items.is_empty() && keys.contains_key(&at) => {
            let parts = keys.get(&at).into_iter().flatten();
            for item in items {
                let texts = parts
                    .clone()
                    .map(|(part, folds)| folded(item.pointer(part).and_then(Json::as_str), *folds));
                let key = texts.collect::<Vec<_>>().join("+");
                flatten(item, format!("{at}/{key}"), keys, leaves);
            }
        }
        Json::Array(items) if items.iter().any(Json::is_object) => {
            // Each object has its index as place, so that a changed member does not count as a
            // change of the list.
            for (n, item) in items.iter().enumerate() {
                flatten(item, format!("{at}/{n}"), keys, leaves);
            }
        }
        leaf => drop(leaves.insert(at, leaf.clone())),
    }
}
