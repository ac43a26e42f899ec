//! `moved` blocks from azapi, and from this provider under another address.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use plugin_host::{Failure, MoveSource};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::import::differences;
use crate::json;
use crate::kinds::{self, Kind, Row, per_plane};
use crate::object::{Object, each_variant};
use crate::world::World;

const AZAPI: &str = "registry.terraform.io/azure/azapi";

per_plane!(
    objects_move_from_azapi_with_what_it_has_sent,
    objects_move_from_another_address_as_they_are,
);

async fn objects_move_from_azapi_with_what_it_has_sent(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    if plane != "arm" {
        return Ok(());
    }
    each_variant(kind, plane, async |mut object, variant| {
        object.apply(&variant.full(0)).await.context("create")?;
        let config = json::merged(&variant.full(0), &object.key);
        let identity = object.resource.identity().context("no identity")?.clone();
        for form in [typed, as_text] {
            let body = sent(&object)?;
            let source = MoveSource {
                identity: Some(json!({ "id": object.id()?, "type": "x" })),
                ..MoveSource::new(AZAPI, "azapi_resource", resource(&object, &body, form)?)
            };
            let mut moved = object.world.resource(kind.type_name)?;
            moved.move_from(source).await?;
            ensure!(
                moved.identity() == Some(&identity),
                "{:?}",
                moved.identity()
            );
            let state = moved.state().context("no state")?.to_string();
            ensure!(!state.contains("secret-"), "{state}");
            let plan = moved.plan(config.clone()).await?;
            // What is the provider's own or secret is in no state of azapi; what ARM hides is.
            let missing = |row: &&Row| {
                row.own || row.is_local() || row.secret.is_some() || !row.is_readable(plane)
            };
            let missing = variant.together().filter(missing).map(|row| row.path);
            let missing: BTreeSet<&str> =
                missing.chain(kind.home.derived().iter().copied()).collect();
            let mut differing = BTreeSet::new();
            differences(&plan.before, &plan.after, "", &mut differing);
            let is_missing = |path: &String| {
                let within = |row: &str| {
                    path.strip_prefix(row)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                };
                missing.iter().any(|row| within(row))
            };
            let others: Vec<_> = differing.iter().filter(|path| !is_missing(path)).collect();
            ensure!(others.is_empty(), "{others:?} of {differing:?}: {body}");
            let hidden = ["kusto.url", "teams.channel_url", "app_insights.resource_id"];
            ensure!(
                !hidden.iter().any(|path| differing.contains(*path)),
                "{differing:?}: {body}"
            );
        }
        Ok(())
    })
    .await
}

/// The state of an `azapi_resource` that has sent a body.
fn resource(object: &Object<'_>, body: &Json, form: fn(&Json) -> Json) -> Result<Json> {
    let mut inner = body.clone();
    let members = inner.as_object_mut().context("no object")?;
    let mut taken = |name: &str| members.remove(name).unwrap_or_default();
    let (location, tags, identity) = (taken("location"), taken("tags"), taken("identity"));
    let blocks = match &identity {
        Json::Null => json!([]),
        identity => {
            let ids = identity["userAssignedIdentities"].as_object();
            let ids: Vec<&String> = ids.into_iter().flat_map(|ids| ids.keys()).collect();
            json!([{ "type": identity["type"], "identity_ids": ids, "principal_id": "p", "tenant_id": "t" }])
        }
    };
    let id = object.id()?;
    let (_, rest) = id.split_once("/Microsoft.App/").context("no type")?;
    let words: Vec<&str> = rest.split('/').step_by(2).collect();
    Ok(json!({
        "id": id, "name": object.name, "type": format!("Microsoft.App/{}@2025-05-01-preview", words.join("/")),
        "location": location, "tags": tags, "identity": blocks, "body": form(&inner),
        "sensitive_body": null, "output": { "value": {}, "type": ["object", {}] },
    }))
}

/// A value with its type, as azapi 2 stores it.
fn typed(body: &Json) -> Json {
    json!({ "value": body, "type": "dynamic" })
}

/// Text, as azapi 1 stores it.
fn as_text(body: &Json) -> Json {
    json!(body.to_string())
}

/// What was sent to ARM when the object was made.
fn sent(object: &Object<'_>) -> Result<Json> {
    let id = object.id()?.to_lowercase();
    let requests = object.world.emulator.requests().into_iter();
    let mut puts = requests
        .filter(|request| request.method == "PUT" && request.path.to_lowercase().ends_with(&id));
    let put = puts
        .next()
        .with_context(|| format!("nothing was sent to {id}"))?;
    Ok(put.body)
}

async fn objects_move_from_another_address_as_they_are(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        object.apply(&variant.full(0)).await.context("create")?;
        let stored = object.resource.stored().context("no state")?.clone();
        for address in [
            "registry.terraform.io/contoso/azuresre",
            "registry.opentofu.org/azuresre/azuresre",
        ] {
            let source = MoveSource {
                schema_version: stored.schema_version,
                private: stored.private.clone(),
                identity: stored.identity.clone().map(|identity| identity.attributes),
                ..MoveSource::new(address, kind.type_name, stored.attributes.clone())
            };
            let mut moved = object.world.resource(kind.type_name)?;
            moved.move_from(source).await?;
            ensure!(moved.stored() == Some(&stored), "{:?}", moved.stored());
        }
        Ok(())
    })
    .await
}

#[rstest]
#[case(
    "skill",
    "azapi_update_resource",
    "Microsoft.App/agents/skills@2025-05-01-preview"
)]
#[case(
    "skill",
    "azapi_resource",
    "Microsoft.App/containerApps@2025-05-01-preview"
)]
#[case("skill", "azapi_resource", "Microsoft.App/agents@2025-05-01-preview")]
#[case(
    "agent",
    "azapi_resource",
    "Microsoft.App/agents/skills@2025-05-01-preview"
)]
#[case(
    "http_trigger",
    "azapi_resource",
    "Microsoft.App/agents/httpTriggers@2025-05-01-preview"
)]
#[tokio::test(start_paused = true)]
async fn other_sources_are_refused_with_what_is_supported(
    #[case] kind: &str,
    #[case] source: &str,
    #[case] ty: &str,
) -> Result<()> {
    let world = World::new().await?;
    let mut resource = world.resource(kinds::named(kind).type_name)?;
    let source = MoveSource::new(AZAPI, source, json!({ "id": "/x", "type": ty }));
    let failure = Failure::of(resource.move_from(source).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.summary == "Unable to move resource state", "{error}");
    ensure!(error.detail.contains("under another address"), "{error}");
    ensure!(world.taken_requests().is_empty(), "requests were sent");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn ids_of_another_kind_are_refused() -> Result<()> {
    let world = World::new().await?;
    let mut resource = world.resource("azuresre_skill")?;
    let id = format!("{}/hooks/h", kinds::agent_id("shop"));
    let state =
        json!({ "id": id, "type": "Microsoft.App/agents/hooks@2025-05-01-preview", "body": {} });
    let failure = Failure::of(
        resource
            .move_from(MoveSource::new("azapi", "azapi_resource", state))
            .await,
    )?;
    ensure!(
        failure.to_string().contains("another kind of object"),
        "{failure}"
    );
    Ok(())
}
