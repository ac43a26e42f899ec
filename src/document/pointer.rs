//! JSON pointers of declarations: `/a/b`, without escapes, since no member of any kind needs one.

use serde_json::{Map, Value as Json};

/// The member at a pointer; the value itself for an empty one.
pub(super) fn get<'a>(json: &'a Json, pointer: &str) -> &'a Json {
    json.pointer(pointer).unwrap_or(&Json::Null)
}

/// Sets the member at a pointer, making the objects on the way. What stands in the way and is no
/// object is replaced.
pub(super) fn set(json: &mut Json, pointer: &str, value: Json) {
    *entry(json, pointer) = value;
}

/// The member at a pointer, made null if it is missing, with the objects on the way.
pub(super) fn entry<'a>(json: &'a mut Json, pointer: &str) -> &'a mut Json {
    let mut place = json;
    for name in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = Json::Object(Map::new());
        }
        place = &mut place[name];
    }
    place
}

/// Removes the member at a pointer, and nothing where there is none.
pub(super) fn remove(json: &mut Json, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return;
    };
    if let Some(Json::Object(members)) = json.pointer_mut(parent) {
        // Not `swap_remove`: the order of members is the user's.
        members.shift_remove(name);
    }
}

/// Whether one pointer is the other or below it.
pub(super) fn is_within(pointer: &str, container: &str) -> bool {
    pointer
        .strip_prefix(container)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_are_made_on_the_way() {
        let mut json = json!({"a": 1});
        set(&mut json, "/b/c/d", json!(2));
        set(&mut json, "/a/x", json!(3));
        assert_eq!(json, json!({"a": {"x": 3}, "b": {"c": {"d": 2}}}));
    }

    #[test]
    fn removal_of_what_is_not_there_is_nothing() {
        let mut json = json!({"a": {"b": 1}});
        remove(&mut json, "/a/b");
        remove(&mut json, "/x/y");
        assert_eq!(json, json!({"a": {}}));
    }

    #[test]
    fn containment_is_by_member() {
        assert!(is_within("/a/b", "/a"));
        assert!(is_within("/a", "/a"));
        assert!(!is_within("/ab", "/a"));
    }
}
