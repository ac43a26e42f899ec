//! The subcommand `export`: what it writes about the service, and that it changes nothing there.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use azuresre::export::{self, ExportError, FilesError, Verdict};
use emulator::{Fault, Plane, Profile};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::kinds::{Storage, agent_id, all};
use crate::object::Object;
use crate::run::wire;
use crate::world::World;

/// How many times to export until lists, which are late, are complete.
const ATTEMPTS: usize = 20;

/// The files and the report of an export.
struct Export {
    folder: TempDir,
    verdict: Verdict,
    report: Json,
}

impl Export {
    async fn of(world: &World, agent: &str, options: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (verdict, report) = export(
            world,
            agent,
            folder.path(),
            options,
            CancellationToken::new(),
        )
        .await?;
        let export = Self {
            folder,
            verdict,
            report,
        };
        export.ensure_files_match_the_report()?;
        Ok(export)
    }

    fn ids(&self) -> BTreeSet<String> {
        let objects = self.report["objects"].as_array().into_iter().flatten();
        let ids = objects.filter_map(|object| object["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    fn file(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.folder.path().join(path)).with_context(|| path.to_owned())
    }

    fn files(&self) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut open = vec![PathBuf::new()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(self.folder.path().join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                match entry.file_type()?.is_dir() {
                    true => open.push(path),
                    false => _ = found.insert(path.to_str().context("no text")?.to_owned()),
                }
            }
        }
        Ok(found)
    }

    fn ensure_files_match_the_report(&self) -> Result<()> {
        let told = self.report["files"].as_array().context("no files")?;
        let told: BTreeSet<String> = told
            .iter()
            .filter_map(|path| Some(path.as_str()?.to_owned()))
            .collect();
        let found = self.files()?;
        ensure!(told == found, "{told:?} are told and {found:?} are there");
        let is_safe = |path: &String| {
            path.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
                && !path.split('/').any(|part| part.starts_with('.'))
        };
        ensure!(found.iter().all(is_safe), "{found:?}");
        Ok(())
    }
}

#[expect(
    clippy::unwrap_used,
    reason = "the words are those of a test, and the report is JSON"
)]
async fn export(
    world: &World,
    agent: &str,
    folder: &Path,
    options: &[&str],
    cancel: CancellationToken,
) -> Result<(Verdict, Json), ExportError> {
    let url = world.emulator.url();
    let mut words: Vec<OsString> = ["--emulator", &url, "--agent-id", agent, "--json", "--out"]
        .map(OsString::from)
        .into();
    words.push(folder.into());
    words.extend(options.iter().map(OsString::from));
    let options = export::parse(words).unwrap().unwrap();
    let wire = wire(&world.emulator, CancellationToken::new());
    let mut out = Vec::new();
    let environment: export::Environment = Arc::new(|_| None);
    let exported = export::export(options, environment, "0.1.0", Some(wire), cancel, &mut out);
    let verdict = exported.await?;
    Ok((verdict, serde_json::from_slice(&out).unwrap()))
}

fn ensure_nothing_was_changed(world: &World) -> Result<()> {
    let requests = world.take_requests();
    ensure!(!requests.is_empty(), "nothing was sent");
    let changes = requests.iter().filter(|one| !one.starts_with("GET "));
    let changes: Vec<_> = changes.collect();
    ensure!(changes.is_empty(), "{changes:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn everything_is_exported_and_nothing_is_changed() -> Result<()> {
    let world = World::new().await?;
    let kinds = all();
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut secrets = BTreeSet::new();
    for kind in &kinds {
        for plane in kind.planes {
            for variant in &kind.variants {
                let name = format!("{}-{plane}", variant.name).replace('_', "-");
                let mut object = Object::new(&world, kind, plane, &name).await?;
                let made = object.apply(&variant.full(0)).await;
                made.with_context(|| format!("{} {name}", kind.noun()))?;
                kind.settled(&world, &object.agent, &name).await?;
                let rows = variant.rows.iter().filter(|row| row.secret.is_some());
                let values = rows.flat_map(|row| &row.values).filter_map(Json::as_str);
                secrets.extend(values.filter(|one| one.len() > 5).map(str::to_owned));
                // A tool in its default state is not exported.
                if !matches!(kind.storage, Storage::Switches) {
                    wanted
                        .entry(object.agent.clone())
                        .or_default()
                        .insert(object.id()?);
                }
            }
        }
    }
    ensure!(!secrets.is_empty(), "there are no secrets");
    for (agent, ids) in wanted {
        let mut attempts = 0;
        let export = loop {
            world.take_requests();
            let export = Export::of(&world, &agent, &[]).await?;
            ensure_nothing_was_changed(&world)?;
            let found = export.ids();
            if ids.is_subset(&found) && export.verdict == Verdict::Complete {
                break export;
            }
            attempts += 1;
            let missing: Vec<_> = ids.difference(&found).collect();
            ensure!(attempts < ATTEMPTS, "{missing:?}: {:#}", export.report);
        };
        for path in export.files()? {
            let text = fs::read(export.folder.path().join(&path))?;
            let text = String::from_utf8_lossy(&text);
            let secret = secrets.iter().find(|secret| text.contains(*secret));
            ensure!(secret.is_none(), "{secret:?} is in {path}:\n{text}");
        }
        let imports = export.file("imports.tf")?;
        ensure!(ids.iter().all(|id| imports.contains(id)), "{imports}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn names_and_texts_are_exported_unchanged() -> Result<()> {
    const TEXT: &str = "# ${var.x} %{ if true }\n<<EOT\n\"quoted\" \\ $${y}\n\u{202e}end";
    let world = World::new().await?;
    let agent = world.shared_agent().await?.to_owned();
    let names = [
        "Plain", "plain", "pla in", "nul", "..x", "${x}", "日本", "a\nb", "a.b",
    ];
    let mut stored = BTreeSet::new();
    for name in names {
        let Ok(path) = azure::id::join("/api/v2/extendedAgent/skills", name) else {
            continue;
        };
        let body = json!({ "name": name, "type": "Skill", "properties": {
            "description": "Say \"${x}\" and %{y}.",
            "skillContent": format!("{TEXT} of {name:?}"),
            "additionalFiles": [
                { "filePath": "../../../evil.sh", "content": format!("#!/bin/sh\n{TEXT}") },
                { "filePath": "a/b.sh", "content": "one\ntwo\n" },
                { "filePath": "A_B.sh", "content": "one\r\ntwo" },
            ],
        } });
        let reply = world.data_plane(&agent, Method::PUT, &path, body).await?;
        if reply.status < 300 {
            // Names are case-insensitive there.
            stored.insert(name.to_lowercase());
        }
    }
    ensure!(stored.len() >= 6, "only {stored:?} are taken");
    let export = exported(&world, &agent, |export| {
        let ids = export.ids();
        let of_skills = ids.iter().filter(|id| id.contains("/skills/")).count();
        let failed = export.report["failed"].as_array().map_or(0, Vec::len);
        of_skills + failed >= stored.len()
    })
    .await?;
    let skills = export.file("skills.tf")?;
    ensure!(
        skills.contains(r#"description = "Say \"$${x}\" and %%{y}.""#),
        "{skills}"
    );
    let wanted = format!("{TEXT} of \"plain\"");
    let written = export.file("skills/plain/content.md")?;
    ensure!(written == wanted, "{written:?}");
    ensure!(
        export.file("skills/plain/additional_files_evil.sh").is_ok(),
        "{:?}",
        export.files()?
    );
    let labels: Vec<&str> = skills
        .lines()
        .filter_map(|line| line.strip_prefix("resource \"azuresre_skill\" \""))
        .collect();
    let different: BTreeSet<String> = labels.iter().map(|label| label.to_lowercase()).collect();
    ensure!(different.len() == labels.len(), "{labels:?}");
    // Objects whose ids cannot be read back are reported.
    let failed = export.report["failed"].to_string();
    ensure!(
        labels.len() + failed.matches("\"what\"").count() >= stored.len(),
        "{failed}"
    );
    Ok(())
}

/// Exports until the result is complete.
async fn exported(
    world: &World,
    agent: &str,
    is_whole: impl Fn(&Export) -> bool,
) -> Result<Export> {
    let mut last = Json::Null;
    for _ in 0..ATTEMPTS {
        let export = Export::of(world, agent, &[]).await?;
        if is_whole(&export) {
            return Ok(export);
        }
        last = export.report;
    }
    bail!("something is missing in {last:#}")
}

#[tokio::test(start_paused = true)]
async fn names_become_references_without_cycles() -> Result<()> {
    let world = World::new().await?;
    let agent = world.shared_agent().await?.to_owned();
    let instructions = "Do what whoever hands over to you has left undone, and say so.";
    for (name, handoffs) in [
        ("ring-a", vec!["one"]),
        ("ring-b", vec!["ring-a"]),
        ("ring-a", vec!["ring-b", "one"]),
    ] {
        let path = format!("/api/v2/extendedAgent/agents/{name}");
        let body = json!({ "name": name, "type": "ExtendedAgent", "properties": {
            "instructions": instructions, "handoffs": handoffs,
        } });
        world
            .data_plane(&agent, Method::PUT, &path, body)
            .await?
            .success()?;
    }
    let task = json!({ "name": "nightly", "type": "ScheduledTask", "properties": {
        "cronExpression": "0 7 * * 1-5", "agentPrompt": "Look.", "agent": "ring-a",
    } });
    let path = "/api/v2/extendedAgent/scheduledtasks/nightly";
    world
        .data_plane(&agent, Method::PUT, path, task)
        .await?
        .success()?;
    let export = exported(&world, &agent, |export| {
        export.file("scheduled_tasks.tf").is_ok()
            && export
                .file("subagents.tf")
                .is_ok_and(|text| text.matches("handoffs").count() >= 2 && text.contains("ring_b"))
    })
    .await?;
    let subagents = export.file("subagents.tf")?;
    ensure!(
        subagents.contains("agent_id = azuresre_agent.shop.id"),
        "{subagents}"
    );
    ensure!(
        subagents.contains("azuresre_subagent.one.name"),
        "{subagents}"
    );
    let there = subagents.contains("azuresre_subagent.ring_b.name");
    let back = subagents.contains("azuresre_subagent.ring_a.name");
    ensure!(there != back, "{subagents}");
    let tasks = export.file("scheduled_tasks.tf")?;
    ensure!(tasks.contains("= azuresre_subagent.ring_a.name"), "{tasks}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn refusals_are_reported_and_the_rest_is_exported() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let agent = world.shared_agent().await?.to_owned();
    let forbidden = Fault::on("GET", "/hooks$").error(403, "Forbidden", "Not here.");
    let fault = world.emulator.fault(forbidden.forever())?;
    let refused = Export::of(&world, &agent, &[]).await?;
    ensure!(
        refused.verdict == Verdict::Incomplete,
        "{:#}",
        refused.report
    );
    let failed = refused.report["failed"].to_string();
    ensure!(
        failed.contains("hooks on ARM") && failed.contains("Not here."),
        "{failed}"
    );
    ensure!(refused.file("subagents.tf")?.contains("\"one\""));
    fault.remove();

    let mut dead = Fault::on("GET", "").reset().forever();
    dead.plane = Some(Plane::DataPlane);
    let fault = world.emulator.fault(dead)?;
    let unreachable = Export::of(&world, &agent, &[]).await?;
    ensure!(
        unreachable.verdict == Verdict::Incomplete,
        "{:#}",
        unreachable.report
    );
    let failed = unreachable.report["failed"].to_string();
    ensure!(failed.contains("custom_instructions"), "{failed}");
    ensure!(failed.contains("skills on the data plane"), "{failed}");
    ensure!(
        unreachable
            .file("agent.tf")?
            .contains("name                = \"shop\"")
    );
    fault.remove();
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_if_the_export_cannot_be_complete() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let agent = world.shared_agent().await?.to_owned();
    let folder = tempfile::tempdir()?;
    let new = folder.path().join("new");
    let go = CancellationToken::new;

    let missing = export(&world, &agent_id("nobody"), &new, &[], go()).await;
    ensure!(
        matches!(missing, Err(ExportError::NoAgent(_))),
        "{missing:?}"
    );
    ensure!(!new.exists(), "the folder was made");

    fs::write(folder.path().join("agent.tf"), "# mine\n")?;
    let there = export(&world, &agent, folder.path(), &[], go()).await;
    let is_told = matches!(there, Err(ExportError::Files(FilesError::Exist(_))));
    ensure!(is_told, "{there:?}");
    ensure!(
        fs::read_dir(folder.path())?.count() == 1,
        "something was written"
    );
    let forced = export(&world, &agent, folder.path(), &["--force"], go()).await;
    ensure!(forced.is_ok(), "{forced:?}");
    ensure!(fs::read_to_string(folder.path().join("agent.tf"))? != "# mine\n");

    let file = folder.path().join("agent.tf");
    let no_folder = export(&world, &agent, &file, &[], go()).await;
    let is_told = matches!(no_folder, Err(ExportError::Files(FilesError::Io(..))));
    ensure!(is_told, "{no_folder:?}");

    let held = world
        .emulator
        .fault(Fault::on("GET", "/skills").hold().forever())?;
    let cancel = go();
    let interrupt = async {
        held.held().await;
        cancel.cancel();
    };
    let (interrupted, ()) =
        tokio::join!(export(&world, &agent, &new, &[], cancel.clone()), interrupt);
    ensure!(
        matches!(interrupted, Err(ExportError::Interrupted)),
        "{interrupted:?}"
    );
    ensure!(!new.exists(), "the folder was made");
    Ok(())
}

/// Runs the program itself, in real time.
#[tokio::test(flavor = "multi_thread")]
async fn program_reports_by_exit_code_and_can_be_interrupted() -> Result<()> {
    // The provider waits before it reports a refusal of a young agent.
    let profile = Profile {
        agent_age: 3600,
        ..Profile::default()
    };
    let world = World::with(profile).await?;
    let agent = world.shared_agent().await?.to_owned();
    let folder = tempfile::tempdir()?;
    let start = |folder: &Path| {
        let mut command =
            tokio::process::Command::new(env!("CARGO_BIN_EXE_terraform-provider-azuresre"));
        command
            .args(["export", "--agent-id", &agent, "--out"])
            .arg(folder)
            .env("AZURESRE_EMULATOR", world.emulator.url())
            .env_remove("AZURESRE_PLANE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn()
    };
    let whole = start(&folder.path().join("whole"))?
        .wait_with_output()
        .await?;
    let told = String::from_utf8(whole.stdout)?;
    ensure!(
        whole.status.code() == Some(0) && whole.stderr.is_empty(),
        "{told}"
    );
    ensure!(told.contains("exported 2 in subagents.tf"), "{told}");
    ensure!(told.contains("Failed: none."), "{told}");

    let forbidden = Fault::on("GET", "/hooks$").error(403, "Forbidden", "Not here.");
    let fault = world.emulator.fault(forbidden.forever())?;
    let part = start(&folder.path().join("part"))?
        .wait_with_output()
        .await?;
    let told = String::from_utf8(part.stdout)?;
    ensure!(
        part.status.code() == Some(1) && told.contains("failed   hooks"),
        "{told}"
    );
    fault.remove();

    let new = folder.path().join("new");
    let held = world
        .emulator
        .fault(Fault::on("GET", "/skills").hold().forever())?;
    let child = start(&new)?;
    held.held().await;
    let id = child.id().context("it has ended")?.to_string();
    let kill = tokio::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    ensure!(kill.await?.success());
    let ended = child.wait_with_output().await?;
    let told = String::from_utf8(ended.stderr)?;
    ensure!(
        ended.status.code() == Some(2) && told.contains("interrupted"),
        "{told}"
    );
    ensure!(ended.stdout.is_empty() && !new.exists());

    let mut misused =
        tokio::process::Command::new(env!("CARGO_BIN_EXE_terraform-provider-azuresre"));
    let misused = misused.args(["export", "--out", "x"]).output().await?;
    let told = String::from_utf8(misused.stderr)?;
    ensure!(
        misused.status.code() == Some(2) && told.contains("`--agent-id` is required"),
        "{told}"
    );
    Ok(())
}
