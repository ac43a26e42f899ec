//! The responses from which switches are detected. Documents are judged only by the names of their
//! members and by the presence of values. The report does not contain their contents.

use azure::{ErrorKind, Request};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;

use crate::doctor::areas::AREAS;
use crate::doctor::collections::{COLLECTIONS, Collection, items};
use crate::doctor::scene::Scene;

/// The api-version of ARM that supports the fewest members.
const FIRST_TYPED: &str = "2026-01-01";

/// The responses.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// The responses for each collection.
    pub(super) collections: Vec<Reading>,
    /// The resource provider of agents.
    pub(super) provider: Json,
    /// The agent in the first typed api-version.
    pub(super) typed_agent: Json,
    /// Whether the data plane returns JSON for `Accept: */*`.
    pub(super) answers_anything: Option<bool>,
    /// The areas that can be read.
    pub(super) readable: Vec<&'static str>,
    /// For each request that was denied, whether the response had a body.
    pub(super) forbidden_bodies: Vec<bool>,
    /// The first page of the agent's memory.
    pub(super) memory: Json,
    /// The APIs of managed connectors.
    pub(super) apis: Json,
    /// The managed connections.
    pub(super) connections: Json,
    /// Whether a list of ARM lacked its `value` in an earlier check.
    pub(super) lacked_value: bool,
    /// The status with which ARM rejects objects in agents in this tenant.
    pub(super) tenant_refusal: Option<u16>,
}

/// The responses for one collection on both planes.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) collection: &'static Collection,
    /// The body of the list on the data plane.
    pub(super) data_plane: Option<Json>,
    /// The body of the first page on ARM.
    pub(super) arm: Option<Json>,
    /// All items on ARM.
    pub(super) arm_items: Vec<Json>,
}

impl Readings {
    /// Reads everything that the caller is allowed to read. Failed requests are left out.
    pub(super) async fn gather(scene: &Scene) -> Self {
        let mut readings = Self {
            lacked_value: scene.lacked_value,
            ..Self::default()
        };
        for collection in COLLECTIONS {
            let reading = readings.collection(scene, collection).await;
            readings.collections.push(reading);
        }
        let subscription = scene.subscription.clone().unwrap_or_default();
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.App");
        readings.provider = body(scene.arm(&path, Some("2021-04-01")).await);
        if let Some(agent) = &scene.agent {
            readings.typed_agent = body(scene.arm(&agent.path(), Some(FIRST_TYPED)).await);
        }
        if scene.data_plane.is_none() {
            return readings;
        }
        for area in AREAS {
            let Some(path) = area.read else {
                continue;
            };
            match scene.data(path).await {
                Err(error) if error.kind() == ErrorKind::Forbidden => {
                    let has_body = error.code().is_some() || error.message().is_some();
                    readings.forbidden_bodies.push(has_body);
                }
                Ok(_) => readings.readable.push(area.name),
                Err(_) => {}
            }
        }
        readings.answers_anything = accepts_anything(scene).await;
        readings.memory = body(scene.data("/api/v1/agentmemory/files").await);
        readings.apis = body(scene.data("/api/v2/connectorV2/managedApis").await);
        readings.connections = body(scene.data("/api/v2/connectorV2/connections").await);
        readings
    }

    async fn collection(&mut self, scene: &Scene, collection: &'static Collection) -> Reading {
        let mut reading = Reading {
            collection,
            data_plane: None,
            arm: None,
            arm_items: Vec::new(),
        };
        if scene.data_plane.is_some() {
            let answer = scene.data(collection.data_plane).await;
            reading.data_plane = answer.ok().and_then(|response| response.json().cloned());
        }
        let (Some((segment, _)), Some(agent)) = (collection.arm, &scene.agent) else {
            return reading;
        };
        let path = format!("{}/{segment}", agent.path());
        match scene.arm(&path, None).await {
            Ok(response) => reading.arm = response.json().cloned(),
            Err(error) if error.kind() == ErrorKind::TenantRestricted => {
                self.tenant_refusal = error.status();
            }
            Err(_) => {}
        }
        let first = reading.arm.as_ref().map(items).unwrap_or_default();
        reading.arm_items = first.to_vec();
        let has_more = reading
            .arm
            .as_ref()
            .is_some_and(|body| body["nextLink"].is_string());
        if has_more && let Ok(client) = scene.client() {
            let all = client.arm_list(Request::get(path), &scene.budget()).await;
            reading.arm_items = all.unwrap_or(reading.arm_items);
        }
        reading
    }

    /// Returns the responses for the collection with a title.
    pub(super) fn of(&self, title: &str) -> Option<&Reading> {
        self.collections
            .iter()
            .find(|reading| reading.collection.title == title)
    }

    /// Returns the `properties` of the objects in a collection on the data plane.
    pub(super) fn properties<'a>(&'a self, title: &str) -> impl Iterator<Item = &'a Json> {
        let objects = self.of(title).map(Reading::objects).unwrap_or_default();
        objects.iter().map(|object| &object["properties"])
    }
}

impl Reading {
    /// Returns the objects on the data plane.
    pub(super) fn objects(&self) -> &[Json] {
        self.data_plane.as_ref().map(items).unwrap_or_default()
    }

    /// Returns the decoded properties on ARM, and those on the data plane, for each object on both
    /// planes.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Json, &Json)> {
        self.arm_items.iter().filter_map(|on_arm| {
            let same = |object: &&Json| same_name(object, on_arm);
            let on_data_plane = self.objects().iter().find(same)?;
            Some((decoded(on_arm)?, &on_data_plane["properties"]))
        })
    }

    /// Returns whether both planes have objects with the same names, or `None` if one of them has
    /// no objects.
    pub(super) fn agrees(&self) -> Option<bool> {
        let objects = self.objects();
        if self.arm_items.is_empty() || objects.is_empty() {
            return None;
        }
        let is_there = |on_arm: &Json| objects.iter().any(|object| same_name(object, on_arm));
        Some(self.arm_items.len() == objects.len() && self.arm_items.iter().all(is_there))
    }
}

/// Returns the properties of an object on ARM, decoded if they are Base64.
fn decoded(object: &Json) -> Option<Json> {
    let properties = &object["properties"];
    let Some(value) = properties["value"].as_str() else {
        return Some(properties.clone());
    };
    let compact: String = value.split_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(compact).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn same_name(one: &Json, other: &Json) -> bool {
    match (one["name"].as_str(), other["name"].as_str()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

fn body(answer: azure::Result<azure::Response>) -> Json {
    let response = answer.ok();
    response
        .and_then(|response| response.json().cloned())
        .unwrap_or_default()
}

/// Returns whether the data plane returns JSON for `Accept: */*`, or `None` if that is unknown.
async fn accepts_anything(scene: &Scene) -> Option<bool> {
    let path = AREAS.iter().find_map(|area| area.read)?;
    let request = Request::get(path).header("accept", "*/*");
    let answer = scene
        .data_plane()
        .ok()?
        .send(request, &scene.budget())
        .await;
    match answer {
        Ok(response) => Some(response.json().is_some()),
        Err(error) if error.kind() == ErrorKind::NotJson => Some(false),
        Err(_) => None,
    }
}
