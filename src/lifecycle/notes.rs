//! Notes in the private data of a resource, which users do not see. The data is a JSON object with
//! one member per note.

use serde_json::{Value as Json, json};
use tfplugin::ApplyResponse;

/// Returns the note with a name.
pub(super) fn note(private: &[u8], name: &str) -> Option<Json> {
    let mut notes: Json = serde_json::from_slice(private).ok()?;
    notes
        .get_mut(name)
        .map(Json::take)
        .filter(|note| !note.is_null())
}

/// Replaces or removes the note with a name.
pub(super) fn put(private: &mut Vec<u8>, name: &str, note: Option<Json>) {
    let notes = serde_json::from_slice(private).ok();
    let mut notes = notes.filter(Json::is_object).unwrap_or_else(|| json!({}));
    let Json::Object(members) = &mut notes else {
        return;
    };
    let before = members.shift_remove(name);
    if before.is_none() && note.is_none() {
        return;
    }
    if let Some(note) = note {
        members.insert(name.to_owned(), note);
    }
    *private = notes.to_string().into_bytes();
}

/// Adds a note to a response.
pub(super) fn noted(mut response: ApplyResponse, name: &str, note: Json) -> ApplyResponse {
    let mut private = response.private.take().unwrap_or_default();
    put(&mut private, name, Some(note));
    response.with_private(private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_independent() {
        let mut private = Vec::new();
        put(&mut private, "one", None);
        assert!(private.is_empty());
        put(&mut private, "one", Some(json!(1)));
        put(&mut private, "two", Some(json!(["a"])));
        put(&mut private, "one", Some(json!(3)));
        assert_eq!(note(&private, "one"), Some(json!(3)));
        assert_eq!(note(&private, "two"), Some(json!(["a"])));
        put(&mut private, "two", None);
        assert_eq!(note(&private, "two"), None);
        assert_eq!(note(b"no json", "one"), None);
    }
}
