//! Changes by other clients are detected and reverted, and additions are kept.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind, Removal, open_kinds, per_plane};
use crate::object::{Object, each_row};
use crate::world::{World, for_each};

per_plane!(drift_of_every_readable_attribute_is_detected_and_repaired);

async fn drift_of_every_readable_attribute_is_detected_and_repaired(
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
            // Members that other clients have added are kept.
            if !row.own {
                object.has(row, 0)?;
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn members_of_other_clients_are_no_change_and_survive_an_update() -> Result<()> {
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
        let mut places = Vec::new();
        objects(&object.document()?, String::new(), &mut places);
        let is_open = |place: &String| {
            // The keys of these objects are values, or the object is masked and cannot be read in
            // order to be written back.
            let values = [
                "experimentalSettings",
                "notificationChannel",
                "tags",
                "userAssignedIdentities",
                "headers",
                "envs",
                "parameterValue",
                // The service sets these again with every write.
                "importedSkills",
            ];
            let is_of_values = values
                .iter()
                .any(|name| place.contains(&format!("/{name}")));
            let is_masked = place.contains("extendedProperties") && plane == "arm";
            // A merge patch cannot change one object of a list.
            let mut names = place.split('/');
            let is_item = kind.noun() == "agent" && names.any(|name| name.parse::<u8>().is_ok());
            let is_hidden = is_of_values || is_masked || is_item || place.contains('$');
            place.starts_with(members_at) && !is_hidden
        };
        places.retain(is_open);
        let foreign = json!({ "kept": [1, { "deep": true }] });
        for place in &places {
            object
                .drift(&format!("{place}/ofOthers"), foreign.clone())
                .await?;
        }
        let is_labelled =
            plane == "data_plane" && variant.rows.iter().any(|row| row.path == "owner");
        if is_labelled {
            object.drift("/$envelope/owner", json!("others")).await?;
        }
        let unchanged = json::merged(&variant.full(0), &object.key);
        object.nothing_to_do(&unchanged).await?;
        // One change at the top level, so that no object of a list is removed.
        let row = variant
            .together()
            .find(|row| row.values.len() > 1 && !row.values[0].is_array());
        let change = row.map_or_else(|| json!({}), |row| row.config(1));
        let changed = json::merged(&variant.full(0), &change);
        object.apply(&changed).await.context("change")?;
        let document = object.document()?;
        for place in &places {
            let found = document.pointer(&format!("{place}/ofOthers"));
            ensure!(found == Some(&foreign), "{place}: {found:?} is left");
        }
        ensure!(
            !is_labelled || document["$envelope"]["owner"] == "others",
            "the owner is {}",
            document["$envelope"]["owner"]
        );
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

/// Collects the positions of the objects in a document, at every depth.
fn objects(json: &Json, at: String, found: &mut Vec<String>) {
    match json {
        Json::Object(members) => {
            for (name, member) in members {
                objects(member, format!("{at}/{name}"), found);
            }
            found.push(at);
        }
        Json::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                objects(item, format!("{at}/{n}"), found);
            }
        }
        _ => {}
    }
}
