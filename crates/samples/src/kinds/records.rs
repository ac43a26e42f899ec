//! Objects as the emulator stores them.

use std::collections::BTreeMap;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::{Kind, Storage};
use crate::json;
use crate::service::{GROUP, Service};

/// An object as the emulator stores it.
pub struct Record {
    /// The name that tests use.
    pub name: String,
    pub(super) stored: Json,
}

impl Kind {
    /// Returns the key and the plane of an object.
    pub fn key(&self, agent: &str, name: &str, plane: &str) -> Json {
        let mut key = match self.storage {
            Storage::Agents => json!({ "name": name, "resource_group_name": GROUP }),
            Storage::Objects { .. }
            | Storage::Posted { .. }
            | Storage::Managed { .. }
            | Storage::Triggers
            | Storage::Archives => {
                json!({ "agent_id": agent, "name": name })
            }
            Storage::Permissions => json!({ "agent_id": agent, "name": format!("{name}-owner") }),
            Storage::Singletons { .. } => json!({ "agent_id": agent }),
            Storage::Domains => json!({ "agent_id": agent, "name": "github.com" }),
            Storage::Files => json!({ "agent_id": agent, "name": format!("{name}.md") }),
            Storage::Switches => json!({ "agent_id": agent, "name": format!("{name}_search") }),
        };
        if self.is_dual() && !plane.is_empty() {
            key["plane"] = json!(plane);
        }
        key
    }

    /// Returns the document of an object as the service stores it, including secrets.
    pub fn document(&self, service: &Service, name: &str) -> Result<Option<Json>> {
        let record = self.record(service, name)?;
        Ok(record.map(|record| self.unwrapped(&record)))
    }

    /// Returns what remains of an object that should be gone. A permanent object is gone if it is
    /// in its initial state.
    pub fn remains(&self, service: &Service, name: &str) -> Result<Option<Json>> {
        let document = self.document(service, name)?;
        Ok(document.filter(|document| match self.storage {
            Storage::Singletons { .. } | Storage::Permissions => has_content(document),
            // The tools of connectors are disabled initially.
            Storage::Switches => document["enabled"] == true,
            _ => true,
        }))
    }

    pub(super) fn record(&self, service: &Service, name: &str) -> Result<Option<Record>> {
        Ok(self.records(service, name)?.into_iter().next())
    }

    /// Returns the records of all objects with a name.
    pub fn records(&self, service: &Service, name: &str) -> Result<Vec<Record>> {
        let name_in_keys = name.to_lowercase();
        // The keys of agents and objects contain their names.
        let mut records = self.records_in(service, |key| {
            let is_named = key.starts_with("agent/") || key.starts_with("object/");
            !is_named || key.ends_with(&format!("/{name_in_keys}"))
        })?;
        records.retain(|record| record.name.to_lowercase() == name.to_lowercase());
        Ok(records)
    }

    /// Returns the records of all objects of this kind.
    pub fn all_records(&self, service: &Service) -> Result<Vec<Record>> {
        self.records_in(service, |_| true)
    }

    fn records_in(&self, service: &Service, keeps: impl Fn(&str) -> bool) -> Result<Vec<Record>> {
        let keeps = |key: &str| {
            let part = key.split('/').next().unwrap_or_default();
            self.storage.parts().contains(&part) && keeps(key)
        };
        let state = service.emulator.state_of(keeps)?;
        let state: BTreeMap<String, Json> = state.into_iter().collect();
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let agents = state.iter().filter(|(key, _)| key.starts_with("agent/"));
        let agents: BTreeMap<String, String> = agents
            .map(|(_, agent)| (text(&agent["uid"]), text(&agent["name"])))
            .collect();
        let mut records = Vec::new();
        for (key, stored) in &state {
            let parts: Vec<&str> = key.split('/').collect();
            let of_agent = |uid: &str| agents.get(uid).cloned().unwrap_or_default();
            let name = match (self.storage, parts.as_slice()) {
                (Storage::Agents, ["agent", ..]) => text(&stored["name"]),
                (Storage::Objects { stored: kind, .. }, ["object", _, _, found, _])
                    if *found == kind && stored["deleted"] == false =>
                {
                    text(&stored["name"])
                }
                (Storage::Posted { stored: kind, .. }, ["item", _, found, _]) if *found == kind => {
                    text(&stored["metadata"]["name"])
                }
                (Storage::Managed { stored: kind, .. }, ["item", _, found, _])
                    if *found == kind =>
                {
                    text(&stored["name"])
                }
                (Storage::Permissions, ["item", _, "subagentPermissions", subagent]) => {
                    subagent.trim_end_matches("-owner").to_owned()
                }
                (Storage::Triggers, ["trigger", ..]) => text(&stored["members"]["name"]),
                (Storage::Singletons { stored: kind, .. }, ["singleton", uid, found])
                    if *found == kind =>
                {
                    of_agent(uid)
                }
                (Storage::Domains, ["domain", uid, _]) => of_agent(uid),
                (Storage::Files, ["item", _, "memory", file]) => {
                    file.trim_end_matches(".md").to_owned()
                }
                (Storage::Archives, ["item", _, "repo-instructions", repository]) => {
                    repository.replace("%2f", "/").replace("%25", "%")
                }
                (Storage::Switches, ["singleton", _, "toolOverrides"]) => {
                    let switches = stored.as_object().into_iter().flatten();
                    records.extend(switches.map(|(tool, enabled)| Record {
                        name: tool.trim_end_matches("_search").to_owned(),
                        stored: json!({ "enabled": enabled }),
                    }));
                    continue;
                }
                _ => continue,
            };
            let mut stored = stored.clone();
            // Some of it is in a second document.
            let uid = parts.get(1).copied().unwrap_or_default();
            let beside = |key: String| state.get(&key).cloned().unwrap_or_default();
            if self.has_handler() {
                let handler = beside(format!(
                    "item/{uid}/handlers/{}-handler",
                    name.to_lowercase()
                ));
                json::set(
                    &mut stored["properties"],
                    "/customInstructions",
                    handler["customInstructions"].clone(),
                );
            }
            if let Storage::Files = self.storage {
                let content = beside(format!("item/{uid}/memoryContents/{name}.md"));
                stored["content"] = content["text"].clone();
            }
            records.push(Record { name, stored });
        }
        Ok(records)
    }

    /// Returns whether a second object, an incident handler, stores some of its members.
    pub(super) fn has_handler(&self) -> bool {
        self.noun() == "incident_filter"
    }

    pub(super) fn unwrapped(&self, record: &Record) -> Json {
        let stored = &record.stored;
        match self.storage {
            Storage::Objects { .. } => {
                let mut document = stored["properties"].clone();
                document["$envelope"] = json!({ "tags": stored["tags"], "owner": stored["owner"] });
                document
            }
            Storage::Posted { .. } => stored["spec"].clone(),
            Storage::Managed { .. } => {
                let mut document = stored["properties"].clone();
                let mut around = stored.clone();
                let members = around.as_object_mut().into_iter();
                members
                    .for_each(|all| all.retain(|name, _| name != "name" && name != "properties"));
                document["$envelope"] = around;
                document
            }
            Storage::Triggers => json::merged(
                &stored["members"],
                &json!({ "enabled": stored["enabled"], "id": stored["id"] }),
            ),
            Storage::Agents => {
                let mut document = Map::new();
                for member in ["location", "tags", "identity", "properties"] {
                    document.insert(member.to_owned(), stored[member].clone());
                }
                let mut document = Json::Object(document);
                document["properties"]["powerState"] = stored["power"].clone();
                document
            }
            Storage::Archives => {
                let files = stored["files"].as_object().into_iter().flatten();
                let files = files.map(|(path, content)| {
                    let content = STANDARD.decode(content.as_str().unwrap_or_default());
                    let text = String::from_utf8(content.unwrap_or_default());
                    (path.clone(), json!(text.unwrap_or_default()))
                });
                json!({ "files": Json::Object(files.collect()) })
            }
            Storage::Singletons { .. }
            | Storage::Permissions
            | Storage::Domains
            | Storage::Files
            | Storage::Switches => stored.clone(),
        }
    }
}

impl Storage {
    /// Returns the parts of the store that contain the objects and what belongs to them.
    fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Agents => &["agent"],
            Self::Objects { .. } => &["object", "item"],
            Self::Triggers => &["trigger"],
            Self::Singletons { .. } => &["agent", "singleton"],
            Self::Domains => &["agent", "domain"],
            Self::Posted { .. }
            | Self::Managed { .. }
            | Self::Permissions
            | Self::Files
            | Self::Archives => &["item"],
            Self::Switches => &["singleton"],
        }
    }
}

/// Returns whether a document has any content.
pub fn has_content(document: &Json) -> bool {
    match document {
        Json::Object(members) => members.values().any(has_content),
        // A number of days, which is no setting.
        Json::Number(number) => number.as_i64() != Some(0),
        other => !json::is_nothing(Some(other)),
    }
}
