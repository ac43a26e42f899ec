//! From values to a document.
//!
//! A write changes the leaves of a document whose value is another one, and no other: what nobody here
//! manages stays at every depth, and so does the spelling of what means the same.

use serde_json::{Map, Value as Json};
use tfplugin::Value;

use super::dynamic::to_plain;
use super::free::{drop_members, put_over};
use super::pairs::pair;
use super::read::{plain, read_like};
use super::{leaf, pointer};
use crate::kind::{
    Bind, Field, Kind, Node, OneOf, Place, Presence, Reset, SECRET_SUFFIX, Shape, VERSION_SUFFIX,
    Variant, walk,
};

/// What a document is written from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The planned state.
    pub planned: &'a Value,
    /// The configuration, for write-only values.
    pub config: &'a Value,
    /// The state before; null for a new object.
    pub prior: &'a Value,
}

impl<'a> Inputs<'a> {
    fn of(self, name: &str) -> Self {
        Self {
            planned: self.planned.get(name),
            config: self.config.get(name),
            prior: self.prior.get(name),
        }
    }
}

/// Writes the managed members over a document: an empty one for a new object, the current one
/// otherwise. Members that nobody here manages stay; those that the service sets, and whatever is
/// masked when read, do not.
///
/// Only what was ours is taken away: an argument that neither was set nor is leaves its members alone.
pub fn write(kind: &Kind, place: &Place, document: &mut Json, inputs: Inputs<'_>) {
    if !document.is_object() {
        *document = empty_object();
    }
    retain_writable(kind, place, document);
    let found = document.clone();
    let additional = inputs.of("additional_properties");
    let (before, now) = (to_plain(additional.prior), to_plain(additional.planned));
    // First, so that nothing goes that an argument has put there.
    if let Some(target) = kind.additional_at.and_then(|at| document.pointer_mut(at)) {
        drop_members(target, &before, &now);
    }
    if let (Some(at), Value::String(name)) = (kind.name_at, inputs.planned.get("name")) {
        set_missing(document, at, || Json::String(name.clone()));
    }
    write_nodes(&kind.nodes, document, inputs);
    write_names(kind, document, inputs);
    // Before the members that nobody has declared, which go first where they have the same place.
    if let Json::Object(members) = document {
        let alternates = kind.alternates.iter();
        alternates.for_each(|alternate| alternate.write(&found, members));
    }
    if let Some(at) = kind.additional_at {
        let secret = to_plain(inputs.config.get("additional_properties_wo"));
        for (before, now) in [(&before, &now), (&Json::Null, &secret)] {
            if now.is_object() {
                put_over(pointer::entry(document, at), before, now);
            }
        }
    }
    place.envelope.trim(document);
}

/// What a choice repeats of the name.
fn write_names(kind: &Kind, document: &mut Json, inputs: Inputs<'_>) {
    let Some(name) = inputs.planned.get("name").as_str() else {
        return;
    };
    for one_of in walk::choices(&kind.nodes) {
        let chosen = chosen(one_of, inputs.planned);
        if let Some(at) = chosen.and_then(|variant| variant.name_at.as_ref()) {
            set_missing(document, at, || Json::String(name.to_owned()));
        }
    }
}

/// Removes from a document what the service holds and nobody may write: members that it sets,
/// members that it masks, and null.
pub fn retain_writable(kind: &Kind, place: &Place, document: &mut Json) {
    strip_nulls(document);
    remove_unwritable(kind, place, document);
}

/// The same with null, which tells a member that a build of the service knows from one that it drops.
pub fn remove_unwritable(kind: &Kind, place: &Place, document: &mut Json) {
    for at in place.masked.iter().chain(kind.read_only) {
        pointer::remove(document, at);
    }
    let is_read = |field: &Field| {
        let is_computed = matches!(field.presence, Presence::Computed { .. });
        is_computed || matches!(field.bind, Bind::Action { .. })
    };
    remove(walk::members(&kind.nodes, document, is_read), document);
    // The keys are ours, and what they hold is the service's.
    let is_key_set = |field: &Field| matches!(field.shape, Shape::ObjectKeys);
    for at in walk::members(&kind.nodes, document, is_key_set) {
        if let Some(Json::Object(members)) = document.pointer_mut(&at) {
            let values = members.values_mut();
            values.for_each(|value| *value = empty_object());
        }
    }
}

/// Removes the secrets from a document: a service that shows them is compared like one that does
/// not.
pub fn remove_secrets(kind: &Kind, document: &mut Json) {
    if let Json::Object(members) = document {
        let alternates = kind.alternates.iter();
        alternates.for_each(|alternate| alternate.hide(members));
    }
    let is_secret = |field: &Field| matches!(field.presence, Presence::Secret);
    remove(walk::members(&kind.nodes, document, is_secret), document);
}

/// Removes from a document what an api-version does not know.
pub fn remove_unknown(nodes: &[Node], version: &str, document: &mut Json) {
    let is_unknown = |field: &Field| !field.known_in.knows(version);
    remove(walk::members(nodes, document, is_unknown), document);
}

fn remove(members: Vec<String>, document: &mut Json) {
    members.iter().for_each(|at| pointer::remove(document, at));
}

fn write_nodes(nodes: &[Node], json: &mut Json, inputs: Inputs<'_>) {
    for node in nodes {
        match node {
            Node::Field(field) => write_field(field, json, inputs),
            Node::OneOf(one_of) => write_one_of(one_of, json, inputs),
        }
    }
}

fn write_field(field: &Field, json: &mut Json, inputs: Inputs<'_>) {
    let Inputs { planned, prior, .. } = inputs.of(field.name);
    match &field.presence {
        Presence::Computed { .. } => {}
        Presence::Secret => write_secret(field, json, inputs),
        // What was not there is not ours to take away.
        Presence::Absent { reset, .. } if !is_set(planned) => {
            if is_set(prior) {
                take_away(field, json, reset, prior);
            }
        }
        // The service is to choose again.
        Presence::ServerChosen if planned.is_unknown() && prior.is_known() => {
            take_away(field, json, &Reset::Omit, prior);
        }
        _ if !is_set(planned) => {}
        _ => {
            let pointers = field.pointers().iter();
            pointers.for_each(|at| write_value(field, json, at, inputs));
        }
    }
}

fn write_value(field: &Field, json: &mut Json, at: &str, inputs: Inputs<'_>) {
    let nested = inputs.of(field.name);
    let Inputs { planned, prior, .. } = nested;
    match &field.shape {
        Shape::Object(nodes) => {
            let object = pointer::entry(json, at);
            if !object.is_object() {
                *object = empty_object();
            }
            write_nodes(nodes, object, nested);
        }
        Shape::Objects(nodes) => {
            let found = match pointer::get(json, at) {
                Json::Array(items) => items.clone(),
                _ => Vec::new(),
            };
            let items = written_items(field, nodes, found, nested);
            pointer::set(json, at, items);
        }
        Shape::PartialJson => {
            let (before, now) = (to_plain(prior), to_plain(planned));
            let target = pointer::entry(json, at);
            drop_members(target, &before, &now);
            put_over(target, &before, &now);
        }
        shape => {
            let found = pointer::get(json, at);
            let says_so = match (shape, found) {
                // The service refuses an empty object where it has none.
                (Shape::ObjectKeys, Json::Null) => {
                    planned.elements().is_none_or(|keys| keys.is_empty())
                }
                (_, Json::Null) => prior == planned && leaf::is_nothing(field, planned),
                _ => false,
            };
            if !says_so {
                let value = leaf::written(field, found, planned);
                pointer::set(json, at, value);
            }
        }
    }
}

/// The objects of a list, each written over the one that it goes on from.
fn written_items(field: &Field, nodes: &[Node], found: Vec<Json>, inputs: Inputs<'_>) -> Json {
    let list = |value: &Value| match value {
        Value::List(items) => items.clone(),
        _ => Vec::new(),
    };
    let (planned, prior) = (list(inputs.planned), list(inputs.prior));
    let before = field.predecessors(&planned, &prior);
    let config = inputs.config.elements().unwrap_or_default();
    let places = places(field, nodes, &planned, &found);
    let items = planned.iter().enumerate().map(|(n, planned)| {
        let place = places.get(n).copied().flatten();
        let place = place.and_then(|place| found.get(place));
        let mut object = place.cloned().unwrap_or_else(empty_object);
        let before = before.get(n).copied().flatten().filter(|_| place.is_some());
        let inputs = Inputs {
            planned,
            config: config.get(n).copied().unwrap_or(&Value::Null),
            prior: before.unwrap_or(&Value::Null),
        };
        write_nodes(nodes, &mut object, inputs);
        object
    });
    items.collect()
}

/// For each planned object, the one in the document with the same key. Without a key it is the one that
/// says the same, or else the one in its place.
fn places(field: &Field, nodes: &[Node], planned: &[Value], found: &[Json]) -> Vec<Option<usize>> {
    let both = |n: usize, m: usize| planned.get(n).zip(found.get(m));
    let has_key = |n: usize, m: usize| {
        both(n, m).is_some_and(|(planned, found)| {
            let mut key = field.key_parts();
            key.all(|part| {
                let found = pointer::get(found, part.read_pointer().unwrap_or_default());
                let found = plain(&part.shape, found);
                found.is_ok_and(|found| part.is_equivalent(&found, planned.get(part.name)))
            })
        })
    };
    let says_so = |n: usize, m: usize| {
        both(n, m).is_some_and(|(planned, found)| {
            read_like(nodes, found, planned).is_ok_and(|found| says_all(nodes, &found, planned))
        })
    };
    let same_place = |n: usize, m: usize| n == m;
    match field.element_key {
        [] => pair(planned.len(), found.len(), &[&says_so, &same_place]),
        _ => pair(planned.len(), found.len(), &[&has_key]),
    }
}

/// Whether what was read means what is planned, as far as that is known.
fn says_all(nodes: &[Node], found: &Value, planned: &Value) -> bool {
    nodes.iter().all(|node| match node {
        Node::Field(field) => {
            let (found, planned) = (found.get(field.name), planned.get(field.name));
            match (&field.shape, planned) {
                (_, Value::Unknown) => true,
                (Shape::Object(inner), Value::Map(_)) => says_all(inner, found, planned),
                _ => field.is_equivalent(found, planned),
            }
        }
        Node::OneOf(one_of) => one_of.variants.iter().all(|variant| {
            let (found, planned) = (found.get(variant.name), planned.get(variant.name));
            found.is_null() == planned.is_null() && says_all(&variant.nodes, found, planned)
        }),
    })
}

/// A secret is sent whenever its document is. It is cleared when it was there and is not wanted
/// any more; one that was never configured is nobody's business here.
fn write_secret(field: &Field, json: &mut Json, inputs: Inputs<'_>) {
    let version = format!("{}{VERSION_SUFFIX}", field.name);
    let stored = to_plain(inputs.planned.get(field.name));
    let write_only = to_plain(inputs.config.get(&format!("{}{SECRET_SUFFIX}", field.name)));
    let value = match (stored, write_only) {
        (Json::Object(mut open), Json::Object(secret)) => {
            open.extend(secret);
            Json::Object(open)
        }
        (Json::Null, secret) => secret,
        (open, _) => open,
    };
    if value.is_null() && !was_set(field, inputs.prior) {
        return;
    }
    // Which keys a write-only map had before is not known, so that a new version replaces all of it.
    let is_new = inputs.planned.get(&version) != inputs.prior.get(&version);
    let before = to_plain(inputs.prior.get(field.name));
    for at in field.pointers() {
        match (pointer::get(json, at), &value) {
            (Json::Object(_), Json::Object(_)) if !is_new => {
                let target = pointer::entry(json, at);
                drop_members(target, &before, &value);
                put_over(target, &before, &value);
            }
            _ => pointer::set(json, at, value.clone()),
        }
    }
}

fn write_one_of(one_of: &OneOf, json: &mut Json, inputs: Inputs<'_>) {
    let before = chosen(one_of, inputs.prior);
    let Some(now) = chosen(one_of, inputs.planned) else {
        return;
    };
    if let Some(before) = before.filter(|before| before.name != now.name) {
        take_away_nodes(&before.nodes, json, inputs.prior.get(before.name));
        let fixed = before.fixed.iter().map(|(at, _)| at);
        fixed
            .chain(&before.name_at)
            .for_each(|at| pointer::remove(json, at));
    }
    if let Some(tag) = now.tag
        && !pointer::get(json, &one_of.tag)
            .as_str()
            .is_some_and(|found| now.is_tagged(found))
    {
        pointer::set(json, &one_of.tag, Json::String(tag.to_owned()));
    }
    for (at, value) in &now.fixed {
        set_missing(json, at, || value.clone());
    }
    write_nodes(&now.nodes, json, inputs.of(now.name));
}

fn chosen<'a>(one_of: &'a OneOf, object: &Value) -> Option<&'a Variant> {
    let mut variants = one_of.variants.iter();
    variants.find(|variant| object.get(variant.name).is_known())
}

/// Takes away what is there; nothing is said about what is not. An object loses the members that it
/// has arguments for, and goes when there is nothing else in it.
fn take_away(field: &Field, json: &mut Json, reset: &Reset, prior: &Value) {
    for at in field.pointers() {
        if pointer::get(json, at).is_null() {
            continue;
        }
        let target = pointer::entry(json, at);
        match &field.shape {
            Shape::Object(nodes) if target.is_object() => {
                take_away_nodes(nodes, target, prior);
            }
            Shape::PartialJson if target.is_object() => {
                drop_members(target, &to_plain(prior), &Json::Null);
            }
            _ => *target = Json::Null,
        }
        match reset {
            Reset::Literal(value) => put_over(target, &Json::Null, value),
            Reset::Omit if target.as_object().is_none_or(Map::is_empty) => {
                pointer::remove(json, at);
                continue;
            }
            Reset::Omit => {}
        }
        if let Shape::Object(nodes) = &field.shape {
            clear_secrets(nodes, target, prior);
        }
    }
}

fn take_away_nodes(nodes: &[Node], json: &mut Json, prior: &Value) {
    for node in nodes {
        match node {
            Node::Field(field) => {
                let reset = match &field.presence {
                    Presence::Absent { reset, .. } => reset,
                    _ => &Reset::Omit,
                };
                let is_ours = match field.presence {
                    Presence::Secret => was_set(field, prior),
                    _ => is_set(prior.get(field.name)),
                };
                if is_ours {
                    take_away(field, json, reset, prior.get(field.name));
                }
            }
            Node::OneOf(one_of) => {
                pointer::remove(json, &one_of.tag);
                if let Some(variant) = chosen(one_of, prior) {
                    take_away_nodes(&variant.nodes, json, prior.get(variant.name));
                    let fixed = variant.fixed.iter();
                    fixed.for_each(|(at, _)| pointer::remove(json, at));
                }
            }
        }
    }
}

/// Takes away the secrets of an object that stays behind in another form. They are not in what was
/// read, so that a comparison with it would not find them gone.
fn clear_secrets(nodes: &[Node], object: &mut Json, prior: &Value) {
    for node in nodes {
        if let Node::Field(secret) = node
            && matches!(secret.presence, Presence::Secret)
            && was_set(secret, prior)
        {
            let pointers = secret.pointers().iter();
            pointers.for_each(|at| pointer::set(object, at, Json::Null));
        }
    }
}

/// Whether a secret was sent before.
fn was_set(secret: &Field, prior: &Value) -> bool {
    let version = format!("{}{VERSION_SUFFIX}", secret.name);
    prior.get(secret.name).is_known() || prior.get(&version).is_known()
}

/// Whether there is a value: a null of some type is none either.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Dynamic(inner) => inner.value.is_known(),
        value => value.is_known(),
    }
}

/// Sets a member that nobody has set to anything else.
fn set_missing(json: &mut Json, at: &str, value: impl FnOnce() -> Json) {
    if pointer::get(json, at).is_null() {
        pointer::set(json, at, value());
    }
}

/// A null member and a missing one are the same to the service; documents that it returns are
/// full of the former.
fn strip_nulls(json: &mut Json) {
    if let Json::Object(members) = json {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(strip_nulls);
    }
}

fn empty_object() -> Json {
    Json::Object(Map::new())
}
