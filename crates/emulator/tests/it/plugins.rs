//! Plugins and their marketplaces.

use emulator::Profile;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, Reply};

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
async fn deleting_a_marketplace_can_delete_its_installations() {
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
        .expect(StatusCode::ACCEPTED);
    assert_eq!(client.get(&one).await.code(), "NotFound");
    assert_eq!(skills(&client).await, ["dynatrace"]);
    let left = format!("{installations}/Dynatrace");
    assert_eq!(
        client.get(&left).await.body["metadata"]["name"],
        "dynatrace"
    );
    assert_eq!(client.delete(&left).await.status, 202);
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

#[tokio::test]
async fn marketplace_is_cloned_after_some_reads_and_offers_its_plugins() {
    let client = Client::with_agent(Profile {
        clone_polls: 1,
        ..Profile::default()
    })
    .await;
    let marketplaces = plugins(&client, "marketplaces").await;
    let body = |name: &str, source: &str| json!({"metadata": {"name": name}, "spec": {"sourceType": "github", "sourceUrl": source, "owner": {"name": "contoso"}}});
    let made = client
        .post(
            &marketplaces,
            body("Contoso", "https://github.com/contoso/plugins"),
        )
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(made["spec"]["cloneStatus"], "Cloning");
    let one = format!("{marketplaces}/contoso");
    for status in ["Cloning", "Ready", "Ready"] {
        let shown = client.get(&one).await.body;
        assert_eq!(shown["spec"]["cloneStatus"], status);
        assert_eq!(shown.get("looks"), None);
    }
    let wrong = body("wrong", "contoso/plugins");
    client
        .post(&marketplaces, wrong)
        .await
        .expect(StatusCode::CREATED);
    let wrong = format!("{marketplaces}/wrong");
    client.get(&wrong).await;
    let shown = client.get(&wrong).await.body;
    assert_eq!(shown["spec"]["cloneStatus"], "Failed");
    assert!(shown["spec"]["cloneError"].is_string());

    let install = format!("{one}/plugins/jira/install");
    let url = client.request(reqwest::Method::POST, &install);
    let installed = Reply::of(url.send().await.unwrap()).await;
    let installed = installed.expect(StatusCode::CREATED);
    let spec = json!({"marketplaceName": "contoso", "pluginName": "jira", "importedSkills": [{"skillName": "jira"}]});
    assert_eq!(installed["spec"], spec);
    assert_eq!(skills(&client).await, ["jira"]);
    let nowhere = format!("{marketplaces}/other/plugins/jira/install");
    assert_eq!(client.post(&nowhere, json!({})).await.status, 404);
}
