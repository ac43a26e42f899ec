//! Removal of probe objects. Only objects with reserved names are deleted, on both planes.

use std::time::Duration;

use azure::{Budget, ErrorKind, Request};

use super::exchange::{LOOKS, PAUSE, send};
use super::objects::{OBJECTS, Object, TRIGGER};
use crate::doctor::collections::items;
use crate::doctor::scene::Scene;

/// The path of HTTP triggers.
pub(super) const TRIGGERS: &str = "/api/v1/httptriggers";
/// The time limit for the removal.
const CLEANING: Duration = Duration::from_secs(180);

/// Deletes objects with reserved names on both planes. Returns the names of those that remain.
pub(super) async fn clean(scene: &Scene) -> Vec<String> {
    let budget = Budget::detached(CLEANING);
    let mut left = Vec::new();
    for object in OBJECTS {
        if !is_gone(scene, object, &budget).await {
            left.push(object.name.to_owned());
        }
    }
    for trigger in triggers(scene).await {
        let path = format!("{TRIGGERS}/{trigger}");
        if send(scene, Request::delete(path)).await.is_err() {
            left.push(TRIGGER.to_owned());
        }
    }
    left
}

/// Deletes an object wherever it exists, and waits until it is gone.
async fn is_gone(scene: &Scene, object: &Object, budget: &Budget) -> bool {
    for look in 0..LOOKS {
        let on_data_plane = exists(scene, object).await;
        let on_arm = match object.arm {
            Some(segment) => exists_on_arm(scene, segment, object).await,
            None => Some(false),
        };
        match (on_data_plane, on_arm) {
            (Some(false), Some(false)) => return true,
            // The probes cannot write an object that they cannot read.
            (None, _) | (_, None) => return false,
            _ => {}
        }
        if on_data_plane == Some(true) {
            let _ = send(scene, Request::delete(object.path())).await;
        }
        if let (Some(true), Some(segment), Some(agent)) = (on_arm, object.arm, &scene.agent) {
            let path = format!("{}/{segment}/{}", agent.path(), object.name);
            if let Ok(client) = scene.client() {
                let _ = client.arm(Request::delete(path), &scene.budget()).await;
            }
        }
        // Most objects are gone after the first request.
        if look > 0 && budget.sleep(PAUSE).await.is_err() {
            return false;
        }
    }
    false
}

pub(super) async fn exists(scene: &Scene, object: &Object) -> Option<bool> {
    match scene
        .data_plane()
        .ok()?
        .read(Request::get(object.path()), &scene.budget())
        .await
    {
        Ok(found) => Some(!found.is_absent()),
        // The build does not support such objects, so none exists.
        Err(error) if is_unknown(error.kind()) => Some(false),
        Err(_) => None,
    }
}

pub(super) async fn exists_on_arm(scene: &Scene, segment: &str, object: &Object) -> Option<bool> {
    let path = format!("{}/{segment}/{}", scene.agent.as_ref()?.path(), object.name);
    match scene
        .client()
        .ok()?
        .arm_read(Request::get(path), &scene.budget())
        .await
    {
        Ok(found) => Some(!found.is_absent()),
        Err(error) if is_unknown(error.kind()) || error.kind() == ErrorKind::TenantRestricted => {
            Some(false)
        }
        // Without read permission, nothing was written there.
        Err(error) if error.kind() == ErrorKind::Forbidden => Some(false),
        Err(_) => None,
    }
}

fn is_unknown(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotJson | ErrorKind::MethodNotAllowed | ErrorKind::Rejected
    )
}

/// Returns the ids of triggers with the reserved name.
pub(super) async fn triggers(scene: &Scene) -> Vec<String> {
    let Ok(response) = scene.data(TRIGGERS).await else {
        return Vec::new();
    };
    let triggers = response.json().map(items).unwrap_or_default().iter();
    let ours = triggers.filter(|trigger| trigger["name"] == TRIGGER);
    ours.filter_map(|trigger| trigger["id"].as_str().map(str::to_owned))
        .collect()
}
