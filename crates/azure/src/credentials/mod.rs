//! How to sign in, and where tokens come from.
//!
//! The credentials are those of azure_identity, over this crate's own connections; it does not use
//! instance discovery, so that there is nothing to disable. What it lacks is here: federation with
//! GitHub Actions and Azure DevOps, certificates without OpenSSL, a cache in which one audience
//! does not wait for another, and errors that say what to do.

mod assertion;
mod build;
mod certificate;
mod cli;
mod failure;
mod lack;
mod source;
mod transport;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{SecretSlice, SecretString};
use url::Url;

use crate::cloud::Cloud;
use crate::error::Result;
use crate::wire::HttpOptions;

pub use source::AccessToken;

/// One way of signing in, with its data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Method {
    /// A service principal with a client secret.
    ClientSecret {
        /// The application.
        client_id: String,
        /// Its secret.
        client_secret: SecretString,
    },
    /// A service principal with a certificate and its RSA key.
    ClientCertificate {
        /// The application.
        client_id: String,
        /// PEM (certificate and unencrypted key) or PKCS#12, as read from the file; the format is
        /// recognized.
        certificate: SecretSlice<u8>,
        /// The password of the PKCS#12 file, if it has one.
        password: Option<SecretString>,
    },
    /// Federation by a token that was handed over. It cannot be renewed.
    OidcToken {
        /// The application.
        client_id: String,
        /// The token of the other identity provider.
        token: SecretString,
    },
    /// Federation by a token in a file, which is read whenever it is needed.
    OidcTokenFile {
        /// The application.
        client_id: String,
        /// The file.
        path: PathBuf,
    },
    /// Federation by a token that a pipeline issues on request.
    OidcRequest {
        /// The application.
        client_id: String,
        /// Who issues the token.
        issuer: OidcIssuer,
        /// Where to ask for it.
        url: Url,
        /// What to ask with.
        token: SecretString,
    },
    /// Workload identity on Kubernetes. What is not given comes from the pod's environment.
    WorkloadIdentity {
        /// The application; else `AZURE_CLIENT_ID`.
        client_id: Option<String>,
        /// The token of the service account; else `AZURE_FEDERATED_TOKEN_FILE`.
        token_file: Option<PathBuf>,
    },
    /// The managed identity of the machine.
    ManagedIdentity {
        /// A user-assigned identity; else the one assigned by the system.
        client_id: Option<String>,
    },
    /// Whoever is signed in to the Azure CLI.
    AzureCli,
    /// This token, for every audience and for ever: for an emulator.
    Fixed(SecretString),
}

/// Who issues tokens for [`Method::OidcRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OidcIssuer {
    /// GitHub Actions.
    GitHub,
    /// Azure DevOps.
    AzureDevOps {
        /// The id of the service connection.
        service_connection_id: String,
    },
}

/// What all ways of signing in have in common.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CredentialSettings {
    /// Where to sign in.
    pub authority_host: Url,
    /// The tenant. All methods need it but managed identity, the Azure CLI and the fixed token.
    pub tenant_id: Option<String>,
    /// Further tenants whose tokens go along with requests to ARM, for objects that refer to
    /// others across tenants. At most three, by ARM's rule.
    pub auxiliary_tenant_ids: Vec<String>,
    /// The subscription whose account the Azure CLI is asked for.
    pub subscription_id: Option<String>,
    /// The URL at which the machine gives tokens, if not at the fixed one of its metadata service.
    pub metadata_endpoint: Option<Url>,
    /// Environment of the Azure CLI, besides that of this process.
    pub cli_environment: Vec<(String, String)>,
    /// How connections are made.
    pub http: HttpOptions,
}

impl CredentialSettings {
    /// Signs in to `cloud`, with nothing else settled.
    pub fn for_cloud(cloud: &Cloud) -> Self {
        Self {
            authority_host: cloud.authority_host(),
            tenant_id: None,
            auxiliary_tenant_ids: Vec::new(),
            subscription_id: None,
            metadata_endpoint: None,
            cli_environment: Vec::new(),
            http: HttpOptions::default(),
        }
    }
}

/// Where tokens come from.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// A token for `audience`, e.g. `https://management.azure.com`; a cached one while it lasts.
    async fn token(&self, audience: &str) -> Result<AccessToken>;

    /// Tokens of the auxiliary tenants.
    async fn auxiliary_tokens(&self, audience: &str) -> Result<Vec<AccessToken>> {
        let _ = audience;
        Ok(Vec::new())
    }

    /// Says that the service has refused this token: the next one must be another.
    async fn refused(&self, audience: &str, token: &AccessToken) {
        let _ = (audience, token);
    }

    /// Why no token can be had on this machine as it is, as far as that is known without asking.
    fn lack(&self) -> Option<&str> {
        None
    }

    /// The name of the method, for messages.
    fn method_name(&self) -> &'static str;
}

impl Method {
    /// The name of the method, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => "client secret",
            Self::ClientCertificate { .. } => "client certificate",
            Self::OidcToken { .. } => "OIDC token",
            Self::OidcTokenFile { .. } => "OIDC token file",
            Self::OidcRequest {
                issuer: OidcIssuer::GitHub,
                ..
            } => "GitHub Actions OIDC",
            Self::OidcRequest {
                issuer: OidcIssuer::AzureDevOps { .. },
                ..
            } => "Azure DevOps OIDC",
            Self::WorkloadIdentity { .. } => "AKS workload identity",
            Self::ManagedIdentity { .. } => "managed identity",
            Self::AzureCli => "Azure CLI",
            Self::Fixed(_) => "fixed token",
        }
    }
}

/// A source of tokens by `method`. Nothing is sent yet, but what is missing is found out.
pub fn new(method: Method, settings: CredentialSettings) -> Result<Arc<dyn TokenSource>> {
    build::source(method, settings)
}
