//! An emulator with an agent, and the doctor in this process.

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use azuresre::doctor::{self, Environment, Verdict};
use emulator::{Emulator, Plane, Profile};
use samples::Service;
use serde_json::Value as Json;

/// A service with the agent `shop`.
pub(crate) struct Fixture {
    pub(crate) service: Service,
    pub(crate) agent: String,
}

/// The report of the doctor.
pub(crate) struct Report {
    pub(crate) verdict: Verdict,
    pub(crate) document: Json,
}

impl Fixture {
    pub(crate) async fn new() -> Result<Self> {
        Self::with(Profile::default()).await
    }

    /// Starts a service with this behavior, and creates the agent.
    pub(crate) async fn with(profile: Profile) -> Result<Self> {
        // The doctor would wait for a young agent instead of reporting immediately.
        let old = Profile {
            agent_age: 3600,
            ..profile.clone()
        };
        let service = Service::start(old).await?;
        let agent = service.agent("shop").await?;
        service.emulator.set_profile(profile);
        service.emulator.clear_requests();
        Ok(Self { service, agent })
    }

    pub(crate) fn emulator(&self) -> &Arc<Emulator> {
        &self.service.emulator
    }

    /// Examines the agent with the token of the emulator.
    pub(crate) async fn examine(&self, options: &[&str]) -> Result<Report> {
        let url = self.emulator().url();
        let first = ["--emulator", &url, "--agent-id", &self.agent];
        let options: Vec<&str> = first.iter().chain(options).copied().collect();
        examine(&options, &[]).await
    }

    /// Returns the arguments for signing in to the emulator like to Azure.
    pub(crate) fn real(&self) -> Vec<String> {
        let emulator = self.emulator();
        let addresses = emulator.addresses();
        let client = addresses.client_id.clone().unwrap_or_default();
        let arguments = [
            ("--active-directory-authority-host", emulator.url()),
            ("--resource-manager-endpoint", emulator.url()),
            (
                "--resource-manager-audience",
                "https://management.azure.com".to_owned(),
            ),
            ("--tenant-id", addresses.tenant_id.clone()),
            ("--client-id", client),
            ("--agent-id", self.agent.clone()),
        ];
        let words = arguments
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value]);
        words.collect()
    }

    /// Examines the agent as an application with a secret.
    pub(crate) async fn examine_as_application(
        &self,
        secret: &str,
        options: &[&str],
    ) -> Result<Report> {
        let real = self.real();
        let options: Vec<&str> = real
            .iter()
            .map(String::as_str)
            .chain(options.iter().copied())
            .collect();
        examine(&options, &[("ARM_CLIENT_SECRET", secret)]).await
    }

    /// Fails if a request was sent that could change anything.
    pub(crate) fn ensure_read_only(&self) -> Result<()> {
        let requests = self.emulator().requests();
        ensure!(!requests.is_empty(), "nothing was sent");
        for request in requests {
            let is_token = request.plane == Plane::Entra && request.path.ends_with("/token");
            ensure!(
                is_token || ["GET", "HEAD"].contains(&request.method.as_str()),
                "{} {} was sent",
                request.method,
                request.path
            );
        }
        Ok(())
    }
}

impl Report {
    /// Returns a check by its name.
    pub(crate) fn check(&self, name: &str) -> Result<&Json> {
        let checks = self.document["checks"].as_array().context("no checks")?;
        let found = checks.iter().find(|check| check["check"] == name);
        found.with_context(|| format!("there is no check {name}"))
    }

    /// Fails unless a check has this outcome, and it or its remedies contain these words.
    pub(crate) fn ensure(&self, name: &str, outcome: &str, words: &[&str]) -> Result<()> {
        let check = self.check(name)?;
        let text = check.to_string();
        ensure!(
            check["outcome"] == outcome,
            "{name} has not {outcome}: {check:#}"
        );
        for word in words {
            ensure!(text.contains(word), "{word:?} is not told: {check:#}");
        }
        Ok(())
    }

    /// Fails unless one check is the only cause of failure, and the checks that depend on it are
    /// skipped.
    pub(crate) fn ensure_only(&self, name: &str, words: &[&str]) -> Result<()> {
        self.ensure(name, "failed", words)?;
        ensure!(
            self.verdict == Verdict::Sick,
            "the verdict is {:?}",
            self.verdict
        );
        let checks = self.document["checks"].as_array().context("no checks")?;
        let failed = checks.iter().filter(|check| check["outcome"] == "failed");
        let others: Vec<&Json> = failed.filter(|check| check["check"] != name).collect();
        ensure!(others.is_empty(), "others have failed: {others:#?}");
        Ok(())
    }

    /// Returns an argument that the report recommends for the provider block.
    pub(crate) fn block(&self, argument: &str) -> Option<&str> {
        self.document["provider_block"][argument].as_str()
    }

    /// Returns what the report asks an administrator for.
    pub(crate) fn asked(&self) -> String {
        self.document["administrator"].to_string()
    }
}

/// Runs the doctor with these options in this environment.
pub(crate) async fn examine(options: &[&str], environment: &[(&str, &str)]) -> Result<Report> {
    let options: Vec<&str> = options
        .iter()
        .copied()
        .chain(["--json", "--full"])
        .collect();
    let (verdict, text) = examine_as_text(&options, environment).await?;
    let document = serde_json::from_str(&text).with_context(|| text.clone())?;
    Ok(Report { verdict, document })
}

/// Runs the doctor, and returns its printed report.
pub(crate) async fn examine_as_text(
    options: &[&str],
    environment: &[(&str, &str)],
) -> Result<(Verdict, String)> {
    let words = options.iter().map(OsString::from).collect();
    let options = doctor::parse(words)?.context("help was asked for")?;
    let variables: Vec<(String, String)> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let environment: Environment = Arc::new(move |name| {
        let found = variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    });
    let mut out = Vec::new();
    let verdict = doctor::examine(options, environment, "0.0.0", &mut out).await?;
    Ok((verdict, String::from_utf8(out)?))
}
