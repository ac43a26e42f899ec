//! The first version of the extended agent, and the forms of lists.

use emulator::Profile;
use emulator::profile::ListShape;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

const AGENT_YAML: &str = "
api_version: azuresre.ai/v1
kind: AgentConfiguration
spec:
  name: db
  system_prompt: |
    You investigate database incidents, and quote the evidence.
  handoff_description: Database problems
  handoffs: []
  enable_skills: true
  temperature: 0.2
  mcp_tools: [dynatrace/*]
";
const TOOLS_YAML: &str = "
api_version: azuresre.ai/v1
kind: ToolList
spec:
  tools:
    - name: orders
      type: PythonFunctionTool
      description: Orders of a day
      function_code: 'def main(day): return day'
      parameters: [{name: day, type: string, required: true}]
    - name: links
      type: LinkTool
      template: https://contoso.com/{id}
";

async fn apply(client: &Client, media: &str, text: &str) -> Reply {
    let url = client.data_plane("/api/v1/extendedAgent/apply").await;
    let request = client
        .request(Method::PUT, &url)
        .header("content-type", media)
        .body(text.to_owned());
    Reply::of(request.send().await.unwrap()).await
}

async fn get(client: &Client, path: &str) -> Value {
    client
        .get(&client.data_plane(path).await)
        .await
        .expect(StatusCode::OK)
}

#[tokio::test]
async fn applied_documents_become_objects_of_the_second_version() {
    let client = Client::with_agent(Profile::default()).await;
    apply(&client, "application/x-yaml", AGENT_YAML)
        .await
        .expect(StatusCode::ACCEPTED);
    let agent = get(&client, "/api/v2/extendedAgent/agents/db").await;
    let properties = &agent["properties"];
    assert_eq!(agent["type"], "ExtendedAgent");
    assert!(
        properties["instructions"]
            .as_str()
            .unwrap()
            .starts_with("You investigate")
    );
    assert_eq!(
        (
            &properties["enableSkills"],
            &properties["temperature"],
            &properties["mcpTools"]
        ),
        (&json!(true), &json!(0.2), &json!(["dynatrace/*"]))
    );
    assert_eq!(
        get(&client, "/api/v1/extendedAgent/agents").await["value"],
        json!([agent])
    );

    apply(&client, "text/yaml; charset=utf-8", TOOLS_YAML)
        .await
        .expect(StatusCode::ACCEPTED);
    let tool = get(&client, "/api/v2/extendedAgent/tools/orders").await;
    assert_eq!(
        tool["properties"]["functionCode"],
        "def main(day): return day"
    );
    let page = get(&client, "/api/v1/extendedAgent/tools?page=2&limit=1").await;
    assert_eq!(page["data"]["tools"]["data"][0]["name"], "orders");
    assert_eq!(page["data"]["tools"]["total"], 2);
    let url = client
        .data_plane("/api/v1/extendedAgent/tools/Orders")
        .await;
    assert_eq!(client.delete(&url).await.status, 204);
    assert_eq!(client.delete(&url).await.status, 404);
}

#[rstest]
#[case::json("application/json", "{}", 415)]
#[case::no_yaml("text/yaml", "a: [", 400)]
#[case::other_kind("text/yaml", "kind: ExtendedAgent\nspec: {name: a}", 400)]
#[case::short(
    "text/yaml",
    "kind: AgentConfiguration\nspec: {name: a, system_prompt: x}",
    500
)]
#[case::nameless("text/yaml", "kind: AgentConfiguration\nspec: {system_prompt: x}", 400)]
#[tokio::test]
async fn documents_that_cannot_be_applied_are_refused(
    #[case] media: &str,
    #[case] text: &str,
    #[case] status: u16,
) {
    let client = Client::with_agent(Profile::default()).await;
    assert_eq!(apply(&client, media, text).await.status, status);
    assert_eq!(
        get(&client, "/api/v2/extendedAgent/agents").await["value"],
        json!([])
    );
}

#[tokio::test]
async fn pages_of_subagents_tools_and_connectors_differ_in_form() {
    let client = Client::with_agent(Profile::default()).await;
    apply(&client, "application/x-yaml", AGENT_YAML).await;
    let page = get(&client, "/api/v1/extendedAgent/agents?page=1&limit=10").await;
    assert_eq!(
        (&page["data"][0]["name"], &page["total"]),
        (&json!("db"), &json!(1))
    );
    let connector = client
        .data_plane("/api/v2/extendedAgent/connectors/logs")
        .await;
    let body = json!({"type": "AgentConnector", "properties": {"dataConnectorType": "Kusto"}});
    client.put(&connector, body).await.expect(StatusCode::OK);
    assert_eq!(
        get(&client, "/api/v1/extendedAgent/dataconnectors").await,
        json!([{"name": "logs", "connectorType": "Kusto"}])
    );
    let tools = get(
        &client,
        "/api/v1/extendedAgent/systemtools?stableOnly=false",
    )
    .await;
    assert!(
        tools
            .as_array()
            .unwrap()
            .iter()
            .any(|tool| tool["name"] == "SearchMemory")
    );
}

#[tokio::test]
async fn skills_outside_the_extended_agent_are_stored_as_files() {
    let client = Client::with_agent(Profile::default()).await;
    let skills = client.data_plane("/api/v2/agent/skills").await;
    let skill = json!({"name": "Triage", "description": "d", "content": "ignored",
        "files": [{"fileName": "SKILL.md", "filePath": "SKILL.md", "content": "# Triage"}]});
    client
        .post(&skills, skill.clone())
        .await
        .expect(StatusCode::CREATED);
    client.post(&skills, skill).await.expect(StatusCode::OK);
    assert_eq!(
        client.post(&skills, json!({"name": "Empty"})).await.code(),
        "ValidationFailure"
    );
    let listed = client.get(&format!("{skills}?limit=200")).await.body;
    assert_eq!(
        listed["value"],
        json!([{"name": "Triage", "description": "d"}])
    );
    let file = format!("{skills}/triage/files/SKILL.md");
    assert_eq!(client.get(&file).await.status, 404);
    let one = format!("{skills}/triage");
    assert_eq!(client.get(&one).await.status, 200);
    assert_eq!(client.delete(&one).await.status, 204);
    assert_eq!(client.delete(&one).await.status, 404);
}

#[tokio::test]
async fn flags_are_experimental_settings() {
    let client = Client::with_agent(Profile::default()).await;
    let flag = "/api/v1/Feature/status/enableV2AgentLoop";
    assert_eq!(get(&client, flag).await, json!({"enabled": false}));
    let settings = json!({"properties": {"experimentalSettings": {"EnableV2AgentLoop": true}}});
    client.patch(AGENT, settings).await.expect(StatusCode::OK);
    assert_eq!(get(&client, flag).await, json!({"enabled": true}));
}

#[rstest]
#[case("/api/v1/extendedAgent/skills")]
#[case("/api/v2/extendedAgent/skills")]
#[case("/api/v2/repos")]
#[tokio::test]
async fn older_builds_list_without_an_envelope(#[case] path: &str) {
    let client = Client::with_agent(Profile::default()).await;
    assert_eq!(
        get(&client, path).await,
        json!({"value": [], "nextLink": null})
    );
    client
        .emulator
        .change_profile(|profile| profile.lists = ListShape::Bare);
    assert_eq!(get(&client, path).await, json!([]));
}
