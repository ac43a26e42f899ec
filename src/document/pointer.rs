//! JSON pointers of declarations, such as `/a/b`. They are not escaped, because no member of any
//! kind needs that.

use serde_json::{Map, Value as Json};

/// Returns the member at a pointer, or null. An empty pointer returns the value itself.
pub(super) fn get<'a>(json: &'a Json, pointer: &str) -> &'a Json {
    json.pointer(pointer).unwrap_or(&Json::Null)
}

/// Sets the member at a pointer and creates the objects on the way. Other values on the way are
/// replaced.
pub(super) fn set(json: &mut Json, pointer: &str, value: Json) {
    *entry(json, pointer) = value;
}

/// Returns the member at a pointer. Creates it as null if it is missing, together with the objects
/// on the way.
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

/// Removes the member at a pointer, if it exists.
pub(super) fn remove(json: &mut Json, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return;
    };
    if let Some(Json::Object(members)) = json.pointer_mut(parent) {
        // The user's order of members must not change, so this is not `swap_remove`.
        members.shift_remove(name);
    }
}

/// Returns whether a pointer equals another or is below it.
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
    fn objects_on_the_way_are_created() {
        let mut json = json!({"a": 1});
        set(&mut json, "/b/c/d", json!(2));
        set(&mut json, "/a/x", json!(3));
        assert_eq!(json, json!({"a": {"x": 3}, "b": {"c": {"d": 2}}}));
    }

    #[test]
    fn removal_of_a_missing_member_has_no_effect() {
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
