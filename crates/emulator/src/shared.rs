//! The state that all connections of an emulator share.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::entra::Tokens;
use crate::faults::Faults;
use crate::hub::Negotiations;
use crate::log::RequestLog;
use crate::profile::Profile;
use crate::store::{Store, StoreError};
use crate::throttle::Throttle;
use crate::ui::Recorder;

/// The addresses and credentials of a running emulator. The binary prints them as its first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Addresses {
    /// The endpoint of Azure Resource Manager. `https` works on the same port.
    pub arm_endpoint: String,
    /// The authority host of Entra ID. It is https, because credential libraries require that.
    pub authority_host: String,
    /// The address of the proxy for the hosts of Azure (`HTTPS_PROXY`), if there is one.
    pub proxy: Option<String>,
    /// The file with the certificate of the CA that signed the certificates of the emulator and
    /// the proxy.
    pub ca_certificate: PathBuf,
    /// A bearer token that is accepted everywhere, and is the same for every emulator.
    pub token: &'static str,
    /// The address of the control API.
    pub control: String,
    /// The address of the page that shows what happens, if there is one.
    pub ui: Option<String>,
    /// The id of the tenant.
    pub tenant_id: String,
    /// The client id of the first registered application.
    pub client_id: Option<String>,
    /// The secret of that application.
    pub client_secret: Option<String>,
    /// The address of the instance metadata service (`AZURE_POD_IDENTITY_AUTHORITY_HOST`).
    pub imds_endpoint: String,
    /// The address of App Service's identity endpoint (`IDENTITY_ENDPOINT`).
    pub identity_endpoint: String,
    /// The value that this endpoint requires (`IDENTITY_HEADER`).
    pub identity_header: String,
    /// The address of GitHub's token endpoint (`ACTIONS_ID_TOKEN_REQUEST_URL`).
    pub github_oidc_url: String,
    /// The address of Azure DevOps' token endpoint (`SYSTEM_OIDCREQUESTURI`).
    pub devops_oidc_url: String,
    /// The bearer token that both endpoints require.
    pub oidc_request_token: String,
}

/// State that all connections share.
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
    /// The latest requests with their answers, if there is a page that shows them.
    pub(crate) recorder: Option<Recorder>,
    pub(crate) addresses: OnceLock<Addresses>,
    /// Ends all connections and requests.
    pub(crate) stop: CancellationToken,
    /// All connections and requests.
    pub(crate) tasks: TaskTracker,
    pub(crate) profile: RwLock<Arc<Profile>>,
    pub(crate) first_profile: Profile,
}

impl Shared {
    /// Spawns a task that ends when the emulator stops.
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
