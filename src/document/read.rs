//! Conversion of documents to values.

use serde_json::Value as Json;
use tfplugin::{Path, Value};

use super::dynamic::{from_plain, to_plain};
use super::free::restricted;
use super::pointer;
use crate::kind::equality::{code_as, with_line_ends_of};
use crate::kind::{
    Bind, Field, Kind, Node, OneOf, Place, Presence, SECRET_SUFFIX, Shape, VERSION_SUFFIX, Variant,
};

/// A document that does not match the declaration of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document does not have the documented format: {message}")]
pub struct Misfit {
    /// The path of the attribute that cannot be read.
    pub path: Path,
    /// The expected and the actual type.
    pub message: OtherType,
}

/// A JSON value of another type than the declared one. The message contains no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct OtherType {
    expected: &'static str,
    found: &'static str,
}

/// How to represent objects whose members mean the same as their absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// As null unless they were configured, so that omitting them is not a change.
    Null,
    /// As objects.
    Shown,
}

/// Reads the attributes of a kind from its document.
///
/// `prior` provides what the document does not contain: secrets, local attributes, and masked
/// members.
///
/// # Errors
/// Returns an error if a member does not have the declared JSON type.
pub fn read(
    kind: &Kind,
    place: &Place,
    document: &Json,
    prior: &Value,
    absence: Absence,
) -> Result<Value, Misfit> {
    let reading = Reading {
        masked: place.masked,
        absence,
    };
    let mut object = reading.nodes(&kind.nodes, document, "", prior, &Path::root())?;
    let Some(at) = kind.additional_at else {
        return Ok(object);
    };
    let configured = prior.get("additional_properties");
    let additional = reading.own(pointer::get(document, at), configured, at);
    object.set("additional_properties", additional);
    object.set("additional_properties_wo", Value::Null);
    let version = "additional_properties_wo_version";
    object.set(version, prior.get(version).clone());
    Ok(object)
}

/// Reads attributes without prior values, from a document without masked members.
///
/// # Errors
/// Returns an error if a member does not have the declared JSON type.
pub fn read_nodes(nodes: &[Node], document: &Json) -> Result<Value, Misfit> {
    let reading = Reading {
        masked: &[],
        absence: Absence::Shown,
    };
    reading.nodes(nodes, document, "", &Value::Null, &Path::root())
}

/// Reads attributes in the spelling of a known value, from a document without masked members.
pub(super) fn read_like(nodes: &[Node], document: &Json, known: &Value) -> Result<Value, Misfit> {
    let reading = Reading {
        masked: &[],
        absence: Absence::Null,
    };
    reading.nodes(nodes, document, "", known, &Path::root())
}

/// Converts JSON to a value of a shape that is not a nested object.
pub(super) fn plain(shape: &Shape, json: &Json) -> Result<Value, OtherType> {
    let texts = |items: &Vec<Json>| -> Option<Vec<Value>> {
        items
            .iter()
            .map(|item| item.as_str().map(Value::from))
            .collect()
    };
    let found = match (shape, json) {
        (_, Json::Null) => Some(Value::Null),
        (Shape::String, Json::String(text)) => Some(Value::string(text.clone())),
        (Shape::Bool, Json::Bool(value)) => Some(Value::Bool(*value)),
        (Shape::Number, Json::Number(number)) => number.to_string().parse().ok().map(Value::Number),
        (Shape::StringList, Json::Array(items)) => texts(items).map(Value::List),
        (Shape::StringSet, Json::Array(items)) => texts(items).map(Value::set_of),
        (Shape::ObjectKeys, Json::Object(members)) => Some(Value::set_of(
            members.keys().map(|key| Value::from(key.as_str())),
        )),
        (Shape::StringMap { .. }, Json::Object(members)) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members = members.map(|(key, value)| Some((key.clone(), value.as_str()?.into())));
            members
                .collect::<Option<Vec<(String, Value)>>>()
                .map(Value::map)
        }
        (Shape::Json | Shape::PartialJson, json) => Some(from_plain(json, &Value::Null)),
        (Shape::Objects(_), Json::Array(items)) if items.is_empty() => Some(Value::list([])),
        _ => None,
    };
    found.ok_or_else(|| OtherType {
        expected: wanted(shape),
        found: found_kind(json),
    })
}

struct Reading {
    masked: &'static [&'static str],
    absence: Absence,
}

impl Reading {
    fn nodes(
        &self,
        nodes: &[Node],
        json: &Json,
        base: &str,
        prior: &Value,
        path: &Path,
    ) -> Result<Value, Misfit> {
        let mut object = Value::map::<String>([]);
        for node in nodes {
            match node {
                Node::Field(field) => self.field(field, json, base, prior, path, &mut object)?,
                Node::OneOf(one_of) => self.one_of(one_of, json, base, prior, path, &mut object)?,
            }
        }
        Ok(object)
    }

    fn field(
        &self,
        field: &Field,
        json: &Json,
        base: &str,
        prior: &Value,
        path: &Path,
        object: &mut Value,
    ) -> Result<(), Misfit> {
        let before = prior.get(field.name);
        if matches!(field.presence, Presence::Secret) {
            let version = format!("{}{VERSION_SUFFIX}", field.name);
            object.set(field.name, before.clone());
            object.set(&format!("{}{SECRET_SUFFIX}", field.name), Value::Null);
            object.set(&version, prior.get(&version).clone());
            return Ok(());
        }
        let Some(at) = field
            .read_pointer()
            .filter(|_| !matches!(field.bind, Bind::Local))
        else {
            let value = match (&field.presence, before) {
                (Presence::Default(default), Value::Null) => {
                    super::default_value(&field.shape, default)
                }
                _ => before.clone(),
            };
            object.set(field.name, value);
            return Ok(());
        };
        let absolute = format!("{base}{at}");
        let found = pointer::get(json, at);
        let path = path.attribute(field.name);
        let value = match &field.shape {
            Shape::PartialJson => self.own(found, before, &absolute),
            _ if field.is_dropped(json.pointer(at)) => before.clone().without_unknowns(),
            // The user may have set this value, but nobody can read it, so the last known one is
            // kept.
            _ if found.is_null() && self.masks(&absolute) => before.clone().without_unknowns(),
            _ => self.value(field, found, &absolute, before, &path)?,
        };
        let meant = field.null_means.as_ref().filter(|_| !self.masks(&absolute));
        let value = match (&field.presence, meant, value) {
            (_, Some(meant), Value::Null) => super::default_value(&field.shape, meant),
            (Presence::Default(default), None, Value::Null) => {
                super::default_value(&field.shape, default)
            }
            (_, _, value) => value,
        };
        let value = match value.as_str().and_then(|text| field.ours(text)) {
            Some(ours) => Value::from(ours),
            None => value,
        };
        object.set(field.name, with_line_ends(field, before, value));
        Ok(())
    }

    fn value(
        &self,
        field: &Field,
        json: &Json,
        absolute: &str,
        before: &Value,
        path: &Path,
    ) -> Result<Value, Misfit> {
        if json.is_null() || is_empty(&field.presence, json) {
            // The prior value may represent absence in another way, such as an empty string or a
            // null of some type.
            let before_says_so = match to_plain(before) {
                Json::Null => before.is_wholly_known(),
                before => is_empty(&field.presence, &before),
            };
            return Ok(if before_says_so {
                before.clone()
            } else {
                Value::Null
            });
        }
        let misfit = |message| Misfit {
            path: path.clone(),
            message,
        };
        match (&field.shape, json) {
            (Shape::Object(nodes), Json::Object(_)) => {
                let object = self.nodes(nodes, json, absolute, before, path)?;
                let is_absent = before.is_null()
                    && self.absence == Absence::Null
                    && match field.presence {
                        Presence::Absent { .. } => holds_nothing(&object, nodes),
                        Presence::ServerChosen => object
                            .as_map()
                            .is_some_and(|members| members.values().all(Value::is_null)),
                        _ => false,
                    };
                Ok(if is_absent { Value::Null } else { object })
            }
            (Shape::Objects(nodes), Json::Array(items)) => {
                let before = match before {
                    Value::List(items) => items.as_slice(),
                    _ => &[],
                };
                let item = |n: usize, item, before: Option<&Value>| {
                    let before = before.unwrap_or(&Value::Null);
                    self.nodes(nodes, item, absolute, before, &path.index(n))
                };
                // The key of each object must be read before its predecessor can be found.
                let alone = items
                    .iter()
                    .enumerate()
                    .map(|(n, found)| item(n, found, None));
                let alone: Vec<Value> = alone.collect::<Result<_, _>>()?;
                let before = field.predecessors(&alone, before);
                let items = items.iter().zip(before).enumerate();
                let items = items.map(|(n, (found, before))| item(n, found, before));
                Ok(Value::List(items.collect::<Result<_, _>>()?))
            }
            (Shape::Json, json) => Ok(from_plain(json, before)),
            (
                Shape::StringMap {
                    foreign_prefix: Some(prefix),
                },
                json,
            ) => {
                let mut value = plain(&field.shape, json).map_err(misfit)?;
                if let Value::Map(members) = &mut value {
                    let configured =
                        |key: &String| before.as_map().is_some_and(|m| m.contains_key(key));
                    members.retain(|key, _| !key.starts_with(prefix) || configured(key));
                }
                Ok(value)
            }
            (shape, json) => plain(shape, json).map_err(misfit),
        }
    }

    /// Reads only configured members, with the types of the configuration. Masked members keep
    /// their values.
    fn own(&self, json: &Json, configured: &Value, absolute: &str) -> Value {
        match to_plain(configured) {
            Json::Null => configured.clone().without_unknowns(),
            wanted => {
                let masks = |at: &str| self.masks(at);
                from_plain(&restricted(json, &wanted, absolute, &masks), configured)
            }
        }
    }

    fn masks(&self, absolute: &str) -> bool {
        let mut masked = self.masked.iter();
        masked.any(|masked| pointer::is_within(absolute, masked))
    }

    fn one_of(
        &self,
        one_of: &OneOf,
        json: &Json,
        base: &str,
        prior: &Value,
        path: &Path,
        object: &mut Value,
    ) -> Result<(), Misfit> {
        let chosen = chosen(one_of, pointer::get(json, &one_of.tag).as_str(), prior);
        for variant in &one_of.variants {
            let value = match chosen {
                Some(name) if name == variant.name => {
                    let path = path.attribute(variant.name);
                    self.nodes(&variant.nodes, json, base, prior.get(variant.name), &path)?
                }
                _ => Value::Null,
            };
            object.set(variant.name, value);
        }
        Ok(())
    }
}

/// Returns the variant that a tag selects. An object in the free form stays in it, because it may
/// have members that the typed form does not support.
fn chosen(one_of: &OneOf, tag: Option<&str>, prior: &Value) -> Option<&'static str> {
    let before = one_of
        .variants
        .iter()
        .find(|variant| prior.get(variant.name).is_known());
    let free = |variant: &&Variant| variant.tag.is_none();
    let Some(tag) = tag else {
        return before.map(|variant| variant.name);
    };
    let fits = |variant: &&Variant| variant.is_tagged(tag);
    let stays = before.filter(free);
    let typed = one_of.variants.iter().find(fits);
    let free = one_of.variants.iter().find(free);
    stays.or(typed).or(free).map(|variant| variant.name)
}

/// Returns prose with the line endings of the known texts.
fn with_line_ends(field: &Field, known: &Value, value: Value) -> Value {
    let text = |known: &Value, text: &str| {
        Value::string(match field.code {
            true => code_as(known.as_str(), text),
            false => with_line_ends_of(known.as_str(), text),
        })
    };
    match value {
        Value::String(found) if field.prose => text(known, &found),
        Value::Map(found) if field.prose => Value::map(found.into_iter().map(|(key, found)| {
            let found = match found.as_str() {
                Some(found) => text(known.get(&key), found),
                None => found,
            };
            (key, found)
        })),
        value => value,
    }
}

/// Returns whether the service represents absence by this value.
pub(super) fn is_empty(presence: &Presence, json: &Json) -> bool {
    let Presence::Absent { empty, .. } = presence else {
        return false;
    };
    empty.iter().any(|empty| match (empty, json) {
        (Json::String(empty), Json::String(text)) => empty.eq_ignore_ascii_case(text),
        // An object is empty if the members that define emptiness have their empty values.
        (Json::Object(empty), Json::Object(members)) if !empty.is_empty() => {
            empty
                .iter()
                .all(|(name, empty)| match (empty, members.get(name)) {
                    (Json::String(empty), Some(Json::String(text))) => {
                        empty.eq_ignore_ascii_case(text)
                    }
                    (empty, found) => found == Some(empty),
                })
        }
        (empty, json) => empty == json,
    })
}

/// Returns whether an object contains nothing that a user would write: only null, defaults, and
/// values that the service chose.
fn holds_nothing(object: &Value, nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match node {
        Node::Field(field) => match (&field.presence, object.get(field.name)) {
            (_, Value::Null) => true,
            (Presence::Default(meant), value) => is_meant(field, meant, value),
            (_, value) if field.null_means.is_some() => {
                let mut meant = field.null_means.iter();
                meant.any(|meant| is_meant(field, meant, value))
            }
            (Presence::Computed { .. } | Presence::ServerChosen, _) => true,
            _ => false,
        },
        Node::OneOf(one_of) => one_of
            .variants
            .iter()
            .all(|variant| object.get(variant.name).is_null()),
    })
}

fn is_meant(field: &Field, meant: &Json, value: &Value) -> bool {
    field.is_equivalent(&super::default_value(&field.shape, meant), value)
}

const fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::String => "text",
        Shape::Bool => "true or false",
        Shape::Number => "a number",
        Shape::StringList | Shape::StringSet => "a list of strings",
        Shape::ObjectKeys | Shape::Object(_) => "an object",
        Shape::StringMap { .. } => "an object with string values",
        Shape::Json | Shape::PartialJson => "JSON",
        Shape::Objects(_) => "a list of objects",
    }
}

const fn found_kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "nothing",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
