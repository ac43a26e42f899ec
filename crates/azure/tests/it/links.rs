//! Whatever address the service names, tokens and secrets are sent only to the configured hosts.

use axum::body::Body;
use axum::http::Response;
use azure::credentials::{Method, OidcIssuer};
use azure::id::AgentId;
use azure::{Client, ErrorKind, HostPolicy, ListShape, Request, operations};
use rstest::rstest;
use serde_json::json;

use crate::entra::{ARM, CLIENT, client_secret, settings, source};
use crate::network::{budget, client, config};
use crate::server::{Arrived, Server, json as json_answer};

/// Starts a server that accepts every request.
async fn stranger() -> Server {
    Server::start(|_| async { json_answer(200, &json!({"value": [], "status": "Succeeded"})) })
        .await
}

fn redirect(status: u16, target: &str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("location", target)
        .body(Body::empty())
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn redirect_is_not_followed(
    #[values(301, 302, 303, 307, 308)] status: u16,
    #[values("GET", "PUT", "DELETE")] method: &str,
) {
    let stranger = stranger().await;
    let target = stranger.url.join("/elsewhere").unwrap().to_string();
    let server = Server::start(move |_| {
        let response = redirect(status, &target);
        async move { response }
    })
    .await;
    let request = match method {
        "GET" => Request::get("/x"),
        "PUT" => Request::put("/x").json(json!({"secret": "hunter2"})),
        _ => Request::delete("/x"),
    };
    let error = client(&server.url)
        .arm(request, &budget())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(status));
    assert!(stranger.arrived().is_empty());
    assert_eq!(server.arrived().len(), 1);
}

#[rstest]
#[tokio::test]
async fn redirect_of_a_sign_in_is_not_followed(#[values(302, 307, 308)] status: u16) {
    let stranger = stranger().await;
    let target = stranger.url.join("/elsewhere").unwrap().to_string();
    let server = Server::start(move |_| {
        let response = redirect(status, &target);
        async move { response }
    })
    .await;
    let issuer = |issuer| Method::OidcRequest {
        client_id: CLIENT.to_owned(),
        issuer,
        url: server.url.join("/issue").unwrap(),
        token: "hunter2".into(),
    };
    let methods = [
        client_secret(),
        Method::OidcToken {
            client_id: CLIENT.to_owned(),
            token: "hunter2".into(),
        },
        issuer(OidcIssuer::GitHub),
    ];
    for method in methods {
        let before = server.arrived().len();
        let source = source(method, settings(&server.url));
        let error = source.token(ARM).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credential, "{error}");
        assert!(server.arrived().len() > before, "nothing was asked");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    assert!(stranger.arrived().is_empty());
}

#[rstest]
#[tokio::test]
async fn link_of_an_operation_is_followed_to_arm_only(
    #[values("azure-asyncoperation", "location")] header: &'static str,
    #[values(0, 1)] after: usize,
) {
    let stranger = stranger().await;
    let target = stranger.url.join("/operations/1").unwrap().to_string();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    // The first answers link to an operation on the same host.
    let server = Server::start(move |_| {
        let asked = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let link = if asked < after { "/own" } else { &target };
        let mut response = json_answer(202, &json!({"status": "Running"}));
        let headers = response.headers_mut();
        headers.insert(header, link.parse().unwrap());
        headers.insert("retry-after", "0".parse().unwrap());
        async move { response }
    })
    .await;
    let client = client(&server.url);
    let accepted = client.arm(Request::put("/x"), &budget()).await.unwrap();
    let error = operations::wait(&client, &accepted, &budget())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostRefused);
    assert!(error.was_accepted());
    assert!(stranger.arrived().is_empty());
    assert_eq!(server.arrived().len(), after + 1);
}

#[tokio::test]
async fn next_page_is_requested_from_the_same_plane_only() {
    let stranger = stranger().await;
    let target = stranger.url.join("/page").unwrap().to_string();
    let server = Server::start(move |request: Arrived| {
        let host = format!("http://{}", request.headers["host"]);
        // The data plane must not lead to ARM or to another agent either.
        let link = match request.query.get("to").map(String::as_str) {
            Some("arm") => format!("{host}/x"),
            Some("another") => format!("{host}/plane/../another/list"),
            Some("sibling") => format!("{host}/planet/list"),
            _ => target.clone(),
        };
        let document = json!({
            "properties": {"agentEndpoint": format!("{host}/plane")},
            "value": [],
            "nextLink": link,
        });
        async move { json_answer(200, &document) }
    })
    .await;
    let client = client(&server.url);
    let list = client.arm_list(Request::get("/x"), &budget()).await;
    assert_eq!(list.unwrap_err().kind(), ErrorKind::HostRefused);
    let agent = AgentId::new("s", "rg", "a").unwrap();
    let plane = client.data_plane(&agent, &budget()).await.unwrap();
    let before = server.arrived().len();
    for to in ["stranger", "arm", "another", "sibling"] {
        let request = Request::get("/list").query("to", to);
        let list = plane.list(request, ListShape::Value, &budget()).await;
        assert_eq!(list.unwrap_err().kind(), ErrorKind::HostRefused, "{to}");
    }
    assert_eq!(server.arrived().len(), before + 4);
    assert!(stranger.arrived().is_empty());
}

#[tokio::test]
async fn foreign_data_plane_is_refused_before_anything_is_sent_to_it() {
    let stranger = stranger().await;
    let endpoint = stranger.url.to_string();
    let server = Server::start(move |_| {
        let document = json!({"properties": {"agentEndpoint": endpoint}});
        async move { json_answer(200, &document) }
    })
    .await;
    let mut config = config(&server.url);
    config.hosts = HostPolicy::default();
    let agent = AgentId::new("s", "rg", "a").unwrap();
    let client = Client::new(config).unwrap();
    let error = client.data_plane(&agent, &budget()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostRefused);
    assert!(stranger.arrived().is_empty());
}
