//! Helpers for JSON documents.

use serde_json::{Map, Value as Json};

/// Merges objects member by member. Everything else is replaced.
pub fn merge(target: &mut Json, more: &Json) {
    match (target, more) {
        (Json::Object(target), Json::Object(more)) => {
            for (name, value) in more {
                merge(target.entry(name.clone()).or_insert(Json::Null), value);
            }
        }
        (target, more) => *target = more.clone(),
    }
}

/// Returns `base` with `more` merged into it.
pub fn merged(base: &Json, more: &Json) -> Json {
    let mut target = base.clone();
    merge(&mut target, more);
    target
}

/// Returns a document that only contains `value` at a path with this separator.
pub fn at(path: &str, separator: char, value: Json) -> Json {
    let names = path.split(separator).filter(|name| !name.is_empty());
    names.rev().fold(value, |value, name| {
        Json::Object(Map::from_iter([(name.to_owned(), value)]))
    })
}

/// Sets a member at a JSON pointer, and creates the objects on the way. Null removes the member.
pub fn set(document: &mut Json, pointer: &str, value: Json) {
    if !value.is_null() {
        return merge_replacing(document, pointer, value);
    }
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(Json::Object(parent)) = document.pointer_mut(parent) {
        parent.shift_remove(name);
    }
}

fn merge_replacing(document: &mut Json, pointer: &str, value: Json) {
    let mut place = document;
    for name in pointer.split('/').filter(|name| !name.is_empty()) {
        place = match (place, name.parse::<usize>()) {
            (Json::Array(items), Ok(index)) => &mut items[index],
            (place, _) => {
                if !place.is_object() {
                    *place = Json::Object(Map::new());
                }
                &mut place[name]
            }
        };
    }
    *place = value;
}

/// Returns whether two documents are equivalent. The order of arrays and line ends are ignored.
pub fn alike(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|item| other.iter().any(|candidate| alike(item, candidate)))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|other| alike(value, other)))
        }
        (Json::String(one), Json::String(other)) => {
            one.replace("\r\n", "\n") == other.replace("\r\n", "\n")
        }
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}

/// Returns whether a member is missing, null, or empty.
pub fn is_nothing(value: Option<&Json>) -> bool {
    match value {
        None | Some(Json::Null) => true,
        Some(Json::String(text)) => text.is_empty(),
        Some(Json::Array(items)) => items.is_empty(),
        Some(Json::Object(members)) => members.is_empty(),
        Some(_) => false,
    }
}
