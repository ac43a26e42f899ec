//! The results of `terraform query`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use emulator::Profile;
use plugin_host::schema::{Attribute, Shape};
use plugin_host::{ImportTarget, Query};
use rstest::rstest;
use samples::GROUP;
use serde_json::{Value as Json, json};

use crate::kinds::{self, Kind, Storage, per_plane};
use crate::object::{Object, each_variant};
use crate::world::World;

per_plane!(lists_and_imports_find_the_same_objects);

async fn lists_and_imports_find_the_same_objects(kind: &Kind, plane: &'static str) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        match kind.storage {
            Storage::Archives => owner_is_listed(&object, "azuresre_repo", &object.name).await?,
            Storage::Permissions => {
                let owner = format!("{}-owner", object.name);
                owner_is_listed(&object, "azuresre_subagent", &owner).await?;
            }
            _ => {}
        }
        object.apply(&variant.full(0)).await.context("create")?;
        let identity = object.resource.identity().context("no identity")?.clone();
        let mut imported = object.world.resource(kind.type_name)?;
        imported
            .import(ImportTarget::Identity(identity.clone()))
            .await?;
        let mut wanted = imported.state().context("no state")?;
        let schema = object.world.session.resource_schema(kind.type_name);
        let attributes = &schema.context("no schema")?.block.attributes;
        without_secrets(attributes, &mut wanted);

        let session = &object.world.session;
        let found = session
            .list(kind.type_name, query(&object).with_resources())
            .await?;
        let result = found
            .results
            .iter()
            .find(|result| result.identity == identity);
        if is_as_by_default(&object, &wanted) {
            ensure!(result.is_none(), "what is there by itself is listed");
            return Ok(());
        }
        let result = result.with_context(|| format!("{identity} is not listed: {found:?}"))?;
        let listed = result.resource.as_ref().context("no object")?;
        ensure!(
            *listed == wanted,
            "{listed}\nis listed, and imported is\n{wanted}"
        );
        ensure!(!result.display_name.is_empty(), "{result:?}");
        ensure!(found.diagnostics.is_empty(), "{found:?}");

        // Other planes and prefixes have other objects.
        if object.name.is_empty()
            || matches!(kind.storage, Storage::Agents | Storage::Singletons { .. })
        {
            return Ok(());
        }
        let mut nothing = query(&object);
        nothing.config["name_prefix"] = json!("no-such-beginning");
        let found = session.list(kind.type_name, nothing).await?;
        ensure!(found.results.is_empty(), "{found:?}");
        Ok(())
    })
    .await
}

/// Some objects are found through their owner, which appears late.
async fn owner_is_listed(object: &Object<'_>, kind: &str, name: &str) -> Result<()> {
    for _ in 0..20 {
        let owners = object.world.session.list(kind, query(object)).await?;
        let mut owners = owners.results.iter();
        if owners.any(|owner| owner.identity["name"] == name) {
            return Ok(());
        }
    }
    bail!("the owner is not listed")
}

/// Returns a query that certainly finds an object.
fn query(object: &Object<'_>) -> Query {
    match object.kind.storage {
        Storage::Agents => Query::new(json!({ "resource_group_name": GROUP, "name": object.name })),
        _ => Query::new(json!({ "agent_id": object.agent })),
    }
}

/// Returns whether a switch is in its default state.
fn is_as_by_default(object: &Object<'_>, state: &Json) -> bool {
    matches!(object.kind.storage, Storage::Switches)
        && state["enabled"] == (state["default_mode"] != "disabled")
}

/// Removes sensitive values, which hosts would not show.
fn without_secrets(attributes: &BTreeMap<String, Attribute>, object: &mut Json) {
    for (name, attribute) in attributes {
        let value = &mut object[name];
        if attribute.sensitive {
            *value = Json::Null;
        } else if let Shape::Nested(nested) = &attribute.shape {
            match value {
                Json::Array(items) => items
                    .iter_mut()
                    .for_each(|item| without_secrets(&nested.attributes, item)),
                Json::Object(_) => without_secrets(&nested.attributes, value),
                _ => {}
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn objects_are_read_individually_only_if_lists_omit_them() -> Result<()> {
    let world = World::new().await?;
    let (skill, trigger) = (kinds::named("skill"), kinds::named("http_trigger"));
    for (kind, plane) in [(&skill, "arm"), (&trigger, "data_plane")] {
        for number in 0..3 {
            let name = format!("object-{number}");
            let mut object = Object::new(&world, kind, plane, &name).await?;
            object.apply(kind.minimal()).await?;
        }
    }
    let mut object = Object::new(&world, &skill, "arm", "object-3").await?;
    object.apply(skill.minimal()).await?;
    world.take_requests();
    let found = world
        .session
        .list(skill.type_name, query(&object).with_resources())
        .await?;
    ensure!(found.results.len() == 4, "{found:?}");
    let requests = world.take_requests();
    ensure!(
        requests.iter().all(|one| !one.contains("object-")),
        "{requests:?}"
    );
    Ok(())
}

/// There are nine skills on ARM, with two on a page. Checks how many pages are read, and what is
/// reported about the rest.
#[rstest]
#[case(1, 1, Some("More objects exist"))]
#[case(2, 2, Some("More objects exist"))]
#[case(3, 2, Some("More objects exist"))]
#[case(8, 5, Some("9 objects exist"))]
#[case(9, 5, None)]
#[case(100, 5, None)]
#[tokio::test(start_paused = true)]
async fn pages_are_read_until_the_limit_is_reached(
    #[case] limit: usize,
    #[case] pages: usize,
    #[case] told: Option<&str>,
) -> Result<()> {
    let profile = Profile {
        page_size: 2,
        ..Profile::default()
    };
    let (world, skill) = (World::with(profile).await?, kinds::named("skill"));
    for number in 0..9 {
        let name = format!("object-{number}");
        let mut object = Object::new(&world, &skill, "arm", &name).await?;
        object.apply(skill.minimal()).await?;
    }
    let agent = world.shared_agent().await?;
    world.take_requests();
    let query = Query::new(json!({ "agent_id": agent, "plane": "arm" })).limit(limit);
    let found = world.session.list(skill.type_name, query).await?;
    ensure!(found.results.len() == limit.min(9), "{found:?}");
    let requests = world.take_requests();
    ensure!(requests.len() == pages, "{requests:?}");
    let warning = found.diagnostics.first();
    let is_told = match (warning, told) {
        (Some(warning), Some(told)) => warning.detail.starts_with(told),
        (warning, told) => warning.is_none() && told.is_none(),
    };
    ensure!(is_told, "{:?}", found.diagnostics);
    Ok(())
}

/// The other plane is only requested if more objects are needed.
#[tokio::test(start_paused = true)]
async fn planes_are_listed_one_after_the_other() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let skill = kinds::named("skill");
    for number in 0..4 {
        let name = format!("object-{number}");
        let mut object = Object::new(&world, &skill, "arm", &name).await?;
        object.apply(skill.minimal()).await?;
    }
    let agent = world.shared_agent().await?;
    world.take_requests();
    for (limit, planes) in [(3, 1), (4, 2)] {
        let query = Query::new(json!({ "agent_id": agent })).limit(limit);
        let found = world.session.list(skill.type_name, query).await?;
        ensure!(found.results.len() == limit, "{found:?}");
        let requests = world.take_requests();
        let lists = requests.iter().filter(|one| one.ends_with("/skills"));
        ensure!(lists.count() == planes, "{requests:?}");
    }
    Ok(())
}
