//! Imports of objects that were created by other means.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use plugin_host::value::unknown;
use plugin_host::{Failure, ImportTarget};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind, Storage, per_plane};
use crate::object::{Object, each_variant};
use crate::world::World;

per_plane!(imports_only_miss_what_is_declared_unreadable);

async fn imports_only_miss_what_is_declared_unreadable(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        object.apply(&variant.full(0)).await.context("create")?;
        let config = json::merged(&variant.full(0), &object.key);
        let unreadable = variant
            .together()
            .filter(|row| row.own || !row.is_readable(plane));
        let unreadable = unreadable.map(|row| row.path);
        let unreadable = unreadable.chain(kind.storage.derived().iter().copied());
        let unreadable: BTreeSet<String> = unreadable.map(str::to_owned).collect();

        let (id, name, agent) = (object.id()?, &object.name, &object.agent);
        let identity = object.resource.identity().context("no identity")?.clone();
        let key = id.rsplit('/').next().unwrap_or_default();
        let mut targets = vec![
            ImportTarget::Id(id.clone()),
            ImportTarget::Id(id.to_uppercase().replace(&key.to_uppercase(), key)),
            ImportTarget::Identity(identity),
        ];
        // ARM ignores the case of names.
        if plane == "arm" {
            targets.push(ImportTarget::Id(id.to_uppercase()));
        }
        let path = kind.storage.data_plane_path(name);
        if let Some(path) = path.filter(|_| plane == "data_plane") {
            targets.push(ImportTarget::Id(format!("{agent}{path}")));
        }
        // A trigger's id is not a name, so it is case-sensitive.
        if matches!(kind.storage, Storage::Triggers) {
            targets.remove(1);
        }
        for target in targets {
            let step = format!("{target:?}");
            let mut imported = object.world.resource(kind.type_name)?;
            imported
                .import(target)
                .await
                .with_context(|| step.clone())?;
            let plan = imported.plan(config.clone()).await?;
            let mut differing = BTreeSet::new();
            differences(&plan.before, &plan.after, "", &mut differing);
            // If both planes share one store, an import finds the object on ARM first.
            let plane_found = imported.state().unwrap_or_default()["plane"].clone();
            if plane_found.is_string() && plane_found != plane {
                continue;
            }
            let differing: BTreeSet<String> = differing
                .into_iter()
                .map(|path| {
                    let row = unreadable
                        .iter()
                        .find(|row| path.starts_with(&format!("{row}.")));
                    row.cloned().unwrap_or(path)
                })
                .collect();
            ensure!(
                differing == unreadable,
                "{step}: differs in {differing:?} instead of {unreadable:?}"
            );
            imported.apply(config.clone()).await?;
            ensure!(
                imported.plan(config.clone()).await?.is_empty(),
                "{step}: something is left"
            );
        }
        Ok(())
    })
    .await
}

/// Collects the paths at which two values differ, without unknown ones.
pub(crate) fn differences(before: &Json, after: &Json, path: &str, found: &mut BTreeSet<String>) {
    match (before, after) {
        (_, after) if *after == unknown() => {}
        (before, Json::Object(after))
            if before.is_object() || (before.is_null() && !path.is_empty()) =>
        {
            for (name, after) in after {
                let path = format!("{path}.{name}");
                differences(&before[name], after, path.trim_start_matches('.'), found);
            }
        }
        (Json::Array(before), Json::Array(after)) if before.len() == after.len() => {
            for (before, after) in before.iter().zip(after) {
                differences(before, after, path, found);
            }
        }
        (before, after) if before == after => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[rstest]
#[case("skill", "/subscriptions/s/resourceGroups/rg")]
#[case("skill", "triage")]
#[case("skill", "AGENT/hooks/triage")]
#[case("agent", "AGENT/skills/triage")]
#[case("http_trigger", "AGENT/httpTriggers")]
#[tokio::test]
async fn foreign_ids_are_refused_with_the_expected_form(
    #[case] kind: &str,
    #[case] id: &str,
) -> Result<()> {
    let world = World::new().await?;
    let id = id.replace("AGENT", &crate::kinds::agent_id("shop"));
    let mut resource = world.resource(kinds::named(kind).type_name)?;
    let failure = plugin_host::Failure::of(resource.import(id.as_str()).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("has this form"), "{error}");
    ensure!(world.take_requests().is_empty(), "requests were sent");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn trigger_is_imported_by_id_or_name() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("http_trigger");
    let mut trigger = Object::new(&world, &kind, "data_plane", "deploys").await?;
    trigger.apply(kind.minimal()).await?;
    let (id, agent) = (trigger.id()?, trigger.agent.clone());
    for given in [id.clone(), format!("{agent}/httpTriggers/deploys")] {
        let mut imported = world.resource(kind.type_name)?;
        imported.import(given.as_str()).await?;
        ensure!(imported.state().context("no state")?["id"] == id, "{given}");
    }
    let mut nobody = world.resource(kind.type_name)?;
    Failure::of(
        nobody
            .import(format!("{agent}/httpTriggers/nobody").as_str())
            .await,
    )?;
    // Another client has created one with the same name.
    let body = json!({ "name": "deploys", "agentPrompt": "Look." });
    let sent = world
        .data_plane(&agent, Method::POST, "/api/v1/httptriggers/create", body)
        .await?;
    sent.success()?;
    let mut several = world.resource(kind.type_name)?;
    let failure = Failure::of(
        several
            .import(format!("{agent}/httpTriggers/deploys").as_str())
            .await,
    )?;
    ensure!(
        failure
            .to_string()
            .contains("Several objects have the name"),
        "{failure}"
    );
    several.import(id.as_str()).await?;
    Ok(())
}
