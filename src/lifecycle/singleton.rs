//! Creation of documents that always exist, by taking them over.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tfplugin::{ApplyResponse, CreateRequest, Diagnostic, Value};

use super::operation::Operation;
use super::report::{Subject, Verb, report, unfinished};
use super::settle::{settle, unread};
use super::update::write_over;
use crate::document::{self, Inputs};
use crate::kind::{StoreKind, Whose};
use crate::stores::{self, Reached, StoreError, Stored, WriteFailure};

/// Takes over the document, and warns if it replaces content.
pub(super) async fn adopt(
    operation: &mut Operation<'_>,
    request: &CreateRequest,
    subject: &Subject,
) -> ApplyResponse {
    let CreateRequest {
        config, planned, ..
    } = request;
    let failed = |error: StoreError| ApplyResponse::failed(report(Verb::Create, subject, &error));
    let key = operation.object.target.key.clone();
    let _lock = match operation.lock(&key).await {
        Ok(lock) => lock,
        Err(error) => return failed(error.into()),
    };
    let current = match existing(operation).await {
        Ok(Some(current)) => current,
        // The document was never written.
        Ok(None) => Stored {
            key: key.clone(),
            document: Json::Null,
            etag: None,
        },
        Err(error) => return failed(error),
    };
    let inputs = Inputs {
        planned,
        config,
        prior: &Value::Null,
    };
    match write_over(operation, inputs, &BTreeSet::new(), current).await {
        Ok((before, stored)) => {
            let warning = replaced(operation, subject, &before, planned);
            settle(operation, Verb::Create, inputs, Some(&before), &stored)
                .await
                .with_diagnostics(warning)
        }
        Err(WriteFailure {
            error,
            reached: Reached::Nothing,
        }) => failed(error),
        Err(WriteFailure {
            error,
            reached: Reached::Accepted | Reached::Unread(_),
        }) => unread(operation, planned, &key).with_diagnostics([unfinished(
            Verb::Create,
            subject,
            &error,
        )]),
        Err(WriteFailure { error, .. }) => unread(operation, planned, &key)
            .with_diagnostics([report(Verb::Create, subject, &error)]),
    }
}

/// Returns the existing object. What belongs to a platform only shows once that platform is
/// connected.
async fn existing(operation: &Operation<'_>) -> Result<Option<Stored>, StoreError> {
    let found = operation.store().read(operation.call()).await?;
    if found.is_some() || operation.object.kind.prerequisite.is_none() {
        return Ok(found);
    }
    stores::until_met(operation.call()).await?;
    operation.store().read(operation.call()).await
}

/// Returns the previous content, unless it was empty or equals the new content.
fn replaced(
    operation: &Operation<'_>,
    subject: &Subject,
    before: &Stored,
    planned: &Value,
) -> Option<Diagnostic> {
    let StoreKind::Singleton { of, reset, .. } = &operation.object.kind.store else {
        return None;
    };
    let (whose, owner) = match of {
        Whose::Agent => ("the agent".to_owned(), "agent"),
        Whose::Object(_, owner) => (format!("the {owner} {:?}", subject.name), *owner),
    };
    let managed = |document: &Json| {
        let stored = Stored {
            document: document.clone(),
            ..before.clone()
        };
        let state = operation.object.state(&stored, planned).ok()?;
        let of_document = |name: &str| {
            operation
                .object
                .kind
                .nodes
                .iter()
                .any(|node| node.name() == Some(name))
        };
        let members = state.as_map()?.iter().filter(|(name, _)| of_document(name));
        Some(document::to_plain(&Value::map(
            members.map(|(name, value)| (name.as_str(), value.clone())),
        )))
    };
    let was = managed(&before.document)?;
    let planned = document::to_plain(planned);
    let stays = was
        .as_object()?
        .iter()
        .all(|(name, value)| planned.get(name) == Some(value));
    if before.document.is_null() || stays || Some(&was) == managed(reset).as_ref() {
        return None;
    }
    let was = serde_json::to_string_pretty(&was).unwrap_or_default();
    Some(Diagnostic::warning(
        format!("The existing {} of {whose} was replaced", subject.title),
        format!(
            "Every {owner} has at most one object of this kind, so the provider updated it \
             instead of creating one. The previous content was:\n\n{was}\n\nIf another \
             configuration or provider block also manages this object, the two undo each other's \
             changes. Keep one of them.\n\nObject: {}",
            subject.id
        ),
    ))
}
