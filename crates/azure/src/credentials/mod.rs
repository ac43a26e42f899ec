//! Methods to sign in, and sources of tokens.
//!
//! The credentials are those of azure_identity, over this crate's own connections. It does not use
//! instance discovery, so there is nothing to disable. This module adds what it lacks: federation
//! with GitHub Actions and Azure DevOps, certificates without OpenSSL, a cache in which one
//! audience does not wait for another, and errors that say what to do.

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

/// A method to sign in, with its settings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Method {
    /// A service principal with a client secret.
    ClientSecret {
        /// The client id of the application.
        client_id: String,
        /// The secret of the application.
        client_secret: SecretString,
    },
    /// A service principal with a certificate and its RSA key.
    ClientCertificate {
        /// The client id of the application.
        client_id: String,
        /// The contents of the file: PEM (certificate and unencrypted key) or PKCS#12. The format
        /// is detected.
        certificate: SecretSlice<u8>,
        /// The password of the PKCS#12 file, if it has one.
        password: Option<SecretString>,
    },
    /// Federation with a token that was passed in. It cannot be renewed.
    OidcToken {
        /// The client id of the application.
        client_id: String,
        /// The token of the other identity provider.
        token: SecretString,
    },
    /// Federation with a token in a file, which is read whenever it is needed.
    OidcTokenFile {
        /// The client id of the application.
        client_id: String,
        /// The file.
        path: PathBuf,
    },
    /// Federation with a token that a pipeline issues on request.
    OidcRequest {
        /// The client id of the application.
        client_id: String,
        /// The issuer of the token.
        issuer: OidcIssuer,
        /// The URL to request the token from.
        url: Url,
        /// The token that authorizes the request.
        token: SecretString,
    },
    /// Workload identity on Kubernetes. Omitted settings come from the pod's environment.
    WorkloadIdentity {
        /// The client id of the application. Defaults to `AZURE_CLIENT_ID`.
        client_id: Option<String>,
        /// The file with the token of the service account. Defaults to
        /// `AZURE_FEDERATED_TOKEN_FILE`.
        token_file: Option<PathBuf>,
    },
    /// The managed identity of the machine.
    ManagedIdentity {
        /// The client id of a user-assigned identity. Defaults to the system-assigned identity.
        client_id: Option<String>,
    },
    /// The account that is signed in to the Azure CLI.
    AzureCli,
    /// A fixed token for every audience, which never expires: for an emulator.
    Fixed(SecretString),
}

/// The issuer of tokens for [`Method::OidcRequest`].
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

/// Settings that all methods share.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CredentialSettings {
    /// Where to sign in.
    pub authority_host: Url,
    /// The tenant. All methods need it except managed identity, the Azure CLI and the fixed token.
    pub tenant_id: Option<String>,
    /// Further tenants whose tokens are sent with requests to ARM, for objects that refer to
    /// others across tenants. ARM accepts at most three.
    pub auxiliary_tenant_ids: Vec<String>,
    /// The subscription whose account the Azure CLI uses.
    pub subscription_id: Option<String>,
    /// The URL at which the machine issues tokens, if not the fixed one of its metadata service.
    pub metadata_endpoint: Option<Url>,
    /// Additional environment variables for the Azure CLI.
    pub cli_environment: Vec<(String, String)>,
    /// How connections are made.
    pub http: HttpOptions,
}

impl CredentialSettings {
    /// Returns settings for `cloud`, with defaults for everything else.
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

/// A source of tokens.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Returns a token for `audience`, e.g. `https://management.azure.com`. Returns a cached token
    /// while it is valid.
    async fn token(&self, audience: &str) -> Result<AccessToken>;

    /// Returns tokens of the auxiliary tenants.
    async fn auxiliary_tokens(&self, audience: &str) -> Result<Vec<AccessToken>> {
        let _ = audience;
        Ok(Vec::new())
    }

    /// Reports that the service has refused this token, so that the next one is different.
    async fn refused(&self, audience: &str, token: &AccessToken) {
        let _ = (audience, token);
    }

    /// Returns why this machine cannot provide a token, as far as that is known without a request.
    fn lack(&self) -> Option<&str> {
        None
    }

    /// Returns the name of the method, for messages.
    fn method_name(&self) -> &'static str;
}

impl Method {
    /// Returns the name of the method, for messages.
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

/// Creates a source of tokens. Sends nothing, but fails if settings are missing or unusable.
pub fn new(method: Method, settings: CredentialSettings) -> Result<Arc<dyn TokenSource>> {
    build::source(method, settings)
}
