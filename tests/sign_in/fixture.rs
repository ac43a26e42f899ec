//! An emulator with TLS, and a provider process that inherits no settings.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use emulator::profile::FederatedCredential;
use emulator::{Emulator, Options, Profile};
use plugin_host::{Diagnostic, Failure, Host, Launch, Plugin, Session};
use serde_json::{Value as Json, json};

/// The issuer of the emulated cluster's tokens.
pub(crate) const CLUSTER: &str = "https://oidc.example/cluster";
/// The agent that runs read.
pub(crate) const AGENT: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/\
                                rg/providers/Microsoft.App/agents/shop";

const ACCOUNT: &str = "system:serviceaccount:ci:terraform";
/// Variables that must not be inherited from the environment of the tests.
const FOREIGN: [&str; 16] = [
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_OIDC_REQUEST_TOKEN",
    "ARM_OIDC_REQUEST_URL",
    "ARM_OIDC_TOKEN",
    "ARM_SUBSCRIPTION_ID",
    "ARM_TENANT_ID",
    "ARM_USE_CLI",
    "ARM_USE_MSI",
    "ARM_USE_OIDC",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURESRE_EMULATOR",
];

/// An emulator with an agent, and a folder for files.
pub(crate) struct Fixture {
    pub(crate) emulator: Emulator,
    pub(crate) folder: tempfile::TempDir,
}

/// A configured provider process.
pub(crate) struct Run {
    pub(crate) session: Session,
    plugin: Plugin,
}

impl Fixture {
    pub(crate) async fn new() -> Result<Self> {
        Self::with(Profile::default()).await
    }

    pub(crate) async fn with(mut profile: Profile) -> Result<Self> {
        // The provider would wait for a young agent instead of failing.
        profile.agent_age = 3600;
        let application = &mut profile.entra.applications[0];
        application.federated_credentials.push(FederatedCredential {
            issuer: CLUSTER.to_owned(),
            subject: ACCOUNT.to_owned(),
            audience: "api://AzureADTokenExchange".to_owned(),
        });
        let options = Options {
            profile,
            ..Options::default()
        };
        let emulator = Emulator::start(options).await?;
        let fixture = Self {
            emulator,
            folder: tempfile::tempdir()?,
        };
        let body = json!({ "location": "swedencentral", "properties": {} });
        fixture.put_agent(body).await?;
        fixture.emulator.clear_requests();
        Ok(fixture)
    }

    /// Creates or replaces the agent as another client.
    pub(crate) async fn put_agent(&self, body: Json) -> Result<()> {
        let url = format!(
            "{}{AGENT}?api-version=2025-05-01-preview",
            self.emulator.url()
        );
        let request = reqwest::Client::new()
            .put(url)
            .bearer_auth(self.emulator.token());
        request.json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Returns the provider block for the emulator, with further arguments.
    pub(crate) fn block(&self, more: Json) -> Json {
        let mut block = json!({
            "active_directory_authority_host": self.emulator.https_url(),
            "resource_manager_endpoint": self.emulator.url(),
            "resource_manager_audience": "https://management.azure.com",
        });
        if let (Json::Object(block), Json::Object(more)) = (&mut block, more) {
            block.extend(more);
        }
        block
    }

    /// Returns the provider block with the tenant and the application.
    pub(crate) fn application(&self, more: Json) -> Json {
        let addresses = self.emulator.addresses();
        let mut block = json!({
            "tenant_id": addresses.tenant_id,
            "client_id": addresses.client_id,
        });
        if let (Json::Object(block), Json::Object(more)) = (&mut block, more) {
            block.extend(more);
        }
        self.block(block)
    }

    /// Starts a provider process.
    pub(crate) async fn start(&self, environment: &[(&str, &str)]) -> Result<Run> {
        let launch = Launch::new(env!("CARGO_BIN_EXE_terraform-provider-azuresre"))
            .env("SSL_CERT_FILE", &self.emulator.addresses().ca_certificate)
            .env("TF_LOG", "INFO");
        let launch = FOREIGN
            .iter()
            .fold(launch, |launch, name| launch.env_remove(name));
        let launch = environment
            .iter()
            .fold(launch, |launch, (name, value)| launch.env(name, value));
        let plugin = Plugin::start(launch).await?;
        let session = Session::new(plugin.client(), Host::default()).await?;
        Ok(Run { session, plugin })
    }

    /// Writes a file in the folder, and returns its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<String> {
        let path = self.folder.path().join(name);
        fs::write(&path, content)?;
        Ok(path.display().to_string())
    }

    /// Returns a folder for `PATH` that contains this script as `az`.
    pub(crate) fn azure_cli(&self, script: &str) -> Result<String> {
        let path = self.file("az", format!("#!/bin/sh\n{script}\n"))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        Ok(format!("{}:/usr/bin:/bin", self.folder.path().display()))
    }

    /// Returns the audiences of the tokens that the provider has sent, in order.
    pub(crate) fn audiences(&self) -> Vec<String> {
        let requests = self.emulator.requests().into_iter();
        let mut tokens: Vec<_> = requests
            .filter(|request| request.plane != emulator::Plane::Entra)
            .filter_map(|request| request.token)
            .collect();
        tokens.dedup();
        tokens
    }
}

impl Run {
    /// Configures the provider, and reads the agent and an object inside it.
    pub(crate) async fn read_both_planes(&self, block: Json) -> Result<()> {
        self.session.configure(block).await?;
        self.read_agent().await?;
        self.create_skill().await
    }

    pub(crate) async fn read_agent(&self) -> Result<()> {
        let mut agent = self.session.resource("azuresre_agent")?;
        agent.import(AGENT).await?;
        Ok(())
    }

    /// Uses the data plane.
    pub(crate) async fn create_skill(&self) -> Result<()> {
        let mut skill = self.session.resource("azuresre_skill")?;
        let config = json!({
            "agent_id": AGENT,
            "name": "triage",
            "plane": "data_plane",
            "description": "Finds causes.",
            "content": "Compare the last hour with the same hour yesterday, then the day.",
        });
        skill.apply(config).await?;
        Ok(())
    }

    /// Returns the only error of a result that must be a failure.
    pub(crate) fn error<T>(result: Result<T>) -> Result<Diagnostic> {
        let failure = Failure::of(result)?;
        let mut errors = failure.errors().cloned();
        errors.next().context("there is no error")
    }

    /// Returns whether an error ends with the line that names the doctor.
    pub(crate) fn names_doctor(error: &Diagnostic) -> bool {
        let last = error.detail.lines().last().unwrap_or_default();
        last.contains("terraform-provider-azuresre doctor")
    }

    /// Returns the log, once it has a line with this text.
    pub(crate) async fn log_with(&self, text: &str) -> Result<String> {
        let lines = self.plugin.stderr().context("there is no log")?;
        lines
            .find(Duration::from_secs(10), |line| line.contains(text))
            .await?;
        Ok(lines.all().join("\n"))
    }
}

/// Returns a token of the emulated cluster, whose signature is not checked.
pub(crate) fn cluster_token(subject_suffix: &str) -> String {
    let part = |json: Json| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let claims = json!({
        "iss": CLUSTER,
        "sub": format!("{ACCOUNT}{subject_suffix}"),
        "aud": ["api://AzureADTokenExchange"],
        "exp": 4_102_444_800_u64,
    });
    format!(
        "{}.{}.c2lnbmF0dXJl",
        part(json!({ "alg": "RS256" })),
        part(claims)
    )
}
