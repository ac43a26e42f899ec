//! `PUT /api/v1/extendedAgent/apply`: subagents and tools as YAML documents of the first version,
//! with names in snake case.

use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::documents::text;
use crate::http::{Answer, Failure, Handled, Refusal};
use crate::kinds::{Kind, SUBAGENTS, TOOLS};
use crate::objects::{Envelope, Objects};
use crate::store::{AgentRecord, Tx};

const MEDIA: [&str; 4] = [
    "application/x-yaml",
    "application/yaml",
    "text/yaml",
    "text/x-yaml",
];

/// Stores what the document describes. Tools before a refused one are kept.
pub(super) fn apply(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let sent = document(cx)?;
    let kind = sent.get("kind").and_then(Value::as_str).unwrap_or_default();
    let spec = object(&sent, "spec");
    let applied = match kind {
        "AgentConfiguration" => {
            let metadata = object(&sent, "metadata");
            let name = text(&spec, "name").or_else(|| text(&metadata, "name"));
            vec![write(tx, cx, agent, &SUBAGENTS, name, &spec)?]
        }
        "ToolList" => {
            let tools = spec.get("tools").and_then(Value::as_array);
            let tools = tools.ok_or_else(|| Refusal::invalid("spec.tools must be an array."))?;
            let mut applied = Vec::new();
            for tool in tools {
                let tool = tool.as_object().cloned().unwrap_or_default();
                applied.push(write(tx, cx, agent, &TOOLS, text(&tool, "name"), &tool)?);
            }
            applied
        }
        _ => {
            return Err(Refusal::invalid(format!("Unsupported kind: '{kind}'.")).into());
        }
    };
    Ok(Answer::json(
        StatusCode::ACCEPTED,
        json!({ "kind": kind, "applied": applied }),
    ))
}

fn document(cx: Context<'_>) -> Result<Map<String, Value>, Refusal> {
    let sent = cx.call.header(header::CONTENT_TYPE).unwrap_or_default();
    let media = sent.split(';').next().unwrap_or_default().trim();
    if !MEDIA.iter().any(|known| media.eq_ignore_ascii_case(known)) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            format!("'{media}' is not supported; send application/x-yaml."),
        ));
    }
    serde_saphyr::from_slice(&cx.call.body)
        .map_err(|error| Refusal::bad_request("InvalidYaml", error.to_string()))
}

/// Stores one object. This version does not distinguish its own failures from those of the
/// document.
fn write(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    kind: &'static Kind,
    name: Option<&str>,
    spec: &Map<String, Value>,
) -> Handled<String> {
    let name = name.ok_or_else(|| Refusal::invalid("name is required."))?;
    let objects = Objects::shared(cx, agent, kind);
    let properties = spec
        .iter()
        .filter(|(member, _)| *member != "name")
        .map(|(member, value)| (camel(member), value.clone()))
        .collect();
    let envelope = Envelope {
        object_type: kind.types.first().copied().unwrap_or_default().to_owned(),
        tags: json!([]),
        owner: json!(""),
        properties,
    };
    match objects.write(tx, name, envelope) {
        Ok((record, _)) => Ok(record.name),
        Err(Failure::Refused(refusal)) => Err(refusal.into_server_error().into()),
        Err(failure) => Err(failure),
    }
}

/// Converts a name of the first version to the second.
fn camel(name: &str) -> String {
    if name == "system_prompt" {
        return "instructions".to_owned();
    }
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &capital.into_iter().chain(letters).collect::<String>()
    })
}

fn object(document: &Map<String, Value>, name: &str) -> Map<String, Value> {
    document
        .get(name)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::camel;

    #[rstest]
    #[case("system_prompt", "instructions")]
    #[case("handoff_description", "handoffDescription")]
    #[case("allow_parallel_tool_calls", "allowParallelToolCalls")]
    #[case("tools", "tools")]
    fn names_are_converted_to_the_second_version(#[case] first: &str, #[case] second: &str) {
        assert_eq!(camel(first), second);
    }
}
