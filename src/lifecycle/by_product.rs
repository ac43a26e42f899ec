//! What the service makes by itself when something is set, and the user does not want.

use tfplugin::{Diagnostic, Path, Severity, Value};

use super::operation::Operation;
use super::report::{Subject, Verb, report};
use crate::stores;

/// Removes it after a write that brought it about, or when its removal is asked for.
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
    // The object is as planned; an error would have a new one destroyed by the next apply.
    diagnostic.severity = Severity::Warning;
    diagnostic.summary = format!(
        "{} of the {} {:?} was not done",
        by_product.argument, subject.title, subject.name
    );
    diagnostic.detail.push_str(&format!(
        "\n\nThe {} itself is as planned. Remove what the service made by hand, or set `{}` to false and \
         to true again.",
        subject.title, by_product.argument
    ));
    Some(diagnostic.at(Path::from(by_product.block).attribute(by_product.argument)))
}
