//! Free JSON, in which the user owns only the configured members.

use serde_json::{Map, Value as Json};

use super::pairs::pair;

/// Removes the members that `before` has and `now` does not have. Removes only members that the
/// user owned, and then objects that have become empty.
///
/// [`put_over`] handles arrays that both have.
pub(super) fn drop_members(json: &mut Json, before: &Json, now: &Json) {
    let (Json::Object(members), Json::Object(before)) = (json, before) else {
        return;
    };
    for (name, before) in before {
        let Some(member) = members.get_mut(name) else {
            continue;
        };
        let now = now.get(name);
        let is_gone = match before {
            Json::Object(_) if member.is_object() => {
                drop_members(member, before, now.unwrap_or(&Json::Null));
                now.is_none() && member.as_object().is_some_and(Map::is_empty)
            }
            _ => now.is_none(),
        };
        if is_gone {
            members.shift_remove(name);
        }
    }
}

/// Writes `now` over the JSON. Objects are merged by member, objects in arrays are merged with
/// their counterparts, and other values are replaced. Members that an object in an array has in
/// `before` and not in `now` are removed.
pub fn put_over(json: &mut Json, before: &Json, now: &Json) {
    match now {
        Json::Object(now) => {
            if !json.is_object() {
                *json = Json::Object(Map::new());
            }
            let Json::Object(members) = json else { return };
            for (name, now) in now {
                let before = before.get(name).unwrap_or(&Json::Null);
                put_over(
                    members.entry(name.clone()).or_insert(Json::Null),
                    before,
                    now,
                );
            }
        }
        Json::Array(now) => {
            let found = items(json);
            let (of_now, of_before) =
                (counterparts(now, found), counterparts(items(before), found));
            let result = now.iter().zip(of_now).map(|(now, place)| {
                let Some(place) = place.filter(|_| now.is_object()) else {
                    return now.clone();
                };
                let mut item = found.get(place).cloned().unwrap_or_default();
                let was = of_before.iter().position(|known| *known == Some(place));
                let was = was.and_then(|n| before.get(n)).unwrap_or(&Json::Null);
                drop_members(&mut item, was, now);
                put_over(&mut item, was, now);
                item
            });
            *json = result.collect();
        }
        now => now.clone_into(json),
    }
}

/// Returns the part of `found` that `wanted` has, too. Nulls at hidden paths are replaced by
/// `wanted`.
pub(super) fn restricted(
    found: &Json,
    wanted: &Json,
    path: &str,
    hidden: &impl Fn(&str) -> bool,
) -> Json {
    match (found, wanted) {
        (Json::Null, wanted) if hidden(path) => wanted.clone(),
        (Json::Object(_) | Json::Null, Json::Object(wanted)) => wanted
            .iter()
            .map(|(name, wanted)| {
                let found = found.get(name).unwrap_or(&Json::Null);
                let path = format!("{path}/{name}");
                (name.clone(), restricted(found, wanted, &path, hidden))
            })
            .filter(|(_, member)| !member.is_null())
            .collect(),
        (Json::Array(found), Json::Array(wanted)) => {
            let places = counterparts(wanted, found);
            let restrict = |(n, item): (usize, &Json)| {
                let of = places.iter().position(|place| *place == Some(n));
                match of.and_then(|of| wanted.get(of)) {
                    Some(wanted) => restricted(item, wanted, path, hidden),
                    None => item.clone(),
                }
            };
            found.iter().enumerate().map(restrict).collect()
        }
        (found, _) => found.clone(),
    }
}

/// Returns, for each wanted element of an array, the index of its counterpart: an element that
/// contains all of it, or else the one at the same index.
fn counterparts(wanted: &[Json], found: &[Json]) -> Vec<Option<usize>> {
    let pairs = |n: usize, m: usize| wanted.get(n).zip(found.get(m));
    let holds = |n: usize, m: usize| {
        pairs(n, m).is_some_and(|(wanted, found)| {
            let part = restricted(found, wanted, "", &|_| false);
            part == without_nulls(wanted)
        })
    };
    let same_place = |n: usize, m: usize| n == m;
    pair(wanted.len(), found.len(), &[&holds, &same_place])
}

fn items(json: &Json) -> &[Json] {
    json.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Removes null members at any depth.
pub(super) fn without_nulls(json: &Json) -> Json {
    match json {
        Json::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name.clone(), without_nulls(member)))
            .collect(),
        Json::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changed(found: &Json, before: &Json, now: &Json) -> Json {
        let mut json = found.clone();
        drop_members(&mut json, before, now);
        put_over(&mut json, before, now);
        json
    }

    #[test]
    fn only_owned_members_are_removed() {
        let found = json!({"a": {"ours": 1, "theirs": 2}, "b": {"ours": 1}, "c": 3});
        let before = json!({"a": {"ours": 1}, "b": {"ours": 1}});
        assert_eq!(
            changed(&found, &before, &json!({})),
            json!({"a": {"theirs": 2}, "c": 3})
        );
    }

    #[test]
    fn objects_in_arrays_keep_foreign_members() {
        let found = json!({"items": [{"n": 1, "x": 1, "theirs": 1}, {"n": 2, "theirs": 2}]});
        let before = json!({"items": [{"n": 1, "x": 1}, {"n": 2}]});
        // One member is removed, the order changes, and one member is added.
        let now = json!({"items": [{"n": 2}, {"n": 1}, {"n": 3}]});
        assert_eq!(
            changed(&found, &before, &now),
            json!({"items": [{"n": 2, "theirs": 2}, {"n": 1, "theirs": 1}, {"n": 3}]})
        );
    }

    #[test]
    fn arrays_of_scalars_are_replaced() {
        let now = json!({"items": [1, "b"]});
        assert_eq!(changed(&json!({"items": ["a", "b"]}), &now, &now), now);
    }

    #[test]
    fn only_configured_members_are_read() {
        let found =
            json!({"a": {"x": 1, "y": 2}, "items": [{"n": 2, "m": 1}, {"n": 1}, 7], "b": 1});
        let wanted = json!({"a": {"x": 0}, "items": [{"n": 1}, {"n": 2}]});
        assert_eq!(
            restricted(&found, &wanted, "", &|_| false),
            json!({"a": {"x": 1}, "items": [{"n": 2}, {"n": 1}, 7]})
        );
    }
}
