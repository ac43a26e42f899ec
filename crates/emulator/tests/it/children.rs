//! Children and connectors on ARM.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emulator::Profile;
use emulator::profile::{StoreModel, Tenant};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client};

const LONG: &str = "Compare the last hour with the same hour of yesterday, then report.";

fn encoded(spec: &Value) -> Value {
    json!({"properties": {"value": STANDARD.encode(spec.to_string())}})
}

fn decoded(body: &Value) -> Value {
    let value = body["properties"]["value"].as_str().unwrap();
    serde_json::from_slice(&STANDARD.decode(value).unwrap()).unwrap()
}

#[rstest]
#[case("skills", "extendedAgent/skills", json!({"skillContent": LONG}))]
#[case("subagents", "extendedAgent/agents", json!({"instructions": LONG}))]
#[case("tools", "extendedAgent/tools", json!({"type": "LinkTool", "template": "https://x/{a}"}))]
#[case("scheduledTasks", "extendedAgent/scheduledtasks", json!({"cronExpression": "0 7 * * 1-5", "agentPrompt": "p"}))]
#[case("hooks", "extendedAgent/hooks", json!({"eventType": "Stop", "hook": {"type": "Prompt", "prompt": "p"}}))]
#[case("commonPrompts", "extendedAgent/commonprompts", json!({"prompt": "p"}))]
#[case("pluginConfigs", "extendedAgent/plugins", json!({"anything": [1]}))]
#[case("repositories", "repos", json!({"url": "https://github.com/contoso/shop"}))]
#[tokio::test]
async fn every_kind_exists_on_both_planes(
    #[case] segment: &str,
    #[case] route: &str,
    #[case] spec: Value,
) {
    let client = Client::with_agent(Profile::default()).await;
    let child = format!("{AGENT}/{segment}/one");
    let created = client
        .put(&child, encoded(&spec))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(created["type"], format!("Microsoft.App/agents/{segment}"));
    assert_eq!(created["id"], child);
    assert_eq!(client.put(&child, encoded(&spec)).await.status, 200);
    let read = decoded(
        &client
            .get(
                &child
                    .to_uppercase()
                    .replace("/SUBSCRIPTIONS", "/subscriptions"),
            )
            .await
            .expect(StatusCode::OK),
    );
    for (name, value) in spec.as_object().unwrap() {
        // Builds return the text of a skill under another name.
        let shown = match name.as_str() {
            "skillContent" => "skillMdContent",
            name => name,
        };
        if name != "hook" {
            assert_eq!(&read[shown], value, "{name}");
        }
    }
    let listed = client.get(&format!("{AGENT}/{segment}")).await.body;
    assert_eq!(decoded(&listed["value"][0]), read);

    let object = client.data_plane(&format!("/api/v2/{route}/one")).await;
    assert_eq!(
        client.get(&object).await.expect(StatusCode::OK)["properties"],
        read
    );

    assert_eq!(client.delete(&child).await.status, 200);
    assert_eq!(client.delete(&child).await.status, 204);
    assert_eq!(client.get(&child).await.status, 404);
    assert_eq!(client.get(&object).await.status, 404);
}

#[tokio::test]
async fn a_child_needs_its_agent_and_a_preview_version() {
    let client = Client::new(Profile::default()).await;
    let child = format!("{AGENT}/skills/a");
    assert_eq!(client.get(&child).await.code(), "ParentResourceNotFound");
    client
        .put(AGENT, json!({"location": "swedencentral"}))
        .await;
    assert_eq!(client.get(&child).await.code(), "ResourceNotFound");
    assert_eq!(
        client
            .get(&format!("{child}?api-version=2026-01-01"))
            .await
            .code(),
        "InvalidResourceType"
    );
    assert_eq!(
        client.get(&format!("{AGENT}/things/a")).await.code(),
        "InvalidResourceType"
    );
}

#[tokio::test]
async fn an_external_tenant_has_no_children_on_arm() {
    let client = Client::with_agent(Profile {
        tenant_refusal_status: 403,
        ..Profile::default()
    })
    .await;
    let prompt = encoded(&json!({"prompt": "p"}));
    client
        .put(&format!("{AGENT}/commonPrompts/a"), prompt.clone())
        .await
        .expect(StatusCode::CREATED);
    client
        .emulator
        .change_profile(|profile| profile.tenant = Tenant::External);
    let refused = client
        .put(&format!("{AGENT}/commonPrompts/b"), prompt)
        .await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("not available for this tenant")
    );
    assert_eq!(
        client.get(&format!("{AGENT}/commonPrompts")).await.body,
        json!({"value": []})
    );
    let object = client
        .data_plane("/api/v2/extendedAgent/commonprompts/a")
        .await;
    assert_eq!(client.get(&object).await.status, 200);
    let connector = client
        .put(
            &format!("{AGENT}/connectors/kusto"),
            json!({"properties": {"dataConnectorType": "Kusto"}}),
        )
        .await;
    assert_eq!(connector.status, 201);
}

#[tokio::test]
async fn separate_stores_do_not_share_objects() {
    let client = Client::with_agent(Profile {
        store: StoreModel::Two,
        ..Profile::default()
    })
    .await;
    client
        .put(
            &format!("{AGENT}/commonPrompts/a"),
            encoded(&json!({"prompt": "p"})),
        )
        .await;
    let object = client
        .data_plane("/api/v2/extendedAgent/commonprompts/a")
        .await;
    assert_eq!(client.get(&object).await.status, 404);
}

#[tokio::test]
async fn writes_become_visible_late() {
    let client = Client::with_agent(Profile {
        visibility_lag: 2,
        ..Profile::default()
    })
    .await;
    let child = format!("{AGENT}/commonPrompts/a");
    let prompt = |text: &str| encoded(&json!({"prompt": text}));
    let seen = async || {
        let reply = client.get(&child).await;
        if reply.status == 404 {
            Value::Null
        } else {
            decoded(&reply.body)["prompt"].clone()
        }
    };
    client.put(&child, prompt("one")).await;
    assert_eq!(
        [seen().await, seen().await, seen().await],
        [json!(null), json!(null), json!("one")]
    );
    client.put(&child, prompt("two")).await;
    assert_eq!(
        [seen().await, seen().await, seen().await],
        [json!("one"), json!("one"), json!("two")]
    );
    client.delete(&child).await;
    assert_eq!(
        client.get(&format!("{AGENT}/commonPrompts")).await.body["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!([seen().await, seen().await], [json!("two"), json!(null)]);
    assert_eq!(client.delete(&child).await.status, 204);
}

#[tokio::test]
async fn list_after_a_write_can_lack_its_value() {
    let client = Client::with_agent(Profile {
        list_glitch: true,
        ..Profile::default()
    })
    .await;
    client
        .put(
            &format!("{AGENT}/commonPrompts/a"),
            encoded(&json!({"prompt": "p"})),
        )
        .await;
    assert_eq!(
        client.get(&format!("{AGENT}/commonPrompts")).await.body,
        json!({})
    );
    assert!(client.get(&format!("{AGENT}/commonPrompts")).await.body["value"].is_array());
}

#[tokio::test]
async fn connector_is_masked_on_arm_and_complete_on_the_data_plane() {
    let client = Client::with_agent(Profile {
        connector_polls: 1,
        ..Profile::default()
    })
    .await;
    let properties = json!({"dataConnectorType": "Mcp", "dataSource": "placeholder", "identity": "system",
        "extendedProperties": {"type": "http", "endpoint": "https://m", "bearerToken": "s3cret"}});
    let path = format!("{AGENT}/DataConnectors/mcp");
    let created = client.put(&path, json!({"properties": properties})).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.body["type"], "Microsoft.App/agents/DataConnectors");
    assert_eq!(
        created.body["properties"]["provisioningState"],
        "InProgress"
    );
    assert!(!created.body.to_string().contains("s3cret"));
    assert_eq!(client.wait(&created).await, ["InProgress", "Succeeded"]);

    let read = client
        .get(&format!("{AGENT}/connectors/mcp"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(read["type"], "Microsoft.App/agents/connectors");
    assert_eq!(read["properties"]["provisioningState"], "Succeeded");
    assert_eq!(read["properties"]["dataSource"], Value::Null);
    assert_eq!(
        read["properties"]["extendedProperties"],
        json!({"type": null, "endpoint": null, "bearerToken": null})
    );
    assert_eq!(read["properties"]["source"], "Agent");

    let object = client
        .data_plane("/api/v2/extendedAgent/connectors/mcp")
        .await;
    let whole = client.get(&object).await.body;
    assert_eq!(whole["type"], "AgentConnector");
    assert_eq!(
        whole["properties"]["extendedProperties"],
        properties["extendedProperties"]
    );
    let secrets = client
        .post(&format!("{path}/listSecrets"), json!({}))
        .await
        .body;
    assert_eq!(secrets["properties"]["dataSource"], "placeholder");

    let deleted = client.delete(&path).await;
    assert_eq!(deleted.status, 202);
    let location = deleted.header("location").unwrap();
    assert_eq!(client.get(&location).await.status, 202);
    assert_eq!(client.get(&location).await.status, 204);
    assert_eq!(client.delete(&path).await.status, 204);
}

#[tokio::test]
async fn connector_operations_exclude_each_other_if_configured() {
    let client = Client::with_agent(Profile {
        connector_polls: 2,
        connector_conflicts: true,
        ..Profile::default()
    })
    .await;
    let body = json!({"properties": {"dataConnectorType": "Kusto"}});
    client
        .put(&format!("{AGENT}/connectors/k1"), body.clone())
        .await;
    assert_eq!(
        client
            .put(&format!("{AGENT}/connectors/k2"), body.clone())
            .await
            .code(),
        "OperationConflict"
    );
    client
        .emulator
        .change_profile(|profile| profile.connector_conflicts = false);
    assert_eq!(
        client
            .put(&format!("{AGENT}/connectors/k2"), body)
            .await
            .status,
        201
    );
}
