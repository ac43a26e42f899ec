//! Knowledge of connectors, and other requests of the data plane about connectors.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{catalog, memory, objects, repositories};
use crate::context::Context;
use crate::documents::{self, text};
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::CONNECTORS;
use crate::objects::Objects;
use crate::store::{AgentRecord, ObjectRecord, Tx};

/// The media types of content. Everything else is returned as bytes.
const MEDIA: [&str; 7] = [
    "text/html",
    "text/markdown",
    "text/plain",
    "text/csv",
    "application/json",
    "application/yaml",
    "application/pdf",
];

/// The document of a knowledge connector.
struct Item {
    file_name: String,
    media: String,
    bytes: Bytes,
}

impl Item {
    /// Returns why it cannot be indexed. A web page is indexed, although it cannot be uploaded.
    fn problem(&self) -> Option<String> {
        let is_page = self.media == "text/html" && !self.bytes.is_empty();
        (!is_page)
            .then(|| memory::problem(&self.file_name, &self.bytes))
            .flatten()
    }
}

/// Returns the connectors' knowledge as it appears among the agent's files.
pub(super) fn files(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled<Vec<Value>> {
    let connectors = connectors(cx, agent);
    let mut files = Vec::new();
    for record in connectors.list(tx)? {
        let Some(item) = item(&record) else {
            continue;
        };
        let ready = record.settling == 0;
        connectors.settle(tx, &record.name)?;
        let problem = item.problem();
        files.push(json!({
            "name": format!("knowledge_{}", item.file_name),
            "fileName": item.file_name,
            "size": item.bytes.len(),
            "lastModified": record.modified,
            "isIndexed": ready && problem.is_none(),
            "errorReason": problem.filter(|_| ready),
            "mimeType": item.media,
        }));
    }
    Ok(files)
}

/// `GET /api/v2/extendedAgent/connectors/{name}/content`: returns what was uploaded with the
/// connector.
pub(super) fn content(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    name: &str,
) -> Handled {
    let Some(record) = connectors(cx, agent).read(tx, name)? else {
        return Err(objects::missing(&CONNECTORS, name).into());
    };
    let Some(item) = item(&record) else {
        return Err(Refusal::not_found(format!("Connector '{name}' has no content.")).into());
    };
    let media = MEDIA
        .into_iter()
        .find(|media| item.media.starts_with(media))
        .unwrap_or("application/octet-stream");
    Ok(Answer::bytes(media, item.bytes))
}

/// `POST /api/v2/extendedAgent/connectors/{name}/testconnection`: returns whether the connector in
/// the body would work, stored or not.
pub(super) fn test(cx: Context<'_>, name: &str) -> Handled {
    let sent = cx.call.json_object()?;
    let properties = object(sent.get("properties"));
    let kind = properties.get("dataConnectorType").and_then(Value::as_str);
    let extended = object(properties.get("extendedProperties"));
    let has = |member: &str| text(&extended, member).is_some();
    let problem = match kind {
        None => Some("dataConnectorType is required.".to_owned()),
        Some("Mcp") if !has("endpoint") && !has("command") => {
            Some("The connector has neither an endpoint nor a command.".to_owned())
        }
        Some(_) => repositories::unreachable(text(&extended, "endpoint").unwrap_or_default()),
    };
    let tools: Vec<Value> = if problem.is_none() {
        catalog::tools_of(name, &properties)
            .into_iter()
            .map(|name| json!({ "name": name, "description": "" }))
            .collect()
    } else {
        Vec::new()
    };
    Ok(Answer::ok(json!({
        "connectorName": name,
        "success": problem.is_none(),
        "totalCount": tools.len(),
        "tools": tools,
        "errorMessage": problem,
        "responseTimeMs": 1,
    })))
}

/// Adds what the service reports about knowledge to the properties of its connector.
pub(super) fn describe(record: &ObjectRecord, properties: &mut Map<String, Value>) {
    let Some(item) = item(record) else {
        return;
    };
    if let Some(Value::Object(extended)) = properties.get_mut("extendedProperties") {
        let problem = item.problem().filter(|_| record.settling == 0);
        extended.insert("createdAt".to_owned(), json!(record.created));
        extended.insert("errorReason".to_owned(), json!(problem));
    }
}

/// Returns the knowledge of a connector, if it has any. A file without a name is stored under the
/// connector's name, with the extension `.bin`.
fn item(record: &ObjectRecord) -> Option<Item> {
    let properties = &record.properties;
    let extended = object(properties.get("extendedProperties"));
    let named = |extension: &str| format!("{}.{extension}", record.name);
    match properties.get("dataConnectorType")?.as_str()? {
        "KnowledgeFile" => {
            let encoded = text(&extended, "fileContent").unwrap_or_default();
            let file_name = text(&extended, "fileName");
            Some(Item {
                file_name: file_name.map_or_else(|| named("bin"), str::to_owned),
                media: text(&extended, "contentType")
                    .unwrap_or("application/octet-stream")
                    .to_owned(),
                bytes: Bytes::from(documents::base64(encoded).unwrap_or_default()),
            })
        }
        "KnowledgeText" => Some(Item {
            file_name: named("txt"),
            media: "text/plain".to_owned(),
            bytes: Bytes::from(text(&extended, "content").unwrap_or_default().to_owned()),
        }),
        // The page itself cannot be loaded, so its address is the content.
        "KnowledgeWebPage" => Some(Item {
            file_name: named("html"),
            media: "text/html".to_owned(),
            bytes: Bytes::from(text(&extended, "url").unwrap_or_default().to_owned()),
        }),
        _ => None,
    }
}

fn connectors<'a>(cx: Context<'a>, agent: &'a AgentRecord) -> Objects<'a> {
    Objects::shared(cx, agent, &CONNECTORS)
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}
