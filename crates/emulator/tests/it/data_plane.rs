//! The data plane's objects, its readiness, and its authorization.

use emulator::Profile;
use emulator::profile::{Accept, MissingType, Role};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

const LONG: &str = "Compare the last hour with the same hour of yesterday, then report.";

fn prompt(text: &str) -> Value {
    json!({"name": "safety", "type": "CommonPrompt", "tags": [], "properties": {"prompt": text}})
}

async fn prompts(client: &Client) -> String {
    client
        .data_plane("/api/v2/extendedAgent/commonprompts")
        .await
}

#[tokio::test]
async fn tags_of_all_but_subagents_are_lost() {
    for (silent_drops, kept) in [(true, json!(null)), (false, json!(["t"]))] {
        let client = Client::with_agent(Profile {
            silent_drops,
            ..Profile::default()
        })
        .await;
        let prompt = format!("{}/safety", prompts(&client).await);
        let body = json!({"name": "safety", "type": "CommonPrompt", "tags": ["t"], "properties": {"prompt": "one"}});
        client.put(&prompt, body).await.expect(StatusCode::CREATED);
        let stored = client.get(&prompt).await.expect(StatusCode::OK);
        assert_eq!(stored["tags"], kept);
        let subagent = client.data_plane("/api/v2/extendedAgent/agents/Db").await;
        let body = json!({"name": "Db", "type": "ExtendedAgent", "tags": ["t"], "properties": {"instructions": LONG, "handoffs": []}});
        let stored = client
            .put(&subagent, body)
            .await
            .expect(StatusCode::ACCEPTED);
        assert_eq!(stored["tags"], json!(["t"]));
    }
}

#[tokio::test]
async fn object_is_created_read_patched_listed_and_deleted() {
    let client = Client::with_agent(Profile {
        silent_drops: false,
        ..Profile::default()
    })
    .await;
    let list = prompts(&client).await;
    let object = format!("{list}/safety");
    let created = client
        .put(&object, prompt("one"))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(
        created,
        json!({"name": "safety", "type": "CommonPrompt", "tags": [], "owner": "", "properties": {"prompt": "one"}})
    );
    let exact: Value =
        serde_json::from_str(r#"{"tags": ["t"], "properties": {"note": 1.50}}"#).unwrap();
    let patched = client.patch(&object, exact).await.expect(StatusCode::OK);
    assert_eq!(
        patched["properties"].to_string(),
        r#"{"prompt":"one","note":1.50}"#
    );
    assert_eq!(patched["tags"], json!(["t"]));
    let listed = client.get(&list).await.expect(StatusCode::OK);
    assert_eq!(listed, json!({"value": [patched], "nextLink": null}));
    assert_eq!(
        client.get(&format!("{list}?search=SAF")).await.body["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        client.get(&format!("{list}?search=x")).await.body["value"],
        json!([])
    );
    assert_eq!(client.delete(&object).await.status, 204);
    let missing = client.delete(&object).await;
    assert_eq!((missing.status, missing.code()), (404, "NotFound"));
    assert_eq!(client.get(&object).await.status, 404);
    assert_eq!(client.patch(&object, json!({})).await.status, 404);
}

#[tokio::test]
async fn put_of_a_subagent_is_accepted_rather_than_created() {
    let client = Client::with_agent(Profile::default()).await;
    let object = client.data_plane("/api/v2/extendedAgent/agents/Db").await;
    let body = json!({"name": "Db", "type": "ExtendedAgent", "properties": {"instructions": LONG, "description": "lost", "handoffs": []}});
    for _ in 0..2 {
        let stored = client
            .put(&object, body.clone())
            .await
            .expect(StatusCode::ACCEPTED);
        assert_eq!(stored["name"], "Db");
        assert_eq!(stored["properties"]["tools"], json!([]));
        assert_eq!(stored["properties"]["model"], Value::Null);
        assert_eq!(stored["properties"].get("description"), None);
    }
}

#[rstest]
#[case::default(MissingType::HooksAndPrompts, "commonprompts", None, false)]
#[case::lenient(MissingType::Accepted, "commonprompts", None, true)]
#[case::other_kind(MissingType::HooksAndPrompts, "plugins", None, true)]
#[case::strict(MissingType::Refused, "plugins", None, false)]
#[case::wrong(MissingType::Accepted, "plugins", Some("Tool"), false)]
#[case::right(MissingType::Refused, "plugins", Some("Plugin"), true)]
#[tokio::test]
async fn envelope_types_are_checked(
    #[case] missing_type: MissingType,
    #[case] route: &str,
    #[case] sent: Option<&str>,
    #[case] accepted: bool,
) {
    let client = Client::with_agent(Profile {
        missing_type,
        ..Profile::default()
    })
    .await;
    let object = client
        .data_plane(&format!("/api/v2/extendedAgent/{route}/a"))
        .await;
    let mut body = json!({"properties": {"prompt": "p"}});
    if let Some(sent) = sent {
        body["type"] = json!(sent);
    }
    let reply = client.put(&object, body).await;
    if accepted {
        assert_eq!(reply.status, 201, "{}", reply.body);
    } else {
        assert_eq!((reply.status, reply.code()), (400, "InvalidObjectType"));
    }
}

#[tokio::test]
async fn new_data_plane_starts_slowly_and_roles_take_effect_later() {
    let profile = Profile {
        starting_requests: 2,
        starting_status: 404,
        forbidden_requests: 1,
        ..Profile::default()
    };
    let client = Client::with_agent(profile).await;
    let list = prompts(&client).await;
    for _ in 0..2 {
        let reply = client.get(&list).await;
        assert_eq!(reply.status, 404);
        assert_eq!(reply.code(), "", "not the API's own 404: {}", reply.body);
    }
    assert_eq!(client.get(&list).await.status, 403);
    assert_eq!(client.get(&list).await.status, 200);
}

#[tokio::test]
async fn requests_outside_the_api_reach_the_portal() {
    let client = Client::with_agent(Profile::default()).await;
    let unknown = client.data_plane("/api/v2/unheard").await;
    let page = client.get(&unknown).await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(client.put(&unknown, json!({})).await.status, 405);
    assert!(
        client
            .emulator
            .requests()
            .iter()
            .rev()
            .take(2)
            .all(|request| request.unknown_route)
    );

    let list = prompts(&client).await;
    let marked = client
        .request(Method::PUT, &format!("{list}/a"))
        .body(format!("\u{feff}{}", prompt("p")));
    assert_eq!(marked.send().await.unwrap().status(), 405);
    let with_accept = async |accept: &str| {
        let mut request = client.request(Method::GET, &list).build().unwrap();
        let headers = request.headers_mut();
        headers.remove("accept");
        if !accept.is_empty() {
            headers.insert("accept", accept.parse().unwrap());
        }
        Reply::of(reqwest::Client::new().execute(request).await.unwrap())
            .await
            .body
    };
    assert!(with_accept("*/*").await.is_object());
    assert!(
        with_accept("text/html,application/xml;q=0.9,*/*;q=0.8")
            .await
            .is_string()
    );
    client
        .emulator
        .change_profile(|profile| profile.accept = Accept::Json);
    assert!(with_accept("*/*").await.is_string());
    assert!(client.get(&list).await.body.is_object());
}

#[rstest]
#[case::reader_reads(Role::Reader, Method::GET, "../v1/agentmemory/files", 200)]
#[case::reader_sees_no_subagents(Role::Reader, Method::GET, "extendedAgent/agents", 403)]
#[case::reader_sees_no_tasks(Role::Reader, Method::GET, "../v1/scheduledtasks", 403)]
#[case::nobody_reads(Role::None, Method::GET, "extendedAgent/commonprompts", 403)]
#[case::author_writes(Role::Author, Method::PUT, "extendedAgent/commonprompts/a", 201)]
#[case::author_adds_repositories(Role::Author, Method::PUT, "repos/a", 201)]
#[case::author_keeps_no_knowledge(Role::Author, Method::GET, "../v1/agentmemory/files", 403)]
#[case::author_has_no_tasks(Role::Author, Method::GET, "../v1/scheduledtasks", 403)]
#[case::author_connects(Role::Author, Method::PUT, "connectorV2/connections/jira", 201)]
#[case::user_has_tasks(Role::User, Method::DELETE, "../v1/scheduledtasks/a", 404)]
#[case::user_writes_no_subagents(Role::User, Method::PUT, "extendedAgent/agents/a", 403)]
#[case::user_adds_no_repositories(Role::User, Method::PUT, "repos/a", 403)]
#[case::user_writes_no_configuration(Role::User, Method::PUT, "extendedAgent/commonprompts/a", 403)]
#[tokio::test]
async fn roles_limit_what_callers_may_do(
    #[case] role: Role,
    #[case] method: Method,
    #[case] path: &str,
    #[case] status: u16,
) {
    let client = Client::with_agent(Profile {
        role,
        ..Profile::default()
    })
    .await;
    let url = client.data_plane(&format!("/api/v2/{path}")).await;
    let body = json!({"type": if path.starts_with("repos") { "CodeRepo" } else { "CommonPrompt" },
        "properties": {"prompt": "p", "url": "https://github.com/contoso/shop"}});
    let request = || client.request(method.clone(), &url).json(&body);
    let reply = Reply::of(request().send().await.unwrap()).await;
    assert_eq!(reply.status, status, "{}", reply.body);
    if status == 403 {
        assert_eq!(reply.code(), "Forbidden");
        client
            .emulator
            .change_profile(|profile| profile.empty_forbidden = true);
        assert_eq!(
            Reply::of(request().send().await.unwrap()).await.body,
            Value::Null
        );
    }
}

#[tokio::test]
async fn deleting_an_agent_deletes_its_objects_and_its_address() {
    let client = Client::with_agent(Profile::default()).await;
    let list = prompts(&client).await;
    client
        .put(&format!("{list}/safety"), prompt("p"))
        .await
        .expect(StatusCode::CREATED);
    let handler = client
        .data_plane("/api/v1/incidentPlayground/handlers/one")
        .await;
    client
        .put(&handler, json!({"incidentFilterId": "one"}))
        .await
        .expect(StatusCode::CREATED);
    client.delete(AGENT).await.expect(StatusCode::ACCEPTED);
    let gone = client.get(&list).await;
    assert_eq!(gone.status, 404);
    assert!(gone.body.is_string(), "no JSON: there is no API any more");
    let left: Vec<String> = client
        .emulator
        .state()
        .unwrap()
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| key.starts_with("object/") || key.starts_with("item/"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    client
        .put(AGENT, json!({"location": "swedencentral"}))
        .await;
    assert_eq!(
        client.get(&prompts(&client).await).await.body["value"],
        json!([])
    );
}

#[tokio::test]
async fn a_repository_is_cloned_after_some_reads() {
    let client = Client::with_agent(Profile {
        clone_polls: 2,
        ..Profile::default()
    })
    .await;
    let repo = client.data_plane("/api/v2/repos/shop-api").await;
    let body =
        json!({"properties": {"url": "https://github.com/contoso/shop-api", "type": "GitHub"}});
    let created = client
        .put(&repo, body.clone())
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(created["type"], "CodeRepo");
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(client.get(&repo).await.body["properties"]["cloneStatus"].clone());
    }
    assert_eq!(seen, ["NotStarted", "NotStarted", "Ready"]);
    let tested = client
        .post(&format!("{repo}/test"), json!({}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(tested["success"], true);
    let nowhere = client.data_plane("/api/v2/repos/nowhere").await;
    let properties = json!({"url": "https://git.contoso.invalid/shop", "type": "GitHub"});
    let nowhere_body = json!({"name": "nowhere", "type": "CodeRepo", "properties": properties});
    client
        .put(&nowhere, nowhere_body)
        .await
        .expect(StatusCode::CREATED);
    let tested = client.post(&format!("{nowhere}/test"), json!({})).await;
    let tested = tested.expect(StatusCode::OK);
    assert_eq!(
        (&tested["success"], &tested["status"]),
        (&json!(false), &json!("Failed"))
    );
    client
        .request(reqwest::Method::DELETE, &nowhere)
        .send()
        .await
        .unwrap();
    let list = client
        .get(&client.data_plane("/api/v2/repos/").await)
        .await
        .expect(StatusCode::OK);
    assert_eq!(list["value"].as_array().unwrap().len(), 1);

    client
        .emulator
        .change_profile(|profile| profile.repo_put_405 = true);
    let other = client.data_plane("/api/v2/repos/other").await;
    assert_eq!(client.put(&other, body).await.status, 405);
    assert_eq!(client.get(&other).await.status, 200);
    let short = client
        .put(&other, json!({"properties": {"url": "contoso/shop"}}))
        .await;
    assert_eq!(short.status, 400);
}

#[tokio::test]
async fn knowledge_connectors_keep_their_type_and_appear_on_arm() {
    let client = Client::with_agent(Profile::default()).await;
    let object = client
        .data_plane("/api/v2/extendedAgent/connectors/runbook.md")
        .await;
    let body = json!({"name": "runbook.md", "type": "KnowledgeItem", "properties": {"dataConnectorType": "KnowledgeText", "dataSource": "n/a",
        "extendedProperties": {"displayName": "Runbook", "content": "x"}}});
    client.put(&object, body).await.expect(StatusCode::OK);
    assert_eq!(client.get(&object).await.body["type"], "KnowledgeItem");
    let listed = client.get(&format!("{AGENT}/DataConnectors")).await.body;
    assert_eq!(listed["value"][0]["name"], "runbook.md");
}

#[tokio::test]
async fn dry_run_validates_and_stores_nothing() {
    let client = Client::with_agent(Profile::default()).await;
    let agent = client.data_plane("/api/v2/extendedAgent/agents/db").await;
    let dry = format!("{agent}?dryRun=true");
    let body = |instructions: &str| json!({"name": "db", "type": "ExtendedAgent", "properties": {"instructions": instructions}});
    let long = "Look at the database first, then at everything that calls it.";
    let shown = client.put(&dry, body(long)).await.expect(StatusCode::OK);
    assert_eq!(shown["properties"]["instructions"], long);
    assert_eq!(client.get(&agent).await.status, 404);
    assert_eq!(
        client.put(&dry, body("short")).await.code(),
        "ValidationFailure"
    );
}

#[tokio::test]
async fn name_in_a_body_must_match_the_path() {
    let client = Client::with_agent(Profile::default()).await;
    let repository = client.data_plane("/api/v2/repos/shop").await;
    let body = |name: &str| json!({"name": name, "type": "CodeRepo", "properties": {"url": "https://github.com/contoso/shop"}});
    let other = client.put(&repository, body("other")).await;
    assert_eq!((other.status, other.code()), (400, "ObjectNameMismatch"));
    client
        .put(&repository, body("Shop"))
        .await
        .expect(StatusCode::CREATED);
    let shown = client.get(&repository).await.body;
    let properties = &shown["properties"];
    assert_eq!(properties["cloneStatus"], "Ready");
    assert_eq!(properties["errorMessage"], Value::Null);
    assert_eq!(properties["latestCommit"].as_str().map(str::len), Some(40));
}
