use rstest::rstest;
use serde_json::json;
use tokio::time::Instant;

use super::readiness::COLLECTION;
use super::*;
use crate::testing::{Bench, Reply, agent, bench, bench_with, html, raw, reply};
use crate::wire::WireErrorKind;

const HOST: &str = "https://a--1.h.swedencentral.azuresre.ai";
const SKILL: &str = "/api/v2/extendedAgent/skills/s";

fn budget(seconds: u64) -> Budget {
    Budget::detached(Duration::from_secs(seconds))
}

fn document() -> Reply {
    reply(200, &[], &json!({"properties": {"agentEndpoint": HOST}}))
}

/// Returns a bench with one data plane. `collection` answers requests for the list of skills, and
/// `skill` those for one skill.
fn plane(
    mut collection: impl FnMut() -> Reply + Send + 'static,
    mut skill: impl FnMut() -> Reply + Send + 'static,
) -> Bench {
    bench(move |line| match line {
        line if line.contains("/providers/") => document(),
        line if line.ends_with(COLLECTION) => collection(),
        _ => skill(),
    })
}

async fn read(bench: &Bench, seconds: u64) -> Result<Presence> {
    let budget = budget(seconds);
    bench
        .client
        .data_plane(&agent(), &budget)
        .await?
        .read(Request::get(SKILL), &budget)
        .await
}

fn list() -> Reply {
    reply(200, &[], &json!({"value": []}))
}

fn gone() -> Reply {
    reply(404, &[], &json!({"error": {"message": "not found"}}))
}

#[tokio::test(start_paused = true)]
async fn object_is_found_without_further_requests() {
    let bench = plane(list, || reply(200, &[], &json!({"name": "s"})));
    assert_eq!(
        read(&bench, 60).await.unwrap(),
        Presence::Found(json!({"name": "s"}))
    );
    assert_eq!(bench.wire.lines().len(), 2);
    let token = bench.wire.seen()[1].headers["authorization"].clone();
    assert_eq!(token, "Bearer https://azuresre.dev 0");
}

#[tokio::test(start_paused = true)]
async fn object_is_absent_if_a_ready_plane_denies_it() {
    let bench = plane(list, gone);
    assert!(read(&bench, 60).await.unwrap().is_absent());
    assert_eq!(bench.wire.lines().len(), 4);
    // The client remembers the address, and that the plane is ready.
    assert!(read(&bench, 60).await.unwrap().is_absent());
    assert_eq!(bench.wire.lines().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn only_one_of_many_failed_reads_probes_the_plane() {
    let bench = plane(list, gone);
    let reads = futures::future::join_all((0..10).map(|_| read(&bench, 60))).await;
    assert!(
        reads
            .iter()
            .all(|read| read.as_ref().is_ok_and(Presence::is_absent))
    );
    let lines = bench.wire.lines();
    let asked = lines.iter().filter(|line| line.ends_with(COLLECTION));
    assert_eq!(asked.count(), 1);
}

#[rstest]
#[case(|| html(200))]
#[case(|| html(404))]
#[case(gone)]
#[case(|| raw(404, &[], ""))]
#[tokio::test(start_paused = true)]
async fn absence_on_a_plane_that_is_not_ready_is_not_believed(#[case] collection: fn() -> Reply) {
    let bench = plane(collection, gone);
    let error = read(&bench, 60).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReady);
    assert!(error.remedy().unwrap().contains("is running"));
}

#[rstest]
#[case(|| html(200), ErrorKind::NotJson)]
#[case(|| html(404), ErrorKind::NotJson)]
#[case(|| raw(404, &[], ""), ErrorKind::NotJson)]
#[case(|| raw(200, &[], ""), ErrorKind::NotJson)]
#[case(|| raw(204, &[], ""), ErrorKind::NotJson)]
#[case(|| raw(403, &[], ""), ErrorKind::Forbidden)]
#[case(|| html(405), ErrorKind::MethodNotAllowed)]
#[case(|| reply(410, &[], &json!({})), ErrorKind::Rejected)]
#[tokio::test(start_paused = true)]
async fn other_answers_are_errors(#[case] skill: fn() -> Reply, #[case] kind: ErrorKind) {
    let error = read(&plane(list, skill), 60).await.unwrap_err();
    assert_eq!(error.kind(), kind);
}

#[tokio::test(start_paused = true)]
async fn refused_access_names_the_role() {
    let error = read(&plane(list, || raw(403, &[], "")), 60)
        .await
        .unwrap_err();
    let remedy = error.remedy().unwrap();
    assert!(remedy.contains("SRE Agent Administrator") && remedy.contains("/agents/agent"));
    assert_eq!(error.tries(), 1);
}

#[tokio::test(start_paused = true)]
async fn new_agent_is_given_time_to_come_up() {
    let start = Instant::now();
    let collection = move || match start.elapsed().as_secs() {
        0..100 => html(404),
        100..300 => raw(403, &[], ""),
        _ => list(),
    };
    let bench = plane(collection, || reply(200, &[], &json!({"name": "s"})));
    bench.client.agent_created(&agent());
    assert!(read(&bench, 1200).await.unwrap().found().is_some());
    let ready = *bench.wire.seconds().last().unwrap();
    assert!((300..310).contains(&ready), "{ready}");
    // Later requests do not ask again.
    let before = bench.wire.lines().len();
    read(&bench, 60).await.unwrap();
    assert_eq!(bench.wire.lines().len(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn new_agent_that_is_first_used_late_still_gets_time_to_come_up() {
    let bench = plane(list, list);
    bench.client.agent_created(&agent());
    tokio::time::sleep(Duration::from_secs(1800)).await;
    read(&bench, 60).await.unwrap();
}

#[rstest]
#[case(|| html(404), ErrorKind::NotReady, 900..=906)]
#[case(|| raw(503, &[], ""), ErrorKind::NotReady, 900..=906)]
#[case(|| raw(403, &[], ""), ErrorKind::Forbidden, 600..=606)]
#[tokio::test(start_paused = true)]
async fn waiting_for_a_new_agent_has_a_limit(
    #[case] collection: fn() -> Reply,
    #[case] kind: ErrorKind,
    #[case] seconds: std::ops::RangeInclusive<u64>,
) {
    let bench = plane(collection, list);
    bench.client.agent_created(&agent());
    let start = Instant::now();
    let error = read(&bench, 3600).await.unwrap_err();
    assert_eq!(error.kind(), kind);
    assert!(
        seconds.contains(&start.elapsed().as_secs()),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn write_to_a_new_agent_is_repeated_while_its_role_takes_effect() {
    let start = Instant::now();
    let skill = move || match start.elapsed().as_secs() {
        0..200 => raw(403, &[], ""),
        _ => reply(200, &[], &json!({})),
    };
    let bench = plane(list, skill);
    bench.client.agent_created(&agent());
    let budget = budget(600);
    let plane = bench.client.data_plane(&agent(), &budget).await.unwrap();
    plane
        .send(Request::put(SKILL).json(json!({})), &budget)
        .await
        .unwrap();
    assert!(start.elapsed().as_secs() >= 200);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_new_agent_ends_with_the_budget() {
    let bench = plane(|| html(404), list);
    bench.client.agent_created(&agent());
    let start = Instant::now();
    let error = read(&bench, 60).await.unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed().as_secs()),
        (ErrorKind::NotReady, 60)
    );
    assert!(error.to_string().contains("an HTML page"), "{error}");
}

#[rstest]
#[case("https://evil.example")]
#[case("http://a.azuresre.ai")]
#[case("https://a.azuresre.ai@evil.example")]
#[case("evil.example/azuresre.ai")]
#[tokio::test(start_paused = true)]
async fn refused_host_gets_no_token(#[case] endpoint: &'static str) {
    let bench = bench(move |_| {
        reply(
            200,
            &[],
            &json!({"properties": {"agentEndpoint": endpoint}}),
        )
    });
    let error = read(&bench, 60).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostRefused);
    // Only the request for the agent's document was sent, with a token for ARM.
    let seen = bench.wire.seen();
    assert_eq!(seen.len(), 1);
    let token = &seen[0].headers["authorization"];
    assert!(token.contains("management"), "{token}");
}

#[tokio::test(start_paused = true)]
async fn configured_origin_is_allowed_with_its_path() {
    let endpoint = "http://127.0.0.1:7575/agents/a/";
    let url = Url::parse("http://127.0.0.1:7575").unwrap();
    let bench = bench_with(
        |config| config.hosts = config.hosts.clone().allow_origin(&url),
        move |line| match line {
            line if line.contains("/providers/") => reply(
                200,
                &[],
                &json!({"properties": {"agentEndpoint": endpoint}}),
            ),
            _ => reply(200, &[], &json!({})),
        },
    );
    read(&bench, 60).await.unwrap();
    assert_eq!(bench.wire.lines()[1], format!("GET /agents/a{SKILL}"));
}

#[rstest]
#[case(json!({"endpoint": HOST}))]
#[case(json!({"agentEndpoint": "", "fqdn": HOST.trim_start_matches("https://")}))]
#[tokio::test(start_paused = true)]
async fn address_is_read_from_older_documents(#[case] properties: Value) {
    let bench = bench(move |_| reply(200, &[], &json!({ "properties": properties })));
    let plane = bench
        .client
        .data_plane(&agent(), &budget(60))
        .await
        .unwrap();
    assert_eq!(plane.endpoint().as_str(), format!("{HOST}/"));
}

#[tokio::test(start_paused = true)]
async fn error_for_an_agent_without_an_address_names_its_state() {
    let properties = json!({"provisioningState": "Succeeded", "powerState": "Stopped"});
    let bench = bench(move |_| reply(200, &[], &json!({ "properties": properties })));
    let error = read(&bench, 60).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReady);
    assert!(
        error.to_string().contains("powerState is Stopped"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn missing_agent_is_no_data_plane_and_an_unknown_subscription_an_error() {
    let code = |code: &'static str| {
        bench(move |_| reply(404, &[], &json!({"error": {"code": code, "message": "no"}})))
    };
    let missing = code("ResourceNotFound");
    assert!(
        missing
            .client
            .find_data_plane(&agent(), &budget(60))
            .await
            .unwrap()
            .is_none()
    );
    let error = read(&missing, 60).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.to_string().contains("the agent /subscriptions/sub/"),
        "{error}"
    );
    let unknown = code("SubscriptionNotFound");
    let error = unknown
        .client
        .find_data_plane(&agent(), &budget(60))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
}

#[tokio::test(start_paused = true)]
async fn address_is_read_once_and_again_when_forgotten() {
    let bench = plane(list, list);
    let budget = budget(60);
    let agent = agent();
    let ask = || bench.client.data_plane(&agent, &budget);
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(bench.wire.lines().len(), 1);
    bench
        .client
        .forget_agent(&AgentId::new("SUB", "RG", "AGENT").unwrap());
    ask().await.unwrap();
    assert_eq!(bench.wire.lines().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn list_stays_on_the_plane() {
    let away = || {
        reply(
            200,
            &[],
            &json!({"value": [1], "nextLink": "https://b.azuresre.ai/"}),
        )
    };
    let bench = plane(away, list);
    let budget = budget(60);
    let plane = bench.client.data_plane(&agent(), &budget).await.unwrap();
    let error = plane
        .list(Request::get(COLLECTION), ListShape::Value, &budget)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostRefused);
    assert_eq!(bench.wire.lines().len(), 2);
}

/// Reads a skill many times concurrently, and returns the result of each read.
async fn read_many(bench: &Bench) -> Vec<Result<Presence>> {
    futures::future::join_all((0..25).map(|_| read(bench, 600))).await
}

fn kinds(reads: &[Result<Presence>]) -> Vec<Option<ErrorKind>> {
    let kind = |read: &Result<Presence>| read.as_ref().err().map(Error::kind);
    reads.iter().map(kind).collect()
}

fn described(properties: Value) -> Reply {
    reply(
        200,
        &[],
        &json!({"properties": properties, "systemData": {"createdAt": "2020-01-01T00:00:00Z"}}),
    )
}

#[rstest]
#[case(|| raw(503, &[], ""))]
#[case(|| raw(503, &[("retry-after", "60")], ""))]
#[case(|| html(404))]
#[case(|| Reply::Failure(WireErrorKind::Connect))]
#[tokio::test(start_paused = true)]
async fn stopped_agent_is_detected_once_and_without_waiting(#[case] skill: fn() -> Reply) {
    let bench = bench(move |line| match line {
        line if line.contains("/providers/") => {
            described(json!({"agentEndpoint": HOST, "powerState": "Stopped"}))
        }
        _ => skill(),
    });
    let start = Instant::now();
    let reads = read_many(&bench).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(kinds(&reads), [Some(ErrorKind::Stopped); 25]);
    // The requests are for the document of the agent, for one skill, and for the collection.
    assert_eq!(bench.wire.lines().len(), 3);
    let error = reads.into_iter().next().unwrap().unwrap_err();
    assert!(error.remedy().unwrap().contains("power_state"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn answer_of_an_agent_reported_as_stopped_is_used() {
    let bench = bench(|line| match line {
        line if line.contains("/providers/") => {
            described(json!({"agentEndpoint": HOST, "powerState": "Stopped"}))
        }
        _ => reply(200, &[], &json!({"name": "s"})),
    });
    assert_eq!(kinds(&read_many(&bench).await), [None; 25]);
}

#[tokio::test(start_paused = true)]
async fn plane_is_tried_again_after_another_process_starts_the_agent() {
    let start = Instant::now();
    let bench = bench(move |line| {
        let is_running = start.elapsed().as_secs() >= 20;
        match line {
            line if line.contains("/providers/") => {
                let power = if is_running { "Running" } else { "Stopped" };
                described(json!({"agentEndpoint": HOST, "powerState": power}))
            }
            _ if is_running => reply(200, &[], &json!({"name": "s"})),
            _ => raw(503, &[], ""),
        }
    });
    let error = read(&bench, 600).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(read(&bench, 600).await.unwrap().found().is_some());
}

#[rstest]
#[case(|| Reply::Failure(WireErrorKind::Connect), ErrorKind::Network, 31)]
#[case(|| Reply::Failure(WireErrorKind::Broken), ErrorKind::Network, 31)]
#[case(|| html(200), ErrorKind::NotJson, 0)]
#[case(|| html(404), ErrorKind::NotJson, 0)]
#[tokio::test(start_paused = true)]
async fn unreachable_plane_fails_all_requests_at_once(
    #[case] any: fn() -> Reply,
    #[case] kind: ErrorKind,
    #[case] within: u64,
) {
    let bench = bench(move |line| match line {
        line if line.contains("/providers/") => described(json!({"agentEndpoint": HOST})),
        _ => any(),
    });
    let start = Instant::now();
    let reads = read_many(&bench).await;
    assert!(start.elapsed().as_secs() <= within, "{:?}", start.elapsed());
    assert_eq!(kinds(&reads), [Some(kind); 25]);
    let sent = bench.wire.lines().len();
    // A request that follows shortly after gets the same error. A later one makes the client try
    // again.
    assert_eq!(read(&bench, 600).await.unwrap_err().kind(), kind);
    assert_eq!(bench.wire.lines().len(), sent);
    tokio::time::sleep(Duration::from_secs(20)).await;
    read(&bench, 600).await.unwrap_err();
    assert!(bench.wire.lines().len() > sent);
}

#[rstest]
#[case(|| html(200))]
#[case(|| raw(500, &[], ""))]
#[case(|| Reply::Failure(WireErrorKind::Broken))]
#[tokio::test(start_paused = true)]
async fn failure_of_one_object_does_not_fail_the_plane(#[case] skill: fn() -> Reply) {
    let bench = plane(list, skill);
    let error = read(&bench, 600).await.unwrap_err();
    assert_ne!(error.kind(), ErrorKind::NotReady);
    let budget = budget(60);
    let plane = bench.client.data_plane(&agent(), &budget).await.unwrap();
    let listed = plane.list(Request::get(COLLECTION), ListShape::Value, &budget);
    assert!(listed.await.unwrap().is_empty());
}

#[rstest]
#[case(|| html(404))]
#[case(gone)]
#[case(|| Reply::Failure(WireErrorKind::Connect))]
#[tokio::test(start_paused = true)]
async fn agent_that_another_process_replaces_is_found_at_its_new_address(
    #[case] old: fn() -> Reply,
) {
    let start = Instant::now();
    let bench = bench(move |line| {
        let is_replaced = start.elapsed().as_secs() >= 30;
        match line {
            line if line.contains("/providers/") => {
                let endpoint = if is_replaced {
                    format!("{HOST}/new")
                } else {
                    HOST.to_owned()
                };
                described(json!({"agentEndpoint": endpoint}))
            }
            line if line.contains("/new/") => reply(200, &[], &json!({"value": [], "name": "new"})),
            _ if is_replaced => old(),
            _ => reply(200, &[], &json!({"value": [], "name": "old"})),
        }
    });
    let name = |found: Presence| found.found().unwrap()["name"].clone();
    assert_eq!(name(read(&bench, 600).await.unwrap()), "old");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(name(read(&bench, 600).await.unwrap()), "new");
    let budget = budget(600);
    let plane = bench.client.data_plane(&agent(), &budget).await.unwrap();
    let listed = plane.list(Request::get(COLLECTION), ListShape::Value, &budget);
    assert!(listed.await.unwrap().is_empty());
}

/// Both agents are new, and the second one replaces the first before the known address counts as
/// stale.
#[rstest]
#[tokio::test(start_paused = true)]
async fn agent_that_another_process_replaces_at_once_is_found_by_all(
    #[values(100, 3_000)] replaced_after: u64,
    #[values(true, false)] is_known_to_answer: bool,
) {
    // Leaves room for instants before the start of the process.
    tokio::time::advance(Duration::from_secs(3600)).await;
    let start = Instant::now();
    let refusals = std::sync::atomic::AtomicU32::new(0);
    let bench = bench(move |line| {
        let is_replaced = start.elapsed().as_millis() >= u128::from(replaced_after);
        let (endpoint, second) = match is_replaced {
            true => (format!("{HOST}/new"), 1),
            false => (HOST.to_owned(), 0),
        };
        match line {
            line if line.contains("/providers/") => reply(
                200,
                &[("date", "Thu, 01 Jan 2026 12:00:05 GMT")],
                &json!({
                    "properties": {"agentEndpoint": endpoint},
                    "systemData": {"createdAt": format!("2026-01-01T12:00:0{second}Z")},
                }),
            ),
            line if line.contains("/new/") => {
                match refusals.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                    0 | 1 => raw(503, &[], ""),
                    2 | 3 => raw(403, &[], ""),
                    _ => reply(200, &[], &json!({"value": [], "name": "new"})),
                }
            }
            _ if is_replaced => html(404),
            _ => reply(200, &[], &json!({"value": [], "name": "old"})),
        }
    });
    let allowed = budget(600);
    let plane = bench.client.data_plane(&agent(), &allowed).await.unwrap();
    if is_known_to_answer {
        plane.ready(&allowed).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(replaced_after)).await;
    for found in read_many(&bench).await {
        assert_eq!(found.unwrap().found().unwrap()["name"], "new");
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn agent_that_another_process_created_is_given_time_to_come_up() {
    // Leaves room for instants before the start of the process.
    tokio::time::advance(Duration::from_secs(3600)).await;
    let start = Instant::now();
    let bench = bench(move |line| match line {
        line if line.contains("/providers/") => reply(
            200,
            &[("date", "Thu, 01 Jan 2026 12:01:00 GMT")],
            &json!({
                "properties": {"agentEndpoint": HOST},
                "systemData": {"createdAt": "2026-01-01T12:00:00.1234567Z"},
            }),
        ),
        _ if start.elapsed().as_secs() < 200 => html(404),
        _ if start.elapsed().as_secs() < 300 => raw(403, &[], ""),
        _ => reply(200, &[], &json!({"name": "s"})),
    });
    assert!(read(&bench, 1200).await.unwrap().found().is_some());
    assert!(
        (300..310).contains(&start.elapsed().as_secs()),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn write_with_unknown_outcome_is_reported_and_not_repeated() {
    let start = Instant::now();
    let bench = bench(move |line| match line {
        line if line.contains("/providers/") => described(json!({"agentEndpoint": HOST})),
        line if line.starts_with("POST") => Reply::Failure(WireErrorKind::Broken),
        _ if start.elapsed().as_secs() < 3 => raw(503, &[], ""),
        _ => list(),
    });
    let budget = budget(600);
    let plane = bench.client.data_plane(&agent(), &budget).await.unwrap();
    let error = plane.send(Request::post(SKILL), &budget).await.unwrap_err();
    assert!(error.may_have_been_applied());
    let posts = bench
        .wire
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("POST"));
    assert_eq!(posts.count(), 1);
}
