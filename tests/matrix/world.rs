//! A run of the host, an emulator with all delays and oddities, and another client.

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use emulator::{Emulator, Profile};
use futures::{StreamExt as _, stream};
use plugin_host::plugin::Lines;
use plugin_host::{Host, Launch, Plugin, Resource, Session};
use samples::Service;
use serde_json::{Value as Json, json};

use crate::run::{Run, configure};

/// How long a case may take, on a clock that stands still while anything is running.
const LIMIT: Duration = Duration::from_secs(600);
/// How many objects are handled concurrently.
const AT_A_TIME: usize = 16;

/// A provider that uses a service.
pub(crate) struct World {
    pub(crate) session: Session,
    service: Service,
    provider: Provider,
}

/// Where the provider runs.
enum Provider {
    /// In this process.
    Here(Run),
    /// In a separate process, which needs real time.
    Process(Box<Plugin>),
}

impl World {
    /// Creates a world whose service has every delay and oddity.
    pub(crate) async fn new() -> Result<Self> {
        Self::with(Profile::acceptance()).await
    }

    /// Creates a world with this service.
    pub(crate) async fn with(profile: Profile) -> Result<Self> {
        Self::configured(profile, json!({})).await
    }

    /// Creates a world with this service and a provider block.
    pub(crate) async fn configured(profile: Profile, provider: Json) -> Result<Self> {
        let service = Service::start(profile).await?;
        let run = Run::new(&service.emulator, provider).await?;
        Ok(Self {
            session: run.session.clone(),
            service,
            provider: Provider::Here(run),
        })
    }

    /// Creates a world whose provider is a process with this environment.
    pub(crate) async fn with_process(
        profile: Profile,
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let service = Service::start(profile).await?;
        let plugin = start_plugin(&service.emulator, environment).await?;
        let world = Self {
            session: Session::new(plugin.client(), Host::default()).await?,
            service,
            provider: Provider::Process(Box::new(plugin)),
        };
        world.configure(json!({})).await?;
        Ok(world)
    }

    /// Continues with a provider that knows nothing about earlier events, as in another run.
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

    /// Configures the provider again.
    pub(crate) async fn configure(&self, provider: Json) -> Result<()> {
        configure(&self.session, &self.emulator, provider).await
    }

    /// Returns a resource of a type.
    pub(crate) fn resource(&self, type_name: &str) -> Result<Resource> {
        self.session.resource(type_name)
    }

    /// Takes the requests of the provider since the last call, as `METHOD path`, without polls of
    /// operations, and with names instead of agents' prefixes.
    pub(crate) fn take_requests(&self) -> Vec<String> {
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

    /// Returns the log of a provider in a separate process.
    pub(crate) fn log(&self) -> Option<Arc<Lines>> {
        match &self.provider {
            Provider::Here(_) => None,
            Provider::Process(plugin) => plugin.stderr(),
        }
    }
}

impl Deref for World {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}

/// Starts a provider process that uses an emulator and inherits no settings.
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

/// Runs the work for each case, many at a time. The error contains every failure with its case.
pub(crate) async fn for_each<C, F>(
    cases: impl IntoIterator<Item = (String, C)>,
    work: impl Fn(C) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    at_a_time(AT_A_TIME, cases, work).await
}

/// Runs the work for each case, so many at a time.
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
