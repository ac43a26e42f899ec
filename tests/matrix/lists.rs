//! What `terraform query` finds.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use plugin_host::schema::{Attribute, Shape};
use plugin_host::{ImportTarget, Query};
use samples::GROUP;
use serde_json::{Value as Json, json};

use crate::kinds::{self, Home, Kind, per_plane};
use crate::object::{Object, each_variant};
use crate::world::World;

per_plane!(lists_find_what_imports_find);

async fn lists_find_what_imports_find(kind: &Kind, plane: &'static str) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        if matches!(kind.home, Home::Archives) {
            owner_is_listed(&object).await?;
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

        // The other planes and beginnings have other objects.
        if object.name.is_empty() || matches!(kind.home, Home::Agents | Home::Singletons { .. }) {
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

/// Archives are found by what they belong to, which the service shows late.
async fn owner_is_listed(object: &Object<'_>) -> Result<()> {
    for _ in 0..20 {
        let repos = object
            .world
            .session
            .list("azuresre_repo", query(object))
            .await?;
        if repos
            .results
            .iter()
            .any(|repo| repo.identity["name"] == object.name)
        {
            return Ok(());
        }
    }
    bail!("the repository is not listed")
}

/// The query that is sure to find an object.
fn query(object: &Object<'_>) -> Query {
    match object.kind.home {
        Home::Agents => Query::new(json!({ "resource_group_name": GROUP, "name": object.name })),
        _ => Query::new(json!({ "agent_id": object.agent })),
    }
}

/// A switch that is as it was before.
fn is_as_by_default(object: &Object<'_>, state: &Json) -> bool {
    matches!(object.kind.home, Home::Switches)
        && state["enabled"] == (state["default_mode"] != "disabled")
}

/// What hosts would show of an object, without what is sensitive.
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
async fn objects_are_read_one_by_one_only_when_lists_do_not_show_them() -> Result<()> {
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
    world.taken_requests();
    let found = world
        .session
        .list(skill.type_name, query(&object).with_resources())
        .await?;
    ensure!(found.results.len() == 4, "{found:?}");
    let requests = world.taken_requests();
    ensure!(
        requests.iter().all(|one| !one.contains("object-")),
        "{requests:?}"
    );
    let found = world
        .session
        .list(skill.type_name, query(&object).limit(2))
        .await?;
    ensure!(found.results.len() == 2, "{found:?}");
    let warning = found.diagnostics.first().context("no warning")?;
    ensure!(warning.detail.starts_with("4 objects exist"), "{warning}");
    Ok(())
}
