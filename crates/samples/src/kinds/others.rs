//! Changes to objects by another client.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Kind, Storage};
use crate::json;
use crate::service::{Service, agent_id};

/// More reads than any object takes to settle.
const READS: u32 = 100;

impl Kind {
    /// Sets a member of an object as another client. Null removes the member.
    pub async fn drift(
        &self,
        service: &Service,
        agent: &str,
        name: &str,
        at: &str,
        value: Json,
    ) -> Result<()> {
        let record = self
            .record(service, name)?
            .context("there is no such object")?;
        let mut document = self.unwrapped(&record);
        let id = record.stored["id"].as_str().unwrap_or_default();
        let send = async |method: Method, path: &str, body: Json| -> Result<()> {
            let sent = service.data_plane(agent, method, path, body);
            sent.await?.success()?;
            Ok(())
        };
        match self.storage {
            Storage::Agents if at == "/properties/powerState" => {
                let action = if value == "Stopped" { "stop" } else { "start" };
                let path = format!("{agent}/{action}");
                service
                    .arm(Method::POST, &path, Json::Null)
                    .await?
                    .success()?;
                service.agent_settled(agent).await?;
            }
            Storage::Agents => {
                let mut patch = json::at(at, '/', value);
                // An identity is never sent without its type.
                if let Some(identity) = patch.get_mut("identity") {
                    let kept = json!({ "type": document["identity"]["type"] });
                    *identity = json::merged(&kept, identity);
                }
                service.arm(Method::PATCH, agent, patch).await?.success()?;
                service.agent_settled(agent).await?;
            }
            Storage::Triggers if at == "/enabled" => {
                let action = if value == true { "enable" } else { "disable" };
                let path = format!("/api/v1/httptriggers/{id}/{action}");
                send(Method::POST, &path, Json::Null).await?;
            }
            Storage::Triggers => {
                json::set(&mut document, at, value);
                let path = format!("/api/v1/httptriggers/{id}");
                send(Method::PUT, &path, document).await?;
            }
            Storage::Objects { .. } if self.has_handler() && at == "/customInstructions" => {
                let path = format!("/api/v1/incidentPlayground/handlers/{name}-handler");
                let body = json!({ "incidentFilterId": name, "customInstructions": value });
                match value {
                    Json::Null => send(Method::DELETE, &path, Json::Null).await?,
                    _ => send(Method::POST, &path, body).await?,
                }
            }
            Storage::Objects { collection, .. } => {
                json::set(&mut document, at, value);
                let around = document
                    .as_object_mut()
                    .and_then(|all| all.remove("$envelope"));
                let around = around.unwrap_or_default();
                let body = json!({
                    "name": name,
                    "type": record.stored["object_type"],
                    "tags": around["tags"],
                    "owner": around["owner"],
                    "properties": document,
                });
                let path = azure::id::join(collection, name)?;
                send(Method::PUT, &path, body).await?;
                self.settled(service, agent, name).await?;
            }
            Storage::Posted { path, .. } => {
                json::set(&mut document, at, value);
                let body = json!({ "metadata": { "name": name }, "spec": document });
                send(Method::POST, path, body).await?;
            }
            Storage::Managed { path, .. } => {
                json::set(&mut document, at, value);
                let around = document
                    .as_object_mut()
                    .and_then(|all| all.remove("$envelope"));
                let body = json!({ "properties": document });
                let body = json::merged(&around.unwrap_or_default(), &body);
                send(Method::PUT, &azure::id::join(path, name)?, body).await?;
            }
            Storage::Singletons { path, platform, .. } => {
                json::set(&mut document, at, value);
                if !platform.is_empty() {
                    document["providerType"] = json!(platform.to_lowercase());
                }
                send(Method::PUT, path, document).await?;
            }
            Storage::Permissions => {
                json::set(&mut document, at, value);
                let path = format!("/api/v2/extendedAgent/{name}-owner/permissions");
                send(Method::PUT, &path, document).await?;
            }
            Storage::Domains => {
                json::set(&mut document, at, value);
                let path = "/api/v2/github/domains/github_com";
                send(Method::PUT, path, document).await?;
            }
            Storage::Archives => {
                json::set(&mut document, at, value);
                put_archive(service, agent, name, &document["files"]).await?;
            }
            Storage::Switches => {
                let switch = json!({ "name": format!("{name}_search"), "enabled": value });
                let path = "/api/v2/agent/tools/configure";
                send(Method::POST, path, json!({ "overrides": [switch] })).await?;
            }
            Storage::Files => {
                let text = value.as_str().context("a file holds a text")?;
                put_file(service, agent, name, text).await?;
            }
        }
        Ok(())
    }

    /// Reads an object until reads no longer change it: every reader sees the last write, and a
    /// file is indexed.
    pub async fn settled(&self, service: &Service, agent: &str, name: &str) -> Result<()> {
        let (path, counter) = match self.storage {
            Storage::Objects { collection, .. } => (azure::id::join(collection, name)?, "lag"),
            Storage::Files => ("/api/v1/agentmemory/files".to_owned(), "waiting"),
            _ => return Ok(()),
        };
        for _ in 0..READS {
            let record = self.record(service, name)?;
            if record.is_none_or(|record| record.stored[counter] == 0) {
                return Ok(());
            }
            let seen = service
                .data_plane(agent, Method::GET, &path, Json::Null)
                .await?;
            ensure!(
                seen.status < 500,
                "the data plane answered with {}",
                seen.status
            );
        }
        bail!("{name} still changes after {READS} reads")
    }

    /// Deletes an object as another client, and waits until no reader sees it.
    pub async fn delete(&self, service: &Service, agent: &str, name: &str) -> Result<()> {
        let record = self.record(service, name)?;
        let record = record.context("there is no such object")?;
        let path = match self.storage {
            Storage::Agents => return service.delete_agent(agent).await,
            Storage::Archives => return put_archive(service, agent, name, &json!({})).await,
            Storage::Singletons { .. } | Storage::Permissions | Storage::Switches => {
                bail!("it is always there")
            }
            Storage::Triggers => {
                let id = record.stored["id"].as_str().unwrap_or_default();
                format!("/api/v1/httptriggers/{id}")
            }
            Storage::Objects { collection, .. } => azure::id::join(collection, name)?,
            Storage::Posted { path, .. } | Storage::Managed { path, .. } => {
                azure::id::join(path, name)?
            }
            Storage::Domains => "/api/v2/github/domains/github_com".to_owned(),
            Storage::Files => format!("/api/v1/agentmemory/document/{name}.md"),
        };
        let sent = service.data_plane(agent, Method::DELETE, &path, Json::Null);
        sent.await?.success()?;
        match self.storage {
            // A single one cannot be read, and deletion is visible immediately.
            Storage::Files => Ok(()),
            _ => service.data_plane_gone(agent, &path).await,
        }
    }

    /// Returns the id of the agent that contains an object with this name, or of the agent with
    /// this name. Creates the prerequisites of the object.
    pub async fn agent(&self, service: &Service, name: &str) -> Result<String> {
        if let Storage::Agents = self.storage {
            return Ok(agent_id(name));
        }
        if let Storage::Singletons { .. } | Storage::Domains = self.storage {
            let agent = service.agent(name).await?;
            self.create_prerequisites(service, &agent, name).await?;
            return Ok(agent);
        }
        let agent = service.shared_agent().await?;
        self.create_prerequisites(service, agent, name).await?;
        Ok(agent.to_owned())
    }

    /// Creates the prerequisites of an object with this name in its agent.
    pub async fn create_prerequisites(
        &self,
        service: &Service,
        agent: &str,
        name: &str,
    ) -> Result<()> {
        if let Storage::Singletons { platform, .. } = self.storage
            && !platform.is_empty()
        {
            service.connect_platform(agent, platform).await?;
        }
        let owner = match self.storage {
            Storage::Permissions => &format!("{name}-owner"),
            _ => name,
        };
        let needed = match self.storage {
            Storage::Archives => Some((
                "/api/v2/repos",
                json!({
                    "name": name,
                    "type": "CodeRepo",
                    "properties": { "url": "https://github.com/contoso/shop", "type": "GitHub" },
                }),
            )),
            Storage::Switches => Some((
                "/api/v2/extendedAgent/connectors",
                json!({
                    "name": name,
                    "type": "AgentConnector",
                    "properties": { "dataConnectorType": "Mcp", "dataSource": "n/a" },
                }),
            )),
            Storage::Permissions => Some((
                "/api/v2/extendedAgent/agents",
                json!({
                    "name": owner,
                    "type": "ExtendedAgent",
                    "properties": { "instructions": "x".repeat(60), "handoffs": [] },
                }),
            )),
            _ => None,
        };
        if let Some((collection, body)) = needed {
            let path = azure::id::join(collection, owner)?;
            let sent = service.data_plane(agent, Method::PUT, &path, body);
            sent.await?.success()?;
        }
        Ok(())
    }
}

/// Uploads a file, which replaces the existing one.
async fn put_file(service: &Service, agent: &str, name: &str, text: &str) -> Result<()> {
    let form = format!(
        "--part\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}.md\"\r\n\
         Content-Type: text/markdown\r\n\r\n{text}\r\n--part--\r\n"
    );
    let path = "/api/v1/agentmemory/upload?triggerIndexing=true";
    let content_type = "multipart/form-data; boundary=part";
    service
        .upload(agent, path, content_type, form.into_bytes())
        .await
}

/// Uploads a set of files, which replaces that of a repository.
async fn put_archive(service: &Service, agent: &str, name: &str, files: &Json) -> Result<()> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, text) in files.as_object().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        archive.append_data(&mut header, path, text.as_bytes())?;
    }
    let mut gzip = archive.into_inner()?;
    gzip.flush()?;
    let path = format!("/api/v1/WorkspaceMemory/repo-instructions?repo={name}");
    service
        .upload(agent, &path, "application/gzip", gzip.finish()?)
        .await
}
