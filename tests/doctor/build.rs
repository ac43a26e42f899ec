//! What reads reveal about a build: every switch that the doctor claims to detect is set, and
//! detected.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use emulator::Profile;
use reqwest::Method;
use samples::Service;
use serde_json::{Value as Json, json};

use crate::fixture::{Fixture, examine_as_text};

/// Texts that a report must not contain.
const SECRETS: [&str; 3] = ["hunter2", "Whisper to nobody", "xyzzy"];

/// Returns values other than the default of every switch that reads detect, with the other settings
/// that they need.
fn cases() -> Vec<(&'static str, Json)> {
    vec![
        ("tenant", json!({ "tenant": "external" })),
        ("store", json!({ "store": "two" })),
        (
            "api_versions",
            json!({ "api_versions": ["2025-05-01-preview", "2026-01-01", "2026-07-01"] }),
        ),
        ("unknown_members", json!({ "unknown_members": "kept" })),
        ("mask_connectors", json!({ "mask_connectors": false })),
        ("mask_bearer_tokens", json!({ "mask_bearer_tokens": true })),
        ("base64_bodies", json!({ "base64_bodies": "as_sent" })),
        ("null_lists", json!({ "null_lists": true })),
        ("task_state", json!({ "task_state": "is_enabled" })),
        ("skill_text", json!({ "skill_text": "skill_content" })),
        // Reads can show that the map is kept, but only a write can show that it is lost.
        ("mcp_headers", json!({ "mcp_headers": "kept" })),
        ("crlf", json!({ "crlf": true })),
        ("list_glitch", json!({ "list_glitch": true })),
        ("page_size", json!({ "page_size": 2 })),
        (
            "quickstart_plan",
            json!({ "quickstart_plan": "quickstart_response_plan" }),
        ),
        ("role", json!({ "role": "author" })),
        ("role", json!({ "role": "user" })),
        ("role", json!({ "role": "reader" })),
        ("role", json!({ "role": "none" })),
        (
            "empty_forbidden",
            json!({ "role": "reader", "empty_forbidden": true }),
        ),
        ("accept", json!({ "accept": "json" })),
        ("lists", json!({ "lists": "bare" })),
        ("strict_filters", json!({ "strict_filters": true })),
        ("oauth_consent", json!({ "oauth_consent": true })),
        ("silent_drops", json!({ "silent_drops": false })),
        ("memory_page_size", json!({ "memory_page_size": 2 })),
    ]
}

#[tokio::test]
async fn every_switch_that_reads_detect_is_detected() -> Result<()> {
    let (read, _) = azuresre::doctor::switches();
    let named: BTreeSet<&str> = cases().iter().map(|(switch, _)| *switch).collect();
    // Reads detect the status of a refusal only if ARM refuses reads, which the emulator does not.
    let claimed: BTreeSet<&str> = read
        .into_iter()
        .filter(|switch| *switch != "tenant_refusal_status")
        .collect();
    ensure!(
        named == claimed,
        "cases are {named:?}, and {claimed:?} are claimed"
    );
    for (switch, change) in cases() {
        let wanted = Profile::default().merged(&change)?;
        let found = found(&wanted).await.context(switch)?;
        same(switch, &wanted, &found)?;
    }
    Ok(())
}

#[tokio::test]
async fn default_build_is_detected_as_default() -> Result<()> {
    let wanted = Profile::default();
    let (found, comment) = found_with_comment(&wanted).await?;
    ensure!(found == wanted, "{found:#?}");
    // Every switch has a line, and most were detected.
    let comment = comment.as_object().context("no comment")?;
    let (read, _) = azuresre::doctor::switches();
    let all = serde_json::to_value(&wanted)?;
    for switch in all.as_object().context("no profile")?.keys() {
        ensure!(comment.contains_key(switch), "{switch} has no line");
    }
    let unseen: Vec<&str> = read
        .into_iter()
        .filter(|switch| {
            !comment[*switch]
                .as_str()
                .unwrap_or_default()
                .starts_with("seen: ")
        })
        .collect();
    // Switches that reads detect only if they differ from the default.
    let only_otherwise = [
        "tenant_refusal_status",
        "unknown_members",
        "list_glitch",
        "page_size",
        "empty_forbidden",
        "silent_drops",
        "memory_page_size",
    ];
    ensure!(unseen == only_otherwise, "{unseen:?} are unseen");
    Ok(())
}

async fn found(profile: &Profile) -> Result<Profile> {
    Ok(found_with_comment(profile).await?.0)
}

/// Returns the profile that the doctor detects, for a service with this behavior and objects of
/// every kind.
async fn found_with_comment(profile: &Profile) -> Result<(Profile, Json)> {
    let fixture = with_objects(profile).await?;
    let before = fixture.emulator().state()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("profile.json");
    let (url, path) = (fixture.emulator().url(), file.display().to_string());
    let options = [
        "--emulator",
        &url,
        "--agent-id",
        &fixture.agent,
        "--full",
        "--profile",
        &path,
    ];
    let (_, told) = examine_as_text(&options, &[]).await?;
    let written = std::fs::read_to_string(&file)?;
    for secret in SECRETS {
        ensure!(
            !told.contains(secret) && !written.contains(secret),
            "{secret} is told"
        );
    }
    fixture.ensure_read_only()?;
    // The emulator stores that a list has lacked `value`, which is not an object.
    let state = fixture.emulator().state()?;
    let objects = |state: &serde_json::Map<String, Json>| -> Vec<String> {
        state
            .keys()
            .filter(|key| !key.contains("glitch"))
            .cloned()
            .collect()
    };
    ensure!(objects(&state) == objects(&before), "something has changed");
    let mut found = Profile::from_json(&written)?;
    let comment = found.comment.take().unwrap_or_default();
    Ok((found, comment))
}

/// Returns a service with objects of every kind, which behaves like this after they were created.
async fn with_objects(profile: &Profile) -> Result<Fixture> {
    // Objects are created with all permissions, and without the patience for young agents.
    let permissive = Profile {
        role: Profile::default().role,
        agent_age: 3600,
        ..profile.clone()
    };
    let service = Service::start(permissive).await?;
    let agent = service.shared_agent().await?.to_owned();
    let limit = json!({ "properties": { "monthlyAgentUnitLimit": 1000 } });
    service.arm(Method::PATCH, &agent, limit).await?.success()?;
    for (path, body) in objects() {
        let sent = service.data_plane(&agent, Method::PUT, path, body);
        sent.await?.success().context(path)?;
    }
    let skill = r#"{"description": "On ARM.", "skillContent": "xyzzy, said on ARM to whoever is there, and to nobody else."}"#;
    let skill = json!({ "properties": { "value": base64(skill) } });
    // Some tenants refuse this.
    service
        .arm(Method::PUT, &format!("{agent}/skills/on-arm"), skill)
        .await?;
    for name in ["a", "b", "c"] {
        upload(&service, &agent, name).await?;
    }
    service.emulator.set_profile(profile.clone());
    service.emulator.clear_requests();
    Ok(Fixture { service, agent })
}

fn objects() -> Vec<(&'static str, Json)> {
    let text = "Whisper to nobody what you have read here.\nThen go on with the next of them.";
    let named = |name: &str, ty: &str, properties: Json| json!({ "name": name, "type": ty, "tags": ["shop"], "properties": properties });
    vec![
        (
            "/api/v2/extendedAgent/skills/triage",
            named(
                "triage",
                "Skill",
                json!({ "description": "d", "skillContent": text, "tools": [] }),
            ),
        ),
        (
            "/api/v2/extendedAgent/agents/three",
            named(
                "three",
                "ExtendedAgent",
                json!({ "instructions": text, "handoffs": [] }),
            ),
        ),
        (
            "/api/v2/extendedAgent/commonprompts/tone",
            named("tone", "CommonPrompt", json!({ "prompt": text })),
        ),
        (
            "/api/v2/extendedAgent/scheduledtasks/daily",
            named(
                "daily",
                "ScheduledTask",
                json!({ "cronExpression": "0 6 * * *", "agentPrompt": text }),
            ),
        ),
        (
            "/api/v2/extendedAgent/incidentFilters/all",
            named(
                "all",
                "IncidentFilter",
                json!({ "incidentPlatform": "AzMonitor", "priorities": ["Sev1"] }),
            ),
        ),
        (
            "/api/v2/extendedAgent/connectors/mcp",
            named(
                "mcp",
                "AgentConnector",
                json!({
                    "dataConnectorType": "Mcp",
                    "dataSource": "placeholder",
                    "extendedProperties": {
                        "type": "http",
                        "endpoint": "https://mcp.example/mcp",
                        "authType": "BearerToken",
                        "bearerToken": "hunter2",
                        "headers": { "x-key": "hunter2" },
                    },
                }),
            ),
        ),
        (
            "/api/v2/connectorV2/connections/jira",
            json!({ "properties": { "connectorName": "jira" } }),
        ),
    ]
}

async fn upload(service: &Service, agent: &str, name: &str) -> Result<()> {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}.md\"\r\n\
         Content-Type: text/markdown\r\n\r\nxyzzy\r\n--b--\r\n"
    );
    let path = "/api/v1/agentmemory/upload";
    service
        .upload(
            agent,
            path,
            "multipart/form-data; boundary=b",
            body.into_bytes(),
        )
        .await
}

/// Fails unless a switch has the same value in two profiles.
pub(crate) fn same(switch: &str, wanted: &Profile, found: &Profile) -> Result<()> {
    let (wanted, found) = (serde_json::to_value(wanted)?, serde_json::to_value(found)?);
    ensure!(
        wanted[switch] == found[switch],
        "{switch} is {} and was taken for {}",
        wanted[switch],
        found[switch]
    );
    Ok(())
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(text)
}
