//! Requests of probes, their errors, and waiting for their effects.

use std::time::Duration;

use azure::Request;
use serde_json::Value as Json;

use super::objects::Object;
use crate::doctor::scene::Scene;

/// The maximum number of reads for a change that may be delayed.
pub(super) const LOOKS: u32 = 20;
/// The pause between these reads.
pub(super) const PAUSE: Duration = Duration::from_millis(300);

/// Reads an object until its document is as wanted. Returns the number of earlier reads, and the
/// document.
pub(super) async fn until(
    scene: &Scene,
    object: &Object,
    wanted: impl Fn(&Json) -> bool,
) -> Option<(u32, Json)> {
    let plane = scene.data_plane().ok()?;
    for look in 0..LOOKS {
        let found = plane
            .read(Request::get(object.path()), &scene.budget())
            .await
            .ok()?
            .found();
        if let Some(document) = found.filter(&wanted) {
            return Some((look, document));
        }
        tokio::time::sleep(PAUSE).await;
    }
    None
}

/// A write that failed.
pub(super) struct Refused(azure::Error);

impl Refused {
    /// Returns whether the service rejected the content of the request, and not its sender or time.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.0.status(), Some(400 | 409 | 422))
    }

    pub(super) fn says(&self, words: &str) -> bool {
        self.0
            .message()
            .is_some_and(|message| message.contains(words))
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.0.status()
    }
}

pub(super) async fn put(scene: &Scene, object: &Object, body: Json) -> Result<(), Refused> {
    send(scene, Request::put(object.path()).json(body))
        .await
        .map(drop)
}

pub(super) async fn send(scene: &Scene, request: Request) -> Result<Json, Refused> {
    let plane = scene.data_plane().map_err(Refused)?;
    let response = plane
        .send(request, &scene.budget())
        .await
        .map_err(Refused)?;
    Ok(response.json().cloned().unwrap_or_default())
}
