//! `examples/drift`: an agent decides whether a change is acceptable.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use test_support::hosts::Product;
use test_support::{EmulatorProcess, Host, Run, Workspace, binaries, workspace_dir};

const AGENT: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sre/providers/\
                     Microsoft.App/agents/platform-agent";
const SECRET: &str = "s3cret-of-the-tag";

const LIVE: &str = r#"
terraform {
  required_providers {
    azuresre = { source = "azuresre/azuresre" }
  }
}

variable "note" {
  type      = string
  sensitive = true
}

resource "azuresre_agent" "platform" {
  name                = "platform-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
  upgrade_channel     = "Stable"
  tags                = { note = var.note }
}
"#;

#[test]
fn drift_passes_or_fails_by_the_verdict_of_the_agent() {
    let host = Host::newest().unwrap();
    if host.product() != Product::Terraform || !host.at_least(1, 14) {
        return;
    }
    drift(&host).unwrap();
}

fn drift(host: &Host) -> Result<()> {
    let emulator = EmulatorProcess::start(&[])?;
    let provider = binaries::provider_binary()?;
    let mut live = Workspace::with_provider(host, &provider)?;
    live.env("AZURESRE_EMULATOR", emulator.url())
        .env(
            "ARM_SUBSCRIPTION_ID",
            "00000000-0000-0000-0000-000000000001",
        )
        .env("TF_VAR_note", SECRET);
    live.write("main.tf", LIVE)?;
    live.init()?;
    live.apply()?;
    let mut example = Workspace::with_provider(host, &provider)?;
    example.env("AZURESRE_EMULATOR", emulator.url()).env(
        "ARM_SUBSCRIPTION_ID",
        "00000000-0000-0000-0000-000000000001",
    );
    let folder = workspace_dir().join("examples/drift");
    example.copy_from(&folder)?;
    let values = fs::read(folder.join("terraform.tfvars.example"))?;
    example.write("terraform.tfvars", values)?;
    example.init()?;

    // Nothing has changed.
    let asked = ask(
        &emulator,
        &live,
        &example,
        "Nothing has changed.\nVERDICT: HARMLESS",
    )?;
    asked.0.success()?;
    ensure!(asked.1.contains("---\n[]\n---"), "{}", asked.1);

    // Another client changes an ordinary value and a secret one.
    let change =
        json!({ "properties": { "upgradeChannel": "Preview" }, "tags": { "note": "by hand" } });
    let url = format!("{}{AGENT}?api-version=2025-05-01-preview", emulator.url());
    let (status, body) = emulator.send("PATCH", &url, &change)?;
    ensure!(status < 300, "{status}: {body}");
    for (answer, passes) in [
        ("It was the release team.\nVERDICT: HARMLESS", true),
        (
            "Nobody knows. VERDICT: HARMLESS would be wrong.\nVERDICT: LOOK",
            false,
        ),
    ] {
        let (run, text) = ask(&emulator, &live, &example, answer)?;
        ensure!((run.code == Some(0)) == passes, "{}", run.output());
        ensure!(
            passes || run.output().contains("Nobody knows."),
            "{}",
            run.output()
        );
        ensure!(text.contains(r#""azuresre_agent.platform""#), "{text}");
        ensure!(text.contains(r#"from \"Stable\" to \"Preview\""#), "{text}");
        ensure!(text.contains(r#""tags":"secret""#), "{text}");
        ensure!(
            !text.contains(SECRET) && !text.contains("by hand"),
            "{text}"
        );
    }
    Ok(())
}

/// Runs the commands of the guide, and returns the result and what the agent was asked.
fn ask(
    emulator: &EmulatorProcess,
    live: &Workspace,
    example: &Workspace,
    answer: &str,
) -> Result<(Run, String)> {
    let answers = json!({ "answers": { "Something has changed resources": answer } });
    emulator.put("profile", &answers)?;
    emulator.delete("requests")?;
    let plan = [
        "plan",
        "-refresh-only",
        "-input=false",
        "-no-color",
        "-out=drift.tfplan",
    ];
    live.run(plan)?.success()?;
    let shown = live
        .run(["show", "-json", "drift.tfplan"])?
        .success()?
        .stdout;
    example.write("drift.json", shown)?;
    let apply = [
        "apply",
        "-auto-approve",
        "-input=false",
        "-no-color",
        "-invoke=action.azuresre_message.drift",
        "-var=plan=drift.json",
    ];
    let run = example.run(apply)?;
    let requests = emulator.get("requests")?;
    let sent = requests.as_array().into_iter().flatten().find(|request| {
        let path = request["path"].as_str().unwrap_or_default();
        request["method"] == "POST" && path.ends_with("/api/v1/threads")
    });
    let sent = sent.with_context(|| format!("nothing was asked:\n{}", run.output()))?;
    let text = sent["body"]["startMessage"]["text"].as_str();
    let text = text.with_context(|| format!("no text in {sent}"))?;
    Ok((run.clone(), text.to_owned()))
}
