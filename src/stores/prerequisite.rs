//! Waiting for what an object needs of its agent.

use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, Request};
use serde_json::Value as Json;

use super::{Call, StoreError};
use crate::kind::Prerequisite;

/// How often to look.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(500), Duration::from_secs(10));

/// Whether the service may have refused a write because something is not there yet.
pub(super) fn may_be_missing(error: &azure::Error) -> bool {
    matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Conflict)
}

/// Waits for the prerequisite of a document that was refused. `false` when it is there already, so
/// that the refusal had another reason, unless it has come about in between.
pub(super) async fn wait(
    call: Call<'_>,
    prerequisite: &Prerequisite,
    document: &Json,
) -> Result<bool, StoreError> {
    let wanted = text(document, prerequisite.wanted_at);
    let asked = asked_for(call, prerequisite).await?;
    let failed = |found: &str| StoreError::Prerequisite {
        what: prerequisite.what,
        wanted: wanted.clone(),
        found: found.to_owned(),
        remedy: prerequisite.remedy,
    };
    if !asked.eq_ignore_ascii_case(&wanted) {
        return Err(failed(&asked));
    }
    if shown(call, prerequisite)
        .await?
        .eq_ignore_ascii_case(&wanted)
    {
        return Ok(false);
    }
    until_shown(call, prerequisite, &wanted).await?;
    Ok(true)
}

/// Waits until the data plane shows what is wanted.
pub(crate) async fn until_shown(
    call: Call<'_>,
    prerequisite: &Prerequisite,
    wanted: &str,
) -> Result<(), StoreError> {
    let schedule = LOOK.at_most(prerequisite.within);
    let shown = poll_until(&schedule, call.budget, || async {
        match shown(call, prerequisite).await {
            Ok(found) if found.eq_ignore_ascii_case(wanted) => Ok(Step::Done(Ok(()))),
            Ok(found) => Ok(Step::again(format!(
                "the {} is still {}",
                prerequisite.what,
                named(&found)
            ))),
            Err(StoreError::Azure(error)) => Ok(Step::Failing(error)),
            Err(other) => Ok(Step::Done(Err(other))),
        }
    });
    shown.await?
}

async fn asked_for(call: Call<'_>, prerequisite: &Prerequisite) -> Result<String, StoreError> {
    let request = Request::get(call.target.agent.path());
    let agent = call.client.arm_read(request, call.budget).await?.found();
    Ok(named(&text(&agent.unwrap_or_default(), prerequisite.asked_at)).to_owned())
}

async fn shown(call: Call<'_>, prerequisite: &Prerequisite) -> Result<String, StoreError> {
    let agent = &call.target.agent;
    let plane = call.client.data_plane(agent, call.budget).await?;
    let response = plane
        .send(Request::get(prerequisite.path), call.budget)
        .await?;
    Ok(text(&response.into_json()?, prerequisite.shown_at))
}

fn text(document: &Json, at: &str) -> String {
    let found = document.pointer(at).and_then(Json::as_str);
    found.unwrap_or_default().to_owned()
}

fn named(text: &str) -> &str {
    if text.is_empty() { "None" } else { text }
}
