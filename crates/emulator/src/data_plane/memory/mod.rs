//! The agent's memory: documents that are uploaded, indexed after some reads, and searched.
//!
//! Knowledge of a connector is stored with the connector, but also appears here, because this is
//! the only route that reports whether it is indexed.

mod index;
mod upload;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use index::problem;

use super::{fallback, knowledge};
use crate::context::Context;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

const DOCUMENTS: &str = "memory";
const CONTENTS: &str = "memoryContents";

/// A stored document.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    name: String,
    size: usize,
    media: String,
    modified: String,
    /// How many more reads of the index see the document waiting, or `None` if indexing was not
    /// requested.
    waiting: Option<u32>,
    /// Why it cannot be indexed, which is reported when the wait is over.
    problem: Option<String>,
}

/// The content of a document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(String),
    Base64(String),
}

/// Answers a request. `rest` contains the segments below `agentmemory`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("POST", ["upload"]) => upload::upload(tx, cx, agent),
        ("GET", ["files"]) => files(tx, cx, agent),
        ("GET", ["status"]) => Ok(Answer::ok(json!({
            "enabled": true,
            "documentRetrievalEnabled": true,
        }))),
        ("GET", ["indexer-status"]) => index::status(tx, agent),
        ("POST", ["rebuildindex"]) => index::rebuild(tx, cx, agent),
        ("GET", ["documents"]) => index::search(tx, cx, agent),
        ("DELETE", ["document" | "documents", ..]) if cx.profile.memory_delete_405 => {
            Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED))
        }
        ("DELETE", ["documents"]) => delete_many(tx, cx, agent),
        ("DELETE", ["document", _]) => {
            let name = cx.call.last_segments(1).concat();
            if delete(tx, agent, &name)? {
                Ok(Answer::empty(StatusCode::NO_CONTENT))
            } else {
                Err(Refusal::not_found(format!("Document '{name}' was not found.")).into())
            }
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Returns a page of the documents and the connectors' knowledge.
fn files(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let mut files: Vec<Value> = index::looked_at(tx, agent)?.iter().map(show).collect();
    files.extend(knowledge::files(tx, cx, agent)?);
    let start = match cx.call.query("continuationToken") {
        Some(token) if !token.is_empty() => token
            .parse::<usize>()
            .map_err(|_| Refusal::invalid("The continuation token is not valid."))?,
        _ => 0,
    };
    let limit = match cx.profile.memory_page_size {
        0 => usize::MAX,
        limit => limit as usize,
    };
    let next = start.saturating_add(limit);
    let token = if next < files.len() {
        next.to_string()
    } else {
        String::new()
    };
    let page: Vec<Value> = files.into_iter().skip(start).take(limit).collect();
    Ok(Answer::ok(
        json!({ "files": page, "continuationToken": token }),
    ))
}

fn show(document: &Document) -> Value {
    json!({
        "name": document.name,
        "fileName": document.name,
        "size": document.size,
        "lastModified": document.modified,
        "isIndexed": document.is_indexed(),
        "errorReason": document.error_reason(),
        "mimeType": document.media,
    })
}

/// Deletes the documents that the body names, as an array or as `fileNames`. Without a body,
/// deletes all.
fn delete_many(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let names: Vec<String> = if cx.call.body.is_empty() {
        let all = documents(tx, agent)?;
        all.into_iter().map(|document| document.name).collect()
    } else {
        let sent: Value = serde_json::from_slice(&cx.call.body)
            .map_err(|error| Refusal::bad_request("InvalidRequestContent", error.to_string()))?;
        let names = sent.get("fileNames").unwrap_or(&sent).clone();
        serde_json::from_value(names)
            .map_err(|_| Refusal::invalid("fileNames must be an array of strings."))?
    };
    let mut deleted = 0;
    for name in &names {
        deleted += u32::from(delete(tx, agent, name)?);
    }
    Ok(Answer::ok(json!({ "deletedCount": deleted })))
}

fn delete(tx: &mut Tx<'_>, agent: &AgentRecord, name: &str) -> Handled<bool> {
    tx.remove(&Key::item(&agent.uid, CONTENTS, name))?;
    Ok(tx.remove(&Key::item(&agent.uid, DOCUMENTS, name))?)
}

fn documents(tx: &Tx<'_>, agent: &AgentRecord) -> Handled<Vec<Document>> {
    let documents = tx.scan(&Key::items(&agent.uid, DOCUMENTS))?;
    Ok(documents
        .into_iter()
        .map(|(_, document)| document)
        .collect())
}

fn save(tx: &mut Tx<'_>, agent: &AgentRecord, document: &Document) -> Handled<()> {
    Ok(tx.put(&Key::item(&agent.uid, DOCUMENTS, &document.name), document)?)
}

impl Document {
    fn is_indexed(&self) -> bool {
        self.waiting == Some(0) && self.problem.is_none()
    }

    fn error_reason(&self) -> Option<&str> {
        self.problem.as_deref().filter(|_| self.waiting == Some(0))
    }
}

impl Content {
    fn new(bytes: &Bytes) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }

    /// Returns the text to search in.
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Base64(_) => "",
        }
    }
}
