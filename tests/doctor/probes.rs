//! What write probes detect. They need two confirmations, and leave nothing behind.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::build::same;
use crate::fixture::{Fixture, examine_as_text};

/// The prefix of reserved names.
const RESERVED: &str = "azuresre-doctor-";
const CONFIRMED: [&str; 3] = ["--write-probes", "--confirm", "shop"];

/// Returns values of every switch that write probes detect.
fn cases() -> Vec<(&'static str, Json)> {
    let external = json!({ "tenant": "external", "tenant_refusal_status": 403 });
    vec![
        ("tenant", external.clone()),
        ("tenant_refusal_status", external),
        ("store", json!({ "store": "two" })),
        ("visibility_lag", json!({ "visibility_lag": 2 })),
        ("base64_bodies", json!({ "base64_bodies": "as_sent" })),
        ("mcp_headers", json!({ "mcp_headers": "lost" })),
        ("list_glitch", json!({ "list_glitch": true })),
        ("webhook", json!({ "webhook": "none" })),
        ("missing_type", json!({ "missing_type": "accepted" })),
        ("missing_type", json!({ "missing_type": "refused" })),
        ("accept_tool_type", json!({ "accept_tool_type": true })),
        ("require_handoffs", json!({ "require_handoffs": true })),
        ("check_handoffs", json!({ "check_handoffs": false })),
        ("min_text", json!({ "min_text": 20 })),
        ("min_text", json!({ "min_text": 0 })),
        ("silent_drops", json!({ "silent_drops": false })),
        (
            "hook_type_immutable",
            json!({ "hook_type_immutable": false }),
        ),
        ("memory_delete_405", json!({ "memory_delete_405": true })),
        ("repo_put_405", json!({ "repo_put_405": true })),
    ]
}

#[tokio::test]
async fn every_switch_that_write_probes_detect_is_detected() -> Result<()> {
    let (_, probed) = azuresre::doctor::switches();
    let named: BTreeSet<&str> = cases().iter().map(|(switch, _)| *switch).collect();
    let claimed: BTreeSet<&str> = probed.into_iter().collect();
    ensure!(
        named == claimed,
        "cases are {named:?}, and {claimed:?} are claimed"
    );
    for (switch, change) in cases() {
        let wanted = Profile::default().merged(&change)?;
        let fixture = Fixture::with(wanted.clone()).await?;
        let found = probe(&fixture).await.context(switch)?;
        same(switch, &wanted, &found)?;
        ensure_clean(&fixture).context(switch)?;
    }
    Ok(())
}

#[tokio::test]
async fn every_claimed_switch_of_the_oddest_build_is_detected() -> Result<()> {
    let wanted = Profile {
        task_state: emulator::TaskState::IsEnabled,
        skill_text: emulator::SkillText::SkillContent,
        null_lists: true,
        mask_bearer_tokens: true,
        ..Profile::acceptance()
    };
    let fixture = Fixture::with(wanted.clone()).await?;
    let found = probe(&fixture).await?;
    let (read, probed) = azuresre::doctor::switches();
    // The agent of this test has neither a long list nor a large memory, so these are not detected.
    let untold = ["memory_page_size", "page_size"];
    let told = read
        .iter()
        .chain(&probed)
        .filter(|switch| !untold.contains(switch));
    for switch in told {
        same(switch, &wanted, &found)?;
    }
    ensure_clean(&fixture)
}

#[tokio::test]
async fn incident_filters_are_probed_if_a_platform_is_connected() -> Result<()> {
    for strict_filters in [false, true] {
        let wanted = Profile {
            strict_filters,
            quickstart_plan: None,
            ..Profile::default()
        };
        let service = samples::Service::start(wanted.clone()).await?;
        let agent = service.shared_agent().await?.to_owned();
        let fixture = Fixture { service, agent };
        let found = probe(&fixture).await?;
        same("strict_filters", &wanted, &found)?;
        ensure_clean(&fixture)?;
    }
    Ok(())
}

#[tokio::test]
async fn without_confirmation_objects_are_listed_but_not_created() -> Result<()> {
    let fixture = Fixture::new().await?;
    let url = fixture.emulator().url();
    for more in [
        &["--write-probes"][..],
        &["--write-probes", "--confirm", "other"],
    ] {
        let options = ["--emulator", &url, "--agent-id", &fixture.agent];
        let options: Vec<&str> = options.into_iter().chain(more.iter().copied()).collect();
        let (_, told) = examine_as_text(&options, &[]).await?;
        ensure!(
            told.contains("azuresre-doctor-skill") && told.contains("--confirm shop"),
            "{told}"
        );
        ensure!(told.contains("Nothing has been created"), "{told}");
    }
    fixture.ensure_read_only()
}

#[tokio::test]
async fn leftovers_of_a_killed_doctor_are_deleted_by_the_next() -> Result<()> {
    let fixture = Fixture::new().await?;
    // A user's object whose name only looks like a reserved one.
    let own = "/api/v2/extendedAgent/commonprompts/azuresre-doctor-prompt-of-mine";
    let body = json!({
        "name": "azuresre-doctor-prompt-of-mine",
        "type": "CommonPrompt",
        "properties": { "prompt": "Be brief." },
    });
    fixture
        .service
        .data_plane(&fixture.agent, Method::PUT, own, body)
        .await?
        .success()?;
    let held = fixture
        .emulator()
        .fault(Fault::on("PUT", "/hooks/azuresre-doctor-hook$").hold_applied())?;
    let (url, agent) = (fixture.emulator().url(), fixture.agent.clone());
    let killed = tokio::spawn(async move {
        let options = ["--emulator", &url, "--agent-id", &agent];
        let options: Vec<&str> = options.into_iter().chain(CONFIRMED).collect();
        examine_as_text(&options, &[]).await
    });
    held.held().await;
    killed.abort();
    ensure!(
        killed.await.is_err_and(|error| error.is_cancelled()),
        "it was not killed"
    );
    held.release();
    ensure!(
        left(&fixture)?.len() > 3,
        "nothing was left: {:?}",
        left(&fixture)?
    );
    probe(&fixture).await?;
    ensure!(
        left(&fixture)? == ["azuresre-doctor-prompt-of-mine"],
        "{:?}",
        left(&fixture)?
    );
    Ok(())
}

#[tokio::test]
async fn tenant_that_refuses_a_probe_gets_a_plane_for_the_provider_block() -> Result<()> {
    let profile = Profile::default().merged(&json!({ "tenant": "external" }))?;
    let fixture = Fixture::with(profile).await?;
    let report = fixture.examine(&CONFIRMED).await?;
    report.ensure("plane", "skipped", &["--write-probes"])?;
    report.ensure_only("plane-probe", &["ARM rejects"])?;
    ensure!(
        report.block("plane") == Some("\"data_plane\""),
        "{:#}",
        report.document
    );
    Ok(())
}

#[tokio::test]
async fn failed_deletion_is_reported() -> Result<()> {
    let fixture = Fixture::new().await?;
    let fault = Fault::on("DELETE", "/tools/azuresre-doctor-tool$").forever();
    let handle = fixture
        .emulator()
        .fault(fault.error(409, "Conflict", "It is in use."))?;
    let options = options(&fixture);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let (_, told) = examine_as_text(&options, &[]).await?;
    ensure!(
        told.contains("could not delete") && told.contains("azuresre-doctor-tool"),
        "{told}"
    );
    handle.remove();
    probe(&fixture).await?;
    ensure_clean(&fixture)
}

fn options(fixture: &Fixture) -> Vec<String> {
    let url = fixture.emulator().url();
    let options = ["--emulator", &url, "--agent-id", &fixture.agent];
    options
        .into_iter()
        .chain(CONFIRMED)
        .map(str::to_owned)
        .collect()
}

/// Returns the profile that write probes detect.
async fn probe(fixture: &Fixture) -> Result<Profile> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("profile.json");
    let mut options = options(fixture);
    options.extend(["--profile".to_owned(), file.display().to_string()]);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    examine_as_text(&options, &[]).await?;
    Ok(Profile {
        comment: None,
        ..Profile::from_json(&std::fs::read_to_string(&file)?)?
    })
}

/// Fails unless nothing is left, and only objects with reserved names were written.
fn ensure_clean(fixture: &Fixture) -> Result<()> {
    let left = left(fixture)?;
    ensure!(left.is_empty(), "{left:?} are left");
    for request in fixture.emulator().requests() {
        let is_trigger = request.path.contains("/httptriggers/");
        let is_ours = is_trigger || request.path.contains(RESERVED);
        let is_read = ["GET", "HEAD"].contains(&request.method.as_str());
        // Writes before the probes created the agent's objects.
        let is_others = request
            .headers
            .get("user-agent")
            .is_none_or(|agent| !agent.contains("azuresre"));
        ensure!(
            is_read || is_ours || is_others,
            "{} {} was sent",
            request.method,
            request.path
        );
    }
    let threads = fixture.emulator().state_of(|key| key.contains("thread"))?;
    ensure!(threads.is_empty(), "an agent was set to work: {threads:?}");
    Ok(())
}

/// Returns the names of stored objects with the reserved prefix.
fn left(fixture: &Fixture) -> Result<Vec<String>> {
    let state = fixture.emulator().state()?;
    let names = state
        .values()
        .filter(|record| record["deleted"] != true)
        .filter_map(|record| {
            let name = record["name"]
                .as_str()
                .or(record["members"]["name"].as_str())?;
            name.starts_with(RESERVED).then(|| name.to_owned())
        });
    Ok(names.collect())
}
