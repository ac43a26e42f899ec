//! Third-party clients with the emulator. They are pinned. Each has a separate environment below
//! `target/peers`, and a separate emulator that it reaches through the proxy, under the hosts of
//! Azure.

mod azapi;
mod environment;
mod report;
mod terraform;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use test_support::{EmulatorProcess, Run, binaries, workspace_dir};

use environment::{Environment, Language};

/// How long a client may take for all its steps.
const LIMIT: Duration = Duration::from_secs(1800);

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Run only the clients that take less than a minute, and do not write docs/peers.md
    #[arg(long)]
    quick: bool,

    /// The executable of the provider azapi, to run it as well
    #[arg(long, value_name = "PATH")]
    azapi: Option<PathBuf>,
}

/// A client, and how to run it.
struct Peer {
    name: &'static str,
    version: &'static str,
    language: Language,
    /// The packages to install, without their dependencies.
    packages: &'static [&'static str],
    script: &'static str,
    /// The profile of the emulator.
    profile: &'static str,
    is_quick: bool,
}

const AZ: &str = "azure-cli";
const PEERS: [Peer; 8] = [
    Peer {
        name: "azure-identity",
        version: "1.27.0",
        language: Language::Python,
        packages: &["azure-identity==1.27.0"],
        script: "identity.py",
        profile: "default",
        is_quick: true,
    },
    Peer {
        name: "azure-mgmt-resource",
        version: "26.0.0",
        language: Language::Python,
        packages: &["azure-identity==1.27.0", "azure-mgmt-resource==26.0.0"],
        script: "management.py",
        profile: "default",
        is_quick: true,
    },
    Peer {
        name: "azure-mgmt-resource, slow service",
        version: "26.0.0",
        language: Language::Python,
        packages: &["azure-identity==1.27.0", "azure-mgmt-resource==26.0.0"],
        script: "management.py",
        profile: "acceptance",
        is_quick: true,
    },
    Peer {
        name: "@azure/identity",
        version: "4.14.1",
        language: Language::Node,
        packages: &["@azure/identity@4.14.1"],
        script: "identity.mjs",
        profile: "default",
        is_quick: true,
    },
    Peer {
        name: "@microsoft/signalr",
        version: "10.0.11",
        language: Language::Node,
        packages: &["@microsoft/signalr@10.0.11"],
        script: "hub.mjs",
        profile: "default",
        is_quick: true,
    },
    Peer {
        name: "pysignalr",
        version: "1.3.3",
        language: Language::Python,
        packages: &["pysignalr==1.3.3"],
        script: "hub.py",
        profile: "default",
        is_quick: true,
    },
    Peer {
        name: "pysignalr, slow service",
        version: "1.3.3",
        language: Language::Python,
        packages: &["pysignalr==1.3.3"],
        script: "hub.py",
        profile: "acceptance",
        is_quick: true,
    },
    Peer {
        name: AZ,
        version: "2.91.0",
        language: Language::Python,
        packages: &["azure-cli==2.91.0"],
        script: "az.py",
        profile: "default",
        is_quick: false,
    },
];

/// The result of a client.
struct Outcome {
    client: String,
    version: String,
    steps: Vec<Step>,
    took: Duration,
    /// Why it was not run, if it was not.
    skipped: Option<String>,
}

/// One step, as scripts print them.
#[derive(Debug, Deserialize)]
struct Step {
    step: String,
    failure: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    binaries::emulator_binary()?;
    let mut outcomes = Vec::new();
    for peer in PEERS.iter().filter(|peer| peer.is_quick || !options.quick) {
        println!("{} {}", peer.name, peer.version);
        outcomes.push(told(peer.run()?));
    }
    if !options.quick {
        println!("provider azuresre, signed in by az");
        outcomes.push(told(terraform::through_az(&PEERS[PEERS.len() - 1])?));
    }
    match &options.azapi {
        Some(executable) => outcomes.extend(azapi::outcomes(executable)?.into_iter().map(told)),
        None => outcomes.push(told(Outcome::skipped(
            "azapi",
            "–",
            "its executable is not given by `--azapi`".to_owned(),
        ))),
    }
    print!("\n{}", report::table(&outcomes));
    if !options.quick {
        let page = workspace_dir().join("docs/peers.md");
        std::fs::write(&page, report::page(&outcomes))
            .with_context(|| format!("cannot write {}", page.display()))?;
    }
    let failed: usize = outcomes.iter().map(Outcome::failed).sum();
    ensure!(failed == 0, "{failed} steps failed; they are listed above");
    Ok(())
}

fn told(outcome: Outcome) -> Outcome {
    if let Some(reason) = &outcome.skipped {
        println!("    skipped: {reason}");
    }
    for step in &outcome.steps {
        if let Some(failure) = &step.failure {
            println!("    failed: {}: {failure}", step.step);
        }
    }
    outcome
}

impl Outcome {
    fn skipped(client: &str, version: &str, reason: String) -> Self {
        Self {
            client: client.to_owned(),
            version: version.to_owned(),
            steps: Vec::new(),
            took: Duration::ZERO,
            skipped: Some(reason),
        }
    }

    fn failed(&self) -> usize {
        let failed = self.steps.iter().filter(|step| step.failure.is_some());
        failed.count()
    }
}

impl Peer {
    fn run(&self) -> Result<Outcome> {
        let environment = match Environment::prepare(self.language, self.packages)? {
            Ok(environment) => environment,
            Err(reason) => return Ok(Outcome::skipped(self.name, self.version, reason)),
        };
        let home = tempfile::tempdir()?;
        let emulator = start(self.profile)?;
        let started = Instant::now();
        let script = environment.script(&scripts().join(self.script))?;
        let mut command = Command::new(environment.interpreter());
        command.arg(script);
        command.envs(variables(&emulator, home.path())?);
        command.env("AZ", environment.program("az"));
        let run = Run::capture(&mut command, LIMIT)?;
        let mut steps = steps(&run.stdout);
        if run.code != Some(0) {
            let last = run.stderr.lines().last().unwrap_or("it said nothing");
            let failure = Some(format!("the script ended early: {last}"));
            let step = "the end of the script".to_owned();
            steps.push(Step { step, failure });
        }
        ensure!(!steps.is_empty(), "{} reported no steps", self.name);
        Ok(Outcome {
            client: self.name.to_owned(),
            version: self.version.to_owned(),
            steps,
            took: started.elapsed(),
            skipped: None,
        })
    }
}

/// Starts an emulator with a proxy.
fn start(profile: &str) -> Result<EmulatorProcess> {
    EmulatorProcess::start(&["--profile", profile, "--proxy", "127.0.0.1:0"])
}

/// Returns the folder of the scripts.
fn scripts() -> PathBuf {
    workspace_dir().join("crates/xtask/src/peers")
}

/// Returns the variables by which a client in any language finds the emulator instead of Azure,
/// without the user's settings.
fn variables(emulator: &EmulatorProcess, home: &Path) -> Result<Vec<(&'static str, OsString)>> {
    let addresses = emulator.addresses();
    let more = |name: &str| addresses.more.get(name).cloned().unwrap_or(Value::Null);
    let proxy = more("proxy");
    let proxy = proxy.as_str().context("the emulator has no proxy")?;
    let mut described = json!({
        "arm_endpoint": addresses.arm_endpoint,
        "token": addresses.token,
        "control": addresses.control,
        "ca_certificate": addresses.ca_certificate,
    });
    if let Value::Object(described) = &mut described {
        described.extend(addresses.more.clone());
    }
    let certificate = addresses.ca_certificate.clone().into_os_string();
    Ok(vec![
        ("EMULATOR", described.to_string().into()),
        ("HTTPS_PROXY", proxy.into()),
        ("https_proxy", proxy.into()),
        ("NO_PROXY", "127.0.0.1,localhost".into()),
        ("no_proxy", "127.0.0.1,localhost".into()),
        ("SSL_CERT_FILE", certificate.clone()),
        ("REQUESTS_CA_BUNDLE", certificate.clone()),
        ("NODE_EXTRA_CA_CERTS", certificate),
        ("HOME", home.into()),
        ("AZURE_CONFIG_DIR", home.join("azure").into()),
        ("AZURE_CORE_COLLECT_TELEMETRY", "false".into()),
        ("AZURE_CORE_LOGIN_EXPERIENCE_V2", "off".into()),
        ("PYTHONDONTWRITEBYTECODE", "1".into()),
    ])
}

/// Returns the steps that a script has printed.
fn steps(output: &str) -> Vec<Step> {
    let lines = output.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{PEERS, scripts, steps};

    #[test]
    fn steps_are_parsed_from_their_lines() {
        let output = concat!(
            "Welcome\n",
            r#"{"step": "a", "failure": null}"#,
            "\n",
            r#"{"step": "b", "failure": "x"}"#,
            "\n{}\n",
        );
        let steps = steps(output);
        let names: Vec<&str> = steps.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(steps[1].failure.as_deref(), Some("x"));
    }

    #[test]
    fn every_peer_has_its_script_and_is_pinned() {
        for peer in &PEERS {
            assert!(scripts().join(peer.script).is_file(), "{}", peer.script);
            let last = peer.packages.last().unwrap();
            assert!(last.ends_with(peer.version), "{last}");
            assert!(
                peer.name.starts_with(
                    last.trim_end_matches(peer.version)
                        .trim_end_matches(['=', '@'])
                )
            );
        }
    }
}
