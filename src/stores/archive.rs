//! Sets of text files that belong to an object of another kind, and are sent and read as one
//! archive.
//!
//! The document is `{"files": {path: text}}`. A set cannot be deleted. An empty set replaces it and
//! counts as absent.

use std::io::{Read, Write as _};

use async_trait::async_trait;
use azure::Request;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Map, Value as Json, json};

use super::{
    Call, Change, Store, StoreError, Stored, WriteFailure, ambiguous, requests, visibility,
};

const MEMBER: &str = "files";

/// The maximum size of an unpacked archive. It is far above realistic sizes, because an archive can
/// unpack to a thousand times its size.
const LARGEST: u64 = 100 * 1024 * 1024;

/// A store with one archive per object.
pub(super) struct Archive;

#[async_trait]
impl Store for Archive {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, _name: &str) -> Result<Vec<Stored>, StoreError> {
        Ok(read(call).await?.into_iter().collect())
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        self.update(call, Change::first(name, document)).await
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        let nothing = WriteFailure::nothing;
        let files = change.desired.get(MEMBER).cloned().unwrap_or_default();
        let archive = pack(&files).map_err(|error| nothing(StoreError::Archive(error)))?;
        if let Err(error) = send(call, archive).await {
            return arrived(call, &change.current, error).await;
        }
        // The upload replaces all files, so they do not have to be read back.
        Ok(Stored {
            key: call.target.key.clone(),
            document: change.desired,
            etag: None,
        })
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        // The archive is not unpacked, so that a delete works even if its contents are invalid.
        if download(call).await?.is_none() {
            return Ok(());
        }
        let empty = pack(&json!({})).map_err(StoreError::Archive)?;
        send(call, empty).await?;
        visibility::gone(call, read).await
    }
}

/// Returns the files if they have changed despite the failed upload, or else the failure.
async fn arrived(
    call: Call<'_>,
    before: &Json,
    error: azure::Error,
) -> Result<Stored, WriteFailure> {
    let failure = WriteFailure::of(error, &call.target.key);
    if !failure.is_ambiguous() {
        return Err(failure);
    }
    let found = ambiguous::look_for(call.budget, |budget| async move {
        read(Call {
            budget: &budget,
            ..call
        })
        .await
    });
    let changed = found.await.filter(|stored| stored.document != *before);
    changed.ok_or_else(|| failure.without_effect())
}

async fn read(call: Call<'_>) -> Result<Option<Stored>, StoreError> {
    let Some(bytes) = download(call).await? else {
        return Ok(None);
    };
    let files = unpack(&bytes, LARGEST).map_err(StoreError::Archive)?;
    Ok((!files.is_empty()).then(|| Stored {
        key: call.target.key.clone(),
        document: json!({ MEMBER: files }),
        etag: None,
    }))
}

async fn download(call: Call<'_>) -> Result<Option<Bytes>, StoreError> {
    let agent = &call.target.agent;
    let Some(plane) = call.client.find_data_plane(agent, call.budget).await? else {
        return Ok(None);
    };
    Ok(plane
        .download(request(call, Request::get), call.budget)
        .await?)
}

async fn send(call: Call<'_>, archive: Bytes) -> azure::Result<()> {
    let request = request(call, Request::post)
        .bytes("application/gzip", archive)
        .idempotent(true);
    requests::send(call, request).await.map(drop)
}

fn request(call: Call<'_>, method: fn(String) -> Request) -> Request {
    method(requests::collection(call)).query("repo", call.target.key.as_str())
}

/// Packs files so that equal files result in equal bytes: sorted, and without times and owners.
fn pack(files: &Json) -> std::io::Result<Bytes> {
    let members = files.as_object().cloned().unwrap_or_default();
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(path, _)| *path);
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (path, text) in sorted {
        let text = text.as_str().unwrap_or_default();
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, path, text.as_bytes())?;
    }
    let mut gzip = archive.into_inner()?;
    gzip.flush()?;
    Ok(gzip.finish()?.into())
}

/// Returns the texts of an archive by path. Unpacks at most `most` bytes.
pub(crate) fn unpack(bytes: &[u8], most: u64) -> std::io::Result<Map<String, Json>> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(most + 1));
    let files = texts(&mut archive);
    // An archive that is cut off between two files looks complete.
    if archive.into_inner().limit() == 0 {
        return Err(std::io::Error::other(format!(
            "its unpacked size exceeds {most} bytes"
        )));
    }
    files
}

fn texts(archive: &mut tar::Archive<impl Read>) -> std::io::Result<Map<String, Json>> {
    let mut files = Map::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry
            .path()?
            .to_string_lossy()
            .trim_start_matches("./")
            .to_owned();
        let mut text = String::new();
        entry
            .read_to_string(&mut text)
            .map_err(|error| std::io::Error::new(error.kind(), format!("{path:?}: {error}")))?;
        files.insert(path, Json::String(text));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_round_trip_files() {
        let files = json!({"b.md": "two \u{e9}", "a/long.md": "one\n"});
        let packed = pack(&files).unwrap();
        assert_eq!(Json::Object(unpack(&packed, LARGEST).unwrap()), files);
    }

    #[test]
    fn equal_files_pack_to_equal_bytes() {
        let one = json!({"a": "1", "b": "2"});
        let other = json!({"b": "2", "a": "1"});
        assert_eq!(pack(&one).unwrap(), pack(&other).unwrap());
    }

    #[test]
    fn invalid_bytes_are_an_error() {
        assert!(unpack(b"{\"files\": []}", LARGEST).is_err());
        assert!(unpack(b"", LARGEST).unwrap().is_empty());
    }

    #[test]
    fn oversized_archives_are_an_error() {
        let block = "x".repeat(512);
        let packed = pack(&json!({"a": block, "b": block})).unwrap();
        // Each file has a header of 512 bytes. The first limit ends within a header, the last one
        // after a header.
        for most in [100, 800, 1023] {
            assert!(unpack(&packed, most).is_err(), "{most}");
        }
        let bomb = pack(&json!({"a": "x".repeat(50_000_000)})).unwrap();
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        let error = unpack(&bomb, 1_000_000).unwrap_err();
        assert!(error.to_string().contains("exceeds 1000000"), "{error}");
    }
}
