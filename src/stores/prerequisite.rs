//! Waiting for what an object needs of its agent.

use std::time::Duration;

use async_trait::async_trait;
use azure::poll::{Schedule, Step, poll_until};
use azure::{ErrorKind, Request};
use serde_json::Value as Json;

use super::{Call, Change, Reached, Store, StoreError, Stored, WriteFailure, gave_up};
use crate::kind::{Prerequisite, Wanted};

/// How often to look.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(500), Duration::from_secs(10));

/// The pauses before an object is sent again after what it needs has come about, and how many times:
/// about a minute in all.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const TRIES: u32 = 8;

/// A store whose writes the service refuses until something has come about.
pub(super) struct Prerequired {
    pub(super) inner: Box<dyn Store>,
    pub(super) prerequisite: Prerequisite,
}

/// A write of the inner store.
#[derive(Clone, Copy)]
enum Write<'a> {
    Create(&'a str, &'a Json),
    Update(&'a Change),
}

impl Prerequired {
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
        // What belongs to one platform alone is not there before that platform is.
        let is_absent = error.kind() == ErrorKind::NotFound
            && matches!(self.prerequisite.wanted, Wanted::Is(_));
        failure.reached == Reached::Nothing && (is_absent || may_be_missing(error))
    }

    /// Sends a document, again once what it needs has come about.
    async fn taken(&self, call: Call<'_>, write: Write<'_>) -> Result<Stored, WriteFailure> {
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
            // It may have come about since the refusal, which asking once more tells.
            Ok(false) => return send().await,
            // It cannot be found out, and the service's own words say more than that.
            Err(StoreError::Azure(error)) if !gave_up(&error) => return Err(refusal),
            Err(error) => return Err(WriteFailure::nothing(error)),
        }
        // Only the pauses end with the budget. A write that is on its way ends by itself, and then looks
        // for what it has left: cut off, it would leave an object that nobody knows of.
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
impl Store for Prerequired {
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
        self.taken(call, Write::Create(name, &document)).await
    }

    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure> {
        self.taken(call, Write::Update(&change)).await
    }

    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError> {
        self.inner.delete(call).await
    }

    async fn act(&self, call: Call<'_>, action: &str) -> Result<(), StoreError> {
        self.inner.act(call, action).await
    }
}

/// Whether the service may have refused a write because something is not there yet.
pub(super) fn may_be_missing(error: &azure::Error) -> bool {
    matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Conflict)
}

/// Waits for the prerequisite of a document that was refused. `false` when it is there already, so
/// that the refusal had another reason, unless it has come about in between.
async fn wait(
    call: Call<'_>,
    prerequisite: &Prerequisite,
    document: &Json,
) -> Result<bool, StoreError> {
    let wanted = match prerequisite.wanted {
        Wanted::At(pointer) => text(document, pointer),
        Wanted::Is(text) => text.to_owned(),
    };
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::Instant;

    use super::super::testing::{Bench, Inner, Reply, refusal};
    use super::*;
    use crate::kind::Plane;

    const SHOWN: &str = "GET /api/v1/incidentPlayground/incidentPlatformType";

    /// A service whose platform is connected after so many looks.
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

    /// The failure of a write that the service refuses.
    async fn refused() -> Result<Stored, WriteFailure> {
        refused_with(400).await
    }

    async fn refused_with(status: u16) -> Result<Stored, WriteFailure> {
        let bench = Bench::new("incident_filter", Plane::Arm, move |_| refusal(status));
        let call = bench.call();
        let error = call.client.arm(Request::get("/any"), call.budget).await;
        Err(WriteFailure::nothing(error.unwrap_err()))
    }

    fn layer(bench: &Bench, inner: Inner) -> Prerequired {
        Prerequired {
            inner: Box::new(inner),
            prerequisite: bench.call().kind.prerequisite.unwrap(),
        }
    }

    fn filter(platform: &str) -> Json {
        json!({ "incidentPlatform": platform })
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_is_taken_is_sent_once_and_nothing_is_asked() {
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
    async fn a_refused_write_is_sent_again_once_the_platform_is_there() {
        let bench = connected_after(3);
        let inner = Inner::playing([refused().await, refused().await]);
        let written = inner.written();
        let store = layer(&bench, inner);
        let created = store.create(bench.call(), "one", filter("AzMonitor")).await;
        assert!(created.is_ok());
        // Refused at first, refused once more by a service that is late to know, and taken.
        assert_eq!(written.lock().unwrap().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn another_platform_than_was_asked_for_is_not_waited_for() {
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
    async fn a_refusal_for_another_reason_stands() {
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
    async fn an_interrupt_ends_the_pauses_and_no_write() {
        let bench = connected_after(1);
        let cancel = bench.cancel.clone();
        let inner = Inner::playing([refused().await, refused().await]);
        // The user presses Ctrl-C while the second write is on its way.
        let inner = inner.on_write(move |n| {
            if n == 2 {
                cancel.cancel();
            }
        });
        let written = inner.written();
        let store = layer(&bench, inner);
        let failure = store.create(bench.call(), "one", filter("AzMonitor")).await;
        // What the write came to is what is told.
        assert!(store.is_refused(&failure.unwrap_err()));
        assert_eq!(written.lock().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_only_one_platform_has_is_missing_until_that_is_there() {
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
