//! Names that try to escape their place, and answers that are not valid.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use emulator::Fault;
use plugin_host::Failure;
use regex::Regex;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::agent_id;
use crate::kinds::{self, Kind, Storage, per_kind, per_store};
use crate::object::Object;
use crate::world::World;

per_kind!(hostile_names_stay_in_their_segment);
per_store!(invalid_answers_are_an_error_or_parsed);

const ODD_NAMES: [&str; 14] = [
    ".",
    "..",
    "../other",
    "a/../../other",
    "..%2fother",
    "%2e%2e",
    "a?b=c&d",
    "a#b",
    "a\\..\\b",
    "a\nb",
    "a\r\nhost: example.net",
    "a\u{0}b",
    "a;b=c",
    "//example.net/a",
];

async fn hostile_names_stay_in_their_segment(kind: &Kind) -> Result<()> {
    if !kind.storage.has_names() {
        return Ok(());
    }
    let world = World::new().await?;
    let agent = kind.agent(&world, "plain").await?;
    let plane = kind.planes.last().context("no plane")?;
    let key = kind.key(&agent, "plain", plane);
    let plain = key["name"].as_str().context("no name")?;
    let usual = requests(&world, kind, &key, plain).await?;
    ensure!(!usual.is_empty(), "nothing is sent");
    for name in ODD_NAMES {
        let sent = requests(&world, kind, &key, name).await?;
        let odd: Vec<_> = sent.difference(&usual).collect();
        ensure!(odd.is_empty(), "{name:?} makes requests {odd:?}");
    }
    Ok(())
}

/// Returns the requests of a whole lifecycle, with `{name}` for the name. Empty if the name is
/// refused.
async fn requests(world: &World, kind: &Kind, key: &Json, name: &str) -> Result<BTreeSet<String>> {
    let mut config = json::merged(kind.minimal(), key);
    config["name"] = json!(name);
    let mut resource = world.resource(kind.type_name)?;
    world.take_requests();
    match resource.apply(config).await {
        Ok(_) => drop(resource.destroy().await?),
        failed => does_not_crash(&Failure::of(failed)?).with_context(|| format!("{name:?}"))?,
    }
    let sent = world.take_requests();
    let Ok(segment) = azure::id::join("", name) else {
        // No path can contain it.
        let read = sent.iter().all(|request| request.starts_with("GET "));
        ensure!(
            read || matches!(kind.storage, Storage::Triggers),
            "{name:?} is written by {sent:?}"
        );
        return Ok(BTreeSet::new());
    };
    let named = sent
        .iter()
        .map(|request| request.replace(segment.trim_start_matches('/'), "{name}"));
    // The service generates the ids of triggers.
    let id = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")?;
    Ok(named
        .map(|request| id.replace_all(&request, "{name}").into_owned())
        .collect())
}

/// Returns answers that are not documents of any kind, in every envelope.
fn odd_answers() -> Vec<Json> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let odd = [
        json!(null),
        json!(true),
        json!(7),
        json!("text"),
        json!([]),
        json!([7, "a", null, []]),
        json!({}),
        json!({ "": {} }),
        deep,
        json!("bm8ganNvbg=="),
    ];
    let lists = ["value", "values", "files", "data", "domains", "tools"];
    let mut all = Vec::new();
    for odd in odd {
        all.push(json!({ "properties": odd }));
        all.push(json!({ "name": odd, "properties": { "value": odd } }));
        // All shapes of a list at once, so that one read is enough.
        let members = lists.map(|list| (list.to_owned(), odd.clone()));
        all.push(Json::Object(members.into_iter().collect()));
        all.push(odd);
    }
    all
}

async fn invalid_answers_are_an_error_or_parsed(kind: &Kind, plane: &'static str) -> Result<()> {
    const NAME: &str = "read";

    let world = World::new().await?;
    let mut object = Object::new(&world, kind, plane, NAME).await?;
    // A list without items is requested again until the timeout.
    let config = json::merged(kind.minimal(), &json!({ "timeouts": { "read": "100ms" } }));
    object.apply(kind.minimal()).await?;
    let config = json::merged(&config, &object.key);
    object.resource.apply(config).await?;
    let stored = object.resource.stored().cloned();
    for answer in odd_answers() {
        let fault = Fault::on("GET", &kind.storage.reading(NAME));
        let fault = world
            .emulator
            .fault(fault.answer(200, answer.clone()).forever())?;
        let refreshed = object.resource.refresh();
        let limited = tokio::time::timeout(Duration::from_secs(30), refreshed).await;
        let refreshed = limited.with_context(|| format!("{answer} is read without end"))?;
        if refreshed.is_err() {
            let failure = Failure::of(refreshed)?;
            does_not_crash(&failure).with_context(|| format!("{answer}"))?;
            let state = object.resource.stored().cloned();
            ensure!(state == stored, "{answer}: the state is {state:?}");
        }
        fault.remove();
        object.resource.set_stored(stored.clone());
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn young_object_is_kept_if_there_is_no_time_to_look_for_it() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("skill");
    let mut object = Object::new(&world, &kind, "data_plane", "young").await?;
    let config = json!({ "timeouts": { "read": "100ms" } });
    let config = json::merged(&json::merged(kind.minimal(), &config), &object.key);
    object.resource.apply(config).await?;
    // A new object appears after a few reads, whose pauses exceed the remaining time.
    let failure = Failure::of(object.resource.refresh().await)?;
    does_not_crash(&failure)?;
    ensure!(object.resource.state().is_some(), "it is gone");
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn endless_file_is_too_large() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("knowledge_document");
    let mut config = kind.key(&agent_id("shop"), "endless", "data_plane");
    config["source"] = json!("/dev/zero");
    let planned = world.resource(kind.type_name)?.plan(config).await;
    let failure = Failure::of(planned)?;
    ensure!(
        failure
            .errors()
            .any(|error| error.summary == "The file is too large"),
        "{failure}"
    );
    Ok(())
}

fn does_not_crash(failure: &Failure) -> Result<()> {
    let crashed = failure
        .errors()
        .any(|error| error.summary.contains("crashed") || error.detail.contains("bug"));
    ensure!(!crashed && failure.errors().count() > 0, "{failure}");
    Ok(())
}
