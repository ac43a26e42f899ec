//! Files in the agent's workspace: instructions for repositories and synthesized knowledge. Each is
//! a set of files that is transferred as a gzipped tar archive.
//!
//! A set is stored as its files, so it is returned as an equivalent archive rather than as the same
//! bytes.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Component, Path};

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fallback;
use crate::context::Context;
use crate::http::{Answer, Failure, Handled, Refusal};
use crate::store::{AgentRecord, Key, REPO_INSTRUCTIONS as INSTRUCTIONS, Tx, now};

const SYNTHESIZED: &str = "synthesized-knowledge";
const GZIP: &str = "application/gzip";
/// The maximum size of an unpacked archive, in bytes.
const UNPACKED_BYTES: u64 = 100 * 1024 * 1024;

/// A set of files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Archive {
    /// The contents in base64, by path.
    files: BTreeMap<String, String>,
    modified: String,
}

/// Answers a request. `rest` contains the segments below `WorkspaceMemory`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", ["list"]) => list(tx, cx, agent),
        ("GET", [set @ (INSTRUCTIONS | SYNTHESIZED)]) => {
            let name = name(cx, set)?;
            let archive: Option<Archive> = tx.get(&Key::item(&agent.uid, set, &name))?;
            let archive = archive.ok_or_else(|| nothing(set))?;
            Ok(Answer::bytes(GZIP, pack(&archive)?))
        }
        ("POST", [set @ (INSTRUCTIONS | SYNTHESIZED)]) => {
            let name = name(cx, set)?;
            store(tx, cx, agent, set, &name)
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Replaces a set. An archive without files clears it.
fn store(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, set: &str, name: &str) -> Handled {
    let files = unpack(&cx.call.body)?;
    let key = Key::item(&agent.uid, set, name);
    let count = files.len();
    if files.is_empty() {
        tx.remove(&key)?;
    } else {
        let modified = now();
        tx.put(&key, &Archive { files, modified })?;
    }
    Ok(Answer::ok(
        json!({ "message": format!("{count} file(s) stored."), "fileCount": count }),
    ))
}

/// `GET …/list?type=&repo=`: lists the files of the sets.
fn list(tx: &Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let wanted = cx.call.query("type").filter(|wanted| !wanted.is_empty());
    let repository = cx.call.query("repo").map(|repo| repo.to_lowercase());
    let mut files = Vec::new();
    for set in [INSTRUCTIONS, SYNTHESIZED] {
        if wanted
            .as_ref()
            .is_some_and(|wanted| !wanted.eq_ignore_ascii_case(set))
        {
            continue;
        }
        for (key, archive) in tx.scan::<Archive>(&Key::items(&agent.uid, set))? {
            let other = repository
                .as_ref()
                .is_some_and(|repository| key != Key::item(&agent.uid, set, repository));
            if other && set == INSTRUCTIONS {
                continue;
            }
            files.extend(archive.files.iter().map(|(path, content)| {
                json!({
                    "path": path,
                    "size": STANDARD.decode(content).map_or(0, |bytes| bytes.len()),
                    "lastModified": archive.modified,
                })
            }));
        }
    }
    Ok(Answer::ok(json!({ "files": Value::Array(files) })))
}

/// Returns the name under which a set is stored: that of its repository, which need not exist yet.
fn name(cx: Context<'_>, set: &str) -> Handled<String> {
    if set == SYNTHESIZED {
        return Ok(String::new());
    }
    let repository = cx
        .call
        .query("repo")
        .filter(|repository| !repository.is_empty())
        .ok_or_else(|| Refusal::invalid("The parameter repo is required."))?;
    Ok(repository.to_lowercase())
}

/// Returns the files of an archive, in base64, by path. Directories and links are ignored.
fn unpack(body: &Bytes) -> Result<BTreeMap<String, String>, Refusal> {
    let invalid = |error: io::Error| {
        Refusal::bad_request(
            "InvalidArchive",
            format!("The body is not a gzipped tar archive: {error}."),
        )
    };
    let unpacked = GzDecoder::new(body.as_ref()).take(UNPACKED_BYTES);
    let mut archive = tar::Archive::new(unpacked);
    let mut files = BTreeMap::new();
    for entry in archive.entries().map_err(invalid)? {
        let mut entry = entry.map_err(invalid)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = inside(&entry.path().map_err(invalid)?)?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(invalid)?;
        files.insert(path, STANDARD.encode(content));
    }
    Ok(files)
}

/// Returns a relative path without `..` and similar components.
fn inside(path: &Path) -> Result<String, Refusal> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            _ => {
                return Err(Refusal::bad_request(
                    "InvalidArchive",
                    format!("The path '{}' leads out of the archive.", path.display()),
                ));
            }
        }
    }
    Ok(parts.join("/"))
}

fn pack(archive: &Archive) -> Result<Bytes, Failure> {
    let written = || -> io::Result<Vec<u8>> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, content) in &archive.files {
            let bytes = STANDARD.decode(content).map_err(io::Error::other)?;
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, path, bytes.as_slice())?;
        }
        builder.into_inner()?.finish()
    };
    written().map(Bytes::from).map_err(|error| {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            format!("The archive cannot be written: {error}."),
        )
        .into()
    })
}

fn nothing(set: &str) -> Failure {
    Refusal::not_found(format!("There is no {set} archive.")).into()
}
