//! Where objects can be kept, and which versions of the API there are.

use azure::client::API_VERSION;
use azure::{ErrorKind, Response};
use serde_json::Value as Json;

use super::trouble;
use crate::doctor::check::Seen;
use crate::doctor::collections::{COLLECTIONS, items};
use crate::doctor::scene::Scene;
use crate::kind::Plane;

const PROVIDER_VERSION: &str = "2021-04-01";

/// Whether the subscription knows agents, in the versions that the provider asks for.
pub(super) async fn api_versions(scene: &mut Scene) -> Seen {
    let id = scene.subscription.clone().unwrap_or_default();
    let path = format!("/subscriptions/{id}/providers/Microsoft.App");
    let document = match scene.arm(&path, Some(PROVIDER_VERSION)).await {
        Ok(response) => response.json().cloned().unwrap_or_default(),
        Err(error) => return trouble("the resource provider Microsoft.App cannot be read", &error),
    };
    let state = document["registrationState"].as_str().unwrap_or("not told");
    if state != "Registered" {
        return Seen::failed(format!("Microsoft.App is {state} in the subscription")).ask(format!(
            "to register it: `az provider register --namespace Microsoft.App --subscription {id}`"
        ));
    }
    let versions = versions(&document);
    let wanted = scene
        .client_config
        .as_ref()
        .map(|config| config.api_version.clone());
    let wanted = wanted.unwrap_or_default();
    let told = format!(
        "Microsoft.App is registered; agents have {}",
        versions.join(", ")
    );
    if versions.is_empty() {
        return Seen::failed("Microsoft.App is registered, but has no agents here")
            .ask("that Azure SRE Agent is offered to this subscription");
    }
    if !versions.contains(&wanted) {
        let seen = Seen::failed(format!("{told}, and not {wanted}"));
        return match versions.iter().any(|version| version == API_VERSION) {
            true => seen.block("api_version", format!("{API_VERSION:?}")),
            false => seen.ask(format!(
                "that the version {API_VERSION} is offered to this subscription"
            )),
        };
    }
    if !versions.iter().any(|version| version == API_VERSION) {
        return Seen::failed(format!(
            "{told}, and not {API_VERSION}, which what is inside agents needs"
        ))
        .block("plane", "\"data_plane\"");
    }
    Seen::passed(told)
}

/// The versions that agents are offered in.
pub(in crate::doctor) fn versions(document: &Json) -> Vec<String> {
    let types = document["resourceTypes"].as_array().map(Vec::as_slice);
    let agents = types.unwrap_or_default().iter().find(|kind| {
        kind["resourceType"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case("agents"))
    });
    let versions = agents.and_then(|agents| agents["apiVersions"].as_array());
    let versions = versions.map(Vec::as_slice).unwrap_or_default();
    versions
        .iter()
        .filter_map(|version| version.as_str().map(str::to_owned))
        .collect()
}

/// Whether ARM takes what is inside agents, by what it shows of it.
pub(super) async fn children(scene: &mut Scene) -> Seen {
    let Some(agent) = scene.agent.clone() else {
        return Seen::skipped("no agent is named");
    };
    let (mut on_arm, mut on_data_plane) = (0, 0);
    for collection in COLLECTIONS {
        let Some(segment) = collection.arm_children() else {
            continue;
        };
        match list(scene, &format!("{}/{segment}", agent.path())).await {
            Ok(response) => on_arm += response.json().map_or(0, |body| items(body).len()),
            Err(error) if error.kind() == ErrorKind::TenantRestricted => {
                return advised(scene, format!("ARM refuses them in this tenant: {error}"));
            }
            Err(error) if error.kind() == ErrorKind::Forbidden => {
                return trouble(&format!("ARM denies {segment}"), &error);
            }
            // A type that this build does not have.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected) => {}
            Err(error) => return trouble(&format!("ARM does not list {segment}"), &error),
        }
        if on_arm > 0 {
            return Seen::passed(format!(
                "ARM shows {segment}, and so takes what is inside agents"
            ));
        }
        if scene.data_plane.is_some()
            && let Ok(response) = scene.data(collection.data_plane).await
        {
            on_data_plane += response.json().map_or(0, |body| items(body).len());
        }
    }
    match (on_data_plane, scene.data_plane.is_some()) {
        (0, true) => Seen::skipped(
            "the agent has no objects yet that ARM could show, so there is nothing to tell by",
        )
        .remedy("many tenants take none on ARM: set `plane = \"data_plane\"`, or try with --write-probes"),
        (0, false) => Seen::skipped("ARM shows no objects, and the data plane cannot be asked")
            .remedy("many tenants take none on ARM: set `plane = \"data_plane\"` to be safe"),
        (count, _) => advised(
            scene,
            format!("ARM shows none of the {count} objects that the data plane has, as it does where it takes none"),
        ),
    }
}

/// A list of ARM. The first after a write may lack what is in it.
async fn list(scene: &mut Scene, path: &str) -> azure::Result<Response> {
    let first = scene.arm(path, None).await?;
    if first.json().is_none_or(|body| body.get("value").is_some()) {
        return Ok(first);
    }
    scene.lacked_value = true;
    scene.arm(path, None).await
}

fn advised(scene: &Scene, told: String) -> Seen {
    match scene.plane {
        Plane::DataPlane => {
            Seen::passed(format!("{told}; the provider keeps them on the data plane"))
        }
        Plane::Arm => Seen::failed(told).block("plane", "\"data_plane\""),
    }
}
