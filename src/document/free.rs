//! Free JSON, of which the members that are configured are ours and all others somebody else's.

use serde_json::{Map, Value as Json};

use super::pairs::pair;

/// Takes away what `before` has and `now` has not, leaf by leaf: of an object, only the members that
/// were ours. One in which nothing is left after that goes as well.
///
/// Arrays that both have are left to [`put_over`].
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

/// Puts `now` over the JSON: objects member by member, the objects of an array each over the one that
/// it belongs to, and everything else in place of what is there. `before` is what was ours until now:
/// what an object of an array has of it and is not wanted any more goes.
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
            let (of_now, of_before) = (belonging(now, found), belonging(items(before), found));
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

/// The part of what was found that `wanted` has, too. `hidden` stands for what is null in it.
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
            let places = belonging(wanted, found);
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

/// For each element of an array, the found one that it belongs to: one that holds all of it, or else
/// the one in its place.
fn belonging(wanted: &[Json], found: &[Json]) -> Vec<Option<usize>> {
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

/// The JSON without null members, at any depth.
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
    fn only_what_was_ours_goes() {
        let found = json!({"a": {"ours": 1, "theirs": 2}, "b": {"ours": 1}, "c": 3});
        let before = json!({"a": {"ours": 1}, "b": {"ours": 1}});
        assert_eq!(
            changed(&found, &before, &json!({})),
            json!({"a": {"theirs": 2}, "c": 3})
        );
    }

    #[test]
    fn objects_in_arrays_keep_what_is_of_others() {
        let found = json!({"items": [{"n": 1, "x": 1, "theirs": 1}, {"n": 2, "theirs": 2}]});
        let before = json!({"items": [{"n": 1, "x": 1}, {"n": 2}]});
        // A member goes, the order changes, and one comes.
        let now = json!({"items": [{"n": 2}, {"n": 1}, {"n": 3}]});
        assert_eq!(
            changed(&found, &before, &now),
            json!({"items": [{"n": 2, "theirs": 2}, {"n": 1, "theirs": 1}, {"n": 3}]})
        );
    }

    #[test]
    fn other_arrays_are_replaced() {
        let now = json!({"items": [1, "b"]});
        assert_eq!(changed(&json!({"items": ["a", "b"]}), &now, &now), now);
    }

    #[test]
    fn what_is_configured_is_read() {
        let found =
            json!({"a": {"x": 1, "y": 2}, "items": [{"n": 2, "m": 1}, {"n": 1}, 7], "b": 1});
        let wanted = json!({"a": {"x": 0}, "items": [{"n": 1}, {"n": 2}]});
        assert_eq!(
            restricted(&found, &wanted, "", &|_| false),
            json!({"a": {"x": 1}, "items": [{"n": 2}, {"n": 1}, 7]})
        );
    }
}
