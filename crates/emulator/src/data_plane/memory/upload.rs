//! Uploads: one multipart request with any number of files.

use std::convert::Infallible;

use axum::http::{StatusCode, header};
use bytes::Bytes;
use futures::{FutureExt as _, future, stream};
use multer::Multipart;
use serde_json::json;

use super::{CONTENTS, Content, Document, index};
use crate::context::Context;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx, now};

/// The limits of a file and of a request in bytes, from the API reference.
const FILE_BYTES: usize = 16 * 1024 * 1024;
const REQUEST_BYTES: usize = 100 * 1024 * 1024;
/// The maximum length of a file name.
const NAME_LENGTH: usize = 1024;

struct File {
    name: String,
    media: String,
    bytes: Bytes,
}

struct Form {
    files: Vec<File>,
    trigger_indexing: Option<String>,
}

/// Stores the files. A file replaces an existing one of the same name.
pub(super) fn upload(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let form = form(cx)?;
    if form.files.is_empty() {
        return Err(Refusal::invalid("No files were uploaded: the form field is 'files'.").into());
    }
    for file in &form.files {
        check(file)?;
    }
    let moment = now();
    for file in &form.files {
        let document = Document {
            name: file.name.clone(),
            size: file.bytes.len(),
            media: file.media.clone(),
            modified: moment.clone(),
            waiting: None,
            problem: index::problem(&file.name, &file.bytes),
        };
        super::save(tx, agent, &document)?;
        let content = Key::item(&agent.uid, CONTENTS, &file.name);
        tx.put(&content, &Content::new(&file.bytes))?;
    }
    let trigger = cx
        .call
        .query("triggerIndexing")
        .or(form.trigger_indexing)
        .is_none_or(|trigger| !trigger.trim().eq_ignore_ascii_case("false"));
    if trigger {
        index::start(tx, cx, agent)?;
    }
    let names: Vec<&str> = form.files.iter().map(|file| file.name.as_str()).collect();
    Ok(Answer::ok(json!({
        "message": format!("{} file(s) uploaded.", names.len()),
        "uploadedFiles": names,
        "indexingTriggered": trigger,
    })))
}

/// Returns the form of the request. The body is complete, so reading it never waits.
fn form(cx: Context<'_>) -> Result<Form, Refusal> {
    if cx.call.body.len() > REQUEST_BYTES {
        return Err(too_large("The request", "100 MB"));
    }
    let media = cx.call.header(header::CONTENT_TYPE).unwrap_or_default();
    let boundary = multer::parse_boundary(media).map_err(|_| {
        Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            "The request must be multipart/form-data with a boundary.",
        )
    })?;
    let body = stream::once(future::ready(Ok::<_, Infallible>(cx.call.body.clone())));
    read(Multipart::new(body, boundary))
        .now_or_never()
        .unwrap_or(Err(multer::Error::IncompleteStream))
        .map_err(|error| {
            Refusal::bad_request(
                "InvalidRequestContent",
                format!("The multipart form cannot be read: {error}."),
            )
        })
}

async fn read(mut multipart: Multipart<'_>) -> Result<Form, multer::Error> {
    let mut form = Form {
        files: Vec::new(),
        trigger_indexing: None,
    };
    while let Some(field) = multipart.next_field().await? {
        let name = field.name().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "files" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let media = field.content_type().map_or_else(
                    || "application/octet-stream".to_owned(),
                    ToString::to_string,
                );
                let bytes = field.bytes().await?;
                form.files.push(File { name, media, bytes });
            }
            "triggerindexing" => form.trigger_indexing = Some(field.text().await?),
            _ => {}
        }
    }
    Ok(form)
}

fn check(file: &File) -> Result<(), Refusal> {
    let name = &file.name;
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > NAME_LENGTH || !name.bytes().all(known) {
        return Err(Refusal::invalid(format!(
            "The file name '{name}' is not valid: it may have letters, digits, hyphens, underscores \
             and dots, {NAME_LENGTH} at most."
        )));
    }
    if file.bytes.len() > FILE_BYTES {
        return Err(too_large(&format!("The file '{name}'"), "16 MB"));
    }
    Ok(())
}

fn too_large(what: &str, limit: &str) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "PayloadTooLarge",
        format!("{what} is larger than {limit}."),
    )
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method, StatusCode};
    use bytes::Bytes;

    use super::{REQUEST_BYTES, form};
    use crate::context::Context;
    use crate::http::{Answer, Call};
    use crate::profile::Profile;
    use crate::site::Base;

    fn status(size: usize) -> StatusCode {
        let body = Bytes::from(vec![0; size]);
        let base = Base::own("http", "localhost");
        let call = Call::new(Method::POST, "/", "", HeaderMap::new(), body, base);
        let profile = Profile::default();
        let cx = Context {
            profile: &profile,
            call: &call,
            rehearses: false,
        };
        form(cx).map_or_else(|refusal| Answer::from(refusal).status, |_| StatusCode::OK)
    }

    #[test]
    fn a_request_has_at_most_100_mb() {
        assert_eq!(status(REQUEST_BYTES), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(status(REQUEST_BYTES + 1), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
