use rstest::rstest;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::testing::{Bench, Reply, agent, bench, bench_with, html, raw, replies, reply};

fn budget(seconds: u64) -> Budget {
    Budget::detached(Duration::from_secs(seconds))
}

fn put() -> Request {
    Request::put(agent().path()).json(json!({"location": "swedencentral"}))
}

fn ok() -> Reply {
    reply(200, &[], &json!({}))
}

fn unavailable() -> Reply {
    let headers = [
        ("x-ms-request-id", "r1"),
        ("x-ms-correlation-request-id", "c1"),
    ];
    reply(
        503,
        &headers,
        &json!({"error": {"code": "Busy", "message": "come back later"}}),
    )
}

async fn refusal(bench: &Bench, request: Request, seconds: u64) -> Error {
    bench
        .client
        .arm(request, &budget(seconds))
        .await
        .unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn request_has_the_required_headers() {
    let bench = bench(|_| ok());
    let request = put().query("a", "b").header("if-match", "\"1\"");
    bench.client.arm(request, &budget(9)).await.unwrap();
    let seen = bench.wire.seen().remove(0);
    assert_eq!(
        seen.line,
        "PUT /subscriptions/sub/resourceGroups/rg/providers/Microsoft.App/agents/agent\
         ?api-version=2025-05-01-preview&a=b"
    );
    assert_eq!(seen.body, r#"{"location":"swedencentral"}"#);
    for (name, value) in [
        ("accept", "application/json"),
        ("authorization", "Bearer https://management.azure.com 0"),
        ("content-type", "application/json"),
        ("if-match", "\"1\""),
    ] {
        assert_eq!(seen.headers[name], value, "{name}");
    }
    for name in ["x-ms-client-request-id", "x-ms-correlation-request-id"] {
        assert!(uuid::Uuid::parse_str(&seen.headers[name]).is_ok(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn partner_id_and_auxiliary_tokens_are_sent() {
    let bench = bench_with(
        |config| {
            config.user_agent = "agent/1".to_owned();
            config.partner_id = Some("guid".to_owned());
            config.correlation_request_id = None;
        },
        |_| ok(),
    );
    bench
        .tokens
        .auxiliary
        .store(2, std::sync::atomic::Ordering::SeqCst);
    bench.client.arm(put(), &budget(9)).await.unwrap();
    let headers = bench.wire.seen().remove(0).headers;
    assert_eq!(headers["user-agent"], "agent/1 pid-guid");
    assert_eq!(
        headers["x-ms-authorization-auxiliary"],
        "Bearer aux 0, Bearer aux 1"
    );
    assert!(!headers.contains_key("x-ms-correlation-request-id"));
}

#[tokio::test(start_paused = true)]
async fn failures_are_retried_with_growing_pauses_and_one_request_id() {
    let list: Vec<fn() -> Reply> = vec![
        unavailable,
        || Reply::Failure(WireErrorKind::Connect),
        || Reply::Failure(WireErrorKind::Broken),
        || Reply::Failure(WireErrorKind::Timeout),
        ok,
    ];
    let bench = bench(replies(list));
    let response = bench.client.arm(put(), &budget(60)).await.unwrap();
    assert_eq!(response.tries(), 5);
    assert_eq!(bench.wire.seconds(), [0, 1, 3, 7, 15]);
    let seen = bench.wire.seen();
    let id = |n: usize| &seen[n].headers["x-ms-client-request-id"];
    assert!((1..5).all(|n| id(n) == id(0)));
}

#[tokio::test(start_paused = true)]
async fn throttling_is_retried_beyond_a_minute() {
    let bench = bench(replies(vec![
        || reply(429, &[("retry-after", "76")], &json!({})),
        || reply(429, &[("x-ms-retry-after-ms", "300000")], &json!({})),
        ok,
    ]));
    bench.client.arm(put(), &budget(1000)).await.unwrap();
    assert_eq!(bench.wire.seconds(), [0, 76, 376]);
}

#[tokio::test(start_paused = true)]
async fn pause_beyond_the_deadline_is_not_begun() {
    let bench = bench(|_| reply(429, &[("retry-after", "300")], &json!({})));
    let start = Instant::now();
    let error = refusal(&bench, put(), 60).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(
        error
            .to_string()
            .contains("in 300 s, but only 60 s are left"),
        "{error}"
    );
    assert!(!error.may_have_been_applied());
}

#[tokio::test(start_paused = true)]
async fn failing_service_is_retried_for_a_share_and_its_last_answer_reported() {
    let bench = bench(|_| unavailable());
    let start = Instant::now();
    let error = refusal(&bench, put(), 3600).await;
    assert!(start.elapsed() < Duration::from_secs(160));
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Service, Some(503))
    );
    assert_eq!(
        (error.code(), error.message()),
        (Some("Busy"), Some("come back later"))
    );
    assert_eq!(
        (error.correlation_id(), error.request_id()),
        (Some("c1"), Some("r1"))
    );
    assert_eq!(error.tries() as usize, bench.wire.seen().len());
    assert_eq!(error.elapsed(), start.elapsed());
    assert!(error.may_have_been_applied());
}

#[tokio::test(start_paused = true)]
async fn deadline_during_a_try_reports_the_last_answer() {
    let bench = bench(replies(vec![unavailable, || Reply::Silence]));
    let error = refusal(&bench, put(), 30).await;
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::DeadlineExceeded, Some(503))
    );
    assert!(
        error.to_string().contains("the last response was 503 Busy"),
        "{error}"
    );
    assert!(error.to_string().contains("come back later"), "{error}");
    assert_eq!((error.tries(), error.elapsed().as_secs()), (2, 30));
    assert!(error.may_have_been_applied());
}

#[rstest]
#[case(Request::put("/x"), true)]
#[case(Request::get("/x"), false)]
#[tokio::test(start_paused = true)]
async fn cancel_ends_a_try_at_once(#[case] request: Request, #[case] ambiguous: bool) {
    let bench = bench(|_| Reply::Silence);
    let cancel = CancellationToken::new();
    let budget = Budget::new(Duration::from_secs(60), cancel.clone());
    let call = tokio::spawn(async move { bench.client.arm(request, &budget).await });
    tokio::task::yield_now().await;
    cancel.cancel();
    let start = Instant::now();
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), start.elapsed()),
        (ErrorKind::Canceled, Duration::ZERO)
    );
    assert_eq!(error.may_have_been_applied(), ambiguous);
}

#[tokio::test(start_paused = true)]
async fn unauthorized_is_retried_once_with_a_new_token() {
    let bench = bench(|_| reply(401, &[], &json!({"error": {"code": "InvalidToken"}})));
    let error = refusal(&bench, put(), 60).await;
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Unauthorized, Some("InvalidToken"))
    );
    let tokens: Vec<String> = bench
        .wire
        .seen()
        .iter()
        .map(|seen| seen.headers["authorization"].clone())
        .collect();
    assert_eq!(
        tokens,
        [
            "Bearer https://management.azure.com 0",
            "Bearer https://management.azure.com 1"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn conflict_with_a_running_operation_is_retried() {
    let busy = || reply(409, &[], &json!({"error": {"code": "OperationConflict"}}));
    let mut left = 20;
    let bench = bench(move |_| {
        left -= 1;
        if left > 0 { busy() } else { ok() }
    });
    bench.client.arm(put(), &budget(1800)).await.unwrap();
    assert!(*bench.wire.seconds().last().unwrap() > 120);
}

#[tokio::test(start_paused = true)]
async fn other_conflicts_fail_immediately() {
    let bench = bench(|_| {
        reply(
            409,
            &[],
            &json!({"error": {"code": "RoleAssignmentExists"}}),
        )
    });
    assert_eq!(refusal(&bench, put(), 60).await.kind(), ErrorKind::Conflict);
    assert_eq!(bench.wire.seen().len(), 1);
}

#[rstest]
#[case(|| unavailable(), ErrorKind::Service)]
#[case(|| Reply::Failure(WireErrorKind::Timeout), ErrorKind::Network)]
#[tokio::test(start_paused = true)]
async fn post_with_unknown_outcome_is_not_repeated(
    #[case] fate: fn() -> Reply,
    #[case] kind: ErrorKind,
) {
    let bench = bench(move |_| fate());
    let error = refusal(&bench, Request::post("/x"), 60).await;
    assert_eq!((error.kind(), error.tries()), (kind, 1));
    assert!(error.may_have_been_applied());
    assert!(
        refusal(&bench, Request::post("/x").idempotent(true), 60)
            .await
            .tries()
            > 1
    );
}

#[rstest]
#[case(400, ErrorKind::Rejected)]
#[case(403, ErrorKind::Forbidden)]
#[case(404, ErrorKind::NotFound)]
#[case(405, ErrorKind::MethodNotAllowed)]
#[case(412, ErrorKind::PreconditionFailed)]
#[case(413, ErrorKind::TooLarge)]
#[case(428, ErrorKind::PreconditionFailed)]
#[tokio::test(start_paused = true)]
async fn refusal_is_final_and_not_ambiguous(#[case] status: u16, #[case] kind: ErrorKind) {
    let bench = bench(move |_| reply(status, &[], &json!({"error": {"message": "no"}})));
    let error = refusal(&bench, put(), 60).await;
    assert_eq!(
        (error.kind(), error.status(), error.tries()),
        (kind, Some(status), 1)
    );
    assert!(!error.may_have_been_applied());
}

#[tokio::test(start_paused = true)]
async fn refusal_after_an_ambiguous_try_stays_ambiguous() {
    let bench = bench(replies(vec![unavailable, || reply(400, &[], &json!({}))]));
    assert!(refusal(&bench, put(), 60).await.may_have_been_applied());
}

#[tokio::test(start_paused = true)]
async fn page_of_html_or_a_redirect_is_not_a_success() {
    let page = bench(|_| html(200));
    let error = refusal(&page, put(), 60).await;
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::NotJson, Some(200))
    );
    assert!(error.to_string().contains("an HTML page"), "{error}");
    let redirect = bench(|_| raw(302, &[("location", "https://login.example/?t=secret")], ""));
    let error = refusal(&redirect, put(), 60).await;
    assert_eq!(error.kind(), ErrorKind::NotJson);
    assert!(
        error
            .to_string()
            .contains("a redirect to https://login.example,"),
        "{error}"
    );
    assert!(!error.detail().contains("secret"));
}

#[tokio::test(start_paused = true)]
async fn restricted_tenant_is_distinguished_from_other_refusals() {
    let message = "Agent extensions are not available for this tenant.";
    let bench = bench(move |_| reply(403, &[], &json!({"error": {"message": message}})));
    let error = refusal(&bench, put(), 60).await;
    assert_eq!(error.kind(), ErrorKind::TenantRestricted);
    assert!(error.remedy().unwrap().contains("data plane"));
}

#[rstest]
#[case("x")]
#[case("/x y")]
#[case("/x?y=z")]
#[case("/x#y")]
#[case("/a/../b")]
#[case("/a/%2e%2E/b")]
#[case("/x\\y")]
#[case("/ü")]
#[tokio::test(start_paused = true)]
async fn path_that_would_not_arrive_as_written_is_refused(#[case] path: &str) {
    let bench = bench(|_| ok());
    assert_eq!(
        refusal(&bench, Request::get(path), 60).await.kind(),
        ErrorKind::Invalid
    );
    assert!(bench.wire.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn reserved_and_malformed_headers_are_refused() {
    let bench = bench(|_| ok());
    for (name, value) in [
        ("Authorization", "x"),
        ("host", "x"),
        ("a b", "x"),
        ("x", "a\nb"),
    ] {
        let error = refusal(&bench, put().header(name, value), 60).await;
        assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
    }
    assert!(bench.wire.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn error_shows_facts_but_neither_query_nor_body_nor_token() {
    let bench = bench(|_| unavailable());
    let request = put()
        .json(json!({"key": "hunter2"}))
        .query("code", "hunter2");
    let error = refusal(&bench, request, 60).await;
    let all = format!("{error} {error:?} {} {}", error.summary(), error.detail());
    assert!(!all.contains("hunter2") && !all.contains("Bearer"), "{all}");
    assert_eq!(error.summary(), "service error (503 Busy)");
    assert!(
        error
            .detail()
            .contains("Correlation ID: c1\nRequest ID: r1"),
        "{}",
        error.detail()
    );
    assert!(
        error.detail().contains("returned 503 Busy after "),
        "{}",
        error.detail()
    );
}
