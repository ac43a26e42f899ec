//! Every attribute alone, all at once, every value, and their removal.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use plugin_host::core::Action;
use plugin_host::schema::{Attribute, Nesting, Shape};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Home, Secret};
use crate::object::{Object, each_row};
use crate::world::{World, for_each};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attribute_can_be_set_alone_and_removed(
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
            let alone = json::merged(&variant.minimal, &row.config(0));
            object.apply(&alone).await.context("create")?;
            object.has(row, 0)?;
            object.apply(&variant.minimal).await.context("remove")?;
            object.has_lost(row, 0)?;
            object.destroy().await.context("destroy")
        })
        .await?;
    }
    Ok(())
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_value_can_be_set(
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
            object.apply(&variant.minimal).await.context("create")?;
            for index in (0..row.values.len()).rev() {
                let value = &row.values[index];
                let config = json::merged(&variant.minimal, &row.config(index));
                object
                    .apply(&config)
                    .await
                    .with_context(|| format!("{value}"))?;
                let respelled = row.values[..index].iter().chain(&row.values[index + 1..]);
                let spelled_alike =
                    |other: &Json| value.to_string().eq_ignore_ascii_case(&other.to_string());
                // Another spelling of what is there is not sent.
                if !respelled.into_iter().any(spelled_alike) {
                    object.has(row, index).with_context(|| format!("{value}"))?;
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_attributes_can_be_set_changed_and_removed_at_once(
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
        let world = World::new().await?;
        let agent = world.agent("shop").await?;
        let cases = kind.variants.iter();
        let cases = cases.map(|variant| (format!("{plane}, {}", variant.name), variant));
        let (world, agent, kind) = (&world, &agent, &kind);
        for_each(cases, |variant| async move {
            let name = format!("all-{}", variant.name.replace('_', "-"));
            let mut object = Object::new(world, kind, agent, &name, plane)?;
            let rows = || variant.rows.iter().filter(|row| !row.alone);
            object.apply(&variant.full(0)).await.context("create")?;
            for row in rows() {
                object.has(row, 0).with_context(|| row.path)?;
            }
            object.apply(&variant.full(1)).await.context("change")?;
            for row in rows() {
                let index = 1.min(row.values.len() - 1);
                object.has(row, index).with_context(|| row.path)?;
            }
            object.apply(&variant.minimal).await.context("remove")?;
            for row in rows() {
                let index = 1.min(row.values.len() - 1);
                object.has_lost(row, index).with_context(|| row.path)?;
            }
            object.destroy().await
        })
        .await?;
    }
    Ok(())
}

/// Attributes that follow from the key of a kind, or that all kinds have.
const COMMON: [&str; 10] = [
    "additional_properties",
    "additional_properties_wo",
    "additional_properties_wo_version",
    "agent_id",
    "name",
    "object_id",
    "plane",
    "resource_group_name",
    "subscription_id",
    "timeouts",
];

#[tokio::test]
async fn every_attribute_has_a_sample() -> Result<()> {
    let world = World::new().await?;
    let sampled: BTreeSet<String> = kinds::all()
        .iter()
        .flat_map(|kind| {
            let rows = kind.variants.iter().flat_map(|variant| &variant.rows);
            let paths = rows.flat_map(|row| {
                let version = (row.secret == Some(Secret::WriteOnly))
                    .then(|| format!("{}_version", row.path));
                [Some(row.path.to_owned()), version]
            });
            let paths = paths.flatten();
            paths
                .map(|path| format!("{}.{path}", kind.type_name))
                .collect::<Vec<_>>()
        })
        .collect();
    let mut missing = Vec::new();
    for type_name in world.session.schemas().resource_schemas.keys() {
        let schema = world
            .session
            .resource_schema(type_name)
            .context("no schema")?;
        let attributes = schema.block.attributes.iter();
        for (name, attribute) in attributes.filter(|(name, _)| !COMMON.contains(&name.as_str())) {
            leaves(&format!("{type_name}.{name}"), attribute, &mut missing);
        }
    }
    missing.retain(|path| !sampled.contains(path));
    ensure!(missing.is_empty(), "no sample of {}", missing.join(", "));
    Ok(())
}

/// The attributes that a configuration sets, below objects.
fn leaves(path: &str, attribute: &Attribute, found: &mut Vec<String>) {
    match &attribute.shape {
        Shape::Nested(nested) if nested.nesting == Nesting::Single => {
            for (name, attribute) in &nested.attributes {
                leaves(&format!("{path}.{name}"), attribute, found);
            }
        }
        _ if attribute.required || attribute.optional => found.push(path.to_owned()),
        _ => {}
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn additional_properties_are_sent_changed_and_removed() -> Result<()> {
    let world = World::new().await?;
    let agent = world.agent("shop").await?;
    let kinds = kinds::all();
    // Triggers take the members only that are documented.
    let kinds = kinds
        .iter()
        .filter(|kind| !matches!(kind.home, Home::Triggers));
    let cases = kinds.flat_map(|kind| {
        let planes = kind.tested_planes().into_iter();
        planes.map(move |plane| (format!("{} on {plane}", kind.type_name), (kind, plane)))
    });
    let (world, agent) = (&world, &agent);
    for_each(cases, |(kind, plane)| async move {
        let name = format!("more-{}", plane.replace('_', "-"));
        let mut object = Object::new(world, kind, agent, &name, plane)?;
        let minimal = &kind.variants[0].minimal;
        let base = match kind.home {
            Home::Agents => "/properties",
            _ => "",
        };
        let member = |document: &Json, name: &str| {
            document
                .pointer(&format!("{base}/{name}"))
                .cloned()
                .unwrap_or_default()
        };
        for more in [
            json!({ "newFlag": true, "newPart": { "depth": 3, "names": ["a"] } }),
            json!({ "newFlag": false, "newPart": { "names": ["a", "b"] } }),
            json!({ "newPart": { "names": ["a", "b"] } }),
        ] {
            let config = json::merged(minimal, &json!({ "additional_properties": more }));
            object
                .apply(&config)
                .await
                .with_context(|| format!("{more}"))?;
            let document = object.document()?;
            for name in ["newFlag", "newPart"] {
                let (found, wanted) = (member(&document, name), more[name].clone());
                ensure!(
                    json::alike(&found, &wanted),
                    "{name}: {found} and not {wanted}"
                );
            }
        }
        let applied = object.apply(minimal).await?;
        ensure!(applied.action == Action::Update, "{}", applied.action);
        let left = member(&object.document()?, "newPart");
        ensure!(left.is_null(), "the service still has {left}");
        object.destroy().await
    })
    .await
}
