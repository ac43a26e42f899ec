//! The environment of a case: an emulator that can delay its answers, and a workspace with the
//! provider of a contender.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use test_support::{EmulatorProcess, Host, Run, Workspace, installed_provider_name};

use super::builds::{Contender, Role};
use super::processor;
use crate::memory::Watch;

/// What is the same for all contenders.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) emulator: PathBuf,
    pub(super) host: Host,
    pub(super) latency: Duration,
}

/// An emulator and a workspace, in which nothing is applied yet.
#[derive(Debug)]
pub(super) struct Fixture {
    pub(super) emulator: EmulatorProcess,
    pub(super) workspace: Workspace,
    latency: Duration,
    /// The file name of the provider's executable.
    process: String,
}

/// The measurement of one command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) elapsed: Duration,
    /// The processor time of host and provider.
    pub(super) processor: Duration,
    /// The number of requests, without those for signing in.
    pub(super) requests: usize,
    /// The maximum memory of the provider, in bytes.
    pub(super) memory: u64,
}

/// Returns the behavior of the service: it returns documents as older builds do and without
/// completing them, and its agents are not new.
fn profile() -> Value {
    json!({
        "agent_age": 86_400,
        "base64_bodies": "as_sent",
        "skill_text": "skill_content",
    })
}

impl Fixture {
    /// Creates a workspace of a contender, with a configuration that has a variable `objects`.
    pub(super) fn new(setting: &Setting, contender: &Contender, config: &str) -> Result<Self> {
        let emulator =
            EmulatorProcess::start_binary(&setting.emulator, &["--proxy", "127.0.0.1:0"])?;
        emulator.put("profile", &profile())?;
        let mut workspace = match contender.role {
            Role::This | Role::Other => {
                let mut workspace = Workspace::with_provider(&setting.host, &contender.executable)?;
                workspace.require_provider()?;
                workspace.env("AZURESRE_EMULATOR", emulator.url());
                workspace
            }
            Role::Azapi => overridden(setting, contender, "Azure/azapi")?,
            Role::Null => overridden(setting, contender, "hashicorp/null")?,
        };
        workspace.write("main.tf", config)?;
        match contender.role {
            Role::Azapi => sign_in_as_azapi(&mut workspace, &emulator)?,
            // With an override, nothing needs to be installed.
            Role::Null => {}
            Role::This | Role::Other => {
                workspace.init()?;
            }
        }
        let process = match contender.role {
            Role::This | Role::Other => installed_provider_name(),
            Role::Azapi | Role::Null => {
                let name = contender.executable.file_name();
                let name = name.context("an executable has a name")?;
                name.to_string_lossy().into_owned()
            }
        };
        Ok(Self {
            emulator,
            workspace,
            latency: setting.latency,
            process,
        })
    }

    /// Sets the number of objects in the configuration.
    pub(super) fn count(&mut self, count: u32) {
        self.workspace.env("TF_VAR_objects", count.to_string());
    }

    /// Applies the configuration without delays, and with many objects at a time.
    pub(super) fn apply(&self) -> Result<()> {
        self.workspace.apply_with(&["-parallelism=50"]).map(drop)
    }

    /// Runs a command while the service delays its answers.
    pub(super) fn wait_for(&self, arguments: &[&str]) -> Result<Measured> {
        let slow = json!({ "count": 0, "delay_ms": self.latency.as_millis() as u64 });
        self.emulator.post("faults", &slow)?;
        let measured = self.run(arguments);
        self.emulator.delete("faults")?;
        measured
    }

    /// Runs a command, which must succeed. A plan with changes does not.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Measured> {
        self.emulator.delete("requests")?;
        let before = processor::of_children()?;
        let watch = Watch::start(self.process.clone());
        let run = self.workspace.run(arguments).and_then(Run::success)?;
        let memory = watch.peak()?;
        let processor = processor::of_children()?.saturating_sub(before);
        let requests = self.emulator.get("requests")?;
        let requests = requests.as_array().context("no list of requests")?;
        let of_planes = |request: &&Value| request["plane"] != "entra";
        Ok(Measured {
            elapsed: run.elapsed,
            processor,
            requests: requests.iter().filter(of_planes).count(),
            memory,
        })
    }
}

/// Creates a workspace with another provider, as this executable.
fn overridden(setting: &Setting, contender: &Contender, source: &str) -> Result<Workspace> {
    let mut workspace = Workspace::new(&setting.host)?;
    let folder = contender.executable.parent();
    let folder = folder.context("an executable is in a folder")?;
    let config = workspace.write(
        "../overridden.tfrc",
        format!(
            "disable_checkpoint = true\n\nprovider_installation {{\n  \
             dev_overrides {{ \"{source}\" = {} }}\n  direct {{}}\n}}\n",
            Value::from(folder.to_string_lossy())
        ),
    )?;
    workspace.env("TF_CLI_CONFIG_FILE", config);
    workspace.write(
        "terraform.tf",
        format!(
            "terraform {{\n  required_providers {{\n    {} = {{ source = \"{source}\" }}\n  }}\n}}\n",
            contender.name
        ),
    )?;
    Ok(workspace)
}

/// Configures azapi, which has no setting for another address, but supports the emulator's proxy.
fn sign_in_as_azapi(workspace: &mut Workspace, emulator: &EmulatorProcess) -> Result<()> {
    let addresses = emulator.addresses();
    let told = |name: &str| {
        let value = addresses.more.get(name).and_then(Value::as_str);
        value.with_context(|| format!("the emulator does not tell its {name}"))
    };
    for (variable, value) in [
        ("HTTPS_PROXY", told("proxy")?),
        ("NO_PROXY", "127.0.0.1,localhost"),
        ("ARM_TENANT_ID", told("tenant_id")?),
        ("ARM_CLIENT_ID", told("client_id")?),
        ("ARM_CLIENT_SECRET", told("client_secret")?),
        (
            "ARM_SUBSCRIPTION_ID",
            "00000000-0000-0000-0000-000000000001",
        ),
    ] {
        workspace.env(variable, value);
    }
    workspace.env("SSL_CERT_FILE", &addresses.ca_certificate);
    Ok(())
}
