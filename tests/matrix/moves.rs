//! `moved` blocks from azapi, and from this provider under another address.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use plugin_host::{Failure, MoveSource};
use rstest::rstest;
use serde_json::{Map, Value as Json, json};

use crate::import::differences;
use crate::json;
use crate::kinds::{self, Kind, Row, per_plane};
use crate::object::{Object, each_variant};
use crate::world::World;

/// Converts a body to its form in a state.
type Form = fn(&Json) -> Json;

const AZAPI: &str = "registry.terraform.io/azure/azapi";
/// The provider address that Terraform reports for azapi's objects if others of their resource have
/// moved before.
const TARGET: &str = "registry.terraform.io/azuresre/azuresre";
/// States that azapi itself has written: of an agent, a connector and a base64 child.
const RECORDED: &str = include_str!("recorded/azapi.json");

per_plane!(
    objects_move_from_azapi_with_the_body_that_it_sent,
    objects_move_from_another_address_unchanged,
);

async fn objects_move_from_azapi_with_the_body_that_it_sent(
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
        let forms: [(Form, i64); 2] = [(typed, 2), (as_text, 0)];
        for (form, schema_version) in forms {
            let body = sent(&object)?;
            let attributes = resource(&object, &body, form)?;
            let source = MoveSource {
                schema_version,
                identity: Some(json!({ "id": attributes["id"], "type": null })),
                ..MoveSource::new(AZAPI, "azapi_resource", attributes)
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
            // States of azapi contain neither attributes of this provider nor secrets. They do
            // contain what ARM does not return.
            let missing = |row: &&Row| {
                row.own || row.is_local() || row.secret.is_some() || !row.is_readable(plane)
            };
            let missing = variant.together().filter(missing).map(|row| row.path);
            let missing: BTreeSet<&str> = missing
                .chain(kind.storage.derived().iter().copied())
                .collect();
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

/// Returns the state of an `azapi_resource` that has sent a body.
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
    // Configurations for azapi use this name, like the stable version.
    let id = object.id()?.replace("/DataConnectors/", "/connectors/");
    let (_, rest) = id.split_once("/Microsoft.App/").context("no type")?;
    let words: Vec<&str> = rest.split('/').step_by(2).collect();
    let parent = id.rsplitn(3, '/').last().context("no parent")?;
    let mut attributes = recorded("child")?["attributes"].take();
    let own = json!({
        "id": id, "name": object.name, "type": format!("Microsoft.App/{}@2025-05-01-preview", words.join("/")),
        "parent_id": parent, "location": location, "tags": tags, "identity": blocks, "body": form(&inner),
    });
    let own = own.as_object().context("no object")?.clone();
    let all = attributes.as_object_mut().context("no attributes")?;
    all.extend(own);
    Ok(attributes)
}

/// Returns the state that azapi has written for such an object.
fn recorded(of: &str) -> Result<Json> {
    let mut recorded: Json = serde_json::from_str(RECORDED)?;
    Ok(recorded[of].take())
}

/// Returns a value with its type, as azapi 2 stores it.
fn typed(body: &Json) -> Json {
    json!({ "value": body, "type": type_of(body) })
}

/// Returns the type of a value, as in states.
fn type_of(value: &Json) -> Json {
    match value {
        Json::Null => json!("dynamic"),
        Json::Bool(_) => json!("bool"),
        Json::Number(_) => json!("number"),
        Json::String(_) => json!("string"),
        Json::Array(items) => {
            json!(["tuple", items.iter().map(type_of).collect::<Vec<_>>()])
        }
        Json::Object(members) => {
            let types = members
                .iter()
                .map(|(name, value)| (name.clone(), type_of(value)));
            json!(["object", types.collect::<Map<_, _>>()])
        }
    }
}

/// Returns the body as text, as azapi 1 stores it.
fn as_text(body: &Json) -> Json {
    json!(body.to_string())
}

/// Returns the body that was sent to ARM when the object was created.
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

#[test]
fn generated_states_have_the_shape_of_recorded_ones() -> Result<()> {
    for of in ["agent", "connector", "child"] {
        let recorded = recorded(of)?;
        let body = &recorded["attributes"]["body"];
        ensure!(typed(&body["value"]) == *body, "{of}: {body}");
    }
    Ok(())
}

#[rstest]
#[case::agent("agent", "agent", &[
    ("/resource_group_name", "rg-peer"),
    ("/name", "shop"),
    ("/location", "swedencentral"),
    ("/tags/team", "shop"),
    ("/identity/type", "SystemAssigned, UserAssigned"),
    ("/action/mode", "Review"),
    ("/incident_management/type", "PagerDuty"),
    ("/log/application_insights/app_id", "00000000-0000-0000-0000-00000000000a"),
    ("/upgrade_channel", "Preview"),
])]
#[case::connector("connector", "data_connector", &[
    ("/name", "logs"),
    ("/plane", "arm"),
    ("/identity", "system"),
    ("/kusto/url", "https://shop.swedencentral.kusto.windows.net/logs"),
])]
#[case::child("child", "skill", &[
    ("/name", "triage"),
    ("/plane", "arm"),
    ("/description", "Finds out why requests have become slow."),
    ("/tools/0", "RunAzCliReadCommands"),
])]
#[tokio::test(start_paused = true)]
async fn recorded_states_of_azapi_move_under_every_provider_address(
    #[case] of: &str,
    #[case] kind: &str,
    #[case] expected: &[(&str, &str)],
) -> Result<()> {
    let world = World::new().await?;
    for address in [AZAPI, TARGET, "registry.opentofu.org/azure/azapi"] {
        let mut recorded = recorded(of)?;
        let source = MoveSource {
            schema_version: recorded["schema_version"].as_i64().context("no version")?,
            identity: Some(recorded["identity"].take()),
            // A hash of its secrets, which only azapi uses.
            private: br#"{"sensitive_body":"eyJoYXNoIjoieCJ9"}"#.to_vec(),
            ..MoveSource::new(address, "azapi_resource", recorded["attributes"].take())
        };
        let mut moved = world.resource(kinds::named(kind).type_name)?;
        moved.move_from(source).await?;
        let state = moved.state().context("no state")?;
        for (path, value) in expected {
            ensure!(
                state.pointer(path) == Some(&json!(value)),
                "{address}: {path} of {state}"
            );
        }
        let stored = moved.stored().context("no state")?;
        ensure!(stored.private.is_empty(), "{:?}", stored.private);
    }
    ensure!(world.take_requests().is_empty(), "requests were sent");
    Ok(())
}

async fn objects_move_from_another_address_unchanged(
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
async fn unsupported_sources_are_refused_with_the_supported_ones(
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
    ensure!(world.take_requests().is_empty(), "requests were sent");
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
