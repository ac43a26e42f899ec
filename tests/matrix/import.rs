//! Objects that were made otherwise.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use plugin_host::ImportTarget;
use plugin_host::value::unknown;
use rstest::rstest;
use serde_json::Value as Json;

use crate::json;
use crate::kinds::{self, Home};
use crate::object::Object;
use crate::world::{World, for_each};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_miss_what_is_declared_unreadable_and_nothing_else(
    #[values(
        "azuresre_agent",
        "azuresre_data_connector",
        "azuresre_http_trigger",
        "azuresre_repo",
        "azuresre_skill"
    )]
    kind: &str,
) -> Result<()> {
    let kind = &kinds::named(kind);
    let world = &World::new().await?;
    let agent = &world.agent("shop").await?;
    let cases = kind.tested_planes().into_iter().flat_map(|plane| {
        let variants = kind.variants.iter();
        variants.map(move |variant| (format!("{plane}, {}", variant.name), (plane, variant)))
    });
    for_each(cases, |(plane, variant)| async move {
        let name = format!("i-{}-{}", &plane[..2], variant.name.replace('_', "-"));
        let mut object = Object::new(world, kind, agent, &name, plane)?;
        object.apply(&variant.full(0)).await.context("create")?;
        let config = json::merged(&variant.full(0), &object.key);
        let unreadable = variant
            .rows
            .iter()
            .filter(|row| !row.alone && (row.own || !row.is_readable(plane)));
        let unreadable: BTreeSet<String> = unreadable.map(|row| row.path.to_owned()).collect();

        let state = object.resource.state().context("no state")?;
        let id = state["id"].as_str().context("no id")?.to_owned();
        let identity = object.resource.identity().context("no identity")?.clone();
        let mut targets = vec![
            ImportTarget::Id(id.clone()),
            ImportTarget::Id(id.to_uppercase().replace(&name.to_uppercase(), &name)),
            ImportTarget::Identity(identity),
        ];
        if let (Home::Objects { collection, .. }, "data_plane") = (kind.home, plane) {
            targets.push(ImportTarget::Id(format!("{agent}{collection}/{name}")));
        }
        // A trigger's id is no name, so that its case counts.
        if matches!(kind.home, Home::Triggers) {
            targets.remove(1);
        }
        for target in targets {
            let step = format!("{target:?}");
            let mut imported = world.resource(kind.type_name)?;
            imported
                .import(target)
                .await
                .with_context(|| step.clone())?;
            let plan = imported.plan(config.clone()).await?;
            let mut differing = BTreeSet::new();
            differences(&plan.before, &plan.after, "", &mut differing);
            // Where one store is behind both planes, an import finds the object on ARM first.
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

/// The places at which two values differ, but for what is unknown.
fn differences(before: &Json, after: &Json, path: &str, found: &mut BTreeSet<String>) {
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
        (before, after) if before == after => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[rstest]
#[case("azuresre_skill", "/subscriptions/s/resourceGroups/rg")]
#[case("azuresre_skill", "triage")]
#[case("azuresre_skill", "AGENT/hooks/triage")]
#[case("azuresre_agent", "AGENT/skills/triage")]
#[case("azuresre_http_trigger", "AGENT/httpTriggers")]
#[tokio::test]
async fn ids_of_something_else_are_refused_with_the_right_form(
    #[case] kind: &str,
    #[case] id: &str,
) -> Result<()> {
    let world = World::new().await?;
    let id = id.replace("AGENT", &crate::world::agent_id("shop"));
    let mut resource = world.resource(kind)?;
    let failure = plugin_host::Failure::of(resource.import(id.as_str()).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("looks like this"), "{error}");
    ensure!(world.taken_requests().is_empty(), "requests were sent");
    Ok(())
}
