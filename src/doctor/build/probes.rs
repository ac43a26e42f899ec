//! Probes that write objects with reserved names, in the ways that distinguish builds.
//!
//! A probe that fails observes nothing, and does not prevent the others.

use azure::{ErrorKind, Presence, Request};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{Method, StatusCode};
use serde_json::{Value as Json, json};
use url::Url;

use super::cleaning::{TRIGGERS, exists, exists_on_arm, triggers};
use super::exchange::{LOOKS, PAUSE, put, send, until};
use super::facts::Facts;
use super::objects::{
    CONNECTOR, FILTER, HOOK, NOBODY, OBJECTS, PROMPT, REPO, SKILL, SUBAGENT, TASK, TEXT, TOOL,
    TRIGGER,
};
use crate::doctor::scene::Scene;

/// The limit for the search of the minimum length of a text.
const LONGEST_MINIMUM: usize = 256;

/// Runs all probes.
pub(super) async fn write(scene: &Scene, facts: &mut Facts) {
    prompt(scene, facts).await;
    skill(scene, facts).await;
    subagent(scene, facts).await;
    tool(scene, facts).await;
    hook(scene, facts).await;
    let _ = put(scene, &TASK, TASK.body()).await;
    connector(scene, facts).await;
    repo(scene, facts).await;
    filter(scene, facts).await;
    memory(scene, facts).await;
    webhook(scene, facts).await;
    planes(scene, facts).await;
    settle(scene, facts).await;
}

/// Reads every object as often as reads may be stale, so that later reads return the last write.
async fn settle(scene: &Scene, facts: &Facts) {
    let late = facts
        .get("visibility_lag")
        .and_then(Json::as_u64)
        .unwrap_or_default();
    for object in OBJECTS {
        for _ in 0..late {
            let _ = exists(scene, object).await;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Probes a common prompt: envelopes without a type and with tags, and stale reads.
async fn prompt(scene: &Scene, facts: &mut Facts) {
    let mut untyped = PROMPT.body();
    untyped["type"] = json!("");
    let is_refused = match put(scene, &PROMPT, untyped).await {
        Ok(()) => Some(false),
        Err(error) => error.is_refusal().then_some(true),
    };
    match is_refused {
        Some(false) => facts.see(
            "missing_type",
            "accepted",
            "the service accepts a common prompt without a type",
        ),
        Some(true) => {
            let mut untyped = SKILL.body();
            untyped["type"] = json!("");
            match put(scene, &SKILL, untyped).await {
                Ok(()) => facts.see(
                    "missing_type",
                    "hooks_and_prompts",
                    "the service rejects a common prompt without a type, but accepts a skill \
                     without one",
                ),
                Err(error) if error.is_refusal() => {
                    facts.see(
                        "missing_type",
                        "refused",
                        "the service rejects a skill without a type",
                    );
                }
                Err(_) => {}
            }
        }
        None => {}
    }
    let mut tagged = PROMPT.body();
    tagged["tags"] = json!(["azuresre-doctor"]);
    if put(scene, &PROMPT, tagged).await.is_err() {
        return;
    }
    let mut changed = PROMPT.with(json!({ "prompt": format!("{TEXT}\nIt has been changed.") }));
    changed["tags"] = json!(["azuresre-doctor"]);
    // The creation may be delayed as well. Only reads after the change are counted.
    let is_there = |document: &Json| document["properties"]["prompt"].is_string();
    if until(scene, &PROMPT, is_there).await.is_none()
        || put(scene, &PROMPT, changed).await.is_err()
    {
        return;
    }
    let is_new = |document: &Json| {
        let text = document["properties"]["prompt"]
            .as_str()
            .unwrap_or_default();
        text.contains("changed")
    };
    let Some((late, document)) = until(scene, &PROMPT, is_new).await else {
        return;
    };
    facts.see(
        "visibility_lag",
        late,
        format!("{late} reads after a write returned the previous content"),
    );
    let has_tags = document["tags"]
        .as_array()
        .is_some_and(|tags| !tags.is_empty());
    match has_tags {
        true => facts.see(
            "silent_drops",
            false,
            "the service stores the tags of a common prompt",
        ),
        false => facts.see(
            "silent_drops",
            true,
            "the service does not store the tags of a common prompt",
        ),
    }
}

/// Probes a skill: the minimum length of its text, by bisection.
async fn skill(scene: &Scene, facts: &mut Facts) {
    let mut tries = Vec::new();
    let (mut refused, mut taken) = (0, LONGEST_MINIMUM);
    while taken - refused > 1 {
        let length = (refused + taken) / 2;
        let mut properties = (SKILL.properties)();
        properties["skillContent"] = json!("x".repeat(length));
        match put(scene, &SKILL, SKILL.with(properties)).await {
            Ok(()) => taken = length,
            Err(error) if error.is_refusal() => refused = length,
            Err(_) => return,
        }
        tries.push(length);
    }
    if put(scene, &SKILL, SKILL.body()).await.is_err() {
        return;
    }
    match refused {
        0 => facts.see("min_text", 0, "the service accepts a text of one character"),
        _ => facts.see(
            "min_text",
            taken,
            format!("the service rejects {refused} characters, and accepts {taken}"),
        ),
    }
}

/// Probes a subagent: whether handoffs are required and validated.
async fn subagent(scene: &Scene, facts: &mut Facts) {
    let mut properties = (SUBAGENT.properties)();
    if let Some(members) = properties.as_object_mut() {
        members.shift_remove("handoffs");
    }
    match put(scene, &SUBAGENT, SUBAGENT.with(properties.clone())).await {
        Ok(()) => facts.see(
            "require_handoffs",
            false,
            "the service accepts a subagent without handoffs",
        ),
        Err(error) if error.is_refusal() => {
            facts.see(
                "require_handoffs",
                true,
                "the service rejects a subagent without handoffs",
            );
        }
        Err(_) => return,
    }
    properties["handoffs"] = json!([NOBODY]);
    match put(scene, &SUBAGENT, SUBAGENT.with(properties)).await {
        Ok(()) => facts.see(
            "check_handoffs",
            false,
            "the service accepts a handoff to a subagent that does not exist",
        ),
        Err(error) if error.is_refusal() => match error.says("workspace mode") {
            true => facts.see(
                "workspace_mode",
                true,
                "the service rejects new handoffs in workspace mode",
            ),
            false => facts.see(
                "check_handoffs",
                true,
                "the service rejects a handoff to a subagent that does not exist",
            ),
        },
        Err(_) => {}
    }
    let _ = put(scene, &SUBAGENT, SUBAGENT.body()).await;
}

/// Probes a tool: whether another name of its type is accepted.
async fn tool(scene: &Scene, facts: &mut Facts) {
    let mut other = TOOL.body();
    other["type"] = json!("Tool");
    match put(scene, &TOOL, other).await {
        Ok(()) => facts.see(
            "accept_tool_type",
            true,
            "the service accepts the type `Tool`",
        ),
        Err(error) if error.is_refusal() => {
            facts.see(
                "accept_tool_type",
                false,
                "the service rejects the type `Tool`",
            );
        }
        Err(_) => {}
    }
    let _ = put(scene, &TOOL, TOOL.body()).await;
}

/// Probes a hook: whether its type can change.
async fn hook(scene: &Scene, facts: &mut Facts) {
    if put(scene, &HOOK, HOOK.body()).await.is_err() {
        return;
    }
    let is_there = |document: &Json| document["properties"]["hook"].is_object();
    if until(scene, &HOOK, is_there).await.is_none() {
        return;
    }
    let mut properties = (HOOK.properties)();
    properties["hook"] =
        json!({ "type": "command", "command": "true", "timeout": 31, "failMode": "Allow" });
    match put(scene, &HOOK, HOOK.with(properties)).await {
        Ok(()) => {}
        Err(error) if error.is_refusal() => {
            return facts.see(
                "hook_type_immutable",
                true,
                "the service rejects a change of the hook type",
            );
        }
        Err(_) => return,
    }
    let is_new = |document: &Json| document["properties"]["hook"]["timeout"] == 31;
    let Some((_, document)) = until(scene, &HOOK, is_new).await else {
        return;
    };
    let ty = document["properties"]["hook"]["type"]
        .as_str()
        .unwrap_or_default();
    match ty.eq_ignore_ascii_case("command") {
        true => facts.see(
            "hook_type_immutable",
            false,
            "the service changed the type of a hook",
        ),
        false => facts.see(
            "hook_type_immutable",
            true,
            "the service did not change the type of a hook",
        ),
    }
}

/// Probes a connector: whether the map of headers is stored.
async fn connector(scene: &Scene, facts: &mut Facts) {
    if put(scene, &CONNECTOR, CONNECTOR.body()).await.is_err() {
        return;
    }
    let is_there = |document: &Json| document["properties"]["extendedProperties"].is_object();
    let Some((_, document)) = until(scene, &CONNECTOR, is_there).await else {
        return;
    };
    match document["properties"]["extendedProperties"]["headers"].is_object() {
        true => facts.see(
            "mcp_headers",
            "kept",
            "the service stores the map `headers`",
        ),
        false => facts.see(
            "mcp_headers",
            "lost",
            "the service does not store the map `headers`",
        ),
    }
}

/// Probes a repository: whether a successful write returns an error.
async fn repo(scene: &Scene, facts: &mut Facts) {
    match put(scene, &REPO, REPO.body()).await {
        Ok(()) => facts.see("repo_put_405", false, "the service accepts a repository"),
        Err(error) if error.status() == Some(405) => {
            if until(scene, &REPO, Json::is_object).await.is_some() {
                facts.see(
                    "repo_put_405",
                    true,
                    "the service creates a repository, but returns 405",
                );
            }
        }
        Err(_) => {}
    }
}

/// Probes an incident filter, if an incident platform is connected: whether all its members are
/// accepted.
async fn filter(scene: &Scene, facts: &mut Facts) {
    let platform = &scene.document["properties"]["incidentManagementConfiguration"]["type"];
    let Some(platform) = platform
        .as_str()
        .filter(|platform| !platform.is_empty() && *platform != "None")
    else {
        return;
    };
    let mut properties = (FILTER.properties)();
    properties["incidentPlatform"] = json!(platform);
    if put(scene, &FILTER, FILTER.with(properties.clone()))
        .await
        .is_err()
    {
        return;
    }
    properties["mergeEnabled"] = json!(false);
    match put(scene, &FILTER, FILTER.with(properties)).await {
        Ok(()) => facts.see(
            "strict_filters",
            false,
            "the service accepts an incident filter with `mergeEnabled`",
        ),
        Err(error) if error.is_refusal() => {
            facts.see(
                "strict_filters",
                true,
                "the service rejects an incident filter with `mergeEnabled`",
            );
        }
        Err(_) => {}
    }
}

/// Probes the agent's memory: whether it supports deletions, with a document that does not exist.
async fn memory(scene: &Scene, facts: &mut Facts) {
    let path = format!("/api/v1/agentmemory/document/{NOBODY}");
    match send(scene, Request::delete(path)).await {
        Ok(_) => facts.see(
            "memory_delete_405",
            false,
            "the service accepts the deletion of a document that does not exist",
        ),
        Err(error) if error.status() == Some(405) => {
            facts.see("memory_delete_405", true, "a deletion returns 405");
        }
        Err(error) if error.status() == Some(404) => {
            facts.see(
                "memory_delete_405",
                false,
                "the service returns 404 for the deletion of a document that does not exist",
            );
        }
        Err(_) => {}
    }
}

/// Probes an HTTP trigger: whether its URL requires a token. The trigger is disabled first, so that
/// it does not start the agent.
async fn webhook(scene: &Scene, facts: &mut Facts) {
    let body =
        json!({ "name": TRIGGER, "description": TEXT, "agentPrompt": TEXT, "agentMode": "Review" });
    let created = send(
        scene,
        Request::post(format!("{TRIGGERS}/create")).json(body),
    )
    .await;
    let Ok(created) = created else {
        return;
    };
    let ids = triggers(scene).await;
    let Some(id) = ids.first() else {
        return;
    };
    let off = send(scene, Request::post(format!("{TRIGGERS}/{id}/disable"))).await;
    let url = created["triggerUrl"]
        .as_str()
        .and_then(|url| Url::parse(url).ok());
    let (Ok(_), Some(url)) = (off, url) else {
        return;
    };
    let Ok(answer) = scene.call(Method::POST, url).await else {
        return;
    };
    match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            facts.see(
                "webhook",
                "bearer",
                format!("a call without a token returns {}", answer.status),
            );
        }
        StatusCode::NOT_FOUND => {
            facts.see(
                "webhook",
                "none",
                "a call without a token returns 404, as for a disabled trigger",
            );
        }
        _ => {}
    }
}

/// Probes a common prompt on both planes: whether ARM returns and accepts it, and whether it
/// returns the original text.
async fn planes(scene: &Scene, facts: &mut Facts) {
    let (Some(segment), Some(agent), Ok(client)) = (PROMPT.arm, &scene.agent, scene.client())
    else {
        return;
    };
    let collection = format!("{}/{segment}", agent.path());
    let path = format!("{collection}/{}", PROMPT.name);
    // No service would format JSON with this white space.
    let sent = format!("{{ \"prompt\" : {} }}", json!(TEXT));
    let encoded = BASE64_STANDARD.encode(&sent);
    let shown = exists_on_arm(scene, segment, &PROMPT).await;
    let request = Request::put(path.clone()).json(json!({ "properties": { "value": encoded } }));
    match client.arm(request, &scene.budget()).await {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::TenantRestricted => {
            facts.see(
                "tenant",
                "external",
                "ARM rejects a common prompt in this tenant",
            );
            if let Some(status) = error.status() {
                facts.see(
                    "tenant_refusal_status",
                    status,
                    format!("ARM returned {status}"),
                );
            }
            return;
        }
        Err(_) => return,
    }
    facts.see("tenant", "internal", "ARM accepts a common prompt");
    match shown {
        Some(true) => facts.see(
            "store",
            "one",
            "ARM returns an object that was written on the data plane",
        ),
        Some(false) => facts.see(
            "store",
            "two",
            "ARM does not return an object that was written on the data plane",
        ),
        None => {}
    }
    if let Ok(response) = client.arm(Request::get(collection), &scene.budget()).await {
        let lacks = response
            .json()
            .is_some_and(|list| list.is_object() && list.get("value").is_none());
        match lacks {
            true => facts.see(
                "list_glitch",
                true,
                "the first list after a write lacks `value`",
            ),
            false => facts.see(
                "list_glitch",
                false,
                "the first list after a write has `value`",
            ),
        }
    }
    for _ in 0..LOOKS {
        let Ok(Presence::Found(document)) = client
            .arm_read(Request::get(path.clone()), &scene.budget())
            .await
        else {
            return;
        };
        let value = document["properties"]["value"].as_str().unwrap_or_default();
        let decoded = BASE64_STANDARD.decode(value).unwrap_or_default();
        // A stale read returns the previous content.
        let is_new = !String::from_utf8_lossy(&decoded).contains("changed");
        match (value == encoded, is_new) {
            (true, _) => {
                return facts.see(
                    "base64_bodies",
                    "as_sent",
                    "ARM returns the text as it was sent",
                );
            }
            (false, true) => {
                return facts.see(
                    "base64_bodies",
                    "completed",
                    "ARM returns the text in a different form",
                );
            }
            (false, false) => tokio::time::sleep(PAUSE).await,
        }
    }
}
