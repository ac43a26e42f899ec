//! Removal of objects that the service creates by itself, and that the user does not want.

use serde_json::Value as Json;
use tfplugin::{ApplyResponse, Diagnostic, Path, Severity, Value};

use super::notes;
use super::operation::Operation;
use super::report::{Subject, Verb, report};
use crate::kind::Kind;
use crate::stores;

/// The name of the note that the object still exists.
const NOTE: &str = "by_product_left";

/// Removes the object after a write that created it, or if the user requests its removal.
pub(super) async fn remove(
    operation: &Operation<'_>,
    verb: Verb,
    subject: &Subject,
    planned: &Value,
    prior: &Value,
) -> Option<Diagnostic> {
    let by_product = operation.object.kind.by_product.as_ref()?;
    let (block, before) = (planned.get(by_product.block), prior.get(by_product.block));
    let wanted = *block.get(by_product.argument) == Value::Bool(true);
    let asked_before = *before.get(by_product.argument) == Value::Bool(true);
    let same_cause = before.get(by_product.cause) == block.get(by_product.cause);
    if !wanted || (asked_before && same_cause) {
        return None;
    }
    let cause = block.get(by_product.cause).as_str()?;
    let failure = stores::remove_by_product(operation.call(), by_product, cause)
        .await
        .err()?;
    let mut diagnostic = report(verb, subject, &failure);
    // The write succeeded. An error would make the next apply replace a new object.
    diagnostic.severity = Severity::Warning;
    diagnostic.summary = format!(
        "Cannot complete {} of the {} {:?}",
        by_product.argument, subject.title, subject.name
    );
    diagnostic.detail.push_str(&format!(
        "\n\nAll other changes to the {} were applied. The next plan shows `{}` as pending, and \
         the next apply tries again.",
        subject.title, by_product.argument
    ));
    Some(diagnostic.at(Path::from(by_product.block).attribute(by_product.argument)))
}

/// Adds the note that the object still exists to a response.
pub(super) fn noted(response: ApplyResponse) -> ApplyResponse {
    notes::noted(response, NOTE, Json::Bool(true))
}

/// Changes a refreshed state to show that the object still exists, so that the next plan includes
/// its removal.
pub(super) fn admit(kind: &Kind, private: &[u8], state: &mut Value) {
    let Some(by_product) = kind.by_product.as_ref() else {
        return;
    };
    let mut block = state.get(by_product.block).clone();
    if notes::note(private, NOTE).is_some() && !block.is_null() {
        block.set(by_product.argument, Value::Bool(false));
        state.set(by_product.block, block);
    }
}
