//! What others change is seen and put back; what others add is left alone.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind, Removal, open_kinds, per_plane};
use crate::object::{Object, each_row};
use crate::world::{World, for_each};

per_plane!(drift_of_every_readable_attribute_is_seen_and_repaired);

async fn drift_of_every_readable_attribute_is_seen_and_repaired(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    each_row(kind, plane, async |mut object, variant, row| {
        if !row.is_readable(plane) || row.values.len() < 2 || row.replaces {
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
            // What others have put beside one's own members stays.
            if !row.own {
                object.has(row, 0)?;
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_others_are_no_difference_and_survive_an_update() -> Result<()> {
    let world = &World::new().await?;
    let kinds = kinds::all();
    let cases = open_kinds(&kinds).flat_map(|(case, (kind, plane, members_at))| {
        let variants = kind.variants.iter();
        variants.map(move |variant| {
            let case = format!("{case}, {}", variant.name);
            (case, (kind, plane, members_at, variant))
        })
    });
    for_each(cases, |(kind, plane, members_at, variant)| async move {
        let name = format!("f-{}-{}", &plane[..2], variant.name.replace('_', "-"));
        let mut object = Object::new(world, kind, plane, &name).await?;
        object.apply(&variant.full(0)).await.context("create")?;
        let mut places = vec![members_at.to_owned()];
        let document = object.document()?;
        let members = document.pointer(members_at).and_then(Json::as_object);
        let parts = members
            .into_iter()
            .flatten()
            .filter(|(_, member)| member.is_object());
        places.extend(parts.map(|(name, _)| format!("{members_at}/{name}")));
        // The keys of these are values; and nobody can read what is masked, to write it back.
        places.retain(|place| {
            !place.ends_with("experimentalSettings")
                && !place.ends_with("$envelope")
                && !(place.ends_with("extendedProperties")
                    && (plane == "arm" || variant.name == "other"))
        });
        let foreign = json!({ "kept": [1, { "deep": true }] });
        for place in &places {
            object
                .drift(&format!("{place}/ofOthers"), foreign.clone())
                .await?;
        }
        let unchanged = json::merged(&variant.full(0), &object.key);
        object.nothing_to_do(&unchanged).await?;
        object.apply(&variant.full(1)).await.context("change")?;
        let document = object.document()?;
        for place in &places {
            let found = document.pointer(&format!("{place}/ofOthers"));
            ensure!(found == Some(&foreign), "{place}: {found:?} is left");
        }
        let mut imported = world.resource(kind.type_name)?;
        let seen = imported.import(object.id()?.as_str()).await?;
        ensure!(
            !format!("{:?}", seen.state).contains("ofOthers"),
            "an import takes members of others over"
        );
        Ok(())
    })
    .await
}
