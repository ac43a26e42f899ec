//! Every attribute alone, all together, every value, and their removal.

use anyhow::{Context as _, Result, ensure};
use emulator::Profile;
use plugin_host::core::Action;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind, Row, open_kinds, per_plane};
use crate::object::{Object, each_row, each_variant};
use crate::world::{World, for_each};

per_plane!(
    every_attribute_can_be_set_alone_and_removed,
    every_value_can_be_set,
    all_attributes_can_be_set_changed_and_removed_at_once,
);

async fn every_attribute_can_be_set_alone_and_removed(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    each_row(kind, plane, async |mut object, variant, row| {
        let alone = json::merged(&variant.minimal, &row.config(0));
        object.apply(&alone).await.context("create")?;
        object.has(row, 0)?;
        object.apply(&variant.minimal).await.context("remove")?;
        object.has_lost(row, 0)?;
        object.destroy().await.context("destroy")
    })
    .await
}

async fn every_value_can_be_set(kind: &Kind, plane: &'static str) -> Result<()> {
    each_row(kind, plane, async |mut object, variant, row| {
        object.apply(&variant.minimal).await.context("create")?;
        for index in (0..row.values.len()).rev() {
            let value = &row.values[index];
            let config = json::merged(&variant.minimal, &row.config(index));
            let applied = object.apply(&config).await;
            let applied = applied.with_context(|| format!("{value}"))?;
            let respelled = row.values[..index].iter().chain(&row.values[index + 1..]);
            let spelled_alike =
                |other: &Json| value.to_string().eq_ignore_ascii_case(&other.to_string());
            // An equivalent spelling is not sent.
            if !respelled.into_iter().any(spelled_alike) {
                object.has(row, index).with_context(|| format!("{value}"))?;
            }
            ensure!(
                applied.action == Action::NoOp
                    || row.replaces == (applied.action == Action::Replace),
                "{value}: {}",
                applied.action
            );
        }
        Ok(())
    })
    .await
}

async fn all_attributes_can_be_set_changed_and_removed_at_once(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        object.apply(&variant.full(0)).await.context("create")?;
        for row in variant.together() {
            object.has(row, 0).with_context(|| row.path)?;
        }
        // If every change needs a new object, there is no update.
        if variant.together().next().is_none() {
            return object.destroy().await;
        }
        let changed = object.apply(&variant.full(1)).await.context("change")?;
        ensure!(changed.action == Action::Update, "{}", changed.action);
        for row in variant.together() {
            let index = 1.min(row.values.len() - 1);
            object.has(row, index).with_context(|| row.path)?;
        }
        object.apply(&variant.minimal).await.context("remove")?;
        for row in variant.together() {
            let index = 1.min(row.values.len() - 1);
            object.has_lost(row, index).with_context(|| row.path)?;
        }
        object.destroy().await
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn dropped_attributes_work_on_builds_that_keep_them() -> Result<()> {
    let profile = Profile {
        silent_drops: false,
        ..Profile::acceptance()
    };
    let world = &World::with(profile).await?;
    let kinds = kinds::all();
    let dropped = kinds.iter().flat_map(|kind| {
        let rows = kind.variants.iter().flat_map(|variant| {
            let rows = variant.rows.iter().filter(|row| row.dropped);
            rows.map(move |row| (variant, row))
        });
        rows.flat_map(move |(variant, row)| {
            let planes = kind.planes.iter();
            let planes = planes.filter(|plane| !(row.data_plane_only && **plane == "arm"));
            planes.map(move |plane| (kind, *plane, variant, row))
        })
    });
    let cases: Vec<_> = dropped
        .enumerate()
        .map(|(n, (kind, plane, variant, row))| {
            let case = format!("{}, {} on {plane}", variant.name, row.path);
            (case, (format!("kept-{n}"), kind, plane, variant, row))
        })
        .collect();
    ensure!(cases.len() > 4, "there are only {} cases", cases.len());
    for_each(cases, |(name, kind, plane, variant, row)| async move {
        let row = &Row {
            dropped: false,
            ..row.clone()
        };
        let mut object = Object::new(world, kind, plane, &name).await?;
        for index in 0..row.values.len() {
            let config = json::merged(&variant.minimal, &row.config(index));
            object.apply(&config).await?;
            object.has(row, index)?;
        }
        object.apply(&variant.minimal).await.context("remove")?;
        object.has_lost(row, row.values.len() - 1)?;
        object.destroy().await
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn additional_properties_are_sent_changed_and_removed() -> Result<()> {
    let world = &World::new().await?;
    let kinds = kinds::all();
    for_each(open_kinds(&kinds), |(kind, plane, members_at)| async move {
        let name = format!("more-{}", plane.replace('_', "-"));
        let mut object = Object::new(world, kind, plane, &name).await?;
        let member = |document: &Json, name: &str| {
            let place = format!("{members_at}/{name}");
            document.pointer(&place).cloned().unwrap_or_default()
        };
        for more in [
            json!({ "newFlag": true, "newPart": { "depth": 3, "names": ["a"] } }),
            json!({ "newFlag": false, "newPart": { "names": ["a", "b"] } }),
            json!({ "newPart": { "names": ["a", "b"] } }),
        ] {
            let config = json::merged(kind.minimal(), &json!({ "additional_properties": more }));
            let applied = object.apply(&config).await;
            applied.with_context(|| format!("{more}"))?;
            let document = object.document()?;
            for name in ["newFlag", "newPart"] {
                let (found, wanted) = (member(&document, name), &more[name]);
                ensure!(
                    json::alike(&found, wanted),
                    "{name}: {found} and not {wanted}"
                );
            }
        }
        let applied = object.apply(kind.minimal()).await?;
        ensure!(applied.action == Action::Update, "{}", applied.action);
        let left = member(&object.document()?, "newPart");
        ensure!(left.is_null(), "the service still has {left}");
        object.destroy().await
    })
    .await
}
