//! Terraform between the client and the emulator: this provider signed in by `az`, and azapi.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;
use test_support::{EmulatorProcess, Host, Run, Workspace, binaries};

use super::environment::Environment;
use super::{LIMIT, Outcome, Peer, Step, start, variables};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
/// An agent and objects on both planes, by this provider.
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
/// An agent, a connector and a child in base64, by azapi.
const AZAPI: &str = r#"
terraform {
  required_providers {
    azapi = { source = "Azure/azapi" }
  }
}

provider "azapi" {
  skip_provider_registration = true
}

resource "azapi_resource" "agent" {
  type                      = "Microsoft.App/agents@2025-05-01-preview"
  name                      = "shop"
  parent_id                 = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-peer"
  location                  = "swedencentral"
  schema_validation_enabled = false
  identity { type = "SystemAssigned" }
  body = {
    properties = { actionConfiguration = { mode = "Review", accessLevel = "Low" } }
  }
}

resource "azapi_resource" "connector" {
  type                      = "Microsoft.App/agents/connectors@2025-05-01-preview"
  name                      = "logs"
  parent_id                 = azapi_resource.agent.id
  schema_validation_enabled = false
  body = {
    properties = { dataConnectorType = "LogAnalytics", identity = "system" }
  }
}
"#;

/// The provider azuresre with no credential but that of a signed-in `az`, on both planes.
pub(super) fn through_az(az: &Peer) -> Result<Outcome> {
    let client = "terraform-provider-azuresre, signed in by az";
    let version = env!("CARGO_PKG_VERSION");
    let environment = match Environment::prepare(az.language, az.packages)? {
        Ok(environment) => environment,
        Err(reason) => return Ok(Outcome::skipped(client, version, reason)),
    };
    let home = tempfile::tempdir()?;
    let emulator = start("acceptance")?;
    let mut life = Life::new(&emulator, home.path())?;
    let host = Host::default_host()?;
    let mut workspace = Workspace::with_provider(&host, &binaries::provider_binary()?)?;
    workspace.write("main.tf", BOTH_PLANES)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs = std::iter::once(environment.programs()).chain(std::env::split_paths(&path));
    workspace.env("PATH", std::env::join_paths(programs)?);
    life.prepare(&mut workspace);

    let described = |name: &str| text(&emulator, name);
    let mut login = Command::new(environment.program("az"));
    login.args(["login", "--service-principal", "--output", "none"]);
    login.args(["--username", &described("client_id")?]);
    login.args(["--password", &described("client_secret")?]);
    login.args(["--tenant", &described("tenant_id")?]);
    login.envs(life.variables.clone());
    life.step("az login", || {
        Run::capture(&mut login, LIMIT)?.success().map(drop)
    });
    life.step("init", || workspace.init().map(drop));
    life.live(&workspace);
    Ok(life.end(client, version))
}

/// azapi, as this executable.
pub(super) fn azapi(executable: &Path) -> Result<Outcome> {
    let host = Host::default_host()?;
    let home = tempfile::tempdir()?;
    let emulator = start("default")?;
    let mut life = Life::new(&emulator, home.path())?;
    let mut workspace = Workspace::new(&host)?;
    workspace.write("main.tf", AZAPI)?;
    let executable = executable
        .canonicalize()
        .with_context(|| format!("cannot find {}", executable.display()))?;
    let folder = executable
        .parent()
        .context("an executable is in a folder")?;
    let config = workspace.write(
        "../azapi.tfrc",
        format!(
            "provider_installation {{\n  dev_overrides {{ \"Azure/azapi\" = {} }}\n  direct {{}}\n}}\n",
            Value::from(folder.to_string_lossy())
        ),
    )?;
    workspace.env("TF_CLI_CONFIG_FILE", config);
    life.prepare(&mut workspace);
    for (variable, name) in [
        ("ARM_TENANT_ID", "tenant_id"),
        ("ARM_CLIENT_ID", "client_id"),
        ("ARM_CLIENT_SECRET", "client_secret"),
    ] {
        workspace.env(variable, text(&emulator, name)?);
    }
    // With an override there is nothing to install.
    life.live(&workspace);
    Ok(life.end("azapi", "as given"))
}

/// The life of a configuration, step by step.
struct Life {
    variables: Vec<(&'static str, std::ffi::OsString)>,
    steps: Vec<Step>,
    started: Instant,
}

impl Life {
    fn new(emulator: &EmulatorProcess, home: &Path) -> Result<Self> {
        Ok(Self {
            variables: variables(emulator, home)?,
            steps: Vec::new(),
            started: Instant::now(),
        })
    }

    fn prepare(&self, workspace: &mut Workspace) {
        for (name, value) in &self.variables {
            workspace.env(name, value);
        }
        workspace.env("ARM_SUBSCRIPTION_ID", SUBSCRIPTION);
    }

    fn live(&mut self, workspace: &Workspace) {
        self.step("apply", || workspace.apply().map(drop));
        self.step("a second plan is empty", || {
            workspace.plan()?.expect_empty()
        });
        self.step("destroy", || workspace.destroy().map(drop));
    }

    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        let failure = work().err().map(|error| {
            println!("{error:#}");
            let first = error.to_string();
            first.lines().next().unwrap_or_default().to_owned()
        });
        let step = name.to_owned();
        self.steps.push(Step { step, failure });
    }

    fn end(self, client: &str, version: &str) -> Outcome {
        Outcome {
            client: client.to_owned(),
            version: version.to_owned(),
            steps: self.steps,
            took: self.started.elapsed(),
            skipped: None,
        }
    }
}

fn text(emulator: &EmulatorProcess, name: &str) -> Result<String> {
    let value = emulator.addresses().more.get(name);
    let value = value.and_then(Value::as_str).map(str::to_owned);
    value.with_context(|| format!("the emulator does not tell its {name}"))
}
