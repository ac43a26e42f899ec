//! A run of the host, an emulator that is slow and odd, and another client beside them.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use emulator::{Emulator, Options, Profile};
use futures::{StreamExt as _, stream};
use plugin_host::plugin::Lines;
use plugin_host::{Host, Launch, Plugin, Resource, Session};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;

use crate::run::{Run, configure, exchange};

/// The subscription of all agents.
pub(crate) const SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";
/// The resource group of all agents.
pub(crate) const GROUP: &str = "rg-sre";

const VERSION: &str = "api-version=2025-05-01-preview";
/// How often something is looked at before a test gives it up; every look advances the emulator.
const LOOKS: usize = 50;
/// How long a case may take, by a clock that does not run while anything is at work.
const LIMIT: Duration = Duration::from_secs(600);
/// How many objects are worked on at a time.
const AT_A_TIME: usize = 16;

/// A provider that talks to an emulator.
pub(crate) struct World {
    pub(crate) emulator: Arc<Emulator>,
    pub(crate) session: Session,
    provider: Provider,
    http: reqwest::Client,
    shop: OnceCell<String>,
}

/// Where the provider is.
enum Provider {
    /// In this process.
    Here(Run),
    /// In one of its own, which takes real time.
    Process(Box<Plugin>),
}

/// An answer to the other client.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Json,
}

impl World {
    /// A world whose service has every delay and oddity.
    pub(crate) async fn new() -> Result<Self> {
        Self::with(Profile::acceptance()).await
    }

    /// A world with this service.
    pub(crate) async fn with(profile: Profile) -> Result<Self> {
        let emulator = start(profile).await?;
        let run = Run::new(&emulator, json!({})).await?;
        Ok(Self::of(emulator, run.session.clone(), Provider::Here(run)))
    }

    /// The same, where the provider is a process with this environment.
    pub(crate) async fn with_process(
        profile: Profile,
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let emulator = start(profile).await?;
        let plugin = start_plugin(&emulator, environment).await?;
        let session = Session::new(plugin.client(), Host::default()).await?;
        let world = Self::of(emulator, session, Provider::Process(Box::new(plugin)));
        world.configure(json!({})).await?;
        Ok(world)
    }

    fn of(emulator: Arc<Emulator>, session: Session, provider: Provider) -> Self {
        Self {
            emulator,
            session,
            provider,
            http: reqwest::Client::new(),
            shop: OnceCell::new(),
        }
    }

    /// Goes on with a provider that knows nothing of what was before, as in another run.
    pub(crate) async fn renew_plugin(&mut self) -> Result<()> {
        let provider = match &self.provider {
            Provider::Here(_) => {
                let run = Run::new(&self.emulator, json!({})).await?;
                self.session = run.session.clone();
                Provider::Here(run)
            }
            Provider::Process(_) => {
                let plugin = start_plugin(&self.emulator, &[]).await?;
                self.session = Session::new(plugin.client(), Host::default()).await?;
                self.configure(json!({})).await?;
                Provider::Process(Box::new(plugin))
            }
        };
        self.provider = provider;
        Ok(())
    }

    /// Kills the provider.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        match &mut self.provider {
            Provider::Here(run) => run.kill(),
            Provider::Process(plugin) => {
                plugin.signal("KILL").await?;
                plugin.wait(Duration::from_secs(60)).await?;
            }
        }
        Ok(())
    }

    /// Whether the service is through with all requests.
    pub(crate) fn is_idle(&self) -> bool {
        let requests = self.emulator.requests();
        requests.iter().all(|request| request.ended.is_some())
    }

    /// Configures the provider anew.
    pub(crate) async fn configure(&self, provider: Json) -> Result<()> {
        configure(&self.session, &self.emulator, provider).await
    }

    /// The agent of all objects that do not need one of their own. Its id.
    pub(crate) async fn shop(&self) -> Result<&str> {
        let furnished = || async {
            let id = self.agent("shop").await?;
            self.furnish(&id).await?;
            anyhow::Ok(id)
        };
        Ok(self.shop.get_or_try_init(furnished).await?)
    }

    /// Adds what the objects of an agent refer to: an incident platform and two subagents.
    async fn furnish(&self, id: &str) -> Result<()> {
        let platform = json!({ "type": "AzMonitor", "connectionName": "azmonitor" });
        let patch = json!({ "properties": { "incidentManagementConfiguration": platform } });
        self.arm(Method::PATCH, id, patch).await?.success()?;
        self.agent_settled(id).await?;
        self.platform_connected(id).await?;
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

    /// An agent that the other client has created and that is up on both planes. Its id.
    pub(crate) async fn agent(&self, name: &str) -> Result<String> {
        self.agent_in(name, "swedencentral").await
    }

    /// The same in a region.
    pub(crate) async fn agent_in(&self, name: &str, location: &str) -> Result<String> {
        let id = agent_id(name);
        let body = json!({ "location": location, "properties": {} });
        self.arm(Method::PUT, &id, body).await?.success()?;
        self.agent_settled(&id).await?;
        self.data_plane_up(&id).await?;
        Ok(id)
    }

    /// Waits until the incident platform of an agent is connected.
    async fn platform_connected(&self, id: &str) -> Result<()> {
        let path = "/api/v1/incidentPlayground/incidentPlatformType";
        for _ in 0..LOOKS {
            let seen = self.data_plane(id, Method::GET, path, Json::Null).await?;
            if seen.body["incidentPlatformType"] == "AzMonitor" {
                return Ok(());
            }
        }
        bail!("{id} has no incident platform yet")
    }

    /// Waits until no operation on an agent runs any more.
    pub(crate) async fn agent_settled(&self, id: &str) -> Result<Json> {
        for _ in 0..LOOKS {
            let reply = self.arm(Method::GET, id, Json::Null).await?.success()?;
            if reply.body["properties"]["provisioningState"] == "Succeeded" {
                return Ok(reply.body);
            }
        }
        bail!("{id} is still not provisioned")
    }

    /// Has the other client delete an agent, and waits until it is gone.
    pub(crate) async fn delete_agent(&self, id: &str) -> Result<()> {
        let deleted = self.arm(Method::DELETE, id, Json::Null).await?;
        deleted.success()?;
        for _ in 0..LOOKS {
            if self.arm(Method::GET, id, Json::Null).await?.status == 404 {
                return Ok(());
            }
        }
        bail!("{id} is still there")
    }

    /// Waits until nobody sees an object on the data plane any more.
    pub(crate) async fn data_plane_gone(&self, agent: &str, path: &str) -> Result<()> {
        for _ in 0..LOOKS {
            let reply = self.data_plane(agent, Method::GET, path, Json::Null);
            if reply.await?.status == 404 {
                return Ok(());
            }
        }
        bail!("{path} is still there")
    }

    /// Waits until the data plane of an agent answers.
    pub(crate) async fn data_plane_up(&self, id: &str) -> Result<()> {
        for _ in 0..LOOKS {
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

    /// A request of the other client to ARM.
    pub(crate) async fn arm(&self, method: Method, path: &str, body: Json) -> Result<Reply> {
        let url = format!("{}{path}?{VERSION}", self.emulator.url());
        self.send(self.http.request(method, url), body).await
    }

    /// A request of the other client to the data plane of an agent.
    pub(crate) async fn data_plane(
        &self,
        agent: &str,
        method: Method,
        path: &str,
        body: Json,
    ) -> Result<Reply> {
        let url = format!("{}{path}", self.endpoint(agent)?);
        // Whatever the version of what is there.
        let request = self.http.request(method, url).header("if-match", "*");
        self.send(request, body).await
    }

    /// Has the other client post a file to the data plane of an agent.
    pub(crate) async fn upload(
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

    /// A resource of a type.
    pub(crate) fn resource(&self, type_name: &str) -> Result<Resource> {
        self.session.resource(type_name)
    }

    /// The requests of the provider since the last call, as `METHOD path`, polls of operations
    /// left out, names in place of agents' prefixes.
    pub(crate) fn taken_requests(&self) -> Vec<String> {
        let requests = self.emulator.requests();
        self.emulator.clear_requests();
        let shown = requests.iter().filter(|request| {
            !request.path.contains("/operationStatuses/")
                && !request.path.contains("/operationResults/")
        });
        shown
            .map(|request| format!("{} {}", request.method, short(&request.path)))
            .collect()
    }

    /// What a provider in a process of its own has logged.
    pub(crate) fn log(&self) -> Option<Arc<Lines>> {
        match &self.provider {
            Provider::Here(_) => None,
            Provider::Process(plugin) => plugin.stderr(),
        }
    }
}

async fn start(profile: Profile) -> Result<Arc<Emulator>> {
    let options = Options {
        profile,
        ..Options::default()
    };
    Ok(Arc::new(Emulator::start(options).await?))
}

impl Reply {
    pub(crate) fn success(self) -> Result<Self> {
        ensure!(
            (200..300).contains(&self.status),
            "answered with {}: {}",
            self.status,
            self.body
        );
        Ok(self)
    }
}

/// A provider process that is pointed at an emulator and inherits no settings.
pub(crate) async fn start_plugin(
    emulator: &Emulator,
    environment: &[(&str, &str)],
) -> Result<Plugin> {
    let launch = Launch::new(env!("CARGO_BIN_EXE_terraform-provider-azuresre"))
        .env("AZURESRE_EMULATOR", emulator.url())
        .env_remove("AZURESRE_PLANE");
    let launch = environment
        .iter()
        .fold(launch, |launch, (name, value)| launch.env(name, value));
    Plugin::start(launch).await
}

/// The id of an agent.
pub(crate) fn agent_id(name: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.App/agents/{name}"
    )
}

/// Does the work for each case, many at a time; the error holds every failure with its case.
pub(crate) async fn for_each<C, F>(
    cases: impl IntoIterator<Item = (String, C)>,
    work: impl Fn(C) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    at_a_time(AT_A_TIME, cases, work).await
}

/// The same for so many cases at a time.
pub(crate) async fn at_a_time<C, F>(
    number: usize,
    cases: impl IntoIterator<Item = (String, C)>,
    work: impl Fn(C) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let work = &work;
    let running = cases.into_iter().map(|(name, case)| async move {
        let limited = tokio::time::timeout(LIMIT, work(case)).await;
        let result = limited.unwrap_or_else(|_| bail!("takes more than {LIMIT:?}"));
        result.err().map(|error| format!("{name}: {error:#}"))
    });
    let failures: Vec<String> = stream::iter(running)
        .buffer_unordered(number)
        .filter_map(|failure| async { failure })
        .collect()
        .await;
    ensure!(
        failures.is_empty(),
        "{} cases failed:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    Ok(())
}

fn short(path: &str) -> String {
    let from = |marker: &str| path.find(marker).map(|at| path[at..].to_owned());
    from("/api/v")
        .or_else(|| from("/agents/"))
        .unwrap_or_else(|| path.to_owned())
}
