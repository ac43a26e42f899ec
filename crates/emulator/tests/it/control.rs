//! What the emulator reports about itself.

use emulator::{Emulator, Options, Plane, Profile};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{AGENT, Client};

#[tokio::test]
async fn every_request_is_recorded_except_those_of_the_control_api() {
    let client = Client::with_agent(Profile::default()).await;
    client.emulator.clear_requests();
    let prompt = client
        .data_plane("/api/v2/extendedAgent/commonprompts/a")
        .await;
    client
        .put(
            &prompt,
            json!({"type": "CommonPrompt", "properties": {"prompt": "p"}}),
        )
        .await
        .expect(StatusCode::CREATED);
    client
        .request(Method::POST, "/tenant/oauth2/v2.0/token")
        .body("grant_type=x")
        .send()
        .await
        .unwrap();
    client.get("/nowhere").await;
    client
        .get("/_emulator/requests")
        .await
        .expect(StatusCode::OK);

    let requests = client.emulator.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| (request.method.as_str(), request.plane, request.status))
        .collect();
    assert_eq!(
        seen,
        [
            ("GET", Plane::Arm, Some(200)),
            ("PUT", Plane::DataPlane, Some(201)),
            ("POST", Plane::Entra, Some(400)),
            ("GET", Plane::Other, Some(404)),
        ]
    );
    assert_eq!(requests[0].query, "api-version=2025-05-01-preview");
    assert_eq!(requests[0].agent.as_deref(), Some("shop"));
    assert_eq!(requests[1].agent.as_deref(), Some("shop"));
    assert_eq!(requests[1].body["properties"]["prompt"], "p");
    assert_eq!(requests[1].headers["accept"], "application/json");
    assert!(!requests[1].headers.contains_key("authorization"));
    assert_eq!(requests[1].token.as_deref(), Some("emulator"));
    assert_eq!(requests[2].body, "grant_type=x");
    let over_http = client.get("/_emulator/requests").await.body;
    assert_eq!(over_http, serde_json::to_value(&requests).unwrap());
    client
        .delete("/_emulator/requests")
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(client.emulator.requests().is_empty());
}

#[tokio::test]
async fn the_profile_is_read_and_changed_and_reset() {
    let client = Client::with_agent(Profile {
        agent_polls: 1,
        ..Profile::default()
    })
    .await;
    let changed = client
        .put(
            "/_emulator/profile",
            json!({"tenant": "external", "entra": {"token_seconds": 1}}),
        )
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&changed["tenant"], &changed["agent_polls"]),
        (&json!("external"), &json!(1))
    );
    assert_eq!(client.get("/_emulator/profile").await.body, changed);
    let refused = client
        .put("/_emulator/profile", json!({"tennant": "external"}))
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("tennant")
    );

    assert!(
        !client
            .get("/_emulator/state")
            .await
            .body
            .as_object()
            .unwrap()
            .is_empty()
    );
    client
        .post("/_emulator/reset", Value::Null)
        .await
        .expect(StatusCode::NO_CONTENT);
    assert_eq!(client.get("/_emulator/state").await.body, json!({}));
    assert_eq!(
        client.emulator.profile(),
        Profile {
            agent_polls: 1,
            ..Profile::default()
        }
    );
    assert_eq!(client.get(AGENT).await.status, 404);
    assert_eq!(client.get("/_emulator/nothing").await.status, 404);
}

#[tokio::test]
async fn addresses_are_reported() {
    let client = Client::new(Profile::default()).await;
    let addresses = client.get("/_emulator/").await.expect(StatusCode::OK);
    assert_eq!(
        addresses,
        serde_json::to_value(client.emulator.addresses()).unwrap()
    );
    assert_eq!(addresses["token"], client.emulator.token());
    assert!(
        addresses["authority_host"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
}

#[tokio::test]
async fn data_file_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        let data = Some(folder.path().join("data.redb"));
        Emulator::start(Options {
            data,
            profile: Profile {
                agent_polls: 1,
                ..Profile::default()
            },
            ..Options::default()
        })
        .await
    };
    let emulator = start().await.unwrap();
    let client = Client::of(emulator);
    let created = client
        .put(AGENT, json!({"location": "swedencentral"}))
        .await;
    assert_eq!(created.status, 201);
    let second = start().await.unwrap_err();
    assert!(second.to_string().contains("data.redb"), "{second}");
    let state = client.emulator.state().unwrap();
    let operation = created.header("azure-asyncoperation").unwrap();
    let path = operation
        .strip_prefix(&client.emulator.url())
        .unwrap()
        .to_owned();
    client.stop().await;

    let client = Client::of(start().await.unwrap());
    assert_eq!(client.emulator.state().unwrap(), state);
    assert_eq!(client.get(&path).await.body["status"], "InProgress");
    assert_eq!(client.get(&path).await.body["status"], "Succeeded");
}

#[tokio::test]
async fn error_names_an_address_in_use() {
    let client = Client::new(Profile::default()).await;
    let listen = client.emulator.url().replace("http://", "");
    let error = Emulator::start(Options {
        listen: Some(listen.clone()),
        ..Options::default()
    })
    .await
    .unwrap_err();
    assert!(error.to_string().contains(&listen), "{error}");
}

#[tokio::test]
async fn the_state_is_empty_once_everything_is_deleted() {
    let profile = Profile {
        agent_polls: 1,
        ..Profile::default()
    };
    let client = Client::with_agent(profile).await;
    let state = client.get("/_emulator/state").await.body;
    let keys: Vec<&String> = state.as_object().unwrap().keys().collect();
    assert!(keys.iter().any(|key| key.starts_with("agent/")), "{keys:?}");
    client.delete(AGENT).await.expect(StatusCode::ACCEPTED);
    // One poll that sees the operation running, and one that sees its end.
    for _ in 0..2 {
        client.get(AGENT).await;
    }
    assert_eq!(client.get("/_emulator/state").await.body, json!({}));
    assert!(!client.emulator.state().unwrap().is_empty());
}
