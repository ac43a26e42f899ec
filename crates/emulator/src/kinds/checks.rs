//! What the service refuses, and how it rewrites what it accepts, for each kind.

use serde_json::{Map, Value, json};

use super::Check;
use crate::documents::text;
use crate::http::Refusal;
use crate::profile::{McpHeaders, Profile, SkillText, TaskState};

type Checked = Result<(), Refusal>;

const TITLE_TERMS: [&str; 3] = ["titleContainsAll", "titleContainsAny", "titleNotContains"];
/// Members of filters that builds of mid-2026 could not bind.
const LATE_FILTER_MEMBERS: [&str; 4] = [
    "alertId",
    "azMonitorFilterSettings",
    "mergeEnabled",
    "deepInvestigationEnabled",
];
/// The members that may contain a skill's text.
const SKILL_TEXTS: [(SkillText, &str); 2] = [
    (SkillText::SkillContent, "skillContent"),
    (SkillText::SkillMdContent, "skillMdContent"),
];
/// The size limit of a hook's script.
const SCRIPT_BYTES: usize = 64 * 1024;

pub(super) fn connector(check: &Check<'_>) -> Checked {
    required(check, "dataConnectorType")?;
    let properties = check.properties.get("extendedProperties");
    if properties.is_some_and(|value| !value.is_object() && !value.is_null()) {
        return Err(invalid("extendedProperties must be an object."));
    }
    Ok(())
}

/// `McpServer` is accepted like any type, but the address of the server is lost.
pub(super) fn finish_connector(check: &Check<'_>, properties: &mut Map<String, Value>) {
    if check.profile.silent_drops && text(properties, "dataConnectorType") == Some("McpServer") {
        properties.insert("extendedProperties".to_owned(), json!({ "endpoint": null }));
    }
    if check.profile.mcp_headers == McpHeaders::Lost
        && text(properties, "dataConnectorType") == Some("Mcp")
        && let Some(Value::Object(extended)) = properties.get_mut("extendedProperties")
    {
        extended.shift_remove("headers");
    }
}

pub(super) fn skill(check: &Check<'_>) -> Checked {
    if check.properties.contains_key("content") {
        return Err(unmapped("content"));
    }
    let sent = SKILL_TEXTS
        .iter()
        .rfind(|(_, member)| check.properties.contains_key(*member));
    long_text(check, sent.map_or("skillContent", |(_, member)| *member))?;
    for member in ["tools", "additionalFiles"] {
        if check
            .properties
            .get(member)
            .is_some_and(|value| !value.is_array())
        {
            return Err(invalid(format!("{member} must be an array.")));
        }
    }
    Ok(())
}

/// The text is returned under one name, whichever name the request used.
pub(super) fn finish_skill(check: &Check<'_>, properties: &mut Map<String, Value>) {
    for (setting, member) in SKILL_TEXTS {
        if setting == check.profile.skill_text {
            continue;
        }
        let Some(text) = properties.shift_remove(member) else {
            continue;
        };
        for (wanted, member) in SKILL_TEXTS {
            if wanted == check.profile.skill_text {
                properties.insert(member.to_owned(), text.clone());
            }
        }
    }
}

pub(super) fn subagent(check: &Check<'_>) -> Checked {
    long_text(check, "instructions")?;
    let handoffs = match check.properties.get("handoffs") {
        Some(Value::Null) => return Err(Refusal::invalid("Handoffs cannot be null")),
        None if check.profile.require_handoffs => {
            return Err(Refusal::invalid("Handoffs cannot be null"));
        }
        None => return Ok(()),
        Some(Value::Array(handoffs)) => handoffs,
        Some(_) => return Err(invalid("handoffs must be an array.")),
    };
    let kept = check
        .existing
        .and_then(|existing| existing.properties.get("handoffs"));
    let kept: &[Value] = kept.and_then(Value::as_array).map_or(&[], Vec::as_slice);
    for handoff in handoffs.iter().filter(|handoff| !kept.contains(handoff)) {
        if check.workspace_mode {
            return Err(Refusal::invalid(
                "New agent-to-agent handoffs are not supported in workspace mode. Existing \
                 handoffs may only be retained or removed.",
            ));
        }
        let target = handoff.as_str().unwrap_or_default();
        if check.profile.check_handoffs && !(check.siblings)(target) {
            return Err(Refusal::invalid(format!(
                "Handoff agent '{target}' does not exist."
            )));
        }
    }
    Ok(())
}

pub(super) fn tool(check: &Check<'_>) -> Checked {
    if let Some(timeout) = check
        .properties
        .get("timeoutSeconds")
        .filter(|value| !value.is_null())
    {
        in_range("timeoutSeconds", timeout, 5, 900)?;
    }
    if check
        .properties
        .get("parameters")
        .is_some_and(|value| !value.is_array() && !value.is_null())
    {
        return Err(invalid("parameters must be an array."));
    }
    Ok(())
}

pub(super) fn finish_tool(_: &Check<'_>, properties: &mut Map<String, Value>) {
    let kind = properties.get("type").and_then(Value::as_str);
    if matches!(kind, Some("PythonTool" | "PythonFunctionTool"))
        && properties.get("timeoutSeconds").is_none_or(Value::is_null)
    {
        properties.insert("timeoutSeconds".to_owned(), json!(120));
    }
}

pub(super) fn scheduled_task(check: &Check<'_>) -> Checked {
    required(check, "agentPrompt")?;
    let cron = required(check, "cronExpression")?;
    // It is not known which dialect the service accepts. Some have a field for seconds or years.
    if !(5..=6).contains(&cron.split_whitespace().count()) {
        return Err(invalid(format!(
            "'{cron}' is not a valid cron expression of five or six fields."
        )));
    }
    Ok(())
}

/// A build that switches tasks by their status has other members, and does not accept `isEnabled`.
/// Other builds do not accept a status.
pub(super) fn finish_scheduled_task(check: &Check<'_>, properties: &mut Map<String, Value>) {
    if check.profile.task_state == TaskState::IsEnabled {
        properties.shift_remove("status");
        return;
    }
    properties.shift_remove("isEnabled");
    if check.profile.silent_drops {
        properties.shift_remove("modelTier");
    }
    // Times are returned in another format than they were sent in.
    for member in ["startTime", "endTime"] {
        let time = properties.get(member).and_then(Value::as_str);
        let time = time.and_then(|time| time.parse::<jiff::Timestamp>().ok());
        if let Some(time) = time {
            let time = time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
            properties.insert(member.to_owned(), time.into());
        }
    }
    let kept = check
        .existing
        .and_then(|existing| existing.properties.get("status"));
    let kept = kept.cloned().unwrap_or_else(|| json!("Active"));
    for (member, default) in [
        ("startTime", Value::Null),
        ("endTime", Value::Null),
        ("notificationChannel", Value::Null),
        ("status", kept),
    ] {
        let value = properties.entry(member).or_insert(Value::Null);
        if value.is_null() {
            *value = default;
        }
    }
}

pub(super) fn incident_filter(check: &Check<'_>) -> Checked {
    if text(check.properties, "incidentPlatform").is_none() {
        return Err(Refusal::invalid(
            "Unable to determine incident filter type.",
        ));
    }
    if check.properties.contains_key("maxAttempts") {
        return Err(unmapped("maxAttempts"));
    }
    let late = LATE_FILTER_MEMBERS
        .iter()
        .find(|member| check.properties.contains_key(**member));
    if let (true, Some(member)) = (check.profile.strict_filters, late) {
        return Err(unmapped(member));
    }
    for member in TITLE_TERMS {
        match check.properties.get(member) {
            None | Some(Value::Null) => {}
            Some(Value::Array(terms)) => distinct(member, terms)?,
            // If the service cannot bind a body, it answers as if the route did not exist.
            Some(_) => {
                return Err(Refusal::new(
                    axum::http::StatusCode::METHOD_NOT_ALLOWED,
                    "MethodNotAllowed",
                    format!("{member} is not an array."),
                ));
            }
        }
    }
    if let Some(hours) = check
        .properties
        .get("mergeWindowHours")
        .filter(|value| !value.is_null())
    {
        in_range("mergeWindowHours", hours, 1, 24)?;
    }
    if check.platform == "None" {
        return Err(Refusal::invalid(
            "No incident platform is connected to this agent, or it is still being initialized.",
        ));
    }
    Ok(())
}

/// A build that does not know a member does not return it either.
pub(super) fn finish_incident_filter(check: &Check<'_>, properties: &mut Map<String, Value>) {
    if check.profile.strict_filters {
        for member in LATE_FILTER_MEMBERS {
            properties.shift_remove(member);
        }
    }
}

pub(super) fn hook(check: &Check<'_>) -> Checked {
    if check.name.starts_with("system__") {
        return Err(invalid("Hook names must not start with 'system__'."));
    }
    let event = required(check, "eventType")?;
    let Some(Value::Object(hook)) = check.properties.get("hook") else {
        return Err(invalid("hook is required."));
    };
    let has = |member: &str| text(hook, member).is_some();
    match text(hook, "type")
        .unwrap_or("prompt")
        .to_lowercase()
        .as_str()
    {
        "prompt" if !has("prompt") => return Err(invalid("A prompt hook needs a prompt.")),
        "command" if has("command") == has("script") => {
            return Err(invalid(
                "A command hook needs exactly one of command and script.",
            ));
        }
        "prompt" | "command" => {}
        other => return Err(invalid(format!("'{other}' is no type of hook."))),
    }
    if event.eq_ignore_ascii_case("PostToolUse") && !has("matcher") {
        return Err(invalid("A PostToolUse hook needs a matcher."));
    }
    if text(hook, "script").is_some_and(|script| script.len() > SCRIPT_BYTES) {
        return Err(invalid("The script is larger than 64 KB."));
    }
    for (member, least, most) in [("timeout", 1, 300), ("maxRejections", 1, 25)] {
        if let Some(value) = hook.get(member).filter(|value| !value.is_null()) {
            in_range(member, value, least, most)?;
        }
    }
    Ok(())
}

/// The type of a hook does not change, and its values are returned capitalized.
pub(super) fn finish_hook(check: &Check<'_>, properties: &mut Map<String, Value>) {
    let before = check
        .existing
        .and_then(|existing| existing.properties.get("hook"));
    let kept = before
        .and_then(|hook| hook.get("type"))
        .filter(|_| check.profile.hook_type_immutable);
    let Some(Value::Object(hook)) = properties.get_mut("hook") else {
        return;
    };
    if let Some(kept) = kept {
        hook.insert("type".to_owned(), kept.clone());
    }
    if text(hook, "type").is_none() {
        hook.insert("type".to_owned(), json!("Prompt"));
    }
    for member in ["type", "failMode"] {
        if let Some(Value::String(word)) = hook.get_mut(member) {
            *word = capitalised(word);
        }
    }
}

pub(super) fn common_prompt(check: &Check<'_>) -> Checked {
    required(check, "prompt").map(drop)
}

pub(super) fn repository(check: &Check<'_>) -> Checked {
    let url = required(check, "url")?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(invalid(format!("'{url}' is not a full repository URL.")));
    }
    Ok(())
}

/// Returns a text that must be present and not empty.
fn required<'a>(check: &Check<'a>, member: &str) -> Result<&'a str, Refusal> {
    text(check.properties, member).ok_or_else(|| invalid(format!("{member} is required.")))
}

fn long_text(check: &Check<'_>, member: &str) -> Checked {
    let text = required(check, member)?;
    let Profile { min_text, .. } = check.profile;
    if text.chars().count() < *min_text as usize {
        return Err(invalid(format!(
            "{member} must have at least {min_text} characters."
        )));
    }
    Ok(())
}

fn in_range(member: &str, value: &Value, least: i64, most: i64) -> Checked {
    match value.as_i64() {
        Some(number) if (least..=most).contains(&number) => Ok(()),
        _ => Err(invalid(format!(
            "{member} must be between {least} and {most}."
        ))),
    }
}

fn distinct(member: &str, terms: &[Value]) -> Checked {
    let mut seen = std::collections::HashSet::new();
    for term in terms {
        if !seen.insert(term.as_str().unwrap_or_default().to_lowercase()) {
            return Err(Refusal::invalid(format!(
                "{member} has a duplicate entry (case-insensitive): {term}."
            )));
        }
    }
    Ok(())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn unmapped(member: &str) -> Refusal {
    invalid(format!(
        "The JSON property '{member}' could not be mapped to any .NET member."
    ))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::invalid(message)
}
