//! What the matrices need to know of each kind besides its schema: sample values.
//!
//! A kind that is added to the provider needs one entry here; a test names every attribute that has
//! no sample.

mod agent;
mod data_connector;
mod http_trigger;
mod repo;
mod skill;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Map, Value as Json, json};

use crate::json;
use crate::world::{GROUP, World};

/// A kind and its samples.
pub(crate) struct Kind {
    /// The type name.
    pub(crate) type_name: &'static str,
    /// Where the emulator keeps its objects.
    pub(crate) home: Home,
    /// The planes that the user chooses from; empty for a kind without a choice.
    pub(crate) planes: &'static [&'static str],
    /// The choices of a one-of, or one variant without a name.
    pub(crate) variants: Vec<Variant>,
}

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

/// One choice of a one-of.
pub(crate) struct Variant {
    /// What tests call it.
    pub(crate) name: &'static str,
    /// The least configuration, without key and plane.
    pub(crate) minimal: Json,
    /// The other attributes.
    pub(crate) rows: Vec<Row>,
}

/// An attribute with sample values.
#[derive(Clone)]
pub(crate) struct Row {
    /// The attribute, with dots.
    pub(crate) path: &'static str,
    /// Values, the first two of which differ.
    pub(crate) values: Vec<Json>,
    /// What it needs beside itself.
    pub(crate) with: Json,
    /// Its place in the stored document.
    pub(crate) at: &'static str,
    /// The value in the document for one of configuration.
    pub(crate) form: fn(&Json) -> Json,
    /// What becomes of it when it is removed from the configuration.
    pub(crate) removal: Removal,
    /// Reading on ARM does not show it.
    pub(crate) masked: bool,
    /// It is never read; nor is it in the state if it is write-only.
    pub(crate) secret: Option<Secret>,
    /// It excludes others, so it is not among all at once.
    pub(crate) alone: bool,
    /// Another client cannot take it away by itself.
    pub(crate) bound: bool,
    /// Only the members that are configured are read, so that an import reads none.
    pub(crate) own: bool,
}

/// The form of a secret argument.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Secret {
    Stored,
    WriteOnly,
}

/// What becomes of a value that is removed from the configuration.
#[derive(Clone)]
pub(crate) enum Removal {
    /// The service has none any more.
    Gone,
    /// The service has this again.
    Default(Json),
    /// The service keeps it, as the page of the kind says.
    Keeps,
    /// It cannot be removed.
    Never,
}

/// An attribute whose document member has the same form.
pub(crate) fn row(path: &'static str, at: &'static str, values: Json) -> Row {
    let Json::Array(values) = values else {
        panic!("{path}: values are a list");
    };
    Row {
        path,
        values,
        with: json!({}),
        at,
        form: Json::clone,
        removal: Removal::Gone,
        masked: false,
        secret: None,
        alone: false,
        bound: false,
        own: false,
    }
}

/// The two forms of a secret argument.
pub(crate) fn secret(paths: [&'static str; 3], at: &'static str, values: Json) -> [Row; 2] {
    let [stored, write_only, version] = paths;
    let stored = Row {
        secret: Some(Secret::Stored),
        ..row(stored, at, values.clone())
    };
    let write_only = Row {
        secret: Some(Secret::WriteOnly),
        alone: true,
        ..row(write_only, at, values).with(json::at(version, '.', json!(1)))
    };
    [stored, write_only]
}

impl Row {
    pub(crate) fn with(mut self, more: Json) -> Self {
        json::merge(&mut self.with, &more);
        self
    }

    pub(crate) fn removal(self, removal: Removal) -> Self {
        Self { removal, ..self }
    }

    pub(crate) fn alone(self) -> Self {
        Self {
            alone: true,
            ..self
        }
    }

    pub(crate) fn own(self) -> Self {
        Self { own: true, ..self }
    }

    pub(crate) fn bound(self) -> Self {
        Self {
            bound: true,
            ..self
        }
    }

    pub(crate) fn masked(self) -> Self {
        Self {
            masked: true,
            ..self
        }
    }

    pub(crate) fn form(self, form: fn(&Json) -> Json) -> Self {
        Self { form, ..self }
    }

    /// The configuration that sets it to the value of this index.
    pub(crate) fn config(&self, index: usize) -> Json {
        let mut config = self.with.clone();
        if let (Some(Secret::WriteOnly), true) = (self.secret, index > 0) {
            let version = format!("{}_version", self.path);
            json::merge(&mut config, &json::at(&version, '.', json!(index + 1)));
        }
        json::set(&mut config, &self.pointer(), self.values[index].clone());
        config
    }

    fn pointer(&self) -> String {
        format!("/{}", self.path.replace('.', "/"))
    }

    /// Whether reading shows it on a plane.
    pub(crate) fn is_readable(&self, plane: &str) -> bool {
        self.secret.is_none() && !(self.masked && plane != "data_plane")
    }

    /// The top-level attribute.
    pub(crate) fn top(&self) -> &'static str {
        self.path.split('.').next().unwrap_or_default()
    }
}

impl Variant {
    /// Everything at once.
    pub(crate) fn full(&self, index: usize) -> Json {
        let rows = || self.rows.iter().filter(|row| !row.alone);
        let needs = rows().fold(self.minimal.clone(), |config, row| {
            json::merged(&config, &row.with)
        });
        rows().fold(needs, |mut config, row| {
            let index = index.min(row.values.len() - 1);
            json::set(&mut config, &row.pointer(), row.values[index].clone());
            config
        })
    }
}

impl Kind {
    /// The key and the plane of an object.
    pub(crate) fn key(&self, agent: &str, name: &str, plane: &str) -> Json {
        let mut key = match self.home {
            Home::Agents => json!({ "name": name, "resource_group_name": GROUP }),
            _ => json!({ "agent_id": agent, "name": name }),
        };
        if self.planes.contains(&plane) {
            key["plane"] = json!(plane);
        }
        key
    }

    /// The planes to test on; one that means nothing for kinds without a choice.
    pub(crate) fn tested_planes(&self) -> Vec<&'static str> {
        match (self.planes, self.home) {
            ([], Home::Agents) => vec!["arm"],
            ([], _) => vec!["data_plane"],
            (planes, _) => planes.to_vec(),
        }
    }

    /// The document of an object as the service holds it, secrets included.
    pub(crate) fn document(&self, world: &World, name: &str) -> Result<Option<Json>> {
        Ok(self
            .record(world, name)?
            .map(|record| self.unwrapped(&record)))
    }

    fn record(&self, world: &World, name: &str) -> Result<Option<Json>> {
        let state = world.emulator.state()?;
        let mut records = state.into_iter().filter(|(key, record)| match self.home {
            Home::Agents => key.starts_with("agent/") && record["name"] == name,
            Home::Triggers => key.starts_with("trigger/") && record["members"]["name"] == name,
            Home::Objects { stored, .. } => {
                key.starts_with("object/")
                    && key.contains(&format!("/{stored}/"))
                    && record["name"] == name
                    && record["deleted"] == false
            }
        });
        Ok(records.next().map(|(_, record)| record))
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

    /// The resource id of an object, from its state.
    pub(crate) fn agent_of(&self, agent: &str, name: &str) -> String {
        match self.home {
            Home::Agents => crate::world::agent_id(name),
            _ => agent.to_owned(),
        }
    }
}

/// All kinds.
pub(crate) fn all() -> Vec<Kind> {
    vec![
        agent::kind(),
        data_connector::kind(),
        http_trigger::kind(),
        repo::kind(),
        skill::kind(),
    ]
}

/// A kind by its type name.
pub(crate) fn named(type_name: &str) -> Kind {
    let found = all().into_iter().find(|kind| kind.type_name == type_name);
    found.unwrap_or_else(|| panic!("there are no samples of {type_name}"))
}
