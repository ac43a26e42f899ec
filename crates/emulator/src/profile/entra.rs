//! The identities of the emulated tenant.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Role;

/// The emulated tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Entra {
    /// The tenant's id.
    pub tenant_id: String,
    /// The lifetime of issued tokens in seconds. If 0, they are expired immediately. Default:
    /// 3600.
    pub token_seconds: u32,
    /// The registered applications. Default: one with a secret and federated credentials.
    pub applications: Vec<Application>,
    /// The identities of the machine, for which the instance metadata and App Service endpoints
    /// issue tokens. Default: a system-assigned and a user-assigned one.
    pub managed_identities: Vec<ManagedIdentity>,
    /// The person who signs in with a device code.
    pub user: User,
    /// The value that App Service code must send as `X-IDENTITY-HEADER`.
    pub identity_header: String,
    /// The subject of the tokens that the emulated GitHub Actions and Azure DevOps endpoints
    /// issue.
    pub pipeline_subject: String,
    /// The bearer token that pipeline code must send to these endpoints.
    pub pipeline_token: String,
}

/// A person of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The object id.
    pub object_id: String,
    /// The name by which the person signs in.
    pub username: String,
    /// The display name.
    pub name: String,
}

/// A registered application.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application (client) id.
    pub client_id: String,
    /// Its secret, if it has one.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Its certificates.
    #[serde(default)]
    pub certificates: Vec<Certificate>,
    /// Tokens of other issuers that it accepts instead of a secret.
    #[serde(default)]
    pub federated_credentials: Vec<FederatedCredential>,
    /// Its role on data planes. Defaults to that of the profile.
    #[serde(default)]
    pub role: Option<Role>,
}

/// A certificate of an application: complete, so that signatures are checked, or only its
/// thumbprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Certificate {
    /// The certificate in PEM.
    Pem(String),
    /// The SHA-1 or SHA-256 thumbprint in hexadecimal.
    Thumbprint(String),
}

/// A federated identity credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederatedCredential {
    /// The issuer of accepted tokens.
    pub issuer: String,
    /// Their subject.
    pub subject: String,
    /// Their audience. Default: `api://AzureADTokenExchange`.
    #[serde(default = "token_exchange")]
    pub audience: String,
}

/// An identity of the machine on which the client runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedIdentity {
    /// Its client id.
    pub client_id: String,
    /// Its object id.
    pub principal_id: String,
    /// The resource id of a user-assigned identity, or `None` for the system-assigned one.
    #[serde(default)]
    pub resource_id: Option<String>,
    /// Its role on data planes. Defaults to that of the profile.
    #[serde(default)]
    pub role: Option<Role>,
}

/// The issuer of GitHub Actions' tokens.
pub(crate) const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// The issuer of Azure DevOps' tokens, for the emulated organization.
pub(crate) const DEVOPS_ISSUER: &str =
    "https://vstoken.dev.azure.com/00000000-0000-4000-8000-0000000000d0";

fn token_exchange() -> String {
    "api://AzureADTokenExchange".to_owned()
}

impl Default for Entra {
    fn default() -> Self {
        let subject = "repo:contoso/infrastructure:ref:refs/heads/main";
        let federated = |issuer: &str| FederatedCredential {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            audience: token_exchange(),
        };
        Self {
            tenant_id: "7e57ab1e-0000-4000-8000-000000000001".to_owned(),
            token_seconds: 3600,
            applications: vec![Application {
                client_id: "7e57ab1e-0000-4000-8000-000000000002".to_owned(),
                client_secret: Some("emulator-client-secret".to_owned()),
                certificates: Vec::new(),
                federated_credentials: vec![federated(GITHUB_ISSUER), federated(DEVOPS_ISSUER)],
                role: None,
            }],
            managed_identities: vec![
                ManagedIdentity {
                    client_id: "7e57ab1e-0000-4000-8000-000000000003".to_owned(),
                    principal_id: "7e57ab1e-0000-4000-8000-000000000004".to_owned(),
                    resource_id: None,
                    role: None,
                },
                ManagedIdentity {
                    client_id: "7e57ab1e-0000-4000-8000-000000000005".to_owned(),
                    principal_id: "7e57ab1e-0000-4000-8000-000000000006".to_owned(),
                    resource_id: Some(
                        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emulator\
                         /providers/Microsoft.ManagedIdentity/userAssignedIdentities/emulator"
                            .to_owned(),
                    ),
                    role: None,
                },
            ],
            user: User {
                object_id: "7e57ab1e-0000-4000-8000-000000000007".to_owned(),
                username: "engineer@emulator.example".to_owned(),
                name: "Engineer".to_owned(),
            },
            identity_header: "emulator-identity-header".to_owned(),
            pipeline_subject: subject.to_owned(),
            pipeline_token: "emulator-pipeline-token".to_owned(),
        }
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("client_id", &self.client_id)
            .field(
                "client_secret",
                &self.client_secret.as_ref().map(|_| "<redacted>"),
            )
            .field("certificates", &self.certificates.len())
            .field("federated_credentials", &self.federated_credentials)
            .field("role", &self.role)
            .finish()
    }
}
