//! What general clients request from ARM before they use agents: clouds, tenants, subscriptions,
//! groups, the provider and its versions.

use emulator::Profile;
use emulator::profile::{Role, UnknownMembers};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

const GROUP: &str = "/subscriptions/s/resourceGroups/rg";

/// Sends a request to ARM without a token.
async fn anonymous(client: &Client, path: &str) -> Reply {
    let url = client.emulator.url() + path;
    Reply::of(reqwest::get(url).await.unwrap()).await
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["value"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn cloud_metadata_needs_no_token() {
    let client = Client::new(Profile::default()).await;
    let path = |version: &str| format!("/metadata/endpoints?api-version={version}");
    let newest = anonymous(&client, &path("2022-09-01")).await;
    let newest = newest.expect(StatusCode::OK);
    assert_eq!(newest["resourceManager"], json!(client.emulator.url()));
    assert_eq!(
        newest["authentication"]["loginEndpoint"],
        json!(client.emulator.url())
    );
    let audience = newest["authentication"]["audiences"][0].as_str().unwrap();
    assert_eq!(audience, client.emulator.url() + "/");
    let older = anonymous(&client, &path("2019-05-01")).await.body;
    assert_eq!(older, json!([newest]));
    let oldest = anonymous(&client, &path("2015-01-01")).await.body;
    assert_eq!(oldest["authentication"], newest["authentication"]);
    assert_eq!(
        anonymous(&client, "/metadata/endpoints").await.code(),
        "MissingApiVersionParameter"
    );
}

#[tokio::test]
async fn tenants_and_subscriptions_are_listed() {
    let client = Client::with_agent(Profile::default()).await;
    let tenants = client.get("/tenants?api-version=2022-12-01").await.body;
    let tenant = &client.emulator.addresses().tenant_id;
    assert_eq!(tenants["value"][0]["tenantId"], json!(tenant));

    let list = client.get("/subscriptions?api-version=2022-12-01").await;
    let list = list.expect(StatusCode::OK);
    let ids: Vec<&Value> = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subscription| &subscription["subscriptionId"])
        .collect();
    assert_eq!(ids, ["00000000-0000-0000-0000-000000000000", "s"]);
    assert_eq!(list["value"][1]["state"], "Enabled");
    assert_eq!(list["value"][1]["tenantId"], json!(tenant));
    let one = client.get("/subscriptions/s?api-version=2022-12-01").await;
    assert_eq!(one.body, list["value"][1]);
}

#[tokio::test]
async fn group_exists_once_it_is_created_or_used() {
    let client = Client::new(Profile::default()).await;
    assert_eq!(client.get(GROUP).await.code(), "ResourceGroupNotFound");
    let group = json!({"location": "swedencentral", "tags": {"a": "1", "b": "2"}});
    client.put(GROUP, group).await.expect(StatusCode::CREATED);
    let change = json!({"tags": {"a": null, "c": "3"}});
    let patched = client.patch(GROUP, change).await.expect(StatusCode::OK);
    assert_eq!(patched["tags"], json!({"b": "2", "c": "3"}));
    let head = client.request(Method::HEAD, GROUP).send().await.unwrap();
    assert_eq!(head.status(), 204);

    client
        .put(AGENT, json!({"location": "swedencentral"}))
        .await;
    let other = AGENT.replace("/rg/", "/RG-2/");
    client
        .put(&other, json!({"location": "swedencentral"}))
        .await;
    let list = client.get("/subscriptions/s/resourceGroups").await.body;
    assert_eq!(names(&list), ["rg", "RG-2"]);

    client.delete(GROUP).await.expect(StatusCode::OK);
    assert_eq!(client.get(AGENT).await.status, 404, "it was inside");
    assert_eq!(client.get(&other).await.status, 200);
    assert_eq!(client.delete(GROUP).await.code(), "ResourceGroupNotFound");
}

#[rstest]
#[case("", &["db", "shop"])]
#[case("&$filter=resourceGroup eq 'RG-2'", &["db"])]
#[case("&$filter=resourceType eq 'Microsoft.App/agents' and name eq 'shop'", &["shop"])]
#[case("&$filter=tagName eq 'env' and tagValue eq 'it''s'", &["shop"])]
#[case("&$filter=resourceType eq 'Microsoft.Web/sites'", &[])]
#[tokio::test]
async fn agents_are_listed_as_resources(#[case] filter: &str, #[case] expected: &[&str]) {
    let client = Client::new(Profile::default()).await;
    let tagged = json!({"location": "swedencentral", "tags": {"env": "it's"}});
    client.put(AGENT, tagged).await;
    let other = "/subscriptions/s/resourceGroups/rg-2/providers/Microsoft.App/agents/db";
    client
        .put(other, json!({"location": "swedencentral"}))
        .await;
    let path = format!("/subscriptions/s/resources?api-version=2024-11-01{filter}");
    let list = client.get(&path).await.expect(StatusCode::OK);
    assert_eq!(names(&list), expected);
    for item in list["value"].as_array().unwrap() {
        assert_eq!(item["type"], "Microsoft.App/agents");
        assert_eq!(item.get("properties"), None);
    }
}

#[tokio::test]
async fn unsupported_filter_is_refused() {
    let client = Client::new(Profile::default()).await;
    let path = "/subscriptions/s/resources?$filter=substringof('a', name)";
    assert_eq!(client.get(path).await.code(), "InvalidFilterInQueryString");
}

#[tokio::test]
async fn provider_lists_the_versions_of_its_types() {
    let client = Client::new(Profile::default()).await;
    let provider = client
        .get("/subscriptions/s/providers/Microsoft.App?api-version=2022-09-01")
        .await
        .expect(StatusCode::OK);
    let versions = |name: &str| {
        let types = provider["resourceTypes"].as_array().unwrap();
        let found = types.iter().find(|known| known["resourceType"] == name);
        found.unwrap()["apiVersions"].clone()
    };
    assert_eq!(
        versions("agents"),
        json!(["2026-01-01", "2025-05-01-preview"])
    );
    assert_eq!(versions("agents/connectors"), versions("agents"));
    assert_eq!(versions("agents/skills"), json!(["2025-05-01-preview"]));
    assert_eq!(versions("agents/DataConnectors"), versions("agents/skills"));
}

#[rstest]
#[case::route_first(
    "/subscriptions/s/providers/Microsoft.Web/sites?api-version=1999-01-01",
    404
)]
#[case::no_version("/subscriptions?x=api-version", 400)]
#[case::unknown_version(
    "/subscriptions/s/providers/Microsoft.App/agents?api-version=2026-07-01",
    400
)]
#[tokio::test]
async fn version_is_checked_after_the_type(#[case] path: &str, #[case] status: u16) {
    let client = Client::new(Profile::default()).await;
    assert_eq!(client.get(path).await.status, status);
}

#[rstest]
#[case("usages")]
#[case("DataConnectors")]
#[case("DataConnectors/a")]
#[tokio::test]
async fn typed_version_lacks_preview_types(#[case] below: &str) {
    let client = Client::with_agent(Profile::default()).await;
    let path = format!("{AGENT}/{below}");
    assert_ne!(client.get(&path).await.code(), "InvalidResourceType");
    let typed = client.get(&format!("{path}?api-version=2026-01-01")).await;
    assert_eq!(typed.code(), "InvalidResourceType");
    let connectors = format!("{AGENT}/connectors?api-version=2026-01-01");
    assert_eq!(client.get(&connectors).await.status, 200);
}

#[tokio::test]
async fn version_drops_unknown_members() {
    let client = Client::new(Profile::default()).await;
    let typed = format!("{AGENT}?api-version=2026-01-01");
    let body = json!({"location": "swedencentral", "properties": {
        "monthlyAgentUnitLimit": 5,
        "upgradeChannel": "Preview",
        "logConfiguration": {"applicationInsightsConfiguration": {"appId": "a", "applicationInsightsResourceId": "/x"}},
    }});
    client.put(&typed, body.clone()).await;
    let stored = client.get(AGENT).await.body;
    assert_eq!(stored["properties"].get("monthlyAgentUnitLimit"), None);
    assert_eq!(stored["properties"]["upgradeChannel"], "Preview");
    assert_eq!(
        stored["properties"]["logConfiguration"],
        json!({"applicationInsightsConfiguration": {"appId": "a"}})
    );

    client.put(AGENT, body.clone()).await;
    assert_eq!(
        client.get(AGENT).await.body["properties"]["monthlyAgentUnitLimit"],
        5
    );
    let shown = client.get(&typed).await.body;
    assert_eq!(shown["properties"].get("monthlyAgentUnitLimit"), None);

    let set = |members| {
        client
            .emulator
            .change_profile(|profile| profile.unknown_members = members);
    };
    set(UnknownMembers::Refused);
    let refused = client.put(&typed, body).await;
    assert_eq!(refused.code(), "InvalidRequestContent");
    let network = json!({"properties": {"sandboxConfiguration": {"packages": []}}});
    assert_eq!(client.patch(&typed, network.clone()).await.status, 400);
    set(UnknownMembers::Kept);
    client.patch(&typed, network).await.expect(StatusCode::OK);
    let shown = client.get(&typed).await.body;
    assert_eq!(
        shown["properties"]["sandboxConfiguration"]["packages"],
        json!([])
    );
}

#[rstest]
#[case(Role::Administrator, "*/write", true)]
#[case(Role::Author, "extendedAgents/write", true)]
#[case(Role::Author, "memory/write", false)]
#[case(Role::Reader, "threads/read", true)]
#[case(Role::Reader, "threads/write", false)]
#[tokio::test]
async fn permissions_are_those_of_the_role(
    #[case] role: Role,
    #[case] action: &str,
    #[case] is_listed: bool,
) {
    let profile = Profile {
        role,
        ..Profile::default()
    };
    let client = Client::with_agent(profile).await;
    for scope in [GROUP, AGENT] {
        let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
        let list = client.get(&format!("{path}?api-version=2022-04-01")).await;
        let entry = &list.expect(StatusCode::OK)["value"][0];
        assert_eq!(entry["actions"], json!(["*"]));
        let actions = entry["dataActions"].as_array().unwrap();
        let action = json!(format!("Microsoft.App/agents/{action}"));
        assert_eq!(actions.contains(&action), is_listed, "{actions:?}");
    }
}
