//! A run of the host: a separate provider in this process, which uses an emulator in this process.
//!
//! Nothing waits for a network, so tests begin with a paused clock (`start_paused`). It stands
//! still while anything is running, and jumps to the next timer when everything waits.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use azure::wire::{Answer, Call, Opened, Wire, WireError, WireErrorKind};
use azuresre::SreProvider;
use bytes::Bytes;
use emulator::Emulator;
use plugin_host::{Host, Session, in_process};
use samples::{SUBSCRIPTION, connect, exchange, json};
use serde_json::{Value as Json, json};
use tfplugin::server::Server;
use tokio_util::sync::CancellationToken;
use url::Url;

/// A run of the host. The session ends with it.
pub(crate) struct Run {
    pub(crate) session: Session,
    killed: CancellationToken,
}

/// The wire to the emulator. Connections to any other address are refused.
#[derive(Debug)]
struct InProcess {
    emulator: Arc<Emulator>,
    /// Encodes bodies.
    http: reqwest::Client,
    killed: CancellationToken,
}

impl Run {
    /// Starts a run with this provider block.
    pub(crate) async fn new(emulator: &Arc<Emulator>, provider: Json) -> Result<Self> {
        let killed = CancellationToken::new();
        let wire = wire(emulator, killed.clone());
        Self::over(emulator, provider, wire, killed).await
    }

    /// Starts a run over a wire that this token kills.
    pub(crate) async fn over(
        emulator: &Emulator,
        provider: Json,
        wire: Arc<dyn Wire>,
        killed: CancellationToken,
    ) -> Result<Self> {
        let provider_of_run = SreProvider::with_environment("0.0.0", |_| None).over(wire);
        let client = in_process(Server::new(Arc::new(provider_of_run))?).await?;
        let session = Session::new(client, Host::default()).await?;
        configure(&session, emulator, provider).await?;
        Ok(Self { session, killed })
    }

    /// Kills the provider, as far as the service can tell: nothing that was sent gets an answer,
    /// and nothing more is sent.
    pub(crate) fn kill(&self) {
        self.killed.cancel();
    }
}

/// Returns the wire to an emulator, which works until it is killed.
pub(crate) fn wire(emulator: &Arc<Emulator>, killed: CancellationToken) -> Arc<dyn Wire> {
    Arc::new(InProcess {
        emulator: Arc::clone(emulator),
        http: reqwest::Client::new(),
        killed,
    })
}

#[async_trait]
impl Wire for InProcess {
    async fn send(&self, call: Call) -> Result<Answer, WireError> {
        let answered = self.killed.run_until_cancelled(self.answer(call)).await;
        match answered {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    async fn open(&self, call: Call) -> Result<Opened, WireError> {
        let opened = self.killed.run_until_cancelled(self.connect(call)).await;
        match opened {
            Some(opened) => opened,
            None => std::future::pending().await,
        }
    }
}

impl InProcess {
    async fn answer(&self, call: Call) -> Result<Answer, WireError> {
        let request = self.request(call)?;
        let response = exchange(&self.emulator, request).await;
        let response = response.map_err(|error| broken(&error))?;
        Ok(answer(response))
    }

    async fn connect(&self, call: Call) -> Result<Opened, WireError> {
        let request = self.request(call)?;
        let connected = connect(&self.emulator, request).await;
        let (response, stream) = connected.map_err(|error| broken(&error))?;
        Ok(match stream {
            Some(stream) => Opened::Switched(response.headers().clone(), Box::new(stream)),
            None => Opened::Refused(answer(response)),
        })
    }

    fn request(&self, call: Call) -> Result<reqwest::Request, WireError> {
        let there = Url::parse(&self.emulator.url()).map(|url| url.origin());
        if there != Ok(call.url.origin()) {
            return Err(WireError {
                kind: WireErrorKind::NobodyListens,
                reason: "no connection: nobody listens".to_owned(),
            });
        }
        call.into_request(&self.http)
    }
}

fn broken(error: &anyhow::Error) -> WireError {
    WireError {
        kind: WireErrorKind::Broken,
        reason: format!("the connection broke: {error}"),
    }
}

fn answer(response: http::Response<Bytes>) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Configures a provider to use an emulator.
pub(crate) async fn configure(
    session: &Session,
    emulator: &Emulator,
    provider: Json,
) -> Result<()> {
    let usual = json!({ "subscription_id": SUBSCRIPTION, "emulator": emulator.url() });
    session.configure(json::merged(&usual, &provider)).await?;
    Ok(())
}
