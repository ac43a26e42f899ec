//! Creates a token source from a method and its settings.

use std::sync::{Arc, Mutex};

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{
    ClientOptions, ExponentialRetryOptions, RetryOptions, Transport as Carrier,
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use secrecy::ExposeSecret;
use url::Url;

use super::assertion::{Assertion, Requested};
use super::certificate::{Certificate, Signer};
use super::cli::CliExecutor;
use super::failure::Failures;
use super::lack::lack;
use super::source::{Cached, Fixed, Make};
use super::transport::Transport;
use super::{CredentialSettings, Method, TokenSource};
use crate::cloud::parse_endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::{Http, Wire};

/// The address of the metadata service that is hard-coded in azure_identity.
const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// ARM accepts at most this many auxiliary tokens.
const MAX_AUXILIARY: usize = 3;

/// What all credentials of one source share.
struct Common {
    authority: Url,
    tenant: Option<String>,
    options: ClientOptions,
    wire: Arc<dyn Wire>,
}

pub(super) fn source(method: Method, settings: CredentialSettings) -> Result<Arc<dyn TokenSource>> {
    let name = method.name();
    if let Method::Fixed(token) = method {
        return Ok(Arc::new(Fixed(token)));
    }
    if settings.auxiliary_tenant_ids.len() > MAX_AUXILIARY {
        return Err(unusable(
            name,
            "more than 3 auxiliary tenants are configured",
        ));
    }
    if matches!(method, Method::ManagedIdentity { .. }) && !settings.auxiliary_tenant_ids.is_empty()
    {
        return Err(unusable(
            name,
            "a managed identity cannot sign in to auxiliary tenants",
        ));
    }
    let failures = Failures {
        secrets: secrets(&method),
        remedy: remedy(&method),
    };
    let lack = lack(&method, &settings);
    let common = Common::new(&settings)?;
    let auxiliary_tenants = settings.auxiliary_tenant_ids.clone();
    let make = maker(method, settings, common)?;
    // The first credential is created immediately, which detects missing settings.
    for tenant in std::iter::once(None).chain(auxiliary_tenants.iter().map(|t| Some(t.as_str()))) {
        make(tenant).map_err(|error| unusable(name, &error.to_string()))?;
    }
    let slots = Mutex::default();
    Ok(Arc::new(Cached {
        method: name,
        make,
        lack,
        failures,
        auxiliary_tenants,
        slots,
    }))
}

impl Common {
    fn new(settings: &CredentialSettings) -> Result<Self> {
        let wire: Arc<dyn Wire> = Arc::new(Http::new(settings.http.clone()));
        let authority = parse_endpoint(settings.authority_host.as_str())?;
        // azure_identity requires https, so it gets such a URL, and the transport sends to the real
        // address.
        let mut posed = authority.clone();
        let _ = posed.set_scheme("https");
        posed.set_path("");
        if authority.port().is_none() && authority.scheme() == "http" {
            let _ = posed.set_port(Some(80));
        }
        let mut detours = vec![(posed.clone(), authority.clone())];
        if let Some(metadata) = &settings.metadata_endpoint
            && let Ok(built_in) = Url::parse(METADATA)
        {
            detours.push((built_in, metadata.clone()));
        }
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = posed.into();
        let transport = Transport::new(Arc::clone(&wire), detours);
        let options = ClientOptions {
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            transport: Some(Carrier::new(Arc::new(transport))),
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 4,
                ..Default::default()
            }),
            ..ClientOptions::default()
        };
        let tenant = settings
            .tenant_id
            .clone()
            .filter(|tenant| !tenant.is_empty());
        Ok(Self {
            authority,
            tenant,
            options,
            wire,
        })
    }

    /// Returns the tenant to sign in to: the auxiliary one, or the configured one.
    fn tenant(&self, auxiliary: Option<&str>) -> azure_core::Result<String> {
        auxiliary
            .map(str::to_owned)
            .or_else(|| self.tenant.clone())
            .ok_or_else(|| {
                let kind = azure_core::error::ErrorKind::Credential;
                azure_core::Error::with_message(kind, "the tenant ID is missing")
            })
    }

    fn token_endpoint(&self, tenant: &str) -> String {
        let authority = self.authority.as_str().trim_end_matches('/');
        format!("{authority}/{tenant}/oauth2/v2.0/token")
    }
}

/// Returns a function that creates credentials by `method`, for any tenant.
fn maker(method: Method, settings: CredentialSettings, common: Common) -> Result<Make> {
    let name = method.name();
    Ok(match method {
        Method::ClientSecret {
            client_id,
            client_secret,
        } => Box::new(move |tenant| {
            let secret = Secret::new(client_secret.expose_secret().to_owned());
            let options = ClientSecretCredentialOptions {
                client_options: common.options.clone(),
            };
            let tenant = common.tenant(tenant)?;
            let client_id = client_id.clone();
            Ok(ClientSecretCredential::new(
                &tenant,
                client_id,
                secret,
                Some(options),
            )?)
        }),
        Method::ClientCertificate {
            client_id,
            certificate,
            password,
        } => {
            // A key cannot be cloned, so it is read for every tenant. It is also read now, to fail
            // early.
            let read = move || Certificate::read(&certificate, password.as_ref());
            read().map_err(|error| unusable(name, &format!("invalid certificate: {error}")))?;
            Box::new(move |tenant| {
                let tenant = common.tenant(tenant)?;
                let endpoint = common.token_endpoint(&tenant);
                let certificate = read().map_err(|error| {
                    let kind = azure_core::error::ErrorKind::Credential;
                    azure_core::Error::with_message(kind, error.to_string())
                })?;
                let signer = Signer::new(certificate, client_id.clone(), endpoint);
                federated(
                    &common,
                    tenant,
                    &client_id,
                    Assertion::Signed(Arc::new(signer)),
                )
            })
        }
        Method::OidcToken { client_id, token } => {
            if token.expose_secret().trim().is_empty() {
                return Err(unusable(name, "the token is empty"));
            }
            by_assertion(common, client_id, Assertion::Given(token))
        }
        Method::OidcTokenFile { client_id, path } => {
            by_assertion(common, client_id, Assertion::File(path))
        }
        Method::OidcRequest {
            client_id,
            issuer,
            url,
            token,
        } => {
            // This address receives a token, so nobody must be able to listen in.
            parse_endpoint(url.as_str().split(['?', '#']).next().unwrap_or_default())?;
            let requested = Requested::new(issuer, url, token, Arc::clone(&common.wire));
            by_assertion(common, client_id, Assertion::Requested(Arc::new(requested)))
        }
        Method::WorkloadIdentity {
            client_id,
            token_file,
        } => Box::new(move |tenant| {
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions {
                    client_options: common.options.clone(),
                },
                client_id: client_id.clone(),
                tenant_id: tenant.map(str::to_owned).or_else(|| common.tenant.clone()),
                token_file_path: token_file.clone(),
            };
            Ok(WorkloadIdentityCredential::new(Some(options))?)
        }),
        Method::ManagedIdentity { client_id } => Box::new(move |_| {
            let options = ManagedIdentityCredentialOptions {
                user_assigned_id: client_id.clone().map(UserAssignedId::ClientId),
                client_options: common.options.clone(),
            };
            Ok(ManagedIdentityCredential::new(Some(options))?)
        }),
        Method::AzureCli => Box::new(move |tenant| {
            let tenant_id = tenant.map(str::to_owned).or_else(|| common.tenant.clone());
            let executor = CliExecutor {
                environment: settings.cli_environment.clone(),
            };
            let options = AzureCliCredentialOptions {
                // `az` refuses both options together.
                subscription: match tenant_id {
                    Some(_) => None,
                    None => settings.subscription_id.clone(),
                },
                tenant_id,
                executor: Some(Arc::new(executor)),
            };
            Ok(AzureCliCredential::new(Some(options))?)
        }),
        Method::Fixed(_) => return Err(unusable(name, "it does not use a credential")),
    })
}

fn by_assertion(common: Common, client_id: String, assertion: Assertion) -> Make {
    Box::new(move |tenant| {
        let tenant = common.tenant(tenant)?;
        federated(&common, tenant, &client_id, assertion.clone())
    })
}

fn federated(
    common: &Common,
    tenant: String,
    client_id: &str,
    assertion: Assertion,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ClientAssertionCredentialOptions {
        client_options: common.options.clone(),
    };
    let client_id = client_id.to_owned();
    Ok(ClientAssertionCredential::new(
        tenant,
        client_id,
        assertion,
        Some(options),
    )?)
}

fn unusable(name: &str, problem: &str) -> Error {
    Error::new(
        ErrorKind::Credential,
        format!("cannot sign in with {name}: {problem}"),
    )
}

fn secrets(method: &Method) -> Vec<secrecy::SecretString> {
    match method {
        Method::ClientSecret { client_secret, .. } => vec![client_secret.clone()],
        Method::OidcToken { token, .. } | Method::OidcRequest { token, .. } => vec![token.clone()],
        _ => Vec::new(),
    }
}

fn remedy(method: &Method) -> Option<&'static str> {
    match method {
        Method::AzureCli => Some(
            "install the Azure CLI if it is missing, and run `az login`. If the Azure CLI still \
             cannot get a token for this audience, run `az login --scope {audience}/.default`",
        ),
        Method::ManagedIdentity { .. } => Some(
            "check that this machine has the managed identity and can reach its metadata service. \
             Cloud Shell cannot issue data-plane tokens",
        ),
        Method::OidcToken { .. } => Some(
            "use a sign-in method that requests OIDC tokens when it needs them. The provider \
             cannot renew an OIDC token that you pass to it",
        ),
        Method::OidcRequest { .. } => Some(
            "check that the pipeline is allowed to issue tokens (GitHub: `permissions: id-token: \
             write`)",
        ),
        _ => None,
    }
}
