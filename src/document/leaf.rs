//! Single values of a document: comparison with the plan, and the new value to write.

use serde_json::{Map, Value as Json};
use tfplugin::Value;

use super::default_value;
use super::dynamic::to_plain;
use super::free::without_nulls;
use super::read::{is_empty, plain};
use crate::kind::{Field, Presence, Shape};

/// Returns the value to write for a planned value. Parts of the current value that mean the same
/// keep their spelling.
pub(super) fn written(field: &Field, found: &Json, planned: &Value) -> Json {
    match (&field.shape, found) {
        (_, Json::Null) => fresh(field, planned),
        (Shape::StringList, Json::Array(found)) => {
            let items = planned.elements().unwrap_or_default().into_iter();
            let items = items.enumerate().map(|(n, item)| {
                let in_place = found
                    .get(n)
                    .filter(|known| is_same_element(field, known, item));
                let known = in_place.or_else(|| spelling(field, found, item));
                known
                    .cloned()
                    .unwrap_or_else(|| in_service_spelling(field, to_plain(item)))
            });
            items.collect()
        }
        (Shape::StringSet, Json::Array(found)) => {
            let wanted = planned.elements().unwrap_or_default();
            let kept = found.iter().filter(|known| {
                let mut wanted = wanted.iter();
                wanted.any(|item| is_same_element(field, known, item))
            });
            let new = wanted
                .iter()
                .filter(|item| spelling(field, found, item).is_none());
            kept.cloned()
                .chain(new.map(|item| in_service_spelling(field, to_plain(item))))
                .collect()
        }
        (Shape::StringMap { foreign_prefix }, Json::Object(found)) => {
            let mut members = found.clone();
            members.retain(|key, _| {
                let is_foreign = foreign_prefix.is_some_and(|prefix| key.starts_with(prefix));
                is_foreign || planned.as_map().is_some_and(|map| map.contains_key(key))
            });
            for (key, item) in planned.as_map().into_iter().flatten() {
                let known = members.entry(key.clone()).or_insert(Json::Null);
                if !is_same_element(field, known, item) {
                    *known = to_plain(item);
                }
            }
            Json::Object(members)
        }
        (Shape::ObjectKeys, Json::Object(found)) => keys(planned, found),
        (_, found) if says(field, found, planned) => found.clone(),
        _ => fresh(field, planned),
    }
}

/// Returns whether the planned value means the absence of a value. Defaults are written even if
/// they match the behavior of the service, because some builds require them.
pub(super) fn is_nothing(field: &Field, planned: &Value) -> bool {
    let means_none =
        |meant: &Json| field.is_equivalent(&default_value(&field.shape, meant), planned);
    is_empty(&field.presence, &to_plain(planned))
        || field.null_means.as_ref().is_some_and(means_none)
}

fn fresh(field: &Field, planned: &Value) -> Json {
    match (&field.shape, &field.presence) {
        (Shape::ObjectKeys, _) => keys(planned, &Map::new()),
        // A default is written in its own spelling, whatever the spelling in the state is.
        (shape, Presence::Default(default))
            if field.is_equivalent(&default_value(shape, default), planned) =>
        {
            in_service_spelling(field, default.clone())
        }
        _ => in_service_spelling(field, to_plain(planned)),
    }
}

/// Returns strings, alone or in lists, in the spelling of the service.
fn in_service_spelling(field: &Field, value: Json) -> Json {
    match value {
        Json::String(text) => Json::from(field.theirs(&text).map_or(text, str::to_owned)),
        Json::Array(items) => items
            .into_iter()
            .map(|item| in_service_spelling(field, item))
            .collect(),
        value => value,
    }
}

fn says(field: &Field, found: &Json, planned: &Value) -> bool {
    match field.shape {
        Shape::Json | Shape::PartialJson => {
            without_nulls(found) == without_nulls(&to_plain(planned))
        }
        _ => plain(&field.shape, found).is_ok_and(|found| field.is_equivalent(&found, planned)),
    }
}

/// Returns whether an element means the same as a planned one.
fn is_same_element(field: &Field, found: &Json, planned: &Value) -> bool {
    let found = found.as_str().map(Value::from);
    found.is_some_and(|found| field.is_equivalent(&found, planned))
}

fn spelling<'a>(field: &Field, found: &'a [Json], planned: &Value) -> Option<&'a Json> {
    found
        .iter()
        .find(|known| is_same_element(field, known, planned))
}

/// Returns an object with the planned keys. Keys are case-insensitive, so existing ones keep their
/// spelling.
fn keys(planned: &Value, found: &Map<String, Json>) -> Json {
    let keys = planned.elements().unwrap_or_default().into_iter();
    let keys = keys.filter_map(Value::as_str).map(|key| {
        let mut known = found.keys();
        let known = known.find(|known| known.eq_ignore_ascii_case(key));
        let key = known.map_or(key, String::as_str).to_owned();
        (key, Json::Object(Map::new()))
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::equality;
    use rstest::rstest;
    use serde_json::json;

    fn texts(items: &[&str]) -> Vec<Value> {
        items.iter().map(|item| Value::from(*item)).collect()
    }

    #[rstest]
    #[case::unchanged(json!(["/A", "/b"]), &["/a", "/B"], json!(["/A", "/b"]))]
    #[case::one_more(json!(["/B", "/A"]), &["/a", "/b", "/c"], json!(["/B", "/A", "/c"]))]
    #[case::one_less(json!(["/B", "/A"]), &["/a"], json!(["/A"]))]
    fn set_keeps_order_and_spelling(
        #[case] found: Json,
        #[case] planned: &[&str],
        #[case] wanted: Json,
    ) {
        let field = Field::string_set("ids", "/ids", "").semantic_equality(equality::ignoring_case);
        assert_eq!(
            written(&field, &found, &Value::set_of(texts(planned))),
            wanted
        );
    }

    #[test]
    fn list_has_the_order_of_the_plan() {
        let field = Field::strings("ids", "/ids", "").semantic_equality(equality::ignoring_case);
        let planned = Value::list(texts(&["/b", "/c", "/a"]));
        assert_eq!(
            written(&field, &json!(["/A", "/B"]), &planned),
            json!(["/B", "/c", "/A"])
        );
    }

    #[test]
    fn known_values_are_sent_in_the_spelling_of_the_service() {
        let one = Field::string("host", "/host", "").known_values(&["Github", "GitLab"]);
        assert_eq!(written(&one, &Json::Null, &"gitlab".into()), "GitLab");
        assert_eq!(written(&one, &json!("GITHUB"), &"gitlab".into()), "GitLab");
        assert_eq!(written(&one, &json!("GITLAB"), &"gitlab".into()), "GITLAB");
        assert_eq!(written(&one, &Json::Null, &"forgejo".into()), "forgejo");
        let set = Field::string_set("hosts", "/hosts", "").known_values(&["Github", "GitLab"]);
        let planned = Value::set_of(texts(&["github", "gitlab", "forgejo"]));
        for found in [Json::Null, json!(["GitLab"])] {
            let mut sent: Vec<String> =
                serde_json::from_value(written(&set, &found, &planned)).unwrap();
            sent.sort_unstable();
            assert_eq!(sent, ["GitLab", "Github", "forgejo"]);
        }
    }

    #[test]
    fn equivalent_values_stay_unchanged() {
        let prose = Field::string("text", "/text", "").prose();
        assert_eq!(
            written(&prose, &json!("a\r\nb"), &"a\nb\n".into()),
            "a\r\nb"
        );
        assert_eq!(written(&prose, &json!("a\r\nb"), &"a\nc".into()), "a\nc");
        let number = Field::number("n", "/n", "");
        assert_eq!(written(&number, &json!("x"), &Value::from(1)), 1);
    }

    #[test]
    fn foreign_keys_stay_unchanged() {
        let shape = Shape::StringMap {
            foreign_prefix: Some("hidden-"),
        };
        let field = Field::new("tags", shape, "/tags", "");
        let planned = Value::map([("a", Value::from("2")), ("c", "3".into())]);
        assert_eq!(
            written(
                &field,
                &json!({"a": "1", "b": "1", "hidden-x": "1"}),
                &planned
            ),
            json!({"a": "2", "hidden-x": "1", "c": "3"})
        );
    }
}
