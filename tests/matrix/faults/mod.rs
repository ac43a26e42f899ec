//! Everything that can fail with each request of every store: nothing is lost, nothing is created
//! twice, and the user learns what happened and what to do.
//!
//! - [`request`]: the requests of an operation, recorded
//! - [`trouble`]: the failures of a request
//! - [`fixture`]: a service, and a run of the host for each phase
//! - [`case`]: one failure of one request, and the recovery
//! - [`ending`]: the outcomes, and how they are checked
//! - [`message`]: requirements for messages
//! - [`page`]: the page that publishes all outcomes

mod case;
mod ending;
mod fixture;
mod message;
mod page;
mod request;
mod trouble;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, stream};

use self::case::{Operation, Wrong};
use self::fixture::Fixture;
use self::page::Found;
use self::request::Request;
use self::trouble::TROUBLES;
use crate::kinds::{Kind, per_store};

/// How many cases run concurrently. Most of the time, they wait.
const AT_A_TIME: usize = 96;

/// How long a case may take.
const LIMIT: Duration = Duration::from_secs(120);

per_store!(failures_of_requests_lose_nothing);

async fn failures_of_requests_lose_nothing(kind: &Kind, plane: &'static str) -> Result<()> {
    let fixture = &Fixture::new(kind, plane).await?;
    let mut requests = Vec::new();
    for operation in Operation::ALL {
        let name = format!("record-{}", operation.as_str());
        let recorded = case::record(fixture, operation, &name).await;
        requests.push((operation, recorded.context(name)?));
    }
    let cases: Vec<_> = requests
        .iter()
        .flat_map(|(operation, requests)| cases_of(*operation, requests))
        .collect();
    let (late, cases): (Vec<_>, Vec<_>) = cases
        .into_iter()
        .enumerate()
        .partition(|(_, case)| matches!(case.wrong, Wrong::Late));
    let mut found = Found::default();
    let mut failures = tried(fixture, cases, &mut found).await;
    let emulator = &fixture.world.emulator;
    emulator.change_profile(|profile| profile.visibility_lag = 2);
    failures.extend(tried(fixture, late, &mut found).await);
    ensure!(
        failures.is_empty(),
        "{} cases failed:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    page::publish(kind, plane, &found)
}

#[test]
fn page_lists_all_failures() -> Result<()> {
    page::publish_troubles()
}

/// A case to run, and where its outcome is recorded.
struct Plan<'a> {
    operation: Operation,
    wrong: Wrong<'a>,
    request: (usize, String),
    trouble: (usize, &'static str),
}

fn cases_of(operation: Operation, requests: &[Request]) -> Vec<Plan<'_>> {
    let hits = |request: &Request| {
        let request = request.clone();
        let troubles = TROUBLES.iter().enumerate();
        troubles.filter(move |(_, trouble)| trouble.can_hit(&request))
    };
    let mut cases = Vec::new();
    for (nth, request) in requests.iter().enumerate() {
        for (place, trouble) in hits(request) {
            cases.push(Plan {
                operation,
                wrong: Wrong::Request(request, trouble),
                request: (nth + 1, request.label()),
                trouble: (place, trouble.name),
            });
        }
    }
    for (wrong, trouble) in [(Wrong::CutOff, (0, "refused")), (Wrong::Late, (1, "late"))] {
        cases.push(Plan {
            operation,
            wrong,
            request: (0, "all".to_owned()),
            trouble,
        });
    }
    cases
}

/// Runs many cases concurrently, and records their outcomes. Returns the errors, each with its
/// case.
async fn tried(
    fixture: &Fixture<'_>,
    cases: Vec<(usize, Plan<'_>)>,
    found: &mut Found,
) -> Vec<String> {
    let running = cases.into_iter().map(|(n, plan)| async move {
        let name = format!("cell-{n:04}");
        let running = case::run(fixture, plan.operation, plan.wrong, &name);
        let result = match tokio::time::timeout(LIMIT, running).await {
            Ok(result) => result,
            Err(_) => Err(anyhow::anyhow!("takes more than {LIMIT:?}")),
        };
        (plan, result)
    });
    let ended: Vec<_> = stream::iter(running)
        .buffer_unordered(AT_A_TIME)
        .collect()
        .await;
    let mut failures = Vec::new();
    for (plan, result) in ended {
        let Plan {
            operation,
            request,
            trouble,
            ..
        } = plan;
        match result {
            Ok(ending) => found.note(operation, request, trouble, ending),
            Err(error) => failures.push(format!(
                "{} of {} on {}, {} {}, {:?}: {error:#}",
                operation.as_str(),
                fixture.kind.noun(),
                fixture.plane,
                request.0,
                request.1,
                trouble.1
            )),
        }
    }
    failures.sort();
    failures
}
