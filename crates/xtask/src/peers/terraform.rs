//! Terraform between the client and the emulator: this provider, signed in by `az`.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;
use test_support::{EmulatorProcess, Host, Run, Workspace, binaries};

use super::environment::Environment;
use super::{LIMIT, Outcome, Peer, Step, start, variables};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
/// An agent and objects on both planes, with this provider.
const BOTH_PLANES: &str = r#"
terraform {
  required_providers {
    azuresre = { source = "azuresre/azuresre" }
  }
}

resource "azuresre_agent" "shop" {
  name                = "shop"
  resource_group_name = "rg-peer"
  location            = "swedencentral"
  identity            = { type = "SystemAssigned" }
}

resource "azuresre_skill" "arm" {
  agent_id    = azuresre_agent.shop.id
  name        = "on-arm"
  plane       = "arm"
  description = "Finds out why requests have become slow."
  content     = "Compare the slow requests with those of an hour ago, service by service."
}

resource "azuresre_skill" "data_plane" {
  agent_id    = azuresre_agent.shop.id
  name        = "on-the-data-plane"
  plane       = "data_plane"
  description = "Finds out why requests have become slow."
  content     = "Compare the slow requests with those of an hour ago, service by service."
}
"#;
/// Runs the provider azuresre with a signed-in `az` as its only credential, on both planes.
pub(super) fn through_az(az: &Peer) -> Result<Outcome> {
    let client = "terraform-provider-azuresre, signed in by az";
    let version = env!("CARGO_PKG_VERSION");
    let environment = match Environment::prepare(az.language, az.packages)? {
        Ok(environment) => environment,
        Err(reason) => return Ok(Outcome::skipped(client, version, reason)),
    };
    let home = tempfile::tempdir()?;
    let emulator = start("acceptance")?;
    let mut lifecycle = Lifecycle::new(&emulator, home.path())?;
    let host = Host::default_host()?;
    let mut workspace = Workspace::with_provider(&host, &binaries::provider_binary()?)?;
    workspace.write("main.tf", BOTH_PLANES)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs = std::iter::once(environment.programs()).chain(std::env::split_paths(&path));
    workspace.env("PATH", std::env::join_paths(programs)?);
    lifecycle.prepare(&mut workspace);

    let described = |name: &str| text(&emulator, name);
    let mut login = Command::new(environment.program("az"));
    login.args(["login", "--service-principal", "--output", "none"]);
    login.args(["--username", &described("client_id")?]);
    login.args(["--password", &described("client_secret")?]);
    login.args(["--tenant", &described("tenant_id")?]);
    login.envs(lifecycle.variables.clone());
    lifecycle.step("az login", || {
        Run::capture(&mut login, LIMIT)?.success().map(drop)
    });
    lifecycle.step("init", || workspace.init().map(drop));
    lifecycle.run_lifecycle(&workspace);
    Ok(lifecycle.end(client, version))
}

/// The lifecycle of a configuration, step by step.
pub(super) struct Lifecycle {
    variables: Vec<(&'static str, std::ffi::OsString)>,
    steps: Vec<Step>,
    started: Instant,
}

impl Lifecycle {
    pub(super) fn new(emulator: &EmulatorProcess, home: &Path) -> Result<Self> {
        Ok(Self {
            variables: variables(emulator, home)?,
            steps: Vec::new(),
            started: Instant::now(),
        })
    }

    pub(super) fn prepare(&self, workspace: &mut Workspace) {
        for (name, value) in &self.variables {
            workspace.env(name, value);
        }
        workspace.env("ARM_SUBSCRIPTION_ID", SUBSCRIPTION);
    }

    fn run_lifecycle(&mut self, workspace: &Workspace) {
        self.step("apply", || workspace.apply().map(drop));
        self.step("a second plan is empty", || {
            workspace.plan()?.expect_empty()
        });
        self.step("destroy", || workspace.destroy().map(drop));
    }

    pub(super) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        let failure = work().err().map(|error| {
            println!("{error:#}");
            let first = error.to_string();
            first.lines().next().unwrap_or_default().to_owned()
        });
        let step = name.to_owned();
        self.steps.push(Step { step, failure });
    }

    pub(super) fn end(self, client: &str, version: &str) -> Outcome {
        Outcome {
            client: client.to_owned(),
            version: version.to_owned(),
            steps: self.steps,
            took: self.started.elapsed(),
            skipped: None,
        }
    }
}

/// Returns an address of the emulator by its name.
pub(super) fn text(emulator: &EmulatorProcess, name: &str) -> Result<String> {
    let value = emulator.addresses().more.get(name);
    let value = value.and_then(Value::as_str).map(str::to_owned);
    value.with_context(|| format!("the emulator does not tell its {name}"))
}
