//! Agents on ARM.

use emulator::{Fault, Profile};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

fn agent(properties: Value) -> Value {
    json!({"location": "swedencentral", "properties": properties})
}

#[tokio::test]
async fn agent_creation_takes_the_configured_polls() {
    let client = Client::new(Profile {
        agent_polls: 2,
        retry_after_seconds: 3,
        ..Profile::default()
    })
    .await;
    let created = client.put(AGENT, agent(json!({}))).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("retry-after").unwrap(), "3");
    assert_eq!(
        created.body["properties"]["provisioningState"],
        "InProgress"
    );
    assert_eq!(created.body["properties"]["agentEndpoint"], Value::Null);
    assert_eq!(
        client.wait(&created).await,
        ["InProgress", "InProgress", "Succeeded"]
    );

    let read = client.get(AGENT).await.expect(StatusCode::OK);
    assert_eq!(read["properties"]["provisioningState"], "Succeeded");
    assert_eq!(read["properties"]["powerState"], "Running");
    let endpoint = read["properties"]["agentEndpoint"].as_str().unwrap();
    assert!(endpoint.starts_with(&client.emulator.url()), "{endpoint}");
    assert!(endpoint.contains("/shop--"), "{endpoint}");
    assert!(read["systemData"]["createdAt"].is_string());
}

#[tokio::test]
async fn reading_an_agent_counts_as_a_poll() {
    let client = Client::new(Profile {
        agent_polls: 1,
        ..Profile::default()
    })
    .await;
    client.put(AGENT, agent(json!({}))).await;
    let state = |reply: Reply| reply.body["properties"]["provisioningState"].clone();
    assert_eq!(state(client.get(AGENT).await), "InProgress");
    assert_eq!(state(client.get(AGENT).await), "Succeeded");
}

#[tokio::test]
async fn ids_are_reproducible_and_change_with_a_new_creation() {
    let identity = json!({"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {"/subscriptions/s/x": {}}});
    let body = json!({"location": "swedencentral", "identity": identity});
    let mut seen = Vec::new();
    for _ in 0..2 {
        let client = Client::new(Profile::default()).await;
        for _ in 0..2 {
            client.put(AGENT, body.clone()).await;
            let read = client.get(AGENT).await.body;
            assert!(
                read["identity"]["userAssignedIdentities"]["/subscriptions/s/x"]["clientId"]
                    .is_string()
            );
            let endpoint = read["properties"]["agentEndpoint"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned();
            seen.push((read["identity"]["principalId"].clone(), endpoint));
            assert_eq!(client.delete(AGENT).await.status, 202);
            assert_eq!(client.get(AGENT).await.status, 404);
        }
    }
    assert_eq!(seen[..2], seen[2..]);
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn secrets_are_stored_but_not_returned() {
    let client = Client::new(Profile::default()).await;
    client
        .put(AGENT, agent(json!({
            "logConfiguration": {"applicationInsightsConfiguration": {"appId": "a", "connectionString": "s3cret-1"},
                                 "logAnalyticsConfiguration": {"workspaceId": "w", "sharedKey": "s3cret-2"}},
            "incidentManagementConfiguration": {"type": "PagerDuty", "connectionKey": "s3cret-3"},
        })))
        .await;
    let read = client.get(AGENT).await.body;
    assert_eq!(
        read["properties"]["logConfiguration"]["applicationInsightsConfiguration"],
        json!({"appId": "a"})
    );
    assert!(!read.to_string().contains("s3cret"));
    let state = Value::Object(client.emulator.state().unwrap()).to_string();
    for secret in ["s3cret-1", "s3cret-2", "s3cret-3"] {
        assert!(state.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_patch_merges_and_a_put_replaces() {
    let client = Client::with_agent(Profile::default()).await;
    let first = client
        .patch(AGENT, json!({"tags": {"a": "1"}, "properties": {"vnetConfiguration": {"subnetResourceId": "/s"}, "mcpServers": ["https://a"],
            "sandboxConfiguration": {"egress": {"mode": "AzureVNet"}}}}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(first["tags"], json!({"a": "1"}));
    let second = client
        .patch(AGENT, json!({"tags": {"b": "2"}, "properties": {"sandboxConfiguration": null, "mcpServers": ["https://b"]}}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(second["tags"], json!({"a": "1", "b": "2"}));
    assert_eq!(second["properties"]["mcpServers"], json!(["https://b"]));
    assert_eq!(
        second["properties"]["sandboxConfiguration"]["egress"]["mode"],
        "AzureVNet"
    );

    let put = client
        .put(AGENT, agent(json!({"upgradeChannel": "Preview"})))
        .await
        .expect(StatusCode::OK);
    assert_eq!(put["properties"]["upgradeChannel"], "Preview");
    assert_eq!(put["properties"]["mcpServers"], Value::Null);
    assert_eq!(put["tags"], json!({}));
}

#[tokio::test]
async fn slow_patch_is_accepted_and_its_location_returns_the_agent() {
    let client = Client::with_agent(Profile {
        agent_polls: 1,
        ..Profile::default()
    })
    .await;
    let reply = client
        .patch(
            AGENT,
            json!({"properties": {"monthlyAgentUnitLimit": 20000}}),
        )
        .await;
    assert_eq!((reply.status, &reply.body), (202, &Value::Null));
    let location = reply.header("location").unwrap();
    assert_eq!(client.get(&location).await.status, 202);
    let result = client.get(&location).await.expect(StatusCode::OK);
    assert_eq!(result["properties"]["monthlyAgentUnitLimit"], 20000);
}

#[tokio::test]
async fn a_second_write_conflicts_until_the_first_has_ended() {
    let client = Client::with_agent(Profile {
        agent_polls: 1,
        ..Profile::default()
    })
    .await;
    client.patch(AGENT, json!({"tags": {"a": "1"}})).await;
    let busy = client.patch(AGENT, json!({"tags": {"b": "1"}})).await;
    assert_eq!((busy.status, busy.code()), (409, "OperationConflict"));
    let connector = client
        .put(
            &format!("{AGENT}/connectors/kusto"),
            json!({"properties": {"dataConnectorType": "Kusto"}}),
        )
        .await;
    assert_eq!(connector.status, 201, "a refused write counts as a poll");

    client
        .emulator
        .change_profile(|profile| profile.operation_conflicts = false);
    client.patch(AGENT, json!({"tags": {"a": "2"}})).await;
    assert_eq!(
        client
            .patch(AGENT, json!({"tags": {"a": "3"}}))
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn a_stopped_agent_has_no_data_plane() {
    let client = Client::with_agent(Profile::default()).await;
    let skills = client.data_plane("/api/v2/extendedAgent/skills").await;
    assert_eq!(client.get(&skills).await.status, 200);
    let stopped = client
        .post(&format!("{AGENT}/stop"), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(stopped["properties"]["powerState"], "Stopped");
    let unavailable = client.get(&skills).await;
    assert_eq!(unavailable.status, 503);
    assert!(
        unavailable.body.is_string(),
        "not JSON: {}",
        unavailable.body
    );
    client
        .post(&format!("{AGENT}/start"), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(client.get(&skills).await.status, 200);
}

#[tokio::test]
async fn a_failed_operation_leaves_a_failed_agent_without_an_endpoint() {
    let client = Client::new(Profile::default()).await;
    client
        .emulator
        .fault(Fault::on("PUT", "/agents/shop$").fail_operation("QuotaExceeded", "No more agents."))
        .unwrap();
    let reply = client.put(AGENT, agent(json!({}))).await;
    assert_eq!(reply.status, 201);
    let status = client
        .get(&reply.header("azure-asyncoperation").unwrap())
        .await
        .body;
    assert_eq!(status["status"], "Failed");
    assert_eq!(
        status["error"],
        json!({"code": "QuotaExceeded", "message": "No more agents."})
    );
    let read = client.get(AGENT).await.body;
    assert_eq!(read["properties"]["provisioningState"], "Failed");
    assert_eq!(read["properties"]["agentEndpoint"], Value::Null);
    assert_eq!(client.delete(AGENT).await.status, 202);
    assert_eq!(client.delete(AGENT).await.status, 204);
}

#[tokio::test]
async fn lists_are_paged_and_links_use_the_host_of_the_request() {
    let client = Client::new(Profile {
        page_size: 2,
        ..Profile::default()
    })
    .await;
    for (group, name) in [("rg", "a1"), ("rg", "a2"), ("rg", "a3"), ("rg2", "b1")] {
        let path = format!(
            "/subscriptions/S/resourceGroups/{group}/providers/Microsoft.App/agents/{name}"
        );
        client.put(&path, agent(json!({}))).await;
    }
    let mut names = Vec::new();
    let mut next = Some("/subscriptions/s/providers/microsoft.app/AGENTS".to_owned());
    while let Some(page) = next {
        let body = client.get(&page).await.expect(StatusCode::OK);
        let items = body["value"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(
            items
                .iter()
                .map(|item| item["name"].as_str().unwrap().to_owned()),
        );
        next = body["nextLink"].as_str().map(str::to_owned);
        assert!(
            next.as_ref()
                .is_none_or(|link| link.starts_with(&client.emulator.url()))
        );
    }
    assert_eq!(names, ["a1", "a2", "a3", "b1"]);
    let group = client
        .get("/subscriptions/s/resourcegroups/RG2/providers/Microsoft.App/agents")
        .await
        .body;
    assert_eq!(group["value"].as_array().unwrap().len(), 1);
}

#[rstest]
#[case::no_version("PUT", "?api-version=", json!({}), 400, "MissingApiVersionParameter")]
#[case::unknown_version("PUT", "?api-version=2020-01-01", json!({}), 400, "InvalidApiVersionParameter")]
#[case::no_location("PUT", "", json!({}), 400, "LocationRequired")]
#[case::other_location("PUT", "", json!({"location": "uksouth"}), 409, "InvalidResourceLocation")]
#[case::echoed_principal("PUT", "", json!({"location": "swedencentral", "identity": {"type": "SystemAssigned", "principalId": "x"}}), 400, "MismatchingResourceIdentityPrincipalId")]
#[case::subnet_alone("PATCH", "", json!({"properties": {"vnetConfiguration": {"subnetResourceId": "/s"}, "sandboxConfiguration": {"egress": {"mode": "Limited"}}}}), 400, "InvalidNetworkConfiguration")]
#[case::unknown_action("POST", "/restart", json!({}), 404, "InvalidResourceType")]
#[case::bad_name("PUT", "/../a_b", json!({"location": "swedencentral"}), 400, "InvalidResourceName")]
#[tokio::test]
async fn bad_requests_are_refused(
    #[case] method: Method,
    #[case] suffix: &str,
    #[case] body: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let client = Client::with_agent(Profile::default()).await;
    let path = match suffix.strip_prefix("/..") {
        Some(sibling) => AGENT.replace("/shop", sibling),
        None => format!("{AGENT}{suffix}"),
    };
    let reply = Reply::of(
        client
            .request(method, &path)
            .json(&body)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (reply.status, reply.code()),
        (status, code),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn usages_are_served_by_both_methods() {
    let client = Client::with_agent(Profile::default()).await;
    for (path, member) in [
        ("usages", "currentValue"),
        ("dailyusages", "value"),
        ("dailyUsages", "value"),
    ] {
        let path = format!("{AGENT}/{path}");
        let body = client.get(&path).await.expect(StatusCode::OK);
        assert_eq!(body["value"][0][member].to_string(), "150.5");
        assert_eq!(
            client.post(&path, json!({})).await.expect(StatusCode::OK),
            body
        );
    }
}

#[tokio::test]
async fn operation_on_a_deleted_agent_does_not_affect_its_successor() {
    let profile = Profile {
        agent_polls: 1,
        operation_conflicts: false,
        ..Profile::default()
    };
    let client = Client::with_agent(profile).await;
    let stop = client.post(&format!("{AGENT}/stop"), json!({})).await;
    let delete = client.delete(AGENT).await;
    client.wait(&delete).await;
    let create = client.put(AGENT, agent(json!({}))).await;
    client.wait(&create).await;
    assert_eq!(client.wait(&stop).await, ["InProgress", "Succeeded"]);
    let read = client.get(AGENT).await.body;
    assert_eq!(read["properties"]["powerState"], "Running");
}

#[tokio::test]
async fn models_of_a_region_are_listed() {
    let client = Client::with_agent(Profile::default()).await;
    let subscription = AGENT.split("/resourceGroups").next().unwrap();
    let path = format!(
        "{subscription}/providers/Microsoft.App/locations/swedencentral/supportedAgentModels"
    );
    let listed = client.get(&path).await.expect(StatusCode::OK);
    let models = listed["value"].as_array().unwrap();
    let defaults = models
        .iter()
        .filter(|model| model["properties"]["default"] == true);
    assert_eq!(defaults.count(), 1, "{listed}");
}
