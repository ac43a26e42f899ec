//! Waiting for a state of the agent that an object requires.

use std::time::Duration;

use async_trait::async_trait;
use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, Request};
use serde_json::Value as Json;

use super::{Call, Change, Reached, Store, StoreError, Stored, WriteFailure, gave_up};
use crate::kind::{Prerequisite, Wanted};

/// How often to check the state.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(500), Duration::from_secs(10));

/// The pauses and the number of retries after the state is reached, which add up to about a minute.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const TRIES: u32 = 8;

/// A store whose writes the service refuses until the agent has reached a state.
pub(super) struct Prerequired<'a> {
    pub(super) inner: Box<dyn Store + 'a>,
    pub(super) prerequisite: Prerequisite,
}

/// A write of the inner store.
#[derive(Clone, Copy)]
enum Write<'a> {
    Create(&'a str, &'a Json),
    Update(&'a Change),
}

impl Prerequired<'_> {
    async fn send(&self, call: Call<'_>, write: Write<'_>) -> Result<Stored, WriteFailure> {
        match write {
            Write::Create(name, document) => self.inner.create(call, name, document.clone()).await,
            Write::Update(change) => self.inner.update(call, change.clone()).await,
        }
    }

    fn is_refused(&self, failure: &WriteFailure) -> bool {
        let StoreError::Azure(error) = &failure.error else {
            return false;
        };
        // The routes of a platform do not exist before the platform does.
        let is_absent = error.kind() == ErrorKind::NotFound
            && matches!(self.prerequisite.wanted, Wanted::Is(_));
        failure.reached == Reached::Nothing && (is_absent || may_be_missing(error))
    }

    /// Sends a write. If the service refuses it, waits for the prerequisite and sends it again.
    async fn send_when_ready(
        &self,
        call: Call<'_>,
        write: Write<'_>,
    ) -> Result<Stored, WriteFailure> {
        let document = match write {
            Write::Create(_, document) => document,
            Write::Update(change) => &change.desired,
        };
        let send = || self.send(call, write);
        let refusal = match send().await {
            Err(failure) if self.is_refused(&failure) => failure,
            result => return result,
        };
        match wait(call, &self.prerequisite, document).await {
            Ok(true) => {}
            // The state may have been reached since the refusal, so one retry finds out.
            Ok(false) => return send().await,
            // The state is unknown, and the refusal of the service says more than that error.
            Err(StoreError::Azure(error)) if !gave_up(&error) => return Err(refusal),
            Err(error) => return Err(WriteFailure::nothing(error)),
        }
        // Only the pauses end with the budget. A write in progress finishes and then looks for its
        // result. If it were cut off, it could leave an object that nobody knows of.
        let mut result = send().await;
        let mut pause = FIRST_PAUSE;
        for _ in 0..TRIES {
            match &result {
                Err(failure) if self.is_refused(failure) => {}
                _ => break,
            }
            if call.budget.sleep(pause).await.is_err() {
                break;
            }
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
            result = send().await;
        }
        result
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for Prerequired<'_> {
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError> {
        self.inner.read(call).await
    }

    async fn conflicting(&self, call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError> {
        self.inner.conflicting(call, name).await
    }

    async fn list(
        &self,
        call: Call<'_>,
        query: &[(&str, &str)],
    ) -> Result<Vec<Stored>, StoreError> {
        self.inner.list(call, query).await
    }

    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure> {
        self.send_when_ready(call, Write::Create(name, &document))
            .await
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        self.send_when_ready(call, Write::Update(&change)).await
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        self.inner.delete(call).await
    }

    async fn act(&self, call: Call<'_>, action: &str) -> Result<(), StoreError> {
        self.inner.act(call, action).await
    }
}

/// Returns whether the service may have refused a write because a prerequisite is missing.
pub(super) fn may_be_missing(error: &azure::Error) -> bool {
    matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Conflict)
}

/// Waits for the prerequisite of a refused document. Returns `false` if it is already met, which
/// means that the refusal had another reason, unless the state was reached in the meantime.
async fn wait(
    call: Call<'_>,
    prerequisite: &Prerequisite,
    document: &Json,
) -> Result<bool, StoreError> {
    let wanted = match prerequisite.wanted {
        Wanted::At(pointer) => text(document, pointer),
        Wanted::Is(text) => text.to_owned(),
    };
    let asked = requested_state(call, prerequisite).await?;
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

/// Waits for what all objects of a kind need. Until then, nothing shows whether there is a document
/// already.
pub(crate) async fn until_met(call: Call<'_>) -> Result<(), StoreError> {
    match &call.kind.prerequisite {
        Some(prerequisite) if matches!(prerequisite.wanted, Wanted::Is(_)) => {
            wait(call, prerequisite, &Json::Null).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Waits until the data plane reports the wanted state.
pub(crate) async fn until_shown(
    call: Call<'_>,
    prerequisite: &Prerequisite,
    wanted: &str,
) -> Result<(), StoreError> {
    let schedule = LOOK.at_most(prerequisite.within);
    let shown = poll_until(&schedule, call.budget, || async {
        match shown(call, prerequisite).await {
            Ok(found) if found.eq_ignore_ascii_case(wanted) => Ok(Step::Done(())),
            Ok(found) => Ok(Step::again(format!(
                "the {} is still {}",
                prerequisite.what,
                named(&found)
            ))),
            Err(StoreError::Azure(error)) => Ok(Step::Failing(error)),
            Err(other) => Err(other),
        }
    });
    shown.await
}

async fn requested_state(
    call: Call<'_>,
    prerequisite: &Prerequisite,
) -> Result<String, StoreError> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::Instant;

    use super::super::testing::{Bench, Inner, Reply, refusal};
    use super::*;
    use crate::kind::Plane;

    const SHOWN: &str = "GET /api/v1/incidentPlayground/incidentPlatformType";

    /// A service that reports a connected platform after a number of checks.
    fn connected_after(looks: usize) -> Bench {
        let mut seen = 0;
        Bench::new("incident_filter", Plane::Arm, move |line| match line {
            SHOWN => {
                seen += 1;
                let connected = if seen > looks { "AzMonitor" } else { "None" };
                Reply::Json(200, json!({ "incidentPlatformType": connected }))
            }
            _ => refusal(404),
        })
    }

    /// Returns the failure of a write that the service refuses.
    async fn refused() -> Result<Stored, WriteFailure> {
        refused_with(400).await
    }

    async fn refused_with(status: u16) -> Result<Stored, WriteFailure> {
        let bench = Bench::new("incident_filter", Plane::Arm, move |_| refusal(status));
        let call = bench.call();
        let error = call.client.arm(Request::get("/any"), call.budget).await;
        Err(WriteFailure::nothing(error.unwrap_err()))
    }

    fn layer(bench: &Bench, inner: Inner) -> Prerequired<'static> {
        Prerequired {
            inner: Box::new(inner),
            prerequisite: bench.call().kind.prerequisite.unwrap(),
        }
    }

    fn filter(platform: &str) -> Json {
        json!({ "incidentPlatform": platform })
    }

    #[tokio::test(start_paused = true)]
    async fn accepted_write_is_sent_once_without_checks() {
        let bench = connected_after(0);
        let inner = Inner::playing([]);
        let written = inner.written();
        let store = layer(&bench, inner);
        let created = store.create(bench.call(), "one", filter("AzMonitor")).await;
        assert!(created.is_ok());
        assert_eq!(written.lock().unwrap().len(), 1);
        assert_eq!(bench.lines(), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn write_waits_for_platform() {
        let bench = connected_after(3);
        let inner = Inner::playing([refused().await, refused().await]);
        let written = inner.written();
        let store = layer(&bench, inner);
        let created = store.create(bench.call(), "one", filter("AzMonitor")).await;
        assert!(created.is_ok());
        // The service refuses the first two writes, because it learns about the platform with a
        // delay.
        assert_eq!(written.lock().unwrap().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn write_does_not_wait_for_a_platform_that_was_not_requested() {
        let bench = connected_after(0);
        let inner = Inner::playing([refused().await]);
        let store = layer(&bench, inner);
        let start = Instant::now();
        let failure = store.create(bench.call(), "one", filter("PagerDuty")).await;
        let failure = failure.unwrap_err();
        assert!(
            matches!(&failure.error, StoreError::Prerequisite { found, .. } if found == "AzMonitor"),
            "{}",
            failure.error
        );
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn refusal_for_another_reason_is_reported() {
        let bench = connected_after(0);
        let refusals = [refused().await, refused().await];
        let inner = Inner::playing(refusals);
        let written = inner.written();
        let store = layer(&bench, inner);
        let failure = store.create(bench.call(), "one", filter("AzMonitor")).await;
        assert!(store.is_refused(&failure.unwrap_err()));
        assert_eq!(written.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn interrupt_ends_pauses_but_not_writes() {
        let bench = connected_after(1);
        let cancel = bench.cancel.clone();
        let inner = Inner::playing([refused().await, refused().await]);
        // The user presses Ctrl-C during the second write.
        let inner = inner.on_write(move |n| {
            if n == 2 {
                cancel.cancel();
            }
        });
        let written = inner.written();
        let store = layer(&bench, inner);
        let failure = store.create(bench.call(), "one", filter("AzMonitor")).await;
        // The failure of the write is reported, not the interrupt.
        assert!(store.is_refused(&failure.unwrap_err()));
        assert_eq!(written.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn routes_of_a_platform_are_missing_until_it_is_connected() {
        let bench = connected_after(3);
        let filters = layer(&bench, Inner::playing([refused_with(404).await]));
        let created = filters.create(bench.call(), "one", filter("AzMonitor"));
        assert!(
            created.await.is_err(),
            "an object of every platform was waited for"
        );
        let inner = Inner::playing([refused_with(404).await]);
        let written = inner.written();
        let mut store = layer(&bench, inner);
        store.prerequisite.wanted = Wanted::Is("AzMonitor");
        let created = store.create(bench.call(), "one", json!({})).await;
        assert!(created.is_ok());
        assert_eq!(written.lock().unwrap().len(), 2);
    }
}
