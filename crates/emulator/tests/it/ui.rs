//! The resources of the page, as a browser receives them. `tests/page` tests what a person sees.

use emulator::{Emulator, Options, Profile};
use futures::StreamExt as _;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client};

const UI: &str = "/_emulator/ui";

/// Returns a client of an emulator with the page and an agent.
async fn with_page(profile: Profile) -> Client {
    let options = Options {
        profile,
        ui: true,
        ..Options::default()
    };
    let client = Client::of(Emulator::start(options).await.unwrap());
    let made = client
        .put(AGENT, json!({"location": "swedencentral"}))
        .await;
    client.wait(&made).await;
    client
}

/// Creates a connector with a secret, and returns its key.
async fn connector(client: &Client) -> String {
    let url = client
        .data_plane("/api/v2/extendedAgent/connectors/wiki")
        .await;
    let properties = json!({
        "dataConnectorType": "Mcp", "dataSource": "placeholder", "identity": "",
        "extendedProperties": {"type": "http", "endpoint": "https://mcp.example", "authType": "BearerToken", "bearerToken": "s3cret"},
    });
    let written = client
        .put(
            &url,
            json!({"name": "wiki", "type": "AgentConnector", "properties": properties}),
        )
        .await;
    assert!(written.status < 300, "{written:?}");
    key_of(client, "wiki").await
}

async fn key_of(client: &Client, name: &str) -> String {
    let state = client
        .get(&format!("{UI}/state"))
        .await
        .expect(StatusCode::OK);
    let objects = state["changed"].as_array().unwrap();
    let object = objects
        .iter()
        .find(|object| object["name"] == name)
        .unwrap();
    object["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn page_exists_only_if_it_is_enabled() {
    let client = Client::with_agent(Profile::default()).await;
    assert_eq!(client.get(&format!("{UI}/")).await.status, 404);
    assert_eq!(client.get(&format!("{UI}/state")).await.status, 404);
    assert_eq!(client.emulator.addresses().ui, None);
}

#[tokio::test]
async fn page_has_a_strict_content_security_policy() {
    let client = with_page(Profile::default()).await;
    let url = client.emulator.addresses().ui.clone().unwrap();
    let page = client.get(&url).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = page.expect(StatusCode::OK);
    assert!(
        text.as_str()
            .unwrap()
            .contains("<title>azuresre-emulator</title>")
    );
    let style = client.get(&format!("{url}assets/style.css")).await;
    assert_eq!(
        style.header("content-type").unwrap(),
        "text/css; charset=utf-8"
    );
    assert_eq!(
        client.get(&format!("{url}assets/other.js")).await.status,
        404
    );
    // These requests are not recorded as requests of a client.
    assert!(
        client
            .emulator
            .requests()
            .iter()
            .all(|request| !request.path.starts_with(UI))
    );
}

#[rstest]
#[case("origin", "https://evil.example")]
#[case("origin", "null")]
#[case("host", "evil.example.com")]
#[case("sec-fetch-site", "cross-site")]
#[tokio::test]
async fn foreign_pages_cannot_reach_the_emulator(#[case] header: &str, #[case] value: &str) {
    let client = with_page(Profile::default()).await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/requests"),
        (Method::DELETE, "/requests"),
        (Method::GET, "/faults"),
        (Method::POST, "/faults"),
        (Method::PUT, "/profile"),
        (Method::GET, "/state"),
        (Method::POST, "/reset"),
        (Method::GET, "/ui/"),
        (Method::GET, "/ui/assets/main.js"),
        (Method::GET, "/ui/events"),
        (Method::GET, "/ui/state"),
        (Method::GET, "/ui/object"),
        (Method::GET, "/ui/requests"),
        (Method::GET, "/ui/graph"),
        (Method::GET, "/ui/words"),
    ] {
        let request = client.request(method.clone(), &format!("/_emulator{path}"));
        let answer = request
            .header(header, value)
            .body("{}")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 403, "{method} {path}");
    }
    // Nothing was reset, and the emulator's own page is accepted.
    assert_eq!(client.get(AGENT).await.status, 200);
    let own = client.request(Method::GET, "/_emulator/state");
    let own = own
        .header("origin", client.emulator.url())
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), 200);
}

#[tokio::test]
async fn secrets_are_masked_unless_requested() {
    let client = with_page(Profile::default()).await;
    let key = connector(&client).await;
    let requests = client.get(&format!("{UI}/requests")).await.body;
    let rows = requests["rows"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["path"].as_str().unwrap().ends_with("/wiki"))
        .unwrap();
    let request = format!("{UI}/requests/{}", row["n"]);
    let object = format!("{UI}/object?key={key}");
    for url in [
        &format!("{UI}/state"),
        &object,
        &request,
        &format!("{UI}/graph"),
    ] {
        let shown = client.get(url).await.expect(StatusCode::OK).to_string();
        assert!(!shown.contains("s3cret"), "{url}: {shown}");
    }
    for url in [
        format!("{object}&secrets=true"),
        format!("{request}?secrets=true"),
    ] {
        let shown = client.get(&url).await.expect(StatusCode::OK).to_string();
        assert!(shown.contains("s3cret"), "{url}: {shown}");
        assert!(!shown.contains(client.emulator.token()), "{url}: {shown}");
    }
}

#[tokio::test]
async fn view_contains_the_answer_of_each_plane() {
    let client = with_page(Profile::default()).await;
    let key = connector(&client).await;
    let view = client
        .get(&format!("{UI}/object?key={key}&secrets=true"))
        .await
        .expect(StatusCode::OK);
    let [arm, data_plane] = view["planes"].as_array().unwrap().as_slice() else {
        panic!("{view}");
    };
    assert_eq!(
        (&arm["status"], &data_plane["status"]),
        (&json!(200), &json!(200))
    );
    let token = "/properties/extendedProperties/bearerToken";
    assert_eq!(arm["body"].pointer(token), Some(&Value::Null));
    assert_eq!(data_plane["body"].pointer(token), Some(&json!("s3cret")));
    assert_eq!(view["stored"].pointer(token), Some(&json!("s3cret")));

    client
        .put("/_emulator/profile", json!({"tenant": "external"}))
        .await
        .expect(StatusCode::OK);
    let skill = client.data_plane("/api/v2/extendedAgent/skills/a").await;
    let text = "x".repeat(60);
    let body = json!({"type": "Skill", "properties": {"skillContent": text, "description": ""}});
    client.put(&skill, body).await.expect(StatusCode::CREATED);
    let key = key_of(&client, "a").await;
    let view = client.get(&format!("{UI}/object?key={key}")).await.body;
    assert_ne!(view["planes"][0]["status"], 200);
    assert_eq!(view["planes"][1]["status"], 200);
    assert_eq!(
        client.get(&format!("{UI}/object?key=agent/x")).await.status,
        404
    );
}

#[tokio::test]
async fn requests_of_the_page_leave_no_trace() {
    let profile = Profile {
        visibility_lag: 2,
        clone_polls: 3,
        agent_polls: 2,
        requests_per_second: 1000,
        ..Profile::default()
    };
    let client = with_page(profile).await;
    let repo = client.data_plane("/api/v2/repos/shop").await;
    let body = json!({"name": "shop", "type": "CodeRepo", "properties": {"url": "https://github.com/o/r", "type": "GitHub"}});
    let written = client.put(&repo, body).await;
    assert!(written.status < 300, "{written:?}");
    client.patch(AGENT, json!({"tags": {"a": "b"}})).await;
    let before = client.emulator.state().unwrap();
    let requests = client.emulator.requests();
    for name in ["shop"] {
        let state = client.get(&format!("{UI}/state")).await.body;
        let objects = state["changed"].as_array().unwrap();
        let keys = objects.iter().filter(|object| object["name"] == name);
        for key in keys.map(|object| object["key"].as_str().unwrap()) {
            for _ in 0..5 {
                client
                    .get(&format!("{UI}/object?key={key}"))
                    .await
                    .expect(StatusCode::OK);
            }
        }
    }
    assert_eq!(client.emulator.state().unwrap(), before);
    assert_eq!(client.emulator.requests(), requests);
}

#[tokio::test]
async fn changes_are_streamed() {
    let client = with_page(Profile::default()).await;
    let stream = client
        .request(Method::GET, &format!("{UI}/events"))
        .send()
        .await
        .unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut events = stream.bytes_stream();
    let first = events.next().await.unwrap().unwrap();
    let state = client.get(&format!("{UI}/state")).await.body;
    let revision = state["revision"].as_u64().unwrap();
    assert_eq!(
        first,
        format!(
            "data: {{\"documents\":{revision},\"requests\":{}}}\n\n",
            last(&client).await
        )
    );

    let key = connector(&client).await;
    events.next().await.unwrap().unwrap();
    let news = client
        .get(&format!("{UI}/state?since={revision}"))
        .await
        .body;
    assert_eq!(news["reset"], false);
    let keys: Vec<_> = news["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| &object["key"])
        .collect();
    assert_eq!(keys, [&json!(key)]);
    let url = client
        .data_plane("/api/v2/extendedAgent/connectors/wiki")
        .await;
    client.delete(&url).await;
    let news = client
        .get(&format!("{UI}/state?since={}", news["revision"]))
        .await
        .body;
    assert_eq!(news["changed"], json!([{"key": key, "document": null}]));

    client
        .post("/_emulator/reset", Value::Null)
        .await
        .expect(StatusCode::NO_CONTENT);
    let news = client
        .get(&format!("{UI}/state?since={}", news["revision"]))
        .await
        .body;
    assert_eq!(
        (&news["reset"], &news["changed"]),
        (&json!(true), &json!([]))
    );
    let news = client.get(&format!("{UI}/requests?since=1")).await.body;
    assert_eq!((&news["reset"], &news["rows"]), (&json!(true), &json!([])));
}

/// Returns the latest revision of the requests.
async fn last(client: &Client) -> u64 {
    let requests = client.get(&format!("{UI}/requests")).await.body;
    requests["revision"].as_u64().unwrap()
}

#[tokio::test]
async fn request_is_recorded_with_its_answer_and_its_fault() {
    let client = with_page(Profile::default()).await;
    let fault = json!({"path": "/agents/shop$", "status": 429, "headers": {"Retry-After": "1"}, "body": {"slow": "down"}});
    client
        .post("/_emulator/faults", fault)
        .await
        .expect(StatusCode::CREATED);
    client
        .post(
            "/_emulator/faults",
            json!({"path": "/agents/shop$", "reset": true}),
        )
        .await;
    assert_eq!(client.get(AGENT).await.status, 429);
    let broken = client.request(Method::GET, AGENT).send().await;
    assert!(broken.is_err());
    let requests = client.get(&format!("{UI}/requests")).await.body;
    let [.., hit, broken] = requests["rows"].as_array().unwrap().as_slice() else {
        panic!("{requests}");
    };
    assert_eq!((&hit["status"], &hit["fault"]), (&json!(429), &json!(1)));
    assert_eq!(
        (&broken["status"], &broken["fault"]),
        (&Value::Null, &json!(2))
    );
    assert!(broken["duration"].is_number());
    let opened = client
        .get(&format!("{UI}/requests/{}", hit["n"]))
        .await
        .body;
    assert_eq!(opened["answer"]["body"], json!({"slow": "down"}));
    assert_eq!(opened["answer"]["headers"]["retry-after"], "1");
    assert!(opened["answer"]["headers"]["x-ms-request-id"].is_string());
    assert_eq!(opened["curl"], Value::Null);
    // The proposed fault is valid, and hits the same request.
    client.delete("/_emulator/faults").await;
    let mut again = opened["fault"].clone();
    again["status"] = json!(503);
    client
        .post("/_emulator/faults", again)
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(client.get(AGENT).await.status, 503);
    client.delete("/_emulator/requests").await;
    assert_eq!(
        client
            .get(&format!("{UI}/requests/{}", hit["n"]))
            .await
            .status,
        404
    );
}
