//! Plugins and their marketplaces.

use emulator::Profile;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;

async fn plugins(client: &Client, path: &str) -> String {
    client.data_plane(&format!("/api/v2/plugins/{path}")).await
}

async fn skills(client: &Client) -> Vec<Value> {
    let list = client.data_plane("/api/v2/extendedAgent/skills").await;
    let listed = client.get(&list).await.body;
    let skills = listed["value"].as_array().unwrap().iter();
    skills
        .map(|skill| skill["properties"]["sourcePluginInstallation"].clone())
        .collect()
}

#[tokio::test]
async fn a_marketplace_takes_what_was_installed_from_it_along() {
    let client = Client::with_agent(Profile::default()).await;
    let marketplaces = plugins(&client, "marketplaces").await;
    let installations = plugins(&client, "installations").await;
    let marketplace = json!({"metadata": {"name": "Contoso"}, "spec": {"sourceType": "github", "sourceUrl": "https://github.com/contoso/plugins",
        "credentials": {"authMethod": "pat", "pat": "s3cret"}}});
    let created = client
        .post(&marketplaces, marketplace.clone())
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(created["spec"]["credentials"], json!({"authMethod": "pat"}));
    assert_eq!(
        client.get(&marketplaces).await.body["value"],
        json!([created])
    );
    client
        .post(&marketplaces, marketplace.clone())
        .await
        .expect(StatusCode::OK);
    client
        .emulator
        .change_profile(|profile| profile.plugin_conflicts = true);
    assert_eq!(client.post(&marketplaces, marketplace).await.status, 409);

    let install = |name: &str, source: Value| json!({"metadata": {"name": name}, "spec": {"plugin": name, "marketplace": source}});
    for (name, source) in [("datadog", json!("contoso")), ("dynatrace", json!("other"))] {
        let body = install(name, source);
        client
            .post(&installations, body)
            .await
            .expect(StatusCode::CREATED);
    }
    assert_eq!(skills(&client).await, ["datadog", "dynatrace"]);
    let one = format!("{marketplaces}/contoso");
    client
        .delete(&format!("{one}?deleteInstallations=true"))
        .await
        .expect(StatusCode::NO_CONTENT);
    assert_eq!(client.get(&one).await.code(), "NotFound");
    assert_eq!(skills(&client).await, ["dynatrace"]);
    let left = format!("{installations}/Dynatrace");
    assert_eq!(
        client.get(&left).await.body["metadata"]["name"],
        "dynatrace"
    );
    assert_eq!(client.delete(&left).await.status, 204);
    assert_eq!(client.delete(&left).await.status, 404);
    assert!(skills(&client).await.is_empty());
}

#[tokio::test]
async fn a_plugin_is_installed_by_its_address() {
    let client = Client::with_agent(Profile::default()).await;
    let direct = plugins(&client, "install-direct").await;
    let body =
        json!({"sourceUrl": "https://github.com/contoso/plugins", "pathInRepo": "plugins/jira"});
    let installed = client.post(&direct, body).await.expect(StatusCode::CREATED);
    assert_eq!(installed["metadata"]["name"], "jira");
    assert_eq!(skills(&client).await, ["jira"]);
    let own = client.data_plane("/api/v2/extendedAgent/skills/mine").await;
    let skill = json!({"type": "Skill", "properties": {"skillContent": "x".repeat(50)}});
    client.put(&own, skill).await.expect(StatusCode::CREATED);
    for (body, status) in [
        (
            json!({"sourceUrl": "https://github.com/contoso/mine.git"}),
            409,
        ),
        (json!({"sourceUrl": "contoso/mine"}), 400),
    ] {
        assert_eq!(client.post(&direct, body).await.status, status);
    }
    let installations = plugins(&client, "installations").await;
    assert_eq!(
        client
            .post(&installations, json!({"spec": {}}))
            .await
            .status,
        400
    );
    assert_eq!(
        client.get(&installations).await.body["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
