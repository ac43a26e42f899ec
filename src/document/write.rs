//! Conversion of values to documents.
//!
//! A write changes only the leaves of a document whose values differ. At every depth, unmanaged
//! members stay, and so does the spelling of equivalent values.

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

/// The values from which a document is written.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The planned state.
    pub planned: &'a Value,
    /// The configuration, which provides write-only values.
    pub config: &'a Value,
    /// The prior state, which is null for a new object.
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

/// Writes the managed members over a document, which is the current one, or empty for a new object.
/// Unmanaged members stay, but members that the service sets or masks are removed.
///
/// An argument that is not set removes its members only if it was set before.
pub fn write(kind: &Kind, place: &Place, document: &mut Json, inputs: Inputs<'_>) {
    if !document.is_object() {
        *document = empty_object();
    }
    retain_writable(kind, place, document);
    let found = document.clone();
    let additional = inputs.of("additional_properties");
    let (before, now) = (to_plain(additional.prior), to_plain(additional.planned));
    // This comes first, so that it does not remove members that arguments write.
    if let Some(target) = kind.additional_at.and_then(|at| document.pointer_mut(at)) {
        drop_members(target, &before, &now);
    }
    if let (Some(at), Value::String(name)) = (kind.name_at, inputs.planned.get("name")) {
        set_missing(document, at, || Json::String(name.clone()));
    }
    write_nodes(&kind.nodes, document, inputs);
    write_names(kind, document, inputs);
    // This precedes the additional properties, which take precedence at the same place.
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

/// Writes the members in which a variant repeats the name.
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

/// Removes members that cannot be written from a document: those that the service sets or masks,
/// and nulls.
pub fn retain_writable(kind: &Kind, place: &Place, document: &mut Json) {
    strip_nulls(document);
    remove_unwritable(kind, place, document);
}

/// Like [`retain_writable`], but keeps nulls. A null shows that a build of the service knows a
/// member instead of dropping it.
pub fn remove_unwritable(kind: &Kind, place: &Place, document: &mut Json) {
    for at in place.masked.iter().chain(kind.read_only) {
        pointer::remove(document, at);
    }
    let is_read = |field: &Field| {
        let is_computed = matches!(field.presence, Presence::Computed { .. });
        is_computed || matches!(field.bind, Bind::Action { .. })
    };
    remove(walk::members(&kind.nodes, &*document, is_read), document);
    // The user owns the keys, and the service owns the values.
    let is_key_set = |field: &Field| matches!(field.shape, Shape::ObjectKeys);
    for at in walk::members(&kind.nodes, &*document, is_key_set) {
        if let Some(Json::Object(members)) = document.pointer_mut(&at) {
            let values = members.values_mut();
            values.for_each(|value| *value = empty_object());
        }
    }
}

/// Removes the secrets from a document, so that a service that returns them is compared like one
/// that does not.
pub fn remove_secrets(kind: &Kind, document: &mut Json) {
    if let Json::Object(members) = document {
        let alternates = kind.alternates.iter();
        alternates.for_each(|alternate| alternate.hide(members));
    }
    let is_secret = |field: &Field| matches!(field.presence, Presence::Secret);
    // Another variant than the tag says may have left some.
    let secrets = walk::members(&kind.nodes, walk::EveryVariant(document), is_secret);
    remove(secrets, document);
}

/// Removes members from a document that an api-version does not support.
pub fn remove_unknown(nodes: &[Node], version: &str, document: &mut Json) {
    let is_unknown = |field: &Field| !field.known_in.knows(version);
    remove(walk::members(nodes, &*document, is_unknown), document);
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
        // A member that was not set does not belong to the user and stays.
        Presence::Absent { reset, .. } if !is_set(planned) => {
            if is_set(prior) {
                remove_value(field, json, reset, prior);
            }
        }
        // The service chooses a new value.
        Presence::ServerChosen if planned.is_unknown() && prior.is_known() => {
            remove_value(field, json, &Reset::Omit, prior);
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
            let items = write_items(field, nodes, found, nested);
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
                // The service refuses an empty object if it has none.
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

/// Returns the objects of a list, each written over its predecessor in the document.
fn write_items(field: &Field, nodes: &[Node], found: Vec<Json>, inputs: Inputs<'_>) -> Json {
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

/// Returns, for each planned object, the index of the object with the same key in the document.
/// Without a key, it is an equivalent object, or else the one at the same index.
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
            read_like(nodes, found, planned)
                .is_ok_and(|found| is_all_equivalent(nodes, &found, planned))
        })
    };
    let same_place = |n: usize, m: usize| n == m;
    match field.element_key {
        [] => pair(planned.len(), found.len(), &[&says_so, &same_place]),
        _ => pair(planned.len(), found.len(), &[&has_key]),
    }
}

/// Returns whether the values that were read mean the same as the known planned values.
fn is_all_equivalent(nodes: &[Node], found: &Value, planned: &Value) -> bool {
    nodes.iter().all(|node| match node {
        Node::Field(field) => {
            let (found, planned) = (found.get(field.name), planned.get(field.name));
            match (&field.shape, planned) {
                (_, Value::Unknown) => true,
                (Shape::Object(inner), Value::Map(_)) => is_all_equivalent(inner, found, planned),
                _ => field.is_equivalent(found, planned),
            }
        }
        Node::OneOf(one_of) => one_of.variants.iter().all(|variant| {
            let (found, planned) = (found.get(variant.name), planned.get(variant.name));
            found.is_null() == planned.is_null()
                && is_all_equivalent(&variant.nodes, found, planned)
        }),
    })
}

/// Writes a secret, which is sent whenever its document is. A secret that is no longer configured
/// is cleared. One that never was configured is left alone.
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
    // The earlier keys of a write-only map are unknown, so a new version replaces the complete map.
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
        remove_values(&before.nodes, json, inputs.prior.get(before.name));
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

/// Removes a value that exists. An object loses the members that it has arguments for, and is
/// removed if it is empty after that.
fn remove_value(field: &Field, json: &mut Json, reset: &Reset, prior: &Value) {
    for at in field.pointers() {
        if pointer::get(json, at).is_null() {
            continue;
        }
        let target = pointer::entry(json, at);
        match &field.shape {
            Shape::Object(nodes) if target.is_object() => {
                remove_values(nodes, target, prior);
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

fn remove_values(nodes: &[Node], json: &mut Json, prior: &Value) {
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
                    remove_value(field, json, reset, prior.get(field.name));
                }
            }
            Node::OneOf(one_of) => {
                pointer::remove(json, &one_of.tag);
                if let Some(variant) = chosen(one_of, prior) {
                    remove_values(&variant.nodes, json, prior.get(variant.name));
                    let fixed = variant.fixed.iter();
                    fixed.for_each(|(at, _)| pointer::remove(json, at));
                }
            }
        }
    }
}

/// Sets the secrets of an object that stays in another form to null. The document from the service
/// does not contain them, so a comparison would not notice their removal.
fn clear_secrets(nodes: &[Node], object: &mut Json, prior: &Value) {
    for node in nodes {
        match node {
            Node::Field(field) => {
                if matches!(field.presence, Presence::Secret) && was_set(field, prior) {
                    let pointers = field.pointers().iter();
                    pointers.for_each(|at| pointer::set(object, at, Json::Null));
                }
            }
            Node::OneOf(one_of) => {
                if let Some(variant) = chosen(one_of, prior) {
                    clear_secrets(&variant.nodes, object, prior.get(variant.name));
                }
            }
        }
    }
}

/// Returns whether a secret was sent before.
fn was_set(secret: &Field, prior: &Value) -> bool {
    let version = format!("{}{VERSION_SUFFIX}", secret.name);
    prior.get(secret.name).is_known() || prior.get(&version).is_known()
}

/// Returns whether a value is set. A typed null is not.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Dynamic(inner) => inner.value.is_known(),
        value => value.is_known(),
    }
}

/// Sets a member if it is missing or null.
fn set_missing(json: &mut Json, at: &str, value: impl FnOnce() -> Json) {
    if pointer::get(json, at).is_null() {
        pointer::set(json, at, value());
    }
}

/// Removes null members. They mean the same as missing ones, and documents of the service contain
/// many of them.
fn strip_nulls(json: &mut Json) {
    if let Json::Object(members) = json {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(strip_nulls);
    }
}

fn empty_object() -> Json {
    Json::Object(Map::new())
}
