//! Content that is sent as a file: hashed when it is planned, and again when it is sent.

use std::fs::File;
use std::io::Read as _;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tfplugin::{Diagnostic, Diagnostics, PlanRequest, Severity, Value};

use crate::kind::{Field, Kind, Presence, Upload, walk};

/// Plans the hash of the content, and that the service will have more to say when it changes.
pub(super) fn plan(kind: &Kind, request: &mut PlanRequest, diagnostics: &mut Diagnostics) {
    let Some(upload) = kind.upload() else { return };
    let given = |name: &str| !request.config.get(name).is_null();
    if !given(upload.content) && !given(upload.source) {
        let before = request.prior.get(upload.hash);
        if request.prior.is_null() || before.is_known() {
            diagnostics.push(unclear(upload));
        } else {
            // An object that was imported: nobody knows what it holds, and nothing is uploaded.
            request.planned.set(upload.hash, Value::Null);
        }
        return;
    }
    let hash = match content(upload, &request.config) {
        Ok(Some(content)) => Value::from(digest(&content)),
        Ok(None) => Value::Unknown,
        // The object may be about to go, which is planned after this and needs no file.
        Err(mut error)
            if request.prior.get(upload.hash).is_known() && is_missing(upload, &request.config) =>
        {
            error.severity = Severity::Warning;
            error
                .detail
                .push_str(" What the service has is left as it is.");
            diagnostics.push(error);
            request
                .planned
                .set(upload.hash, request.prior.get(upload.hash).clone());
            return;
        }
        Err(error) => return diagnostics.push(error),
    };
    if request.prior.get(upload.hash) != &hash {
        let volatile = walk::fields(&kind.nodes).filter(|field| is_volatile(field));
        for field in volatile {
            request.planned.set(field.name, Value::Unknown);
        }
    }
    request.planned.set(upload.hash, hash);
}

/// Whether the file to upload is not there.
fn is_missing(upload: &Upload, config: &Value) -> bool {
    let path = config.get(upload.source).as_str();
    path.is_some_and(|path| matches!(std::fs::exists(path), Ok(false)))
}

/// Checks that there is at most one content, and how large it is.
pub(super) fn validate(kind: &Kind, config: &Value, diagnostics: &mut Diagnostics) {
    let Some(upload) = kind.upload() else { return };
    let (content, source) = (config.get(upload.content), config.get(upload.source));
    if content.is_unknown() || source.is_unknown() {
        return;
    }
    if !content.is_null() && !source.is_null() {
        diagnostics.push(unclear(upload));
    } else if let Some(text) = content.as_str() {
        let checked = check_size(upload, upload.content, text.len() as u64);
        diagnostics.extend(checked.err());
    }
}

fn unclear(upload: &Upload) -> Diagnostic {
    let detail = format!(
        "Set exactly one of `{}` and `{}`.",
        upload.content, upload.source
    );
    Diagnostic::error("What to upload is not clear", detail).at(upload.content)
}

/// The content, which must be what was planned.
pub(super) fn load(
    upload: &Upload,
    config: &Value,
    planned: &Value,
) -> Result<Option<Bytes>, Diagnostic> {
    let Some(content) = content(upload, config)? else {
        return Ok(None);
    };
    match planned.get(upload.hash).as_str() {
        Some(hash) if hash != digest(&content) => Err(Diagnostic::error(
            "The file has changed since the plan",
            "Nothing was uploaded. Plan again, and apply that plan.",
        )
        .at(upload.source)),
        _ => Ok(Some(content)),
    }
}

/// An object whose size is not that of the last upload holds something else.
pub(super) fn compare(kind: &Kind, prior: &Value, state: &mut Value) {
    let Some(upload) = kind.upload() else { return };
    let (before, now) = (prior.get(upload.size), state.get(upload.size));
    if before.is_known() && before != now {
        state.set(upload.hash, Value::Null);
    }
}

fn content(upload: &Upload, config: &Value) -> Result<Option<Bytes>, Diagnostic> {
    if let Some(text) = config.get(upload.content).as_str() {
        return Ok(Some(Bytes::copy_from_slice(text.as_bytes())));
    }
    let Some(path) = config.get(upload.source).as_str() else {
        return Ok(None);
    };
    let unreadable = |error: std::io::Error| {
        Diagnostic::error(
            "The file cannot be read",
            format!(
                "{path:?}: {error}. The path is relative to the directory that Terraform runs in; \
                     `${{path.module}}/…` is relative to the module. If the same run makes the file, refer to what \
                     makes it: a path that is not known yet is read when it is."
            ),
        )
        .at(upload.source)
    };
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    check_size(upload, upload.source, size)?;
    // It may grow meanwhile, and some have no size at all.
    let mut content = Vec::new();
    let mut bounded = file.take(upload.limit + 1);
    bounded.read_to_end(&mut content).map_err(unreadable)?;
    check_size(upload, upload.source, content.len() as u64)?;
    Ok(Some(content.into()))
}

fn check_size(upload: &Upload, argument: &str, size: u64) -> Result<(), Diagnostic> {
    if size <= upload.limit {
        return Ok(());
    }
    let detail = format!(
        "The service takes files of at most {} MB; this one has {size} bytes.",
        upload.limit / (1024 * 1024)
    );
    Err(Diagnostic::error("The file is too large", detail).at(argument))
}

fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

fn is_volatile(field: &Field) -> bool {
    matches!(field.presence, Presence::Computed { stable: false })
}
