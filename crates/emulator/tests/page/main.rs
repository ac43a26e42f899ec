//! The page as a person sees it: a browser opens it while Terraform runs.
//!
//! `page.mjs` drives the browser with `playwright-core`; `looking.mjs` contains its helpers. It
//! reports its steps as lines of JSON, and requests the configuration to apply. The test answers
//! with one line about the result. If there is no browser or no Node, the test is skipped and says
//! so. `AZURESRE_CHROMIUM` selects the browser. With `AZURESRE_SCREENSHOTS`, the pictures of the
//! guide are generated again.

mod browser;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use test_support::{EmulatorProcess, Host, Workspace, binaries, target_dir, workspace_dir};

use browser::Browser;

/// The script, and the file that it imports.
const SCRIPTS: [(&str, &str); 2] = [
    ("page.mjs", include_str!("page.mjs")),
    ("looking.mjs", include_str!("looking.mjs")),
];
/// Operations that take several polls, so that there is something to see.
const PROFILE: &str = r#"{"agent_polls": 3, "connector_polls": 3, "page_size": 2}"#;
/// How long one command of Terraform may take.
const LIMIT: Duration = Duration::from_secs(300);

/// A message from the script.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Said {
    Step {
        step: String,
        failure: Option<String>,
    },
    /// A request to apply a configuration, by its name.
    Apply { apply: String },
    /// A measurement.
    Figure { figure: String },
}

#[test]
fn page_shows_what_happens() -> Result<()> {
    let browser = match Browser::find()? {
        Ok(browser) => browser,
        Err(reason) => {
            println!("skipped: {reason}");
            return Ok(());
        }
    };
    let [provider, emulator] = binaries::both_binaries()?;
    let folder = tempfile::tempdir()?;
    let profile = folder.path().join("profile.json");
    std::fs::write(&profile, PROFILE)?;
    let profile = profile.to_str().context("the folder has a name in UTF-8")?;
    let emulator = EmulatorProcess::start_binary(&emulator, &["--profile", profile])?;
    let mut workspace = Workspace::with_provider(&Host::default_host()?, &provider)?;
    workspace.env("AZURESRE_EMULATOR", emulator.url());
    workspace.limit(LIMIT);
    workspace.require_provider()?;
    workspace.write("main.tf", include_str!("shop.tf"))?;
    workspace.init()?.success()?;

    let mut script = browser.command(&SCRIPTS)?;
    script
        .env("PAGE", text(&emulator, "ui")?)
        .env("EMULATOR_URL", emulator.url())
        .env("TOKEN", &emulator.addresses().token)
        .env("PICTURES", pictures());
    if let Some(id) = emulator.id() {
        script.env("EMULATOR_ID", id.to_string());
    }
    let failures = follow(&mut script, &workspace)?;
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

/// Returns the folder for pictures, which is that of the guide only if requested.
fn pictures() -> std::path::PathBuf {
    if std::env::var_os("AZURESRE_SCREENSHOTS").is_some() {
        workspace_dir().join("docs/images")
    } else {
        target_dir().join("page/pictures")
    }
}

fn text(emulator: &EmulatorProcess, name: &str) -> Result<String> {
    let value = emulator.addresses().more.get(name);
    let value = value.and_then(serde_json::Value::as_str).map(str::to_owned);
    value.with_context(|| format!("the emulator does not tell its {name}"))
}

/// Runs the script, and Terraform for it. Returns the steps that have failed.
#[expect(clippy::print_stdout, reason = "steps and figures are for people")]
fn follow(script: &mut Command, workspace: &Workspace) -> Result<Vec<String>> {
    let mut child = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run the script")?;
    let mut answers = child.stdin.take().context("the script has no input")?;
    let said = child.stdout.take().context("the script has no output")?;
    let mut failures = Vec::new();
    let mut steps = 0;
    for line in BufReader::new(said).lines() {
        let line = line?;
        let Ok(said) = serde_json::from_str(&line) else {
            println!("{line}");
            continue;
        };
        match said {
            Said::Step { step, failure } => {
                steps += 1;
                println!("{step}: {}", failure.as_deref().unwrap_or("seen"));
                failures.extend(failure.map(|failure| format!("{step}: {failure}")));
            }
            Said::Apply { apply } => {
                let run =
                    workspace.run(["apply", "-auto-approve", &format!("-var=state={apply}")])?;
                let outcome = if run.code == Some(0) {
                    "applied"
                } else {
                    "failed"
                };
                if outcome == "failed" {
                    println!("{}", run.output());
                }
                writeln!(answers, "{outcome}")?;
            }
            Said::Figure { figure } => println!("measured: {figure}"),
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("the script ended early, after {steps} steps: {failures:?}");
    }
    ensure!(steps > 0, "the script has seen nothing");
    Ok(failures)
}
