//! Content that is sent as a file. It is hashed during plan, and again before it is sent.

use std::fs::File;
use std::io::Read as _;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tfplugin::{Diagnostic, Diagnostics, PlanRequest, Severity, Value};

use crate::kind::{Field, Kind, Presence, Upload, walk};

/// Plans the hash of the content. If it changes, values that the service reports become unknown.
pub(super) fn plan(kind: &Kind, request: &mut PlanRequest, diagnostics: &mut Diagnostics) {
    let Some(upload) = kind.upload() else { return };
    let given = |name: &str| !request.config.get(name).is_null();
    if !given(upload.content) && !given(upload.source) {
        let before = request.prior.get(upload.hash);
        if request.prior.is_null() || before.is_known() {
            diagnostics.push(unclear(upload));
        } else {
            // The object was imported, so its content is unknown and nothing is uploaded.
            request.planned.set(upload.hash, Value::Null);
        }
        return;
    }
    let hash = match content(upload, &request.config) {
        Ok(Some(content)) => Value::from(digest(&content)),
        Ok(None) => Value::Unknown,
        // The object may be about to be deleted, which is planned later and needs no file.
        Err(mut error)
            if request.prior.get(upload.hash).is_known() && is_missing(upload, &request.config) =>
        {
            error.severity = Severity::Warning;
            error
                .detail
                .push_str(" The provider does not change the content that the service has.");
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

/// Returns whether the file to upload does not exist.
fn is_missing(upload: &Upload, config: &Value) -> bool {
    let path = config.get(upload.source).as_str();
    path.is_some_and(|path| matches!(std::fs::exists(path), Ok(false)))
}

/// Checks that only one form of content is set, and checks its size.
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
    Diagnostic::error("Invalid combination of arguments", detail).at(upload.content)
}

/// Loads the content, which must match the plan.
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
            "File changed after the plan",
            "The provider did not upload anything. Plan again, and apply the new plan.",
        )
        .at(upload.source)),
        _ => Ok(Some(content)),
    }
}

/// Clears the hash if the size differs from that of the last upload, because then the content
/// differs, too.
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
            "Cannot read the file",
            format!(
                "{path:?}: {error}. The path is relative to the directory in which Terraform runs. \
                 Use `${{path.module}}/…` for a path relative to the module. If the same run \
                 creates the file, refer to the resource that creates it, so that the provider \
                 reads the file after it exists."
            ),
        )
        .at(upload.source)
    };
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    check_size(upload, upload.source, size)?;
    // The file may grow in the meantime, and special files report no size.
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
        "The service accepts files of at most {} MB. This file has {size} bytes.",
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
