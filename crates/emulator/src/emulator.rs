//! The emulator as a value, which tests start, inspect, disturb and stop.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::entra::Tokens;
use crate::faults::{ActiveFault, Fault, FaultError, FaultStatus, Faults};
use crate::hub::Negotiations;
use crate::log::{RequestLog, RequestRecord};
use crate::profile::Profile;
use crate::proxy::{self, Certificates};
use crate::shared::{Addresses, Shared};
use crate::store::{Store, StoreError};
use crate::throttle::Throttle;
use crate::tls::{CertificateAuthority, TlsError};
use crate::ui::Recorder;
use crate::{TOKEN, server};

/// How to start an [`Emulator`].
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The switches.
    pub profile: Profile,
    /// The file that stores everything. If `None`, everything is in memory.
    pub data: Option<PathBuf>,
    /// The address to listen on. Defaults to `127.0.0.1:0`. Port 0 selects any free port.
    pub listen: Option<String>,
    /// The folder that keeps the emulator's CA between runs. If `None`, every run creates a new CA
    /// in a temporary folder.
    pub ca_dir: Option<PathBuf>,
    /// The address of an HTTPS proxy that serves the hosts of Azure (`management.azure.com`,
    /// `login.microsoftonline.com`, `*.azuresre.ai`), so that clients need no other setting. If
    /// `None`, there is no proxy. Port 0 selects any free port.
    pub proxy: Option<String>,
    /// Whether to serve a page that shows what happens. If so, the latest requests are kept with
    /// their answers.
    pub ui: bool,
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is in use, or does not belong to this machine.
    #[error("cannot listen on {address}: {source}; choose another address or port 0")]
    Listen {
        /// The address.
        address: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The data file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificates cannot be created or used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A running emulator. Dropping it stops the server.
#[derive(Debug)]
pub struct Emulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    _ca: Arc<CertificateAuthority>,
    _stop_on_drop: DropGuard,
}

impl Emulator {
    /// Starts an emulator. It is ready for requests when this returns.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options {
            profile,
            data,
            listen,
            ca_dir,
            proxy,
            ui,
        } = options;
        let (listener, address) = bind(listen.as_deref().unwrap_or("127.0.0.1:0")).await?;
        let proxy = match proxy {
            Some(wanted) => Some(bind(&wanted).await?),
            None => None,
        };
        let ca = Arc::new(CertificateAuthority::open(ca_dir.as_deref())?);
        let shared = Arc::new(Shared {
            store: Store::open(data.as_deref(), ui)?,
            on_disk: data.is_some(),
            log: RequestLog::default(),
            faults: Faults::default(),
            throttle: Throttle::default(),
            tokens: Tokens::new(),
            negotiations: Negotiations::default(),
            recorder: ui.then(Recorder::default),
            addresses: OnceLock::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            profile: RwLock::new(Arc::new(profile.clone())),
            first_profile: profile,
        });
        let proxy_address = proxy.as_ref().map(|(_, address)| *address);
        let mut addresses = addresses(address, proxy_address, &ca, &shared.profile());
        addresses.ui = ui.then(|| format!("{}/ui/", addresses.control));
        shared.addresses.get_or_init(|| addresses);
        let acceptor = ca.acceptor()?;
        let stop_on_drop = shared.stop.clone().drop_guard();
        shared
            .tasks
            .spawn(server::serve(listener, acceptor, Arc::clone(&shared)));
        if let Some((listener, _)) = proxy {
            let certificates = Certificates::new(Arc::clone(&ca));
            shared
                .tasks
                .spawn(proxy::serve(listener, certificates, Arc::clone(&shared)));
        }
        Ok(Self {
            shared,
            address,
            _ca: ca,
            _stop_on_drop: stop_on_drop,
        })
    }

    /// Stops the server, and waits until every connection has ended and the data file is free.
    /// Dropping the emulator stops it without waiting.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Returns `http://` and the address (or `localhost` for all addresses), which is the value of
    /// `emulator` in the provider.
    pub fn url(&self) -> String {
        format!("http://{}", authority(self.address))
    }

    /// Returns `https://` and the address, with the name in the certificate.
    pub fn https_url(&self) -> String {
        format!("https://{}", authority(self.address))
    }

    /// Answers a request to [`Emulator::url`] without a connection, for clients in the same
    /// process. Nothing waits for the network, so the clock can be paused.
    ///
    /// # Errors
    /// Fails if a connection to a client would be closed without a complete answer.
    pub async fn answer(&self, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let request = request.map(Full::new);
        let reply = server::respond(request, "http", Arc::clone(&self.shared)).await?;
        let (parts, body) = reply.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }

    /// Serves a connection of a client in the same process to [`Emulator::url`], such as one end of
    /// [`tokio::io::duplex`]. This supports WebSockets, unlike [`Emulator::answer`].
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let served = server::http(stream, "http", Arc::clone(&self.shared));
        self.shared.spawn(served);
    }

    /// Returns the address of the proxy, if there is one: the value of `HTTPS_PROXY`.
    pub fn proxy_url(&self) -> Option<&str> {
        self.addresses().proxy.as_deref()
    }

    /// Returns the token that is accepted everywhere.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// Returns all addresses.
    #[expect(
        clippy::expect_used,
        reason = "set in `start`, before an emulator exists"
    )]
    pub fn addresses(&self) -> &Addresses {
        self.shared
            .addresses
            .get()
            .expect("addresses are set at start")
    }

    /// Returns the requests so far, in the order of their arrival, without those of the control
    /// API.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.log.all()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.forget_requests();
    }

    /// Adds a fault, which makes requests fail.
    pub fn fault(&self, fault: Fault) -> Result<FaultHandle, FaultError> {
        let fault = self.shared.faults.add(fault)?;
        Ok(FaultHandle {
            shared: Arc::clone(&self.shared),
            fault,
        })
    }

    /// Returns the current switches.
    pub fn profile(&self) -> Profile {
        Profile::clone(&self.shared.profile())
    }

    /// Sets all switches.
    pub fn set_profile(&self, profile: Profile) {
        self.shared.set_profile(profile);
    }

    /// Changes some switches.
    pub fn change_profile(&self, change: impl FnOnce(&mut Profile)) {
        let mut profile = self.profile();
        change(&mut profile);
        self.set_profile(profile);
    }

    /// Returns all stored documents, including secrets, by key.
    pub fn state(&self) -> Result<Map<String, Value>, StoreError> {
        self.state_of(|_| true)
    }

    /// Returns the stored documents with certain keys, which is faster than reading all.
    pub fn state_of(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Map<String, Value>, StoreError> {
        self.shared.store.dump(is_wanted)
    }

    /// Resets everything: nothing is stored, there are no requests and no faults, and the initial
    /// profile applies.
    pub fn reset(&self) -> Result<(), StoreError> {
        self.shared.reset()
    }
}

/// A fault that was added. Dropping the handle does not remove the fault.
#[derive(Debug, Clone)]
pub struct FaultHandle {
    shared: Arc<Shared>,
    fault: Arc<ActiveFault>,
}

impl FaultHandle {
    /// Returns its id in the control API.
    pub fn id(&self) -> u64 {
        self.fault.id()
    }

    /// Waits until the fault holds a request.
    pub async fn held(&self) {
        self.fault.held().await;
    }

    /// Waits until the fault holds a request. Returns `false` if it does not within `limit`.
    pub async fn held_within(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.fault.held()).await.is_ok()
    }

    /// Releases the requests that are held now. Later ones are held again.
    pub fn release(&self) {
        self.fault.release();
    }

    /// Removes the fault, and releases the requests that it holds.
    pub fn remove(self) {
        self.shared.faults.remove(self.fault.id());
    }

    /// Returns what the fault did so far.
    pub fn status(&self) -> FaultStatus {
        self.fault.status()
    }
}

async fn bind(wanted: &str) -> Result<(TcpListener, SocketAddr), StartError> {
    let error = |source| StartError::Listen {
        address: wanted.to_owned(),
        source,
    };
    let listener = TcpListener::bind(wanted).await.map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    Ok((listener, address))
}

fn addresses(
    address: SocketAddr,
    proxy: Option<SocketAddr>,
    ca: &CertificateAuthority,
    profile: &Profile,
) -> Addresses {
    let http = format!("http://{}", authority(address));
    let entra = &profile.entra;
    let application = entra.applications.first();
    Addresses {
        arm_endpoint: http.clone(),
        authority_host: format!("https://{}", authority(address)),
        proxy: proxy.map(|proxy| format!("http://{}", authority(proxy))),
        ca_certificate: ca.certificate_path().to_owned(),
        token: TOKEN,
        control: format!("{http}/_emulator"),
        ui: None,
        tenant_id: entra.tenant_id.clone(),
        client_id: application.map(|application| application.client_id.clone()),
        client_secret: application.and_then(|application| application.client_secret.clone()),
        imds_endpoint: http.clone(),
        identity_endpoint: format!("{http}/_identity/msi/token"),
        identity_header: entra.identity_header.clone(),
        github_oidc_url: format!("{http}/_oidc/github?api-version=2.0"),
        devops_oidc_url: format!("{http}/_oidc/azure-devops"),
        oidc_request_token: entra.pipeline_token.clone(),
    }
}

/// Returns the authority as in the certificate, with localhost for unspecified addresses.
fn authority(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}
