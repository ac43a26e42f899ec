//! Checks of the planes that accept objects, and of the supported api-versions.

use azure::config::API_VERSION;
use azure::{ErrorKind, Response};
use serde_json::Value as Json;

use super::trouble;
use crate::doctor::check::Seen;
use crate::doctor::collections::{COLLECTIONS, items};
use crate::doctor::scene::Scene;
use crate::kind::Plane;

const PROVIDER_VERSION: &str = "2021-04-01";

/// Checks whether the subscription supports agents in the api-versions that the provider uses.
pub(super) async fn api_versions(scene: &mut Scene) -> Seen {
    let id = scene.subscription.clone().unwrap_or_default();
    let path = format!("/subscriptions/{id}/providers/Microsoft.App");
    let document = match scene.arm(&path, Some(PROVIDER_VERSION)).await {
        Ok(response) => response.json().cloned().unwrap_or_default(),
        Err(error) => return trouble("cannot read the resource provider Microsoft.App", &error),
    };
    let state = document["registrationState"].as_str().unwrap_or("unknown");
    if state != "Registered" {
        return Seen::failed(format!(
            "the registration state of Microsoft.App in the subscription is {state}"
        ))
        .ask(format!(
            "register the resource provider: `az provider register --namespace Microsoft.App \
             --subscription {id}`"
        ));
    }
    let versions = versions(&document);
    let wanted = scene
        .client_config
        .as_ref()
        .map(|config| config.api_version.clone());
    let wanted = wanted.unwrap_or_default();
    let told = format!(
        "Microsoft.App is registered; agents support the API versions {}",
        versions.join(", ")
    );
    if versions.is_empty() {
        return Seen::failed(
            "Microsoft.App is registered, but does not offer agents in this subscription",
        )
        .ask("make Azure SRE Agent available in this subscription");
    }
    if !versions.contains(&wanted) {
        let seen = Seen::failed(format!("{told}, but not {wanted}"));
        return match versions.iter().any(|version| version == API_VERSION) {
            true => seen.block("api_version", format!("{API_VERSION:?}")),
            false => seen.ask(format!(
                "make the API version {API_VERSION} available in this subscription"
            )),
        };
    }
    if !versions.iter().any(|version| version == API_VERSION) {
        return Seen::failed(format!(
            "{told}, but not {API_VERSION}, which objects inside agents require"
        ))
        .block("plane", "\"data_plane\"");
    }
    Seen::passed(told)
}

/// Returns the supported api-versions of agents.
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

/// Checks whether ARM accepts objects in agents, by whether it returns any.
pub(super) async fn children(scene: &mut Scene) -> Seen {
    let Some(agent) = scene.agent.clone() else {
        return Seen::skipped("no agent is set");
    };
    let (mut on_arm, mut on_data_plane) = (0, 0);
    for collection in COLLECTIONS {
        let Some(segment) = collection.arm_children() else {
            continue;
        };
        match list(scene, &format!("{}/{segment}", agent.path())).await {
            Ok(response) => on_arm += response.json().map_or(0, |body| items(body).len()),
            Err(error) if error.kind() == ErrorKind::TenantRestricted => {
                return advised(
                    scene,
                    format!("ARM rejects objects inside agents in this tenant: {error}"),
                );
            }
            Err(error) if error.kind() == ErrorKind::Forbidden => {
                return trouble(&format!("ARM denies access to {segment}"), &error);
            }
            // This build does not have the type.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Rejected) => {}
            Err(error) => return trouble(&format!("cannot list {segment} on ARM"), &error),
        }
        if on_arm > 0 {
            return Seen::passed(format!(
                "ARM shows {segment}, so it accepts objects inside agents"
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
            "the agent has no objects yet that ARM could show, so the doctor cannot tell whether \
             ARM accepts objects",
        )
        .remedy(
            "many tenants do not accept objects inside agents on ARM. Set `plane = \
             \"data_plane\"`, or run the doctor with --write-probes",
        ),
        (0, false) => Seen::skipped(
            "ARM shows no objects, and the data plane is not available for comparison",
        )
        .remedy(
            "many tenants do not accept objects inside agents on ARM. To be safe, set `plane = \
             \"data_plane\"`",
        ),
        (count, _) => advised(
            scene,
            format!(
                "ARM shows none of the {count} objects on the data plane, so this tenant probably \
                 does not accept objects inside agents on ARM"
            ),
        ),
    }
}

/// Lists a collection on ARM. The first list after a write may lack its items.
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
        Plane::DataPlane => Seen::passed(format!(
            "{told}; the provider manages them on the data plane"
        )),
        Plane::Arm => Seen::failed(told).block("plane", "\"data_plane\""),
    }
}
