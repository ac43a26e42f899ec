//! The existing objects, as they are stored and as each plane returns them.

use std::collections::{BTreeMap, HashSet};

use axum::http::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::secrets;
use crate::TOKEN;
use crate::http::{Answer, Body, Call, Failure};
use crate::kinds::KINDS;
use crate::services;
use crate::shared::Shared;
use crate::site::Base;
use crate::store::{AgentRecord, Key, StoreError};

/// The documents of agents by the first part of their keys: the prefix and the kind, which is empty
/// if a later part of the key contains it.
const OF_AGENTS: [(&str, &str); 5] = [
    ("object", ""),
    ("trigger", "triggers"),
    ("singleton", "settings"),
    ("domain", "githubDomains"),
    ("item", ""),
];

/// A stored document, with the information from its key.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) key: String,
    /// The `uid` of the agent that it belongs to, or of that agent itself if `kind` is `agents`.
    pub(super) uid: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// `shared`, or `arm` if ARM has separate objects.
    pub(super) store: &'static str,
    pub(super) document: Value,
}

/// Returns the documents that have changed since a revision, with masked secrets. A deleted one is
/// `null`.
pub(super) fn since(shared: &Shared, revision: u64) -> Result<Value, StoreError> {
    let since = shared
        .store
        .changes()
        .map(|changes| changes.since(revision));
    let (now, keys) = since.map_or((0, None), |since| (since.revision, since.keys));
    let keys: Option<HashSet<String>> = keys.map(|keys| keys.into_iter().collect());
    let is_wanted = |key: &str| keys.as_ref().is_none_or(|keys| keys.contains(key));
    let documents = all(shared, is_wanted)?;
    let mut changed: Vec<Value> = documents
        .iter()
        .map(|stored| {
            json!({
                "key": stored.key,
                "agent": stored.uid,
                "kind": stored.kind,
                "name": stored.name,
                "store": stored.store,
                "document": secrets::shown(&stored.document, false),
            })
        })
        .collect();
    let found: HashSet<&str> = documents.iter().map(|stored| stored.key.as_str()).collect();
    for key in keys.iter().flatten() {
        if is_shown(key) && !found.contains(key.as_str()) {
            changed.push(json!({ "key": key, "document": null }));
        }
    }
    Ok(json!({ "revision": now, "reset": keys.is_none(), "changed": changed }))
}

/// Returns all documents that the page shows and whose key `wanted` selects.
pub(super) fn all(
    shared: &Shared,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Stored>, StoreError> {
    let dump = shared.store.dump(|key| is_shown(key) && is_wanted(key))?;
    Ok(dump.into_iter().filter_map(Stored::of).collect())
}

/// Returns a document as it is stored, and the answer of each plane to a request for it.
pub(super) fn view(
    shared: &Shared,
    key: &str,
    base: &Base,
    with_secrets: bool,
) -> Result<Option<Value>, StoreError> {
    let Some(stored) = all(shared, |stored| stored == key)?.pop() else {
        return Ok(None);
    };
    let agents = all(shared, |key| key.starts_with("agent/"))?;
    let agent = agents.into_iter().find(|agent| agent.uid == stored.uid);
    let agent = agent.and_then(|agent| serde_json::from_value::<AgentRecord>(agent.document).ok());
    let reads = agent.map_or_else(Vec::new, |agent| reads(shared, &agent, &stored));
    let planes: Vec<Value> = reads
        .into_iter()
        .map(|(plane, path, query)| {
            let (status, body) = answer(shared, base, &path, &query);
            let query = if query.is_empty() {
                query
            } else {
                format!("?{query}")
            };
            json!({
                "plane": plane,
                "request": format!("GET {path}{query}"),
                "status": status.as_u16(),
                "body": secrets::shown(&body, with_secrets),
            })
        })
        .collect();
    Ok(Some(json!({
        "key": stored.key,
        "kind": stored.kind,
        "name": stored.name,
        "stored": secrets::shown(&stored.document, with_secrets),
        "planes": planes,
    })))
}

/// Returns the requests that read a document: the plane, the path and the query.
fn reads(
    shared: &Shared,
    agent: &AgentRecord,
    stored: &Stored,
) -> Vec<(&'static str, String, String)> {
    const ARM: &str = "Azure Resource Manager";
    const DATA_PLANE: &str = "data plane";
    let versions = &shared.profile().api_versions;
    let version = versions.iter().find(|version| version.contains("preview"));
    let version = version.or(versions.first()).cloned().unwrap_or_default();
    let query = format!("api-version={version}");
    let name = utf8_percent_encode(&stored.name, NON_ALPHANUMERIC);
    let below = |path: String| {
        let path = format!("/data-plane/{}/api/{path}", agent.host());
        (DATA_PLANE, path, String::new())
    };
    let kind = KINDS.iter().find(|kind| kind.name == stored.kind);
    match (stored.kind.as_str(), kind) {
        ("agents", _) => vec![(ARM, agent.id(), query)],
        ("triggers", _) => vec![below(format!("v1/httptriggers/{name}"))],
        ("githubDomains", _) => vec![below(format!("v2/github/domains/{name}"))],
        ("threads", _) => vec![below(format!("v1/threads/{name}"))],
        ("tasks", _) => vec![below(format!("v1/scheduledtasks/{name}"))],
        ("settings", _) => match stored.name.as_str() {
            "customInstructions" => vec![below("v2/agent/customInstructions".to_owned())],
            "settings" => vec![below("v2/agent/settings/global".to_owned())],
            "toolOverrides" => vec![below("v2/agent/tools".to_owned())],
            _ => Vec::new(),
        },
        (_, Some(kind)) => {
            let arm = format!("{}/{}/{name}", agent.id(), kind.collection());
            let mut reads = vec![(ARM, arm, query)];
            if stored.store == "shared" {
                reads.push(below(format!("v2/{}/{name}", kind.route.join("/"))));
            }
            reads
        }
        _ => Vec::new(),
    }
}

/// Returns the answer of a plane, without counting the read.
fn answer(shared: &Shared, base: &Base, path: &str, query: &str) -> (StatusCode, Value) {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(token) = HeaderValue::from_str(&format!("Bearer {TOKEN}")) {
        headers.insert(AUTHORIZATION, token);
    }
    let call = Call::new(
        Method::GET,
        path,
        query,
        headers,
        Bytes::new(),
        base.clone(),
    );
    let answer = match services::rehearse(shared, &call) {
        Ok(answer) => answer,
        Err(Failure::Refused(refusal)) => Answer::from(*refusal),
        Err(Failure::Store(error)) => {
            let message = json!(format!("The emulator {error}."));
            return (StatusCode::INTERNAL_SERVER_ERROR, message);
        }
    };
    let body = match answer.body {
        Body::Empty => Value::Null,
        Body::Json(body) => body,
        Body::Text(_, text) => json!(text),
        Body::Bytes(_, bytes) => json!(format!("({} bytes)", bytes.len())),
    };
    (answer.status, body)
}

/// Returns whether a document is an object, and not internal state of the emulator.
fn is_shown(key: &str) -> bool {
    let first = key.split('/').next().unwrap_or_default();
    matches!(first, "agent" | "group") || OF_AGENTS.iter().any(|(prefix, _)| *prefix == first)
}

impl Stored {
    fn of((key, document): (String, Value)) -> Option<Self> {
        let parts = Key::parts(&key);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let text = |member: &str| {
            document
                .get(member)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let (uid, kind, last, store) = match parts.as_slice() {
            ["agent", .., name] => (text("uid")?, "agents", *name, "shared"),
            ["group", .., name] => (String::new(), "resourceGroups", *name, "shared"),
            ["object", uid, store, kind, name] => {
                let store = if *store == "arm" { "arm" } else { "shared" };
                ((*uid).to_owned(), *kind, *name, store)
            }
            ["item", uid, kind, name] => ((*uid).to_owned(), *kind, *name, "shared"),
            [prefix, uid, name] => {
                let of = OF_AGENTS.iter().find(|(known, _)| known == prefix)?;
                ((*uid).to_owned(), of.1, *name, "shared")
            }
            _ => return None,
        };
        // Keys are in lower case, but names are not.
        let own = text("name").filter(|own| own.eq_ignore_ascii_case(last));
        Some(Self {
            uid,
            kind: kind.to_owned(),
            name: own.unwrap_or_else(|| last.to_owned()),
            store,
            key,
            document,
        })
    }
}

/// Groups the documents by agent, in the order of the agents' keys.
pub(super) fn by_agent(documents: Vec<Stored>) -> Vec<(Stored, Vec<Stored>)> {
    let mut agents = Vec::new();
    let mut others: BTreeMap<String, Vec<Stored>> = BTreeMap::new();
    for stored in documents {
        if stored.kind == "agents" {
            agents.push(stored);
        } else {
            others.entry(stored.uid.clone()).or_default().push(stored);
        }
    }
    let with_objects = agents.into_iter().map(|agent| {
        let objects = others.remove(&agent.uid).unwrap_or_default();
        (agent, objects)
    });
    with_objects.collect()
}
