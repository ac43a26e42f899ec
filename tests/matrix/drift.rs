//! What others change is seen and put back; what others add is left alone.

use anyhow::{Context as _, Result, ensure};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Home, Removal};
use crate::object::{Object, each_row};
use crate::world::{World, for_each};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_of_every_readable_attribute_is_seen_and_repaired(
    #[values(
        "azuresre_agent",
        "azuresre_data_connector",
        "azuresre_http_trigger",
        "azuresre_repo",
        "azuresre_skill"
    )]
    kind: &str,
) -> Result<()> {
    let kind = kinds::named(kind);
    for plane in kind.tested_planes() {
        each_row(&kind, plane, async |mut object, variant, row| {
            if !row.is_readable(plane) || row.values.len() < 2 {
                return Ok(());
            }
            let config = json::merged(&variant.minimal, &row.config(0));
            object.apply(&config).await.context("create")?;
            let set = (row.form)(&row.values[0]);
            let can_go = !matches!(row.removal, Removal::Never | Removal::Keeps)
                && !row.bound
                && !json::is_nothing(Some(&set));
            let gone = can_go.then_some(Json::Null);
            for value in [Some((row.form)(&row.values[1])), gone]
                .into_iter()
                .flatten()
            {
                object.drift(row.at, value.clone()).await?;
                let wanted = json::merged(&config, &object.key);
                let plan = object.resource.plan(wanted).await?;
                ensure!(
                    plan.changed().contains(row.top()),
                    "{value}: the plan is to {} {:?}",
                    plan.action,
                    plan.changed()
                );
                object
                    .apply(&config)
                    .await
                    .with_context(|| format!("{value}"))?;
                object.has(row, 0)?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_others_survive_an_update() -> Result<()> {
    let world = World::new().await?;
    let agent = world.agent("shop").await?;
    let kinds = kinds::all();
    // The service keeps no members of triggers but its own.
    let kinds = kinds
        .iter()
        .filter(|kind| !matches!(kind.home, Home::Triggers));
    let cases = kinds.flat_map(|kind| {
        kind.tested_planes().into_iter().flat_map(move |plane| {
            let variants = kind.variants.iter();
            variants.map(move |variant| {
                let case = format!("{} on {plane}, {}", kind.type_name, variant.name);
                (case, (kind, plane, variant))
            })
        })
    });
    let (world, agent) = (&world, &agent);
    for_each(cases, |(kind, plane, variant)| async move {
        let name = format!("f-{}-{}", &plane[..2], variant.name.replace('_', "-"));
        let mut object = Object::new(world, kind, agent, &name, plane)?;
        object.apply(&variant.full(0)).await.context("create")?;
        let base = match kind.home {
            Home::Agents => "/properties",
            _ => "",
        };
        let mut places = vec![base.to_owned()];
        let document = object.document()?;
        let members = document.pointer(base).and_then(Json::as_object);
        let parts = members
            .into_iter()
            .flatten()
            .filter(|(_, member)| member.is_object());
        places.extend(parts.map(|(name, _)| format!("{base}/{name}")));
        // The keys of these are values; and nobody can read what is masked, to write it back.
        places.retain(|place| {
            !place.ends_with("experimentalSettings")
                && !(place.ends_with("extendedProperties")
                    && (plane == "arm" || variant.name == "other"))
        });
        let foreign = json!({ "kept": [1, { "deep": true }] });
        for place in &places {
            object
                .drift(&format!("{place}/ofOthers"), foreign.clone())
                .await?;
        }
        object.apply(&variant.full(1)).await.context("change")?;
        let document = object.document()?;
        for place in &places {
            let found = document.pointer(&format!("{place}/ofOthers"));
            ensure!(found == Some(&foreign), "{place}: {found:?} is left");
        }
        Ok(())
    })
    .await
}
