//! Runs that end at each of their requests, before it arrives and after it was applied.

use anyhow::{Result, anyhow, bail, ensure};
use emulator::Fault;
use plugin_host::Resource;
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;

use super::Case;
use crate::json;
use crate::kinds::Kind;
use crate::world::for_each;

/// Where the provider runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Provider {
    /// In the process of the test.
    Here,
    /// In a separate process.
    Process,
}

/// How a run is ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ending {
    /// The provider is killed.
    Kill,
    /// The user presses Ctrl-C once. The request is held until the provider has answered.
    Stop,
}

/// A run that was ended, and what it has left behind.
pub(super) struct Ended {
    pub(super) run: Run,
    pub(super) ending: Ending,
    /// The result that the host received.
    pub(super) result: Result<()>,
    /// Whether the object existed then.
    pub(super) exists: bool,
}

/// What happens to the request at which the run ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// It never arrives.
    Lost,
    /// It arrives after the end of the run.
    Late,
    /// It is applied, but its answer does not arrive.
    CarriedOut,
}

/// The operation of the host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Run {
    Create,
    Update,
    Delete,
}

impl Run {
    /// Returns the configuration: the full one, and then one with other values.
    pub(super) fn config(self, case: &Case<'_>) -> Json {
        let variant = &case.kind.variants[0];
        match self {
            Self::Create => json::merged(&case.config, &variant.full(0)),
            Self::Update => json::merged(&case.config, &variant.full(1)),
            Self::Delete => Json::Null,
        }
    }

    async fn perform(self, resource: &mut Resource, config: Json) -> Result<()> {
        match self {
            Self::Delete => resource.destroy().await?,
            Self::Create | Self::Update => resource.apply(config).await?,
        };
        Ok(())
    }
}

/// Ends every run at each of its requests in every way, and checks what is left of the object.
pub(super) async fn at_every_request(
    kind: &Kind,
    plane: &'static str,
    provider: Provider,
    check: impl AsyncFn(&mut Case<'_>, Ended) -> Result<()>,
) -> Result<()> {
    let mut cases = Vec::new();
    for run in [Run::Create, Run::Update, Run::Delete] {
        let mut case = prepared(kind, plane, provider, run).await?;
        case.world.emulator.clear_requests();
        let config = run.config(&case);
        run.perform(&mut case.resource, config).await?;
        let requests = case.world.emulator.requests();
        for (n, request) in requests.iter().enumerate() {
            let (method, path) = (&request.method, &request.path);
            let ends = match method.as_str() {
                // The effect is the same either way.
                "GET" => &[(Ending::Kill, Fate::Lost), (Ending::Stop, Fate::Lost)][..],
                _ => &[
                    (Ending::Kill, Fate::Lost),
                    (Ending::Kill, Fate::CarriedOut),
                    (Ending::Stop, Fate::Late),
                    (Ending::Stop, Fate::CarriedOut),
                ],
            };
            cases.extend(ends.iter().map(|&(ending, fate)| {
                let name = format!("{run:?}, {ending:?} at {n}: {method} {path} is {fate:?}");
                (name, (run, ending, n, fate))
            }));
        }
    }
    let check = &check;
    for_each(cases, |(run, ending, n, fate)| async move {
        let mut case = prepared(kind, plane, provider, run).await?;
        let ended = ended(&mut case, run, ending, n, fate).await?;
        check(&mut case, ended).await
    })
    .await
}

/// Creates an object in its state before a run.
async fn prepared<'a>(
    kind: &'a Kind,
    plane: &str,
    provider: Provider,
    run: Run,
) -> Result<Case<'a>> {
    let mut case = match provider {
        Provider::Here => Case::new(kind, plane).await?,
        Provider::Process => Case::with_process(kind, plane).await?,
    };
    if run != Run::Create {
        case.resource.apply(Run::Create.config(&case)).await?;
        case.wait_until_visible().await?;
        case.resource.refresh().await?;
    }
    Ok(case)
}

/// Ends a run at a request. Another process continues with the state of the host.
async fn ended(
    case: &mut Case<'_>,
    run: Run,
    ending: Ending,
    n: usize,
    fate: Fate,
) -> Result<Ended> {
    let at = Fault::on_path("").skip(u32::try_from(n)?);
    let held = case.world.emulator.fault(match fate {
        Fate::Lost => at.hold().reset(),
        Fate::Late => at.hold(),
        Fate::CarriedOut => at.hold_applied(),
    })?;
    let config = run.config(case);
    let mut resource = case.resource.clone();
    let mut running = tokio::spawn(async move {
        let result = run.perform(&mut resource, config).await;
        (resource, result)
    });
    tokio::select! {
        () = held.held() => {}
        ended = &mut running => {
            ended?.1?;
            bail!("it ended before this request");
        }
    }
    let (resource, result) = match ending {
        Ending::Kill => {
            let before = case.resource.clone();
            case.world.kill().await?;
            // The host has received nothing.
            running.abort();
            (before, Err(anyhow!("the provider was killed")))
        }
        Ending::Stop => {
            let stop = proto::stop_provider::Request {};
            case.world.session.client().stop_provider(stop).await?;
            running.await?
        }
    };
    ensure!(
        held.status().held == 1,
        "the provider has waited for an answer"
    );
    ensure!(ending == Ending::Stop || result.is_err(), "nobody noticed");
    let exists = case.exists()?;
    held.remove();
    while !case.world.is_idle() {
        tokio::task::yield_now().await;
    }
    case.resource = resource;
    case.wait_until_visible().await?;
    case.in_a_new_run().await?;
    Ok(Ended {
        run,
        ending,
        result,
        exists,
    })
}
