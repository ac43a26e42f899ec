//! Detection of switches by reading: features of documents and lists that occur only with a certain
//! value.

use serde_json::{Value as Json, json};

use super::facts::{Fact, fact};
use super::readings::{Reading, Readings};
use crate::doctor::areas::role_of;
use crate::doctor::checks::versions;
use crate::doctor::collections::items;

fn children(readings: &Readings) -> impl Iterator<Item = &Reading> {
    readings
        .collections
        .iter()
        .filter(|reading| reading.collection.arm_children().is_some())
}

pub(super) fn tenant(readings: &Readings) -> Option<Fact> {
    if readings.tenant_refusal.is_some() {
        return fact("external", "ARM rejects objects inside agents");
    }
    let on_arm: usize = children(readings)
        .map(|reading| reading.arm_items.len())
        .sum();
    let on_data_plane: usize = children(readings)
        .map(|reading| reading.objects().len())
        .sum();
    match (on_arm, on_data_plane) {
        (0, 0) => None,
        (0, count) => fact(
            "external",
            format!("ARM shows none of the {count} objects on the data plane"),
        ),
        (count, _) => fact("internal", format!("ARM shows {count} objects")),
    }
}

pub(super) fn tenant_refusal(readings: &Readings) -> Option<Fact> {
    let status = readings.tenant_refusal?;
    fact(status, format!("ARM returned {status}"))
}

pub(super) fn store(readings: &Readings) -> Option<Fact> {
    let agreements: Vec<bool> = children(readings).filter_map(Reading::agrees).collect();
    match (
        agreements.as_slice(),
        agreements.iter().all(|agrees| *agrees),
    ) {
        ([], _) => None,
        (all, true) => fact(
            "one",
            format!(
                "both planes have the same objects in {} collections",
                all.len()
            ),
        ),
        (_, false) => fact("two", "the planes have different objects"),
    }
}

pub(super) fn api_versions(readings: &Readings) -> Option<Fact> {
    let mut versions = versions(&readings.provider);
    // Versions begin with dates, so this is also the chronological order.
    versions.sort();
    let told = format!("{} versions are registered", versions.len());
    (!versions.is_empty()).then(|| (json!(versions), told))
}

pub(super) fn unknown_members(readings: &Readings) -> Option<Fact> {
    const PREVIEW: [&str; 3] = [
        "monthlyAgentUnitLimit",
        "mcpServers",
        "experimentalSettings",
    ];
    let properties = &readings.typed_agent["properties"];
    let shown = PREVIEW
        .iter()
        .find(|member| !properties[**member].is_null())?;
    fact(
        "kept",
        format!("2026-01-01 returns {shown}, which this version does not define"),
    )
}

pub(super) fn mask_connectors(readings: &Readings) -> Option<Fact> {
    let connectors = readings.of("connectors")?.arm_items.iter();
    let properties: Vec<&Json> = connectors
        .map(|connector| &connector["properties"])
        .collect();
    let extended = |properties: &&&Json| {
        let members = properties["extendedProperties"].as_object();
        members.is_some_and(|members| !members.is_empty())
    };
    let is_shown = |properties: &&&Json| {
        let members = properties["extendedProperties"].as_object();
        let has_value =
            members.is_some_and(|members| members.values().any(|value| !value.is_null()));
        has_value || !properties["dataSource"].is_null()
    };
    let (shown, all) = (
        properties.iter().filter(is_shown).count(),
        properties.iter().filter(extended).count(),
    );
    match (shown, all) {
        (0, 0) => None,
        (0, all) => fact(true, format!("ARM shows no settings of {all} connectors")),
        (shown, _) => fact(false, format!("ARM shows settings of {shown} connectors")),
    }
}

pub(super) fn mask_bearer_tokens(readings: &Readings) -> Option<Fact> {
    let extended = readings
        .properties("connectors")
        .map(|properties| &properties["extendedProperties"]);
    let tokens: Vec<&Json> = extended
        .filter(|extended| extended["authType"] == "BearerToken")
        .filter_map(|extended| extended.get("bearerToken"))
        .collect();
    let masked = tokens.iter().filter(|token| token.is_null()).count();
    match (masked, tokens.len()) {
        (_, 0) => None,
        (0, all) => fact(
            false,
            format!("the data plane shows the tokens of {all} connectors"),
        ),
        (masked, all) => fact(true, format!("{masked} of {all} tokens are null")),
    }
}

pub(super) fn base64_bodies(readings: &Readings) -> Option<Fact> {
    let (mut cut, mut completed) = (0, 0);
    for (on_arm, on_data_plane) in children(readings).flat_map(Reading::pairs) {
        let (Some(sent), Some(all)) = (on_arm.as_object(), on_data_plane.as_object()) else {
            continue;
        };
        if all.keys().any(|member| !sent.contains_key(member)) {
            cut += 1;
        } else if sent.values().any(Json::is_null) {
            completed += 1;
        }
    }
    match (cut, completed) {
        (0, 0) => None,
        (0, count) => fact(
            "completed",
            format!(
                "{count} objects have the same properties on ARM as on the data plane, including \
                 nulls"
            ),
        ),
        (count, _) => fact(
            "as_sent",
            format!("{count} objects lack properties on ARM that the data plane adds"),
        ),
    }
}

pub(super) fn null_lists(readings: &Readings) -> Option<Fact> {
    let (mut null, mut empty) = (0, 0);
    for reading in &readings.collections {
        for object in reading.objects() {
            let lists = reading.collection.lists.iter();
            for list in lists.filter_map(|list| object["properties"].pointer(list)) {
                null += usize::from(list.is_null());
                empty += usize::from(list.as_array().is_some_and(Vec::is_empty));
            }
        }
    }
    match (null, empty) {
        (0, 0) => None,
        (0, empty) => fact(false, format!("{empty} lists are empty, and none is null")),
        (null, _) => fact(true, format!("{null} lists are null")),
    }
}

pub(super) fn task_state(readings: &Readings) -> Option<Fact> {
    one_of(
        readings,
        "scheduled tasks",
        [("status", "status"), ("isEnabled", "is_enabled")],
    )
}

pub(super) fn skill_text(readings: &Readings) -> Option<Fact> {
    one_of(
        readings,
        "skills",
        [
            ("skillMdContent", "skill_md_content"),
            ("skillContent", "skill_content"),
        ],
    )
}

/// Returns which of two members the objects of a collection have.
fn one_of(readings: &Readings, title: &str, members: [(&str, &str); 2]) -> Option<Fact> {
    members.into_iter().find_map(|(member, word)| {
        let all = readings.properties(title).count();
        let having = readings
            .properties(title)
            .filter(|properties| properties.get(member).is_some());
        match having.count() {
            0 => None,
            count => fact(word, format!("{count} of {all} {title} have `{member}`")),
        }
    })
}

pub(super) fn mcp_headers(readings: &Readings) -> Option<Fact> {
    let mut connectors = readings.properties("connectors");
    let has_headers =
        connectors.any(|properties| properties["extendedProperties"]["headers"].is_object());
    has_headers.then(|| {
        (
            json!("kept"),
            "a connector has the map `headers`".to_owned(),
        )
    })
}

pub(super) fn crlf(readings: &Readings) -> Option<Fact> {
    let (mut windows, mut unix) = (0, 0);
    for reading in &readings.collections {
        for object in reading.objects() {
            let texts = reading.collection.texts.iter();
            let texts = texts.filter_map(|text| object["properties"].pointer(text)?.as_str());
            for text in texts.filter(|text| text.contains('\n')) {
                match text.contains("\r\n") {
                    true => windows += 1,
                    false => unix += 1,
                }
            }
        }
    }
    match (windows, unix) {
        (0, 0) => None,
        (0, unix) => fact(false, format!("{unix} texts have LF")),
        (windows, _) => fact(true, format!("{windows} texts have CRLF")),
    }
}

pub(super) fn list_glitch(readings: &Readings) -> Option<Fact> {
    let mut lists = readings
        .collections
        .iter()
        .filter_map(|reading| reading.arm.as_ref());
    let lacks = |list: &Json| list.is_object() && list.get("value").is_none();
    let lacked = readings.lacked_value || lists.any(lacks);
    lacked.then(|| (json!(true), "a list on ARM lacked `value`".to_owned()))
}

pub(super) fn page_size(readings: &Readings) -> Option<Fact> {
    let mut lists = readings
        .collections
        .iter()
        .filter_map(|reading| reading.arm.as_ref());
    let paged = lists.find(|list| list["nextLink"].is_string())?;
    let size = items(paged).len();
    fact(size, format!("the first page of a list has {size} items"))
}

pub(super) fn quickstart_plan(readings: &Readings) -> Option<Fact> {
    const NAMES: [&str; 2] = ["quickstart_handler", "quickstart_response_plan"];
    let filters = readings.of("incident filters")?.objects();
    let named = |name: &&&str| filters.iter().any(|filter| filter["name"] == **name);
    let name = NAMES.iter().find(named)?;
    fact(*name, "an incident filter with this name exists")
}

pub(super) fn role(readings: &Readings) -> Option<Fact> {
    match role_of(&readings.readable) {
        Some(role) => fact(
            role.word,
            format!("you can read what the role {} can read", role.name),
        ),
        None if readings.readable.is_empty() && !readings.forbidden_bodies.is_empty() => {
            fact("none", "all reads are denied")
        }
        None => None,
    }
}

pub(super) fn empty_forbidden(readings: &Readings) -> Option<Fact> {
    let bodies = &readings.forbidden_bodies;
    match (bodies.is_empty(), bodies.iter().any(|has_body| *has_body)) {
        (true, _) => None,
        (false, true) => fact(false, "denied requests return a reason"),
        (false, false) => fact(
            true,
            format!("{} denied requests return no body", bodies.len()),
        ),
    }
}

pub(super) fn accept(readings: &Readings) -> Option<Fact> {
    match readings.answers_anything? {
        true => fact("any", "a request with `Accept: */*` returns JSON"),
        false => fact("json", "a request with `Accept: */*` returns a web page"),
    }
}

pub(super) fn lists(readings: &Readings) -> Option<Fact> {
    let mut lists = readings
        .collections
        .iter()
        .filter_map(|reading| reading.data_plane.as_ref());
    let list = lists.next()?;
    match list.is_array() {
        true => fact("bare", "lists are arrays"),
        false => fact("enveloped", "lists are in `value`"),
    }
}

pub(super) fn strict_filters(readings: &Readings) -> Option<Fact> {
    let all = readings.properties("incident filters").count();
    let knowing = readings
        .properties("incident filters")
        .filter(|properties| properties.get("mergeEnabled").is_some());
    match (knowing.count(), all) {
        (_, 0) => None,
        (0, all) => fact(true, format!("{all} incident filters lack `mergeEnabled`")),
        (knowing, _) => fact(
            false,
            format!("{knowing} incident filters have `mergeEnabled`"),
        ),
    }
}

pub(super) fn oauth_consent(readings: &Readings) -> Option<Fact> {
    let by_oauth = |connection: &&Json| {
        let api = connection["properties"]["connectorName"]
            .as_str()
            .unwrap_or_default();
        items(&readings.apis)
            .iter()
            .any(|known| known["name"] == api && known["authenticationType"] == "OAuth")
    };
    let connections: Vec<&Json> = items(&readings.connections)
        .iter()
        .filter(by_oauth)
        .collect();
    let status = |connection: &&&Json| connection["properties"]["overallStatus"] == "Connected";
    match (connections.len(), connections.iter().filter(status).count()) {
        (0, _) => None,
        (all, 0) => fact(
            false,
            format!("none of {all} connections with OAuth is connected"),
        ),
        (all, connected) => fact(
            true,
            format!("{connected} of {all} connections with OAuth are connected"),
        ),
    }
}

pub(super) fn silent_drops(readings: &Readings) -> Option<Fact> {
    // Subagents keep their tags on every build.
    let mut others = readings
        .collections
        .iter()
        .filter(|reading| reading.collection.title != "subagents");
    let has_tags = |object: &Json| {
        object["tags"]
            .as_array()
            .is_some_and(|tags| !tags.is_empty())
    };
    let kept = others.any(|reading| reading.objects().iter().any(has_tags));
    kept.then(|| (json!(false), "the service stores tags".to_owned()))
}

pub(super) fn memory_page_size(readings: &Readings) -> Option<Fact> {
    let token = readings.memory["continuationToken"]
        .as_str()
        .unwrap_or_default();
    let size = items(&readings.memory).len();
    (!token.is_empty()).then(|| (json!(size), format!("the first page has {size} files")))
}
