//! From values to a document.

use serde_json::{Map, Value as Json};
use tfplugin::Value;

use super::dynamic::to_plain;
use super::pointer;
use crate::kind::{
    Bind, Field, Kind, Node, OneOf, Place, Presence, Reset, SECRET_SUFFIX, Shape, VERSION_SUFFIX,
    Variant,
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

/// Writes the managed members over a document: an empty one for a new object, the current one
/// otherwise. Members that nobody here manages stay; those that the service sets, and whatever is
/// masked when read, do not.
pub fn write(kind: &Kind, place: &Place, document: &mut Json, inputs: Inputs<'_>) {
    if !document.is_object() {
        *document = Json::Object(Map::new());
    }
    retain_writable(kind, place, document);
    if let (Some(at), Value::String(name)) = (kind.name_at, inputs.planned.get("name")) {
        pointer::set(document, at, Json::String(name.clone()));
    }
    write_nodes(&kind.nodes, document, inputs);
    write_names(kind, document, inputs);
    write_additional(kind, document, inputs);
}

/// What a choice repeats of the name.
fn write_names(kind: &Kind, document: &mut Json, inputs: Inputs<'_>) {
    let Some(name) = inputs.planned.get("name").as_str() else {
        return;
    };
    for node in &kind.nodes {
        let Node::OneOf(one_of) = node else { continue };
        let mut variants = one_of.variants.iter();
        let chosen = variants.find(|variant| inputs.planned.get(variant.name).is_known());
        if let Some(at) = chosen.and_then(|variant| variant.name_at) {
            pointer::set(document, at, Json::String(name.to_owned()));
        }
    }
}

/// Removes from a document what the service holds and nobody may write: members that it sets,
/// members that it masks, and null.
pub fn retain_writable(kind: &Kind, place: &Place, document: &mut Json) {
    strip_nulls(document);
    for at in place.masked.iter().chain(kind.read_only) {
        pointer::remove(document, at);
    }
    remove_computed(&kind.nodes, document);
}

fn remove_computed(nodes: &[Node], json: &mut Json) {
    for node in nodes {
        let Node::Field(field) = node else { continue };
        let at = field.read_pointer().unwrap_or_default();
        match (&field.presence, &field.bind, &field.shape) {
            (_, Bind::Local, _) => {}
            (Presence::Computed { .. }, ..) | (_, Bind::Action { .. }, _) => {
                pointer::remove(json, at);
            }
            (_, _, Shape::Object(nodes)) => {
                if let Some(object) = json.pointer_mut(at) {
                    remove_computed(nodes, object);
                }
            }
            (_, _, Shape::KeySet) => {
                if let Some(Json::Object(members)) = json.pointer_mut(at) {
                    members
                        .values_mut()
                        .for_each(|value| *value = empty_object());
                }
            }
            _ => {}
        }
    }
}

/// Removes the secrets from a document: a service that shows them is compared like one that does
/// not.
pub fn remove_secrets(nodes: &[Node], json: &mut Json) {
    for node in nodes {
        match node {
            Node::Field(field) if matches!(field.presence, Presence::Secret) => {
                let pointers = field.pointers().iter();
                pointers.for_each(|at| pointer::remove(json, at));
            }
            Node::Field(field) => {
                let object = field.read_pointer().and_then(|at| json.pointer_mut(at));
                if let (Shape::Object(nodes), Some(object)) = (&field.shape, object) {
                    remove_secrets(nodes, object);
                }
            }
            Node::OneOf(one_of) => {
                let variants = one_of.variants.iter();
                variants.for_each(|variant| remove_secrets(&variant.nodes, json));
            }
        }
    }
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
    let planned = inputs.planned.get(field.name);
    match &field.presence {
        Presence::Computed { .. } => {}
        Presence::Secret => write_secret(field, json, inputs),
        Presence::Absent { reset, .. } if !is_set(planned) => {
            for at in field.pointers() {
                if matches!(field.shape, Shape::OwnJson) && at.is_empty() {
                    write_own(json, at, inputs.prior.get(field.name), planned);
                }
                clear(json, at, reset);
            }
            clear_secrets(field, json, inputs.prior.get(field.name));
        }
        // The service is to choose again.
        Presence::ServerChosen
            if planned.is_unknown() && inputs.prior.get(field.name).is_known() =>
        {
            field
                .pointers()
                .iter()
                .for_each(|at| pointer::remove(json, at));
        }
        _ if !is_set(planned) => {}
        _ => field
            .pointers()
            .iter()
            .for_each(|at| write_value(field, json, at, inputs)),
    }
}

fn write_value(field: &Field, json: &mut Json, at: &str, inputs: Inputs<'_>) {
    let planned = inputs.planned.get(field.name);
    let nested = Inputs {
        planned,
        config: inputs.config.get(field.name),
        prior: inputs.prior.get(field.name),
    };
    match &field.shape {
        Shape::Object(nodes) => {
            let object = pointer::entry(json, at);
            if !object.is_object() {
                *object = Json::Object(Map::new());
            }
            write_nodes(nodes, object, nested);
        }
        Shape::Objects(nodes) => {
            let items = planned
                .elements()
                .unwrap_or_default()
                .into_iter()
                .enumerate();
            let items = items.map(|(n, item)| {
                let mut object = Json::Object(Map::new());
                let nth = |value: &Value| {
                    let items = value.elements().unwrap_or_default();
                    items.get(n).map_or(Value::Null, |item| (*item).clone())
                };
                let (config, prior) = (nth(nested.config), nth(nested.prior));
                let inputs = Inputs {
                    planned: item,
                    config: &config,
                    prior: &prior,
                };
                write_nodes(nodes, &mut object, inputs);
                object
            });
            let items = items.collect();
            pointer::set(json, at, items);
        }
        Shape::StringMap {
            foreign_prefix: Some(prefix),
        } => {
            let mut members: Map<String, Json> = match pointer::get(json, at) {
                Json::Object(found) => {
                    let foreign = found.iter().filter(|(key, _)| key.starts_with(prefix));
                    foreign
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect()
                }
                _ => Map::new(),
            };
            if let Json::Object(own) = to_plain(planned) {
                members.extend(own);
            }
            pointer::set(json, at, Json::Object(members));
        }
        Shape::KeySet => write_keys(planned, json, at),
        // Where there is nothing else beside it, it replaces; in the document itself it cannot.
        Shape::OwnJson if at.is_empty() => write_own(json, at, nested.prior, planned),
        _ => pointer::set(json, at, to_plain(planned)),
    }
}

/// Members that were configured and are not any more go, those that are configured come, and
/// others stay.
fn write_own(json: &mut Json, at: &str, before: &Value, now: &Value) {
    let (before, now) = (to_plain(before), to_plain(now));
    if before.is_null() && now.is_null() {
        return;
    }
    let target = pointer::entry(json, at);
    remove_dropped(target, &before, &now);
    overlay(target, &now);
}

/// Keys have no case: one that is there already keeps its spelling, or it would be taken for another.
fn write_keys(planned: &Value, json: &mut Json, at: &str) {
    let found = pointer::get(json, at)
        .as_object()
        .cloned()
        .unwrap_or_default();
    let keys = planned.elements().unwrap_or_default().into_iter();
    let keys: Map<String, Json> = keys
        .filter_map(Value::as_str)
        .map(|key| {
            let mut known = found.keys();
            let known = known.find(|known| known.eq_ignore_ascii_case(key));
            (known.map_or(key, String::as_str).to_owned(), empty_object())
        })
        .collect();
    // The service refuses an empty object where it has none.
    if !keys.is_empty() || !found.is_empty() {
        pointer::set(json, at, Json::Object(keys));
    }
}

/// A secret is sent whenever its document is. It is cleared when it was there and is not wanted
/// any more; one that was never configured is nobody's business here.
fn write_secret(field: &Field, json: &mut Json, inputs: Inputs<'_>) {
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
    if !value.is_null() || was_set(field, inputs.prior) {
        field
            .pointers()
            .iter()
            .for_each(|at| pointer::set(json, at, value.clone()));
    }
}

fn write_one_of(one_of: &OneOf, json: &mut Json, inputs: Inputs<'_>) {
    let of = |value: &Value, variant: &Variant| value.get(variant.name).is_known();
    let before = one_of
        .variants
        .iter()
        .find(|variant| of(inputs.prior, variant));
    let Some(now) = one_of
        .variants
        .iter()
        .find(|variant| of(inputs.planned, variant))
    else {
        return;
    };
    if let Some(before) = before.filter(|before| before.name != now.name) {
        remove_nodes(&before.nodes, json);
        before
            .fixed
            .iter()
            .for_each(|(at, _)| pointer::remove(json, at));
    }
    if let Some(tag) = now.tag {
        pointer::set(json, one_of.tag, Json::String(tag.to_owned()));
    }
    for (at, value) in &now.fixed {
        pointer::set(json, at, value.clone());
    }
    let inputs = Inputs {
        planned: inputs.planned.get(now.name),
        config: inputs.config.get(now.name),
        prior: inputs.prior.get(now.name),
    };
    write_nodes(&now.nodes, json, inputs);
}

fn remove_nodes(nodes: &[Node], json: &mut Json) {
    for node in nodes {
        match node {
            Node::Field(field) => {
                field
                    .pointers()
                    .iter()
                    .for_each(|at| pointer::remove(json, at));
            }
            Node::OneOf(one_of) => {
                pointer::remove(json, one_of.tag);
                one_of
                    .variants
                    .iter()
                    .for_each(|variant| remove_nodes(&variant.nodes, json));
            }
        }
    }
}

fn write_additional(kind: &Kind, document: &mut Json, inputs: Inputs<'_>) {
    let Some(at) = kind.additional_at else {
        return;
    };
    let member = "additional_properties";
    let (before, now) = (inputs.prior.get(member), inputs.planned.get(member));
    write_own(document, at, before, now);
    let secret = inputs.config.get("additional_properties_wo");
    write_own(document, at, &Value::Null, secret);
}

/// Removes from `json` what `before` has and `now` has not.
fn remove_dropped(json: &mut Json, before: &Json, now: &Json) {
    let (Json::Object(members), Json::Object(before)) = (json, before) else {
        return;
    };
    for (name, before) in before {
        match (now.get(name), members.get_mut(name)) {
            (Some(now), Some(member)) => remove_dropped(member, before, now),
            (None, _) => {
                members.shift_remove(name);
            }
            _ => {}
        }
    }
}

/// Merges objects member by member; everything else replaces.
pub fn overlay(json: &mut Json, more: &Json) {
    let Json::Object(more) = more else { return };
    if !json.is_object() {
        *json = empty_object();
    }
    let Json::Object(members) = json else { return };
    for (name, value) in more {
        match members.get_mut(name) {
            Some(member @ Json::Object(_)) if value.is_object() => overlay(member, value),
            _ => {
                members.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Whether there is a value: a null of some type is none either.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Dynamic(inner) => inner.value.is_known(),
        value => value.is_known(),
    }
}

/// Takes away what is there; nothing is said about what is not.
fn clear(json: &mut Json, at: &str, reset: &Reset) {
    if pointer::get(json, at).is_null() {
        return;
    }
    match reset {
        Reset::Omit => pointer::remove(json, at),
        Reset::Literal(value) => pointer::set(json, at, value.clone()),
    }
}

/// Takes away the secrets of an object that stays behind in another form. They are not in what was
/// read, so that a comparison with it would not find them gone.
fn clear_secrets(field: &Field, json: &mut Json, prior: &Value) {
    let Shape::Object(nodes) = &field.shape else {
        return;
    };
    for at in field.pointers() {
        let Some(object) = json.pointer_mut(at).filter(|object| object.is_object()) else {
            continue;
        };
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
}

/// Whether a secret was sent before.
fn was_set(secret: &Field, prior: &Value) -> bool {
    let version = format!("{}{VERSION_SUFFIX}", secret.name);
    prior.get(secret.name).is_known() || prior.get(&version).is_known()
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
