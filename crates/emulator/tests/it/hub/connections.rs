//! The beginning and the end of connections to a hub.

use emulator::profile::Role;
use emulator::{Fault, Profile};
use futures::SinkExt as _;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::Message;

use super::{Hub, start};
use crate::client::{AGENT, Client};

#[rstest]
#[case("Frobnicate", json!([]), "Failed to invoke 'Frobnicate' due to an error on the server. HubException: Method does not exist.")]
#[case("CreateMessage", json!(["t"]), "Invocation provides 1 argument(s) but target expects 3.")]
#[case("CreateMessage", json!(["t", "text", false]), "Error binding arguments.")]
#[case("CreateMessage", json!(["nowhere", {"text": "Hello"}, false]), "HubException: Not Found")]
#[case("CreateThread", json!(["new", {}, false]), "HubException: startMessage is required.")]
#[case("CreateThread", json!(["new", {"startMessage": {"text": ""}}, false]), "HubException: text is required.")]
#[case("CreateThread", json!(["here", {"startMessage": {"text": "x"}}, false]), "exists already")]
#[tokio::test]
async fn invalid_calls_end_with_an_error(
    #[case] target: &str,
    #[case] arguments: Value,
    #[case] reason: &str,
) {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = Hub::connect(&client).await;
    hub.invoke("CreateThread", json!(["here", start("Hello"), false]))
        .await;
    hub.turn().await;
    let error = hub.invoke(target, arguments.clone()).await.unwrap();
    assert!(error.contains(reason), "{error}");
    // A client that does not wait for a result gets no error, and the connection continues.
    hub.send(&json!({"type": 1, "target": target, "arguments": arguments}))
        .await;
    hub.send(&json!({"type": 4, "invocationId": "s", "target": "CreateThread", "arguments": []}))
        .await;
    let completion = hub.next().await.unwrap();
    assert_eq!(completion["invocationId"], "s");
    assert!(
        completion["error"]
            .as_str()
            .unwrap()
            .contains("non-streaming")
    );
}

#[rstest]
#[case(Role::Reader)]
#[case(Role::Author)]
#[tokio::test]
async fn readers_can_only_listen(#[case] role: Role) {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = {
        client
            .emulator
            .change_profile(|profile| profile.role = role);
        Hub::connect(&client).await
    };
    let error = hub
        .invoke("CreateThread", json!(["t", start("Hello"), false]))
        .await;
    assert_eq!(
        error.as_deref(),
        Some("Failed to invoke 'CreateThread' because user is unauthorized")
    );
    client
        .emulator
        .change_profile(|profile| profile.role = Role::None);
    let url = client.data_plane("/agentHub/negotiate").await;
    assert_eq!(client.post(&url, Value::Null).await.status, 403);
}

#[tokio::test]
async fn connection_needs_a_token_and_a_negotiated_id() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let refused = reqwest::Client::new()
        .post(format!("{url}/negotiate"))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let header = refused.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(header.contains("access_token"), "{header}");
    let refused: Value = refused.json().await.unwrap();
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("'access_token'")
    );

    // An old client connects by the id, and only once.
    let agreed = client
        .post(&format!("{url}/negotiate"), Value::Null)
        .await
        .expect(StatusCode::OK);
    assert_eq!(agreed["negotiateVersion"], 0);
    assert_eq!(agreed.get("connectionToken"), None);
    let by_id = format!("{url}?id={}", agreed["connectionId"].as_str().unwrap());
    let token = client.emulator.token();
    let refused = |error: tungstenite::Error| match error {
        tungstenite::Error::Http(response) => response.status().as_u16(),
        other => panic!("{other}"),
    };
    assert_eq!(Hub::open(&by_id, None).await.err().map(refused), Some(401));
    let wrong = Hub::open(&format!("{by_id}&access_token=wrong"), None).await;
    assert_eq!(wrong.err().map(refused), Some(401));
    let mut hub = Hub::open(&by_id, Some(token)).await.unwrap();
    assert_eq!(hub.shake_hands("json").await, json!({}));
    assert_eq!(
        Hub::open(&by_id, Some(token)).await.err().map(refused),
        Some(404)
    );
    // A client that does not negotiate has no id.
    assert!(Hub::open(&url, Some(token)).await.is_ok());
    // A request that does not ask for a WebSocket is refused.
    let plain = client.get(&url).await;
    assert_eq!(plain.status, 400);
    assert!(
        plain.body.to_string().contains("WebSockets alone"),
        "{}",
        plain.body
    );
    assert_eq!(client.post(&url, Value::Null).await.status, 404);
}

#[tokio::test]
async fn token_of_the_tenant_is_accepted_for_every_audience_of_the_service() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let addresses = client.emulator.addresses().clone();
    let secret = addresses.client_secret.unwrap();
    for (resource, status) in [
        ("https://azuresre.dev", 101),
        ("https://azuresre.ai", 101),
        ("59f0a04a-b322-4310-adc9-39ac41e9631e", 101),
        ("https://management.azure.com", 401),
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", addresses.client_id.as_deref().unwrap()),
            ("client_secret", &secret),
            ("scope", &format!("{resource}/.default")),
        ];
        let path = format!("/{}/oauth2/v2.0/token", addresses.tenant_id);
        let answer = client
            .request(Method::POST, &path)
            .form(&form)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap();
        let made = Hub::open(&url, Some(token)).await;
        let got = match made {
            Ok(_) => 101,
            Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(got, status, "{resource}");
    }
}

#[tokio::test]
async fn invalid_handshake_ends_the_connection() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    for (sent, reason) in [
        (
            json!({"protocol": "messagepack", "version": 1}),
            "'messagepack' is not supported",
        ),
        (json!({"protocol": "json", "version": 7}), "version 7"),
        (json!({"type": 6}), "handshake"),
    ] {
        let mut hub = Hub::open(&url, Some(client.emulator.token()))
            .await
            .unwrap();
        hub.send(&sent).await;
        let answer = hub.next().await.unwrap();
        assert!(
            answer["error"].as_str().unwrap().contains(reason),
            "{answer}"
        );
        assert_eq!(hub.next().await, None);
    }
}

#[tokio::test]
async fn records_are_parsed_however_messages_split_them() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let mut hub = Hub::open(&url, Some(client.emulator.token()))
        .await
        .unwrap();
    // A handshake, a ping and the beginning of a call in one message. The next message contains its
    // end.
    let call = json!({"type": 1, "invocationId": "a", "target": "X", "arguments": []}).to_string();
    let (left, right) = call.split_at(20);
    hub.send_text(&format!(
        "{{\"protocol\":\"json\",\"version\":1}}\u{1e}{{\"type\":6}}\u{1e}{left}"
    ))
    .await;
    hub.socket
        .send(Message::binary(format!("{right}\u{1e}")))
        .await
        .unwrap();
    assert_eq!(hub.next().await, Some(json!({})));
    assert_eq!(hub.next().await.unwrap()["invocationId"], "a");
    // Anything that is not a record ends the connection, with the reason.
    hub.send_text("nonsense\u{1e}").await;
    let close = hub.next().await.unwrap();
    assert_eq!(close["type"], 7);
    assert!(
        close["error"]
            .as_str()
            .unwrap()
            .contains("InvalidDataException"),
        "{close}"
    );
    assert_eq!(hub.next().await, None);
}

#[tokio::test]
async fn connections_end_with_the_emulator_or_the_client() {
    let client = Client::with_agent(Profile::default()).await;
    let mut leaving = Hub::connect(&client).await;
    leaving.send(&json!({"type": 7})).await;
    assert_eq!(leaving.next().await, None);
    let mut staying = Hub::connect(&client).await;
    let stopping = tokio::spawn(client.stop());
    assert_eq!(
        staying.next().await,
        Some(json!({"type": 7, "allowReconnect": true}))
    );
    assert_eq!(staying.next().await, None);
    stopping.await.unwrap();
}

#[tokio::test]
async fn hub_of_a_deleted_agent_reports_it() {
    let client = Client::with_agent(Profile::default()).await;
    let mut hub = Hub::connect(&client).await;
    let deleted = client.delete(AGENT).await;
    client.wait(&deleted).await;
    let error = hub
        .invoke("CreateThread", json!(["t", start("Hello"), false]))
        .await;
    assert!(error.unwrap().contains("does not exist any more"));
}

#[tokio::test]
async fn faults_hit_negotiation_and_connection() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/agentHub").await;
    let path = "/agentHub/negotiate";
    client
        .emulator
        .fault(Fault::on("POST", path).error(503, "Busy", "Later."))
        .unwrap();
    client
        .emulator
        .fault(Fault::on("GET", "/agentHub$").error(502, "Bad", "No."))
        .unwrap();
    let negotiate = format!("{url}/negotiate");
    assert_eq!(client.post(&negotiate, Value::Null).await.status, 503);
    assert_eq!(client.post(&negotiate, Value::Null).await.status, 200);
    let token = client.emulator.token();
    assert!(Hub::open(&url, Some(token)).await.is_err());
    assert!(Hub::open(&url, Some(token)).await.is_ok());
    let requests = client.emulator.requests();
    let seen: Vec<_> = requests
        .iter()
        .filter(|request| request.path.contains("agentHub"))
        .map(|request| request.status)
        .collect();
    assert_eq!(seen, [Some(503), Some(200), Some(502), Some(101)]);
}
