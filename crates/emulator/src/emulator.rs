//! The emulator as a value: started, asked, told to misbehave, stopped.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use serde::Serialize;
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
    /// The file that keeps everything; memory when absent.
    pub data: Option<PathBuf>,
    /// The address to listen on; `127.0.0.1:0` when absent. Port 0 takes any free port.
    pub listen: Option<String>,
    /// The folder that keeps the emulator's CA from run to run; when absent, there is a new one for
    /// this run in a temporary folder.
    pub ca_dir: Option<PathBuf>,
    /// The address of an HTTPS proxy that serves the hosts of Azure (`management.azure.com`,
    /// `login.microsoftonline.com`, `*.azuresre.ai`), so that clients need no other setting; there
    /// is none when absent. Port 0 takes any free port.
    pub proxy: Option<String>,
    /// Whether there is a page to look at what happens, for which the latest requests are kept with
    /// their answers.
    pub ui: bool,
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another address or port 0")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The data file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Where the services of a running emulator are, and how to get in. The binary prints it as its
/// first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Addresses {
    /// The endpoint of Azure Resource Manager. `https` works on the same port.
    pub arm_endpoint: String,
    /// The authority host of Entra ID: https, because credential libraries insist on it.
    pub authority_host: String,
    /// The proxy for the hosts of Azure (`HTTPS_PROXY`), if there is one.
    pub proxy: Option<String>,
    /// The file with the certificate of the CA that signed the emulator's own, and those that the
    /// proxy shows.
    pub ca_certificate: PathBuf,
    /// A bearer token that is accepted everywhere; the same for every emulator.
    pub token: &'static str,
    /// The control API.
    pub control: String,
    /// The page to look at what happens, if there is one.
    pub ui: Option<String>,
    /// The tenant.
    pub tenant_id: String,
    /// The first registered application.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<String>,
    /// The instance metadata service's base (`AZURE_POD_IDENTITY_AUTHORITY_HOST`).
    pub imds_endpoint: String,
    /// App Service's identity endpoint (`IDENTITY_ENDPOINT`).
    pub identity_endpoint: String,
    /// What to send there (`IDENTITY_HEADER`).
    pub identity_header: String,
    /// GitHub's token endpoint (`ACTIONS_ID_TOKEN_REQUEST_URL`).
    pub github_oidc_url: String,
    /// Azure DevOps' token endpoint (`SYSTEM_OIDCREQUESTURI`).
    pub devops_oidc_url: String,
    /// What to send to the two as bearer token.
    pub oidc_request_token: String,
}

/// A running emulator. Dropping it stops the server.
#[derive(Debug)]
pub struct Emulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    _ca: Arc<CertificateAuthority>,
    _stop_on_drop: DropGuard,
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    /// Whether transactions wait for a disk.
    pub(crate) on_disk: bool,
    pub(crate) log: RequestLog,
    pub(crate) faults: Faults,
    pub(crate) throttle: Throttle,
    pub(crate) tokens: Tokens,
    pub(crate) negotiations: Negotiations,
    /// The latest requests with their answers, where there is a page to show them.
    pub(crate) recorder: Option<Recorder>,
    pub(crate) addresses: OnceLock<Addresses>,
    /// Ends connections and requests.
    pub(crate) stop: CancellationToken,
    /// Connections and requests.
    pub(crate) tasks: TaskTracker,
    profile: RwLock<Arc<Profile>>,
    first_profile: Profile,
}

impl Emulator {
    /// Starts an emulator; it serves when this returns.
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

    /// Stops the server and waits until every connection has ended and the data file is free;
    /// dropping stops it without waiting.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// `http://` and the address (or `localhost` for all addresses): what `emulator` of the provider takes.
    pub fn url(&self) -> String {
        format!("http://{}", authority(self.address))
    }

    /// `https://` and the address, with the certificate's name.
    pub fn https_url(&self) -> String {
        format!("https://{}", authority(self.address))
    }

    /// Answers a request to [`Emulator::url`] without a connection, for clients in the same process:
    /// nothing then waits for the network, so that time may stand still.
    ///
    /// # Errors
    /// Where a client of a connection would see it break off.
    pub async fn answer(&self, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        let request = request.map(Full::new);
        let reply = server::respond(request, "http", Arc::clone(&self.shared)).await?;
        let (parts, body) = reply.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }

    /// Serves a connection to [`Emulator::url`] of a client in the same process, such as one end of
    /// [`tokio::io::duplex`], for what [`Emulator::answer`] cannot give: WebSockets.
    pub fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let served = server::http(stream, "http", Arc::clone(&self.shared));
        self.shared.spawn(served);
    }

    /// The address of the proxy, if there is one: the value of `HTTPS_PROXY`.
    pub fn proxy_url(&self) -> Option<&str> {
        self.addresses().proxy.as_deref()
    }

    /// The token that is accepted everywhere.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// All addresses.
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

    /// The requests so far, in the order of their arrival; those of the control API are not among
    /// them.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.log.all()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.forget_requests();
    }

    /// Makes requests go wrong.
    pub fn fault(&self, fault: Fault) -> Result<FaultHandle, FaultError> {
        let fault = self.shared.faults.add(fault)?;
        Ok(FaultHandle {
            shared: Arc::clone(&self.shared),
            fault,
        })
    }

    /// The switches now.
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

    /// Everything that is stored, with secrets, by key.
    pub fn state(&self) -> Result<Map<String, Value>, StoreError> {
        self.state_of(|_| true)
    }

    /// The same for the keys that are wanted only: reading all of it takes its time.
    pub fn state_of(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Map<String, Value>, StoreError> {
        self.shared.store.dump(is_wanted)
    }

    /// Back to the start: nothing stored, no requests, no faults, the first profile.
    pub fn reset(&self) -> Result<(), StoreError> {
        self.shared.reset()
    }
}

/// A fault that was set. Dropping it leaves the fault in force.
#[derive(Debug, Clone)]
pub struct FaultHandle {
    shared: Arc<Shared>,
    fault: Arc<ActiveFault>,
}

impl FaultHandle {
    /// Its id in the control API.
    pub fn id(&self) -> u64 {
        self.fault.id()
    }

    /// Waits until a request is held.
    pub async fn held(&self) {
        self.fault.held().await;
    }

    /// Waits until a request is held; false if none is within `limit`.
    pub async fn held_within(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.fault.held()).await.is_ok()
    }

    /// Lets go the requests that are held now; later ones are held again.
    pub fn release(&self) {
        self.fault.release();
    }

    /// Removes the fault and lets go what it holds.
    pub fn remove(self) {
        self.shared.faults.remove(self.fault.id());
    }

    /// What it did so far.
    pub fn status(&self) -> FaultStatus {
        self.fault.status()
    }
}

impl Shared {
    /// Runs a task that ends when the emulator stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks
            .spawn(async move { stop.run_until_cancelled(task).await });
    }

    pub(crate) fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.profile.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_profile(&self, profile: Profile) {
        *self.profile.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(profile);
    }

    pub(crate) fn forget_requests(&self) {
        self.log.clear();
        if let Some(recorder) = &self.recorder {
            recorder.clear();
        }
    }

    pub(crate) fn reset(&self) -> Result<(), StoreError> {
        self.faults.clear();
        self.store.clear()?;
        self.forget_requests();
        self.negotiations.clear();
        self.set_profile(self.first_profile.clone());
        Ok(())
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

/// The authority by which the certificate knows the address: unspecified addresses are localhost.
fn authority(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}
