//! The index, to which documents are added some reads after that was requested, or never.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{CONTENTS, Content, Document};
use crate::context::Context;
use crate::http::{Answer, Handled};
use crate::store::{AgentRecord, Key, Tx};

/// The extensions of indexed files that contain text.
const TEXT: [&str; 13] = [
    "txt",
    "md",
    "json",
    "csv",
    "log",
    "yaml",
    "yml",
    "xml",
    "ini",
    "conf",
    "cfg",
    "config",
    "properties",
];
/// The extensions of other indexed files.
const BINARY: [&str; 15] = [
    "png", "jpg", "jpeg", "gif", "webp", "bmp", "tiff", "tif", "pdf", "docx", "pptx", "xlsx",
    "doc", "ppt", "xls",
];
/// The default number of search results.
const RESULTS: usize = 5;

/// Returns why a document cannot be indexed.
pub(crate) fn problem(name: &str, bytes: &Bytes) -> Option<String> {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default();
    if bytes.is_empty() {
        Some("The document is empty.".to_owned())
    } else if TEXT.contains(&extension.as_str()) {
        std::str::from_utf8(bytes)
            .is_err()
            .then(|| "The document is not text in UTF-8.".to_owned())
    } else if BINARY.contains(&extension.as_str()) {
        None
    } else {
        Some(format!("Files of the type '.{extension}' are not indexed."))
    }
}

/// Starts to index all documents for which that was not requested before.
pub(super) fn start(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled<()> {
    for mut document in super::documents(tx, agent)? {
        if document.waiting.is_none() {
            document.waiting = Some(cx.profile.index_polls);
            super::save(tx, agent, &document)?;
        }
    }
    Ok(())
}

/// `POST …/rebuildIndex`: indexes everything again.
pub(super) fn rebuild(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    for mut document in super::documents(tx, agent)? {
        document.waiting = Some(cx.profile.index_polls);
        super::save(tx, agent, &document)?;
    }
    Ok(Answer::ok(
        json!({ "message": "The index is being rebuilt." }),
    ))
}

/// Returns the documents as this read sees them, and counts the read for those that are waiting.
pub(super) fn looked_at(tx: &mut Tx<'_>, agent: &AgentRecord) -> Handled<Vec<Document>> {
    let seen = super::documents(tx, agent)?;
    for document in &seen {
        if let Some(waiting @ 1..) = document.waiting {
            let closer = Document {
                waiting: Some(waiting - 1),
                ..document.clone()
            };
            super::save(tx, agent, &closer)?;
        }
    }
    Ok(seen)
}

/// `GET …/indexer-status`: returns the status. The indexer itself always runs, and its last
/// execution contains what it does.
pub(super) fn status(tx: &mut Tx<'_>, agent: &AgentRecord) -> Handled {
    let documents = looked_at(tx, agent)?;
    let errors: Vec<Value> = documents
        .iter()
        .filter_map(|document| {
            let reason = document.error_reason()?;
            Some(json!({ "key": document.name, "errorMessage": reason }))
        })
        .collect();
    let indexed = documents
        .iter()
        .filter(|document| document.is_indexed())
        .count();
    let running = documents
        .iter()
        .any(|document| matches!(document.waiting, Some(1..)));
    Ok(Answer::ok(json!({
        "status": "Running",
        "lastExecution": {
            "status": if running { "Running" } else { "Success" },
            "documentsProcessed": indexed + errors.len(),
            "documentsFailed": errors.len(),
            "itemErrors": errors,
        },
        "warnings": [],
        "errors": [],
    })))
}

/// `GET …/documents?query=&k=`: returns the indexed documents that contain most of the query's
/// words. Each result is a JSON document as text.
pub(super) fn search(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let query = cx.call.query("query").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let limit = cx
        .call
        .query("k")
        .and_then(|k| k.parse().ok())
        .unwrap_or(RESULTS);
    let mut found = Vec::new();
    for document in super::documents(tx, agent)? {
        if !document.is_indexed() {
            continue;
        }
        let key = Key::item(&agent.uid, CONTENTS, &document.name);
        let content: Option<Content> = tx.get(&key)?;
        let text = content.as_ref().map_or("", Content::text);
        let haystack = format!("{} {}", document.name, text).to_lowercase();
        let score = words
            .iter()
            .filter(|word| haystack.contains(**word))
            .count();
        if score > 0 {
            found.push((score, result(&document, text)));
        }
    }
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let results: Vec<Value> = found
        .into_iter()
        .take(limit)
        .map(|(_, result)| json!(result.to_string()))
        .collect();
    Ok(Answer::ok(json!({ "results": results })))
}

fn result(document: &Document, text: &str) -> Value {
    json!({
        "Id": document.name,
        "Title": document.name,
        "Type": "Document",
        "Filter": "",
        "Contents": text,
    })
}
