//! Objects as the emulator keeps them, and as another client changes them.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Map, Value as Json, json};

use super::Kind;
use crate::json;
use crate::world::{GROUP, World, agent_id};

/// The member of an incident filter that is kept in its handler.
const HANDLED: &str = "customInstructions";

/// Where the emulator keeps the objects of a kind.
#[derive(Clone, Copy)]
pub(crate) enum Home {
    /// Agents.
    Agents,
    /// Named objects: their collection below the data plane, and their name in the store.
    Objects {
        collection: &'static str,
        stored: &'static str,
    },
    /// HTTP triggers.
    Triggers,
}

impl Home {
    /// The object in the document that takes members which nobody has declared, as a JSON pointer;
    /// none if the service keeps only those that it knows.
    pub(crate) fn members_at(self) -> Option<&'static str> {
        match self {
            Self::Agents => Some("/properties"),
            Self::Objects { .. } => Some(""),
            Self::Triggers => None,
        }
    }

    /// The end of the path of an object's requests, on any plane, as a regular expression.
    pub(crate) fn object_path(self, name: &str) -> String {
        match self {
            Self::Triggers => "/httptriggers/[0-9a-f-]+$".to_owned(),
            _ => format!("/{name}$"),
        }
    }

    /// The request that creates an object: its method, and the end of its path.
    pub(crate) fn creation(self, name: &str) -> (&'static str, String) {
        match self {
            Self::Triggers => ("POST", "/httptriggers/create$".to_owned()),
            _ => ("PUT", self.object_path(name)),
        }
    }

    /// The method that updates an object.
    pub(crate) fn update_method(self) -> &'static str {
        match self {
            Self::Agents => "PATCH",
            _ => "PUT",
        }
    }
}

impl Kind {
    /// The key and the plane of an object.
    pub(crate) fn key(&self, agent: &str, name: &str, plane: &str) -> Json {
        let mut key = match self.home {
            Home::Agents => json!({ "name": name, "resource_group_name": GROUP }),
            _ => json!({ "agent_id": agent, "name": name }),
        };
        if self.is_dual() && !plane.is_empty() {
            key["plane"] = json!(plane);
        }
        key
    }

    /// The document of an object as the service holds it, secrets included.
    pub(crate) fn document(&self, world: &World, name: &str) -> Result<Option<Json>> {
        let Some(record) = self.record(world, name)? else {
            return Ok(None);
        };
        let mut document = self.unwrapped(&record);
        if self.has_handler() {
            let state = world.emulator.state()?;
            let id = format!("{name}-handler");
            let handler = state
                .into_iter()
                .find(|(key, handler)| key.contains("/handlers/") && handler["id"] == id);
            if let Some((_, handler)) = handler {
                document[HANDLED] = handler[HANDLED].clone();
            }
        }
        Ok(Some(document))
    }

    /// Whether a second object, an incident handler, keeps a member.
    fn has_handler(&self) -> bool {
        self.noun() == "incident_filter"
    }

    fn record(&self, world: &World, name: &str) -> Result<Option<Json>> {
        Ok(self.records(world, name)?.into_iter().next())
    }

    /// What the emulator keeps of all objects of a name.
    pub(crate) fn records(&self, world: &World, name: &str) -> Result<Vec<Json>> {
        let records = self.all_records(world)?.into_iter();
        let of_name = records.filter(|record| self.name_of(record) == name);
        Ok(of_name.collect())
    }

    /// What the emulator keeps of all objects of this kind.
    pub(crate) fn all_records(&self, world: &World) -> Result<Vec<Json>> {
        let state = world.emulator.state()?;
        let records = state.into_iter().filter(|(key, record)| match self.home {
            Home::Agents => key.starts_with("agent/"),
            Home::Triggers => key.starts_with("trigger/"),
            Home::Objects { stored, .. } => {
                key.starts_with("object/")
                    && key.contains(&format!("/{stored}/"))
                    && record["deleted"] == false
            }
        });
        Ok(records.map(|(_, record)| record).collect())
    }

    /// The name in a record.
    pub(crate) fn name_of<'r>(&self, record: &'r Json) -> &'r str {
        let name = match self.home {
            Home::Triggers => &record["members"]["name"],
            _ => &record["name"],
        };
        name.as_str().unwrap_or_default()
    }

    fn unwrapped(&self, record: &Json) -> Json {
        match self.home {
            Home::Objects { .. } => record["properties"].clone(),
            Home::Triggers => json::merged(
                &record["members"],
                &json!({ "enabled": record["enabled"], "id": record["id"] }),
            ),
            Home::Agents => {
                let mut document = Map::new();
                for member in ["location", "tags", "identity", "properties"] {
                    document.insert(member.to_owned(), record[member].clone());
                }
                let mut document = Json::Object(document);
                document["properties"]["powerState"] = record["power"].clone();
                document
            }
        }
    }

    /// Has another client set a member of an object; null removes it.
    pub(crate) async fn drift(
        &self,
        world: &World,
        agent: &str,
        name: &str,
        at: &str,
        value: Json,
    ) -> Result<()> {
        let record = self
            .record(world, name)?
            .context("there is no such object")?;
        let mut document = self.unwrapped(&record);
        match self.home {
            Home::Agents if at == "/properties/powerState" => {
                let action = if value == "Stopped" { "stop" } else { "start" };
                let path = format!("{agent}/{action}");
                world
                    .arm(Method::POST, &path, Json::Null)
                    .await?
                    .success()?;
                world.agent_settled(agent).await?;
            }
            Home::Agents => {
                let mut patch = json::at(at, '/', value);
                // An identity is never sent without its type.
                if let Some(identity) = patch.get_mut("identity") {
                    let kept = json!({ "type": document["identity"]["type"] });
                    *identity = json::merged(&kept, identity);
                }
                world.arm(Method::PATCH, agent, patch).await?.success()?;
                world.agent_settled(agent).await?;
            }
            Home::Triggers if at == "/enabled" => {
                let action = if value == true { "enable" } else { "disable" };
                let id = record["id"].as_str().unwrap_or_default();
                let path = format!("/api/v1/httptriggers/{id}/{action}");
                let sent = world.data_plane(agent, Method::POST, &path, Json::Null);
                sent.await?.success()?;
            }
            Home::Triggers => {
                json::set(&mut document, at, value);
                let id = record["id"].as_str().unwrap_or_default();
                let path = format!("/api/v1/httptriggers/{id}");
                let sent = world.data_plane(agent, Method::PUT, &path, document);
                sent.await?.success()?;
            }
            Home::Objects { .. } if self.has_handler() && at == format!("/{HANDLED}") => {
                let path = format!("/api/v1/incidentPlayground/handlers/{name}-handler");
                let (method, body) = match value {
                    Json::Null => (Method::DELETE, Json::Null),
                    text => (
                        Method::POST,
                        json!({ "incidentFilterId": name, HANDLED: text }),
                    ),
                };
                let sent = world.data_plane(agent, method, &path, body);
                sent.await?.success()?;
            }
            Home::Objects { collection, .. } => {
                json::set(&mut document, at, value);
                let body = json!({
                    "name": name,
                    "type": record["object_type"],
                    "properties": document,
                });
                let path = format!("{collection}/{name}");
                let sent = world.data_plane(agent, Method::PUT, &path, body);
                sent.await?.success()?;
                self.settled(world, agent, name).await?;
            }
        }
        Ok(())
    }

    /// Reads an object until every reader sees the last write.
    pub(crate) async fn settled(&self, world: &World, agent: &str, name: &str) -> Result<()> {
        let Home::Objects { collection, .. } = self.home else {
            return Ok(());
        };
        while self
            .record(world, name)?
            .is_some_and(|record| record["lag"] != 0)
        {
            let path = format!("{collection}/{name}");
            let seen = world
                .data_plane(agent, Method::GET, &path, Json::Null)
                .await?;
            ensure!(
                seen.status < 500,
                "the data plane answered with {}",
                seen.status
            );
        }
        Ok(())
    }

    /// Has another client delete an object, and waits until no reader sees it.
    pub(crate) async fn delete(&self, world: &World, agent: &str, name: &str) -> Result<()> {
        let record = self.record(world, name)?;
        let record = record.context("there is no such object")?;
        let path = match self.home {
            Home::Agents => return world.delete_agent(agent).await,
            Home::Triggers => {
                let id = record["id"].as_str().unwrap_or_default();
                format!("/api/v1/httptriggers/{id}")
            }
            Home::Objects { collection, .. } => format!("{collection}/{name}"),
        };
        let sent = world.data_plane(agent, Method::DELETE, &path, Json::Null);
        sent.await?.success()?;
        world.data_plane_gone(agent, &path).await
    }

    /// The agent that an object of this name is in, or that it is.
    pub(crate) async fn agent(&self, world: &World, name: &str) -> Result<String> {
        match self.home {
            Home::Agents => Ok(agent_id(name)),
            _ => Ok(world.shop().await?.to_owned()),
        }
    }
}
