use rstest::rstest;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::testing::{Bench, Reply, agent, bench, html, raw, replies, reply};

const ARM: &str = "https://management.azure.com";

fn budget(seconds: u64) -> Budget {
    Budget::detached(Duration::from_secs(seconds))
}

/// Sends a write with scripted answers, and waits for the operation that it started.
async fn run(bench: &Bench, request: Request, seconds: u64) -> Result<Option<Value>> {
    let budget = budget(seconds);
    let accepted = bench.client.arm(request, &budget).await.unwrap();
    wait(&bench.client, &accepted, &budget).await
}

fn put() -> Request {
    Request::put(agent().path()).json(json!({}))
}

fn created() -> Reply {
    let headers = [
        (
            "azure-asyncoperation",
            "https://management.azure.com/op?s=1",
        ),
        ("retry-after", "7"),
    ];
    reply(
        201,
        &headers,
        &json!({"properties": {"provisioningState": "InProgress"}}),
    )
}

fn status(status: &str) -> Reply {
    reply(200, &[], &json!({"status": status}))
}

#[tokio::test(start_paused = true)]
async fn operation_link_is_polled_until_the_end_in_any_case() {
    let bench = bench(replies(vec![
        created,
        || {
            reply(
                200,
                &[("retry-after", "20")],
                &json!({"status": "InProgress"}),
            )
        },
        || status("SomethingNew"),
        || {
            reply(
                200,
                &[],
                &json!({"status": "sUCCEEDED", "properties": {"a": 1}}),
            )
        },
    ]));
    let end = run(&bench, put(), 600).await.unwrap().unwrap();
    assert_eq!(end["properties"]["a"], 1);
    assert_eq!(
        bench.wire.lines()[1..],
        ["GET /op?s=1", "GET /op?s=1", "GET /op?s=1"]
    );
    assert_eq!(bench.wire.seconds(), [0, 7, 27, 28]);
}

#[tokio::test(start_paused = true)]
async fn location_is_polled_until_it_is_no_longer_202() {
    let bench = bench(replies(vec![
        || raw(202, &[("location", "/results/1")], ""),
        || raw(202, &[("location", "/results/2")], ""),
        || raw(204, &[], ""),
    ]));
    let end = run(&bench, Request::delete(agent().path()), 600)
        .await
        .unwrap();
    assert_eq!(end, None);
    assert_eq!(
        bench.wire.lines()[1..],
        ["GET /results/1", "GET /results/2"]
    );
}

#[tokio::test(start_paused = true)]
async fn object_is_polled_if_there_is_no_link() {
    let object = |state: &str| {
        reply(
            200,
            &[],
            &json!({"properties": {"provisioningState": state}}),
        )
    };
    let mut states = ["Creating", "Running", "Succeeded"].into_iter();
    let bench = bench(move |_| object(states.next().unwrap()));
    run(&bench, put(), 600).await.unwrap();
    assert_eq!(bench.wire.lines().len(), 3);
    assert!(bench.wire.lines()[2].starts_with("GET /subscriptions/sub/"));
    assert!(bench.wire.lines()[2].contains("api-version="));
}

#[tokio::test(start_paused = true)]
async fn deletion_without_a_link_ends_with_absence() {
    let bench = bench(replies(vec![
        || raw(202, &[], ""),
        || {
            reply(
                200,
                &[],
                &json!({"properties": {"provisioningState": "Deleting"}}),
            )
        },
        || reply(404, &[], &json!({"error": {"code": "ResourceNotFound"}})),
    ]));
    run(&bench, Request::delete(agent().path()), 600)
        .await
        .unwrap();
    assert_eq!(bench.wire.lines().len(), 3);
}

#[rstest]
#[case(put(), 200, json!({"properties": {"provisioningState": "Succeeded"}}))]
#[case(put(), 201, json!({"properties": {}}))]
#[case(Request::delete("/x"), 204, json!({}))]
#[case(Request::post("/x"), 200, json!({}))]
#[tokio::test(start_paused = true)]
async fn finished_write_is_not_waited_for(
    #[case] request: Request,
    #[case] status: u16,
    #[case] body: Value,
) {
    let bench = bench(move |_| reply(status, &[], &body));
    run(&bench, request, 600).await.unwrap();
    assert_eq!(bench.wire.lines().len(), 1);
}

#[rstest]
#[case(json!({"status": "Failed", "error": {"code": "Quota", "message": "no more"}}))]
#[case(json!({"status": "canceled", "error": {"code": "Quota", "message": "no more"}}))]
#[tokio::test(start_paused = true)]
async fn failed_operation_is_an_error_with_the_message_of_the_service(#[case] body: Value) {
    let mut first = true;
    let bench = bench(move |_| match std::mem::take(&mut first) {
        true => created(),
        false => reply(200, &[], &body),
    });
    let error = run(&bench, put(), 600).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OperationFailed);
    assert_eq!(
        (error.code(), error.message()),
        (Some("Quota"), Some("no more"))
    );
    assert!(error.was_accepted());
}

#[tokio::test(start_paused = true)]
async fn failed_object_is_an_error_with_its_own_message() {
    let bench = bench(|_| {
        let properties = json!({"provisioningState": "Failed", "deploymentError": "no such host"});
        reply(200, &[], &json!({ "properties": properties }))
    });
    let error = run(&bench, put(), 600).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::OperationFailed, Some("Failed"))
    );
    assert_eq!(error.message(), Some("no such host"));
}

#[tokio::test(start_paused = true)]
async fn failed_result_is_a_failed_operation() {
    let bench = bench(replies(vec![
        || raw(202, &[("location", "/results/1")], ""),
        || {
            reply(
                409,
                &[],
                &json!({"error": {"code": "InUse", "message": "has children"}}),
            )
        },
    ]));
    let error = run(&bench, Request::delete(agent().path()), 600)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::OperationFailed, Some("InUse"))
    );
}

#[rstest]
#[case("azure-asyncoperation", "https://evil.example/op")]
#[case("azure-asyncoperation", "http://management.azure.com/op")]
#[case("location", "//evil.example/op")]
#[tokio::test(start_paused = true)]
async fn foreign_link_is_refused_and_gets_no_token(
    #[case] name: &'static str,
    #[case] link: &'static str,
) {
    let bench = bench(move |_| raw(202, &[(name, link)], ""));
    let error = run(&bench, put(), 600).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostRefused);
    assert!(error.was_accepted());
    assert_eq!(bench.wire.lines().len(), 1);
    assert_eq!(
        bench
            .tokens
            .fetched
            .load(std::sync::atomic::Ordering::SeqCst),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn lost_operation_is_reported_as_accepted() {
    let list: Vec<fn() -> Reply> = vec![created, || html(404)];
    let bench = bench(replies(list));
    let error = run(&bench, put(), 600).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OperationLost);
    assert!(error.was_accepted() && error.may_have_been_applied());
    assert!(
        error
            .to_string()
            .contains(&format!("PUT {ARM}/subscriptions/")),
        "{error}"
    );
    assert_eq!(bench.wire.lines().len(), 1 + FAILED_LOOKS as usize);
}

#[tokio::test(start_paused = true)]
async fn a_few_failed_polls_are_tolerated() {
    let list: Vec<fn() -> Reply> = vec![
        created,
        || html(404),
        || html(200),
        || status("Running"),
        || html(404),
        || status("Succeeded"),
    ];
    let bench = bench(replies(list));
    run(&bench, put(), 600).await.unwrap();
    assert_eq!(bench.wire.lines().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn deadline_reports_the_last_state_and_that_it_was_accepted() {
    let bench = bench(replies(vec![created, || status("InProgress")]));
    let error = run(&bench, put(), 60).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    assert!(error.was_accepted());
    assert!(
        error.to_string().contains("the status is InProgress"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn cancel_reports_an_accepted_operation() {
    let bench = bench(replies(vec![created, || status("InProgress")]));
    let cancel = CancellationToken::new();
    let budget = Budget::new(Duration::from_secs(600), cancel.clone());
    let accepted = bench.client.arm(put(), &budget).await.unwrap();
    let waiting = tokio::spawn(async move { wait(&bench.client, &accepted, &budget).await });
    tokio::time::sleep(Duration::from_secs(8)).await;
    cancel.cancel();
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Canceled);
    assert!(error.was_accepted());
}
