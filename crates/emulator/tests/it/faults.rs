//! Requests that fail because of faults.

use std::time::Duration;

use emulator::{Fault, Plane, Profile};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

fn put(client: &Client) -> reqwest::RequestBuilder {
    client
        .request(Method::PUT, AGENT)
        .json(&json!({"location": "swedencentral"}))
}

#[tokio::test]
async fn answer_is_replaced_and_the_request_is_not_applied() {
    let client = Client::new(Profile::default()).await;
    client
        .emulator
        .fault(
            Fault::on("put", "/AGENTS/")
                .error(429, "TooManyRequests", "Slow.")
                .header("Retry-After", "7"),
        )
        .unwrap();
    let reply = Reply::of(put(&client).send().await.unwrap()).await;
    assert_eq!(
        (
            reply.status,
            reply.code(),
            reply.header("retry-after").as_deref()
        ),
        (429, "TooManyRequests", Some("7"))
    );
    assert_eq!(client.get(AGENT).await.status, 404);
    assert_eq!(
        Reply::of(put(&client).send().await.unwrap()).await.status,
        201
    );
}

#[tokio::test]
async fn a_reset_closes_the_connection_with_and_without_effect() {
    let client = Client::new(Profile::default()).await;
    client
        .emulator
        .fault(Fault::on("PUT", "/agents/").reset())
        .unwrap();
    assert!(put(&client).send().await.is_err());
    assert_eq!(client.get(AGENT).await.status, 404);
    client
        .emulator
        .fault(Fault::on("PUT", "/agents/").apply_then_reset())
        .unwrap();
    assert!(put(&client).send().await.is_err());
    assert_eq!(client.get(AGENT).await.status, 200);
    let statuses: Vec<Option<u16>> = client
        .emulator
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [None, Some(404), None, Some(200)]);
}

#[tokio::test]
async fn body_is_truncated_or_not_json() {
    let client = Client::with_agent(Profile::default()).await;
    client
        .emulator
        .fault(Fault::on("GET", "/agents/").truncate(10))
        .unwrap();
    let response = client.request(Method::GET, AGENT).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.is_err());
    client
        .emulator
        .fault(
            Fault::on_path("/agents/")
                .html(502, "<h1>Bad gateway</h1>")
                .plane(Plane::Arm),
        )
        .unwrap();
    let reply = client.get(AGENT).await;
    assert_eq!(
        (reply.status, reply.body),
        (502, json!("<h1>Bad gateway</h1>"))
    );
}

#[tokio::test]
async fn a_held_request_is_applied_when_released() {
    let client = Client::new(Profile::default()).await;
    let fault = client
        .emulator
        .fault(Fault::on("PUT", "/agents/").hold())
        .unwrap();
    let request = tokio::spawn(put(&client).send());
    fault.held().await;
    assert_eq!(client.get(AGENT).await.status, 404);
    assert_eq!(client.emulator.requests()[0].status, None);
    fault.release();
    assert_eq!(request.await.unwrap().unwrap().status(), 201);
    let orders: Vec<_> = client
        .emulator
        .requests()
        .iter()
        .map(|request| (request.n, request.ended))
        .collect();
    assert_eq!(orders, [(1, Some(2)), (2, Some(1))]);
}

#[tokio::test]
async fn request_is_finished_after_the_client_has_disconnected() {
    let client = Client::new(Profile::default()).await;
    let fault = client
        .emulator
        .fault(Fault::on("PUT", "/agents/").hold_applied())
        .unwrap();
    let request = tokio::spawn(put(&client).send());
    fault.held().await;
    assert_eq!(
        client.get(AGENT).await.status,
        200,
        "it was applied before it was held"
    );
    request.abort();
    let before = client
        .emulator
        .fault(Fault::on("DELETE", "/agents/").hold())
        .unwrap();
    let delete = tokio::spawn(client.request(Method::DELETE, AGENT).send());
    before.held().await;
    delete.abort();
    assert!(delete.await.is_err());
    before.release();
    fault.remove();
    while client
        .emulator
        .requests()
        .iter()
        .any(|request| request.ended.is_none())
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.get(AGENT).await.status, 404);
}

#[tokio::test]
async fn control_api_sets_lists_awaits_and_removes_faults() {
    let client = Client::with_agent(Profile::default()).await;
    let set = client
        .post(
            "/_emulator/faults",
            json!({"method": "GET", "path": "/agents/shop$", "hold": true, "skip": 1, "count": 0}),
        )
        .await;
    let id = set.expect(StatusCode::CREATED)["id"].as_u64().unwrap();
    assert_eq!(client.get(AGENT).await.status, 200);
    let held = format!("/_emulator/faults/{id}/held");
    assert_eq!(
        client.get(&format!("{held}?timeout_ms=1")).await.body,
        json!({"held": 0})
    );
    let request = tokio::spawn(client.request(Method::GET, AGENT).send());
    assert_eq!(client.get(&held).await.body, json!({"held": 1}));
    let listed = client.get("/_emulator/faults").await.body;
    assert_eq!(
        (
            &listed[0]["matched"],
            &listed[0]["hits"],
            &listed[0]["held"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(
        client
            .post(&format!("/_emulator/faults/{id}/release"), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(request.await.unwrap().unwrap().status(), 200);
    assert_eq!(
        client
            .delete(&format!("/_emulator/faults/{id}"))
            .await
            .status,
        204
    );
    assert_eq!(
        client.get(&format!("/_emulator/faults/{id}")).await.status,
        404
    );
    assert_eq!(client.get(AGENT).await.status, 200);

    let unknown = client
        .post("/_emulator/faults", json!({"methods": "GET"}))
        .await;
    assert_eq!(unknown.status, 400);
    assert!(
        unknown.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("methods"),
        "{}",
        unknown.body
    );
}

#[tokio::test]
async fn delay_postpones_the_answer() {
    let client = Client::new(Profile::default()).await;
    let fault = Fault::on_path("/agents/").delay(Duration::from_secs(600));
    client.emulator.fault(fault).unwrap();
    let request = tokio::spawn(client.request(Method::GET, AGENT).send());
    while client.emulator.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        client.get(AGENT).await.status,
        404,
        "others are not delayed"
    );
    assert!(!request.is_finished());
    assert_eq!(client.emulator.requests()[0].status, None);
    request.abort();
}

#[tokio::test]
async fn requests_beyond_the_rate_limit_are_refused() {
    let client = Client::with_agent(Profile::default()).await;
    client
        .emulator
        .change_profile(|profile| profile.requests_per_second = 2);
    let refused = loop {
        let reply = client.get(AGENT).await;
        match reply.status {
            200 => {}
            _ => break reply,
        }
    };
    assert_eq!(refused.status, 429, "{refused:?}");
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.body["error"]["code"], "TooManyRequests");
    // The limit does not apply to the control API.
    assert_eq!(client.get("/_emulator/profile").await.status, 200);
}
