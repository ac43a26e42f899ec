//! Waiting for work that the service continues after a write.

use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use serde_json::Value as Json;
use tfplugin::{Diagnostic, Value};

use super::freshness::Written;
use super::operation::Operation;
use super::report::{Subject, Verb, unfinished};
use crate::kind::Wait;
use crate::stores::{StoreError, Stored};

/// How often to check the progress.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(500), Duration::from_secs(15));

/// The progress of the work.
enum Progress {
    Going(String),
    Done,
    Failed(String),
}

/// Waits for all work that the user wants to wait for. Returns the object after that, and
/// diagnostics for failures.
///
/// `before` is the previous version of the object. A read that returns it does not tell anything
/// about this write.
pub(super) async fn wait(
    operation: &Operation<'_>,
    verb: Verb,
    subject: &Subject,
    planned: &Value,
    before: Option<&Stored>,
    stored: &Stored,
) -> (Option<Stored>, Vec<Diagnostic>) {
    let written = Written::over(operation, before, planned);
    let is_late = |found: &Stored| written.is_late(operation, Some(found), planned);
    // If the change is invisible, stale reads cannot be detected.
    let may_be_late = !is_late(stored);
    let is_late = |found: &Stored| may_be_late && written.is_young() && is_late(found);
    let mut latest = None;
    let mut diagnostics = Vec::new();
    for wait in &operation.object.kind.waits {
        let elsewhere = wait
            .plane
            .is_some_and(|plane| plane != operation.object.target.plane);
        if elsewhere || *planned.get(wait.argument) != Value::Bool(true) {
            continue;
        }
        let current = latest.as_ref().unwrap_or(stored);
        match one(operation, wait, current, is_late).await {
            Ok((found, failure)) => {
                latest = found.or(latest);
                let failed = failure.map(|reason| failed(subject, wait, &reason));
                diagnostics.extend(failed);
            }
            // The object exists. An error would make the next apply replace it.
            Err(error) => {
                diagnostics.push(unfinished(verb, subject, &error).at(wait.argument));
            }
        }
    }
    (latest, diagnostics)
}

type Waited = (Option<Stored>, Option<String>);

async fn one(
    operation: &Operation<'_>,
    wait: &Wait,
    stored: &Stored,
    is_late: impl Fn(&Stored) -> bool,
) -> Result<Waited, StoreError> {
    match progress(wait, &stored.document) {
        Progress::Done => return Ok((None, None)),
        Progress::Failed(reason) => return Ok((None, Some(reason))),
        Progress::Going(_) => {}
    }
    let target = operation.object.target_of(&stored.key);
    let call = crate::stores::Call {
        target: &target,
        ..operation.call()
    };
    let waited = poll_until(&LOOK, &operation.budget, || async {
        match operation.store().read(call).await {
            Ok(Some(found)) if is_late(&found) => Ok(Step::again(
                "the service still returns the previous version of the object",
            )),
            Ok(Some(found)) => Ok(match progress(wait, &found.document) {
                Progress::Done => Step::Done((Some(found), None)),
                Progress::Failed(reason) => Step::Done((Some(found), Some(reason))),
                Progress::Going(seen) => Step::again(format!("{} is {seen}", wait.what)),
            }),
            Ok(None) => Ok(Step::again("the service does not return the object")),
            Err(StoreError::Azure(error)) if may_pass(&error) => Ok(Step::Failing(error)),
            Err(error) => Err(error),
        }
    });
    waited.await
}

fn progress(wait: &Wait, document: &Json) -> Progress {
    let text = |at: &str| match document.pointer(at) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Bool(value)) => value.to_string(),
        _ => String::new(),
    };
    let is_one_of =
        |texts: &[&str], found: &str| texts.iter().any(|text| text.eq_ignore_ascii_case(found));
    let reason = wait.reason_at.map(text).filter(|reason| !reason.is_empty());
    let found = text(wait.at);
    match reason {
        _ if is_one_of(wait.done, &found) => Progress::Done,
        Some(reason) => Progress::Failed(reason),
        None if is_one_of(wait.failed, &found) => Progress::Failed(found),
        None if found.is_empty() => Progress::Going("not reported yet".to_owned()),
        None => Progress::Going(found),
    }
}

fn may_pass(error: &azure::Error) -> bool {
    use azure::ErrorKind::{Network, NotReady, Service, Throttled};
    matches!(error.kind(), Network | NotReady | Service | Throttled)
}

fn failed(subject: &Subject, wait: &Wait, reason: &str) -> Diagnostic {
    Diagnostic::error(
        format!(
            "The {} {:?} was saved, but {} failed",
            subject.title, subject.name, wait.what
        ),
        format!(
            "The service reports: {reason}. Correct the cause and apply again. To continue without \
             waiting, set `{} = false`.\n\nObject: {} on {}",
            wait.argument, subject.id, subject.plane
        ),
    )
    .at(wait.argument)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const WAIT: Wait = Wait {
        argument: "wait",
        what: "the work",
        plane: None,
        at: "/state",
        done: &["Ready", "true"],
        failed: &["Failed"],
        reason_at: Some("/reason"),
    };

    fn shown(document: Json) -> String {
        match progress(&WAIT, &document) {
            Progress::Done => "done".to_owned(),
            Progress::Failed(reason) => format!("failed: {reason}"),
            Progress::Going(seen) => format!("going: {seen}"),
        }
    }

    #[test]
    fn progress_is_read_from_states_flags_and_reasons() {
        assert_eq!(shown(json!({"state": "ready"})), "done");
        assert_eq!(shown(json!({"state": true, "reason": null})), "done");
        assert_eq!(shown(json!({"state": "Cloning"})), "going: Cloning");
        assert_eq!(shown(json!({})), "going: not reported yet");
        assert_eq!(shown(json!({"state": "Failed"})), "failed: Failed");
        assert_eq!(
            shown(json!({"state": false, "reason": "empty"})),
            "failed: empty"
        );
    }
}
