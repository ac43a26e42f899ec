//! Incident management in its first version, together with the second.

use emulator::Profile;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

/// Returns a client with an agent that is connected to Azure Monitor, without the default plan.
async fn connected(profile: Profile) -> Client {
    let client = Client::with_agent(Profile {
        quickstart_plan: None,
        ..profile
    })
    .await;
    let platform =
        json!({"properties": {"incidentManagementConfiguration": {"type": "AzMonitor"}}});
    client.patch(AGENT, platform).await.expect(StatusCode::OK);
    client
}

async fn playground(client: &Client, path: &str) -> String {
    client
        .data_plane(&format!("/api/v1/incidentPlayground/{path}"))
        .await
}

async fn send(client: &Client, method: Method, url: &str, body: Value) -> Reply {
    let request = client.request(method, url).json(&body);
    Reply::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn filters_of_both_versions_and_of_arm_are_the_same() {
    let client = connected(Profile::default()).await;
    let filter = playground(&client, "filters/Sev01").await;
    let body = json!({"Id": "Sev01", "Priorities": ["Sev0"], "AgentMode": "review", "HandlingAgent": "db", "unheard": 1});
    let created = client.put(&filter, body).await.expect(StatusCode::CREATED);
    assert_eq!(created["id"], "Sev01");
    assert_eq!(created["isDeleted"], false);
    for member in ["name", "incidentPlatform", "unheard", "Priorities"] {
        assert_eq!(created.get(member), None, "{member}");
    }
    let list = playground(&client, "filters").await;
    assert_eq!(client.get(&list).await.body, json!([created]));
    assert_eq!(client.get(&filter).await.body, created);

    let second = client
        .data_plane("/api/v2/extendedAgent/incidentFilters/Sev01")
        .await;
    let shown = client.get(&second).await.expect(StatusCode::OK);
    assert_eq!(shown["properties"]["incidentPlatform"], "AzMonitor");
    assert_eq!(shown["properties"]["priorities"], json!(["Sev0"]));
    assert_eq!(
        client
            .get(&format!("{AGENT}/incidentFilters/Sev01"))
            .await
            .status,
        200
    );
    let managed = client
        .data_plane("/api/v2/incidentManagement/incidentFilters")
        .await;
    assert_eq!(client.get(&managed).await.body["value"], json!([shown]));

    client
        .patch(&second, json!({"properties": {"isEnabled": false}}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(client.get(&filter).await.body["isEnabled"], false);
    client
        .post(&format!("{filter}/enable"), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        client.get(&second).await.body["properties"]["isEnabled"],
        true
    );
    assert_eq!(client.delete(&filter).await.status, 204);
    assert_eq!(client.delete(&filter).await.code(), "NotFound");
    assert_eq!(client.get(&second).await.status, 404);
}

#[tokio::test]
async fn bad_filters_of_the_first_version_are_refused() {
    let client = Client::with_agent(Profile::default()).await;
    let filter = playground(&client, "filters/a").await;
    let early = client.put(&filter, json!({"priorities": []})).await;
    assert_eq!(early.status, 400, "there is no platform: {}", early.body);
    let client = connected(Profile::default()).await;
    let filter = playground(&client, "filters/a").await;
    for (body, status) in [
        (json!({"maxAttempts": 3}), 400),
        (json!({"titleContainsAny": ["a", "A"]}), 400),
        (json!({"titleNotContains": "a"}), 405),
        (json!({"incidentPlatform": "AzMonitor"}), 405),
    ] {
        assert_eq!(
            client.put(&filter, body.clone()).await.status,
            status,
            "{body}"
        );
    }
    assert_eq!(
        client.post(&filter, json!({})).await.status,
        404,
        "POST updates"
    );
    assert_eq!(client.get(&filter).await.status, 404);
    client
        .emulator
        .change_profile(|profile| profile.v1_filters_405 = true);
    assert_eq!(client.put(&filter, json!({})).await.status, 405);
    assert_eq!(client.delete(&filter).await.status, 405);
}

#[tokio::test]
async fn handler_is_created_by_put_and_updated_by_post() {
    let client = Client::with_agent(Profile {
        handler_conflicts: true,
        crlf: true,
        ..Profile::default()
    })
    .await;
    let handler = playground(&client, "handlers/sev01-handler").await;
    let body = |text: &str| json!({"id": "sev01-handler", "incidentFilterId": "sev01", "tools": ["a"], "customInstructions": text});
    assert_eq!(client.post(&handler, body("x")).await.code(), "NotFound");
    let created = client
        .put(&handler, body("one\ntwo"))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(
        created,
        json!({"id": "sev01-handler", "name": "", "description": "", "incidentFilterId": "sev01",
            "customInstructions": "one\r\ntwo", "incidentProcessingGuide": [], "tools": ["a"], "incidents": []})
    );
    assert_eq!(client.put(&handler, body("x")).await.status, 409);
    client
        .post(&handler, body("three"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        client.get(&handler).await.body["customInstructions"],
        "three"
    );
    client
        .emulator
        .change_profile(|profile| profile.handler_conflicts = false);
    client
        .put(&handler, body("four"))
        .await
        .expect(StatusCode::OK);

    let list = playground(&client, "handlers").await;
    assert_eq!(
        client.get(&list).await.body[0]["customInstructions"],
        "four"
    );
    let second = client
        .data_plane("/api/v2/extendedAgent/incidentHandlers")
        .await;
    let listed = client.get(&second).await.body;
    assert_eq!(
        listed["value"][0]["properties"]["incidentFilterId"],
        "sev01"
    );
    let bad = json!({"incidentFilterId": "sev01", "tools": "a"});
    assert_eq!(
        send(&client, Method::POST, &handler, bad).await.code(),
        "ValidationFailure"
    );
    assert_eq!(
        client.put(&handler, json!({})).await.code(),
        "ValidationFailure"
    );
    assert_eq!(client.delete(&handler).await.status, 204);
    assert_eq!(client.get(&handler).await.status, 404);
    assert_eq!(client.get(&list).await.body, json!([]));
}

#[tokio::test]
async fn indexing_exists_for_the_connected_platform() {
    let client = connected(Profile::default()).await;
    let configuration = async |platform: &str| {
        let path = format!("/api/v2/incidents/indexing/{platform}/configuration");
        client.data_plane(&path).await
    };
    let monitor = client.get(&configuration("azmonitor").await).await;
    assert_eq!(monitor.body["properties"]["isEnabled"], true);
    let service_now = configuration("servicenow").await;
    for platform in ["pagerduty", "servicenow", "jira"] {
        let reply = client.get(&configuration(platform).await).await;
        assert_eq!(
            (reply.status, reply.code()),
            (404, "NotFound"),
            "{platform}"
        );
    }
    let wanted =
        json!({"providerType": "servicenow", "assignmentGroup": "Database", "lookbackDays": 30});
    assert_eq!(client.put(&service_now, wanted.clone()).await.status, 404);

    let platform =
        json!({"properties": {"incidentManagementConfiguration": {"type": "ServiceNow"}}});
    client.patch(AGENT, platform).await.expect(StatusCode::OK);
    client
        .put(&service_now, wanted)
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        client.get(&service_now).await.body,
        json!({"assignmentGroup": "Database", "lookbackDays": 30})
    );
    let groups = "/api/v2/incidents/indexing/servicenow/assignment-groups?search=data";
    let groups = client.data_plane(groups).await;
    assert_eq!(client.get(&groups).await.status, 400, "no sign-in");
    let request = client
        .request(Method::GET, &groups)
        .header("X-ServiceNow-Endpoint", "https://contoso.service-now.com")
        .header("X-ServiceNow-Username", "u")
        .header("X-ServiceNow-Password", "p");
    let found = Reply::of(request.send().await.unwrap()).await.body;
    assert_eq!(found[0]["name"], "Database");
    assert_eq!(found.as_array().unwrap().len(), 1);
}

#[rstest]
#[case(json!({"endpoint": "https://contoso.service-now.com", "username": "u", "password": "p"}), "valid")]
#[case(json!({"endpoint": "https://contoso.service-now.com"}), "invalid")]
#[tokio::test]
async fn service_now_credentials_are_validated(#[case] sent: Value, #[case] result: &str) {
    let client = Client::with_agent(Profile::default()).await;
    let url = client
        .data_plane("/api/v1/incidentplatformvalidation/servicenow")
        .await;
    let answer = client.post(&url, sent).await.expect(StatusCode::OK);
    assert_eq!(answer, json!({"result": result}));
}

#[tokio::test]
async fn existing_filter_of_the_first_version_is_updated_by_post_and_switched() {
    let client = connected(Profile {
        v1_filter_conflicts: true,
        ..Profile::default()
    })
    .await;
    let filter = playground(&client, "filters/Sev01").await;
    let body = json!({"id": "Sev01", "priorities": ["Sev0"]});
    client
        .put(&filter, body.clone())
        .await
        .expect(StatusCode::CREATED);
    let again = client.put(&filter, body.clone()).await;
    assert_eq!((again.status, again.code()), (409, "Conflict"));
    client.post(&filter, body).await.expect(StatusCode::OK);
    for (switch, enabled) in [("disable", false), ("enable", true)] {
        let url = format!("{filter}/{switch}");
        let request = client.request(Method::POST, &url);
        let shown = Reply::of(request.send().await.unwrap()).await;
        assert_eq!(shown.body["isEnabled"], enabled);
    }
}
