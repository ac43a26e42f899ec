//! The service in this process, and a client of it other than the provider.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use emulator::{Emulator, Options, Profile};
use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use reqwest::header::HOST;
use reqwest::{Body, Method, Request, RequestBuilder, StatusCode};
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;

/// The subscription of all agents.
pub const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";
/// The resource group of all agents.
pub const GROUP: &str = "rg-sre";

const VERSION: &str = "api-version=2025-05-01-preview";
/// How many reads to wait for a condition. Every read advances the emulator.
const ATTEMPTS: usize = 50;

/// An emulator, and a client of it other than the provider.
#[derive(Debug)]
pub struct Service {
    /// The emulator.
    pub emulator: Arc<Emulator>,
    http: reqwest::Client,
    shared_agent: OnceCell<String>,
}

/// An answer to the other client.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, or null if it is not JSON.
    pub body: Json,
}

impl Service {
    /// Starts a service with this behavior.
    pub async fn start(profile: Profile) -> Result<Self> {
        let options = Options {
            profile,
            ..Options::default()
        };
        Ok(Self {
            emulator: Arc::new(Emulator::start(options).await?),
            http: reqwest::Client::new(),
            shared_agent: OnceCell::new(),
        })
    }

    /// Returns the id of the agent for all objects that do not need their own.
    pub async fn shared_agent(&self) -> Result<&str> {
        let create = || async {
            let id = self.agent("shop").await?;
            self.create_prerequisites(&id).await?;
            anyhow::Ok(id)
        };
        Ok(self.shared_agent.get_or_try_init(create).await?)
    }

    /// Creates what the objects of an agent refer to: an incident platform and two subagents.
    async fn create_prerequisites(&self, id: &str) -> Result<()> {
        self.connect_platform(id, "AzMonitor").await?;
        for name in ["one", "two"] {
            let path = format!("/api/v2/extendedAgent/agents/{name}");
            let instructions = "Do what whoever hands over to you has left undone, and say so.";
            let body = json!({
                "name": name,
                "type": "ExtendedAgent",
                "properties": { "instructions": instructions, "handoffs": [] },
            });
            let sent = self.data_plane(id, Method::PUT, &path, body);
            sent.await?.success()?;
        }
        Ok(())
    }

    /// Creates an agent as another client, waits until it is up on both planes, and returns its id.
    pub async fn agent(&self, name: &str) -> Result<String> {
        self.agent_in(name, "swedencentral").await
    }

    /// Creates an agent in a region.
    pub async fn agent_in(&self, name: &str, location: &str) -> Result<String> {
        let id = agent_id(name);
        let body = json!({ "location": location, "properties": {} });
        self.arm(Method::PUT, &id, body).await?.success()?;
        self.agent_settled(&id).await?;
        self.data_plane_up(&id).await?;
        Ok(id)
    }

    /// Connects an agent to an incident platform, and waits until both planes use it.
    pub async fn connect_platform(&self, id: &str, platform: &str) -> Result<()> {
        let configuration = json!({
            "type": platform,
            "connectionName": platform.to_lowercase(),
            "connectionKey": "key",
        });
        let patch = json!({ "properties": { "incidentManagementConfiguration": configuration } });
        self.arm(Method::PATCH, id, patch).await?.success()?;
        self.agent_settled(id).await?;
        let path = "/api/v1/incidentPlayground/incidentPlatformType";
        for _ in 0..ATTEMPTS {
            let seen = self.data_plane(id, Method::GET, path, Json::Null).await?;
            if seen.body["incidentPlatformType"] == platform {
                return Ok(());
            }
        }
        bail!("{id} has no incident platform yet")
    }

    /// Waits until no operation on an agent is running, and returns its document.
    pub async fn agent_settled(&self, id: &str) -> Result<Json> {
        for _ in 0..ATTEMPTS {
            let reply = self.arm(Method::GET, id, Json::Null).await?.success()?;
            if reply.body["properties"]["provisioningState"] == "Succeeded" {
                return Ok(reply.body);
            }
        }
        bail!("{id} is still not provisioned")
    }

    /// Deletes an agent as another client, and waits until it is gone.
    pub async fn delete_agent(&self, id: &str) -> Result<()> {
        let deleted = self.arm(Method::DELETE, id, Json::Null).await?;
        deleted.success()?;
        for _ in 0..ATTEMPTS {
            if self.arm(Method::GET, id, Json::Null).await?.status == 404 {
                return Ok(());
            }
        }
        bail!("{id} is still there")
    }

    /// Waits until no read sees an object on the data plane.
    pub async fn data_plane_gone(&self, agent: &str, path: &str) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let reply = self.data_plane(agent, Method::GET, path, Json::Null);
            if reply.await?.status == 404 {
                return Ok(());
            }
        }
        bail!("{path} is still there")
    }

    /// Waits until the data plane of an agent answers.
    pub async fn data_plane_up(&self, id: &str) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let path = "/api/v2/extendedAgent/skills";
            if self
                .data_plane(id, Method::GET, path, Json::Null)
                .await?
                .status
                == 200
            {
                return Ok(());
            }
        }
        bail!("the data plane of {id} does not come up")
    }

    /// Sends a request to ARM as another client.
    pub async fn arm(&self, method: Method, path: &str, body: Json) -> Result<Reply> {
        let url = format!("{}{path}?{VERSION}", self.emulator.url());
        self.send(self.http.request(method, url), body).await
    }

    /// Sends a request to the data plane of an agent as another client.
    pub async fn data_plane(
        &self,
        agent: &str,
        method: Method,
        path: &str,
        body: Json,
    ) -> Result<Reply> {
        let url = format!("{}{path}", self.endpoint(agent)?);
        // Matches any version of an existing object.
        let request = self.http.request(method, url).header("if-match", "*");
        self.send(request, body).await
    }

    /// Uploads a file to the data plane of an agent as another client.
    pub async fn upload(
        &self,
        agent: &str,
        path: &str,
        content_type: &str,
        content: Vec<u8>,
    ) -> Result<()> {
        let url = format!("{}{path}", self.endpoint(agent)?);
        let request = self
            .http
            .post(url)
            .bearer_auth(self.emulator.token())
            .header("accept", "application/json")
            .header("content-type", content_type);
        let request = request.body(content).build()?;
        let response = exchange(&self.emulator, request).await?;
        ensure!(
            response.status().is_success(),
            "answered with {}",
            response.status()
        );
        Ok(())
    }

    fn endpoint(&self, agent: &str) -> Result<String> {
        let name = agent.rsplit('/').next().unwrap_or_default();
        let end = format!("/{}", name.to_lowercase());
        let is_ours = |key: &str| key.starts_with("agent/") && key.ends_with(&end);
        let state = self.emulator.state_of(is_ours)?;
        let (_, record) = state
            .iter()
            .next()
            .with_context(|| format!("there is no agent {name}"))?;
        let uid = record["uid"].as_str().unwrap_or_default();
        Ok(format!("{}/data-plane/{name}--{uid}", self.emulator.url()))
    }

    async fn send(&self, request: RequestBuilder, body: Json) -> Result<Reply> {
        let request = request
            .bearer_auth(self.emulator.token())
            .header("accept", "application/json");
        let request = match body {
            Json::Null => request,
            body => request.json(&body),
        };
        let response = exchange(&self.emulator, request.build()?).await?;
        let status = response.status().as_u16();
        let body = serde_json::from_slice(response.body()).unwrap_or(Json::Null);
        Ok(Reply { status, body })
    }

    /// Returns whether the service has answered all requests.
    pub fn is_idle(&self) -> bool {
        let requests = self.emulator.requests();
        requests.iter().all(|request| request.ended.is_some())
    }
}

impl Reply {
    /// Returns the answer, or an error if the status is not a success.
    pub fn success(self) -> Result<Self> {
        ensure!(
            (200..300).contains(&self.status),
            "answered with {}: {}",
            self.status,
            self.body
        );
        Ok(self)
    }
}

/// Returns the id of an agent.
pub fn agent_id(name: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.App/agents/{name}"
    )
}

/// Sends a request to an emulator in this process. An error means that the connection was closed.
pub async fn exchange(emulator: &Emulator, request: Request) -> Result<http::Response<Bytes>> {
    let authority = request.url().authority().parse()?;
    let mut request = http::Request::<Body>::try_from(request)?;
    request.headers_mut().insert(HOST, authority);
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let request = http::Request::from_parts(parts, body);
    Ok(emulator.answer(request).await?)
}

/// Requests an upgrade of a connection to an emulator in this process, as WebSockets do. Returns
/// the answer, and the connection if it was upgraded.
pub async fn connect(
    emulator: &Emulator,
    request: Request,
) -> Result<(http::Response<Bytes>, Option<reqwest::Upgraded>)> {
    let authority = request.url().authority().parse()?;
    let path = request.url()[url::Position::BeforePath..].parse()?;
    let mut request = http::Request::<Body>::try_from(request)?;
    request.headers_mut().insert(HOST, authority);
    *request.uri_mut() = path;
    let (here, there) = tokio::io::duplex(1 << 16);
    emulator.serve(there);
    let (mut sender, connection) = http1::handshake(TokioIo::new(here)).await?;
    tokio::spawn(connection.with_upgrades());
    let mut response = sender.send_request(request).await?;
    let upgraded = match response.status() {
        StatusCode::SWITCHING_PROTOCOLS => Some(hyper::upgrade::on(&mut response).await?.into()),
        _ => None,
    };
    let (parts, body) = response.into_parts();
    let body = match upgraded {
        Some(_) => Bytes::new(),
        None => body.collect().await?.to_bytes(),
    };
    Ok((http::Response::from_parts(parts, body), upgraded))
}
