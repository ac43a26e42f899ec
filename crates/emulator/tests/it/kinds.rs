//! What the service refuses and rewrites, for each kind.

use emulator::Profile;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

const LONG: &str = "Compare the last hour with the same hour of yesterday, then report.";

async fn put(client: &Client, route: &str, object_type: &str, properties: Value) -> Reply {
    let url = client
        .data_plane(&format!("/api/v2/extendedAgent/{route}/one"))
        .await;
    client
        .put(
            &url,
            json!({"name": "one", "type": object_type, "properties": properties}),
        )
        .await
}

#[rstest]
#[case::short_skill("skills", "Skill", json!({"skillContent": "short"}), "50 characters")]
#[case::skill_content("skills", "Skill", json!({"content": LONG, "skillContent": LONG}), "'content'")]
#[case::skill_tools_null("skills", "Skill", json!({"tools": null, "skillContent": LONG}), "array")]
#[case::short_instructions("agents", "ExtendedAgent", json!({"instructions": "x"}), "50 characters")]
#[case::null_handoffs("agents", "ExtendedAgent", json!({"instructions": LONG, "handoffs": null}), "Handoffs cannot be null")]
#[case::unknown_handoff("agents", "ExtendedAgent", json!({"instructions": LONG, "handoffs": ["nobody"]}), "Handoff agent 'nobody' does not exist.")]
#[case::tool_type("tools", "Tool", json!({"type": "LinkTool"}), "ExtendedAgentTool")]
#[case::tool_timeout("tools", "ExtendedAgentTool", json!({"timeoutSeconds": 901}), "between 5 and 900")]
#[case::cron("scheduledtasks", "ScheduledTask", json!({"cronExpression": "0 7 * *", "agentPrompt": "p"}), "cron")]
#[case::hook_event("hooks", "GlobalHook", json!({"hook": {"prompt": "p"}}), "eventType")]
#[case::hook_command("hooks", "GlobalHook", json!({"eventType": "Stop", "hook": {"type": "command", "command": "c", "script": "s"}}), "exactly one")]
#[case::hook_matcher("hooks", "GlobalHook", json!({"eventType": "PostToolUse", "hook": {"prompt": "p"}}), "matcher")]
#[case::hook_timeout("hooks", "GlobalHook", json!({"eventType": "Stop", "hook": {"prompt": "p", "timeout": 0}}), "timeout")]
#[case::hook_rejections("hooks", "GlobalHook", json!({"eventType": "Stop", "hook": {"prompt": "p", "maxRejections": 26}}), "maxRejections")]
#[case::prompt("commonprompts", "CommonPrompt", json!({}), "prompt is required")]
#[case::connector("connectors", "AgentConnector", json!({"dataSource": "x"}), "dataConnectorType")]
#[tokio::test]
async fn bad_objects_are_refused(
    #[case] route: &str,
    #[case] object_type: &str,
    #[case] properties: Value,
    #[case] message: &str,
) {
    let client = Client::with_agent(Profile::default()).await;
    let reply = put(&client, route, object_type, properties).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    let said = reply.body["error"]["message"].as_str().unwrap();
    assert!(said.contains(message), "{said}");
    assert_eq!(
        client
            .get(
                &client
                    .data_plane(&format!("/api/v2/extendedAgent/{route}"))
                    .await
            )
            .await
            .body["value"],
        json!([])
    );
}

#[tokio::test]
async fn handoffs_go_to_known_agents_and_not_to_new_ones_in_workspace_mode() {
    let client = Client::with_agent(Profile::default()).await;
    let agents = client.data_plane("/api/v2/extendedAgent/agents").await;
    let body = |handoffs: Value| json!({"type": "ExtendedAgent", "properties": {"instructions": LONG, "handoffs": handoffs}});
    client
        .put(&format!("{agents}/b"), body(json!([])))
        .await
        .expect(StatusCode::ACCEPTED);
    client
        .put(&format!("{agents}/a"), body(json!(["b"])))
        .await
        .expect(StatusCode::ACCEPTED);
    client
        .patch(
            AGENT,
            json!({"properties": {"experimentalSettings": {"EnableV2AgentLoop": true}}}),
        )
        .await;
    client
        .put(&format!("{agents}/a"), body(json!(["b"])))
        .await
        .expect(StatusCode::ACCEPTED);
    let refused = client.put(&format!("{agents}/b"), body(json!(["a"]))).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("workspace mode")
    );
}

#[tokio::test]
async fn hook_keeps_its_type_and_is_returned_capitalized() {
    let client = Client::with_agent(Profile::default()).await;
    let command = json!({"eventType": "Stop", "enabled": true, "permissionDecision": "deny",
        "hook": {"type": "command", "script": "exit 0", "failMode": "block"}});
    let stored = put(&client, "hooks", "GlobalHook", command)
        .await
        .expect(StatusCode::CREATED);
    let hook = &stored["properties"]["hook"];
    assert_eq!(
        (
            &hook["type"],
            &hook["failMode"],
            &hook["timeout"],
            &hook["matcher"]
        ),
        (&json!("Command"), &json!("Block"), &json!(30), &json!(null))
    );
    assert_eq!(stored["properties"].get("permissionDecision"), None);
    assert_eq!(stored["properties"].get("enabled"), None);

    let prompt = json!({"eventType": "Stop", "hook": {"type": "prompt", "prompt": "p"}});
    let kept = put(&client, "hooks", "GlobalHook", prompt.clone())
        .await
        .expect(StatusCode::OK);
    assert_eq!(kept["properties"]["hook"]["type"], "Command");
    assert_eq!(kept["properties"]["hook"]["prompt"], "p");
    client
        .emulator
        .change_profile(|profile| profile.hook_type_immutable = false);
    let changed = put(&client, "hooks", "GlobalHook", prompt)
        .await
        .expect(StatusCode::OK);
    assert_eq!(changed["properties"]["hook"]["type"], "Prompt");
}

#[tokio::test]
async fn long_texts_are_returned_with_crlf_if_configured() {
    let client = Client::with_agent(Profile {
        crlf: true,
        ..Profile::default()
    })
    .await;
    let stored = put(
        &client,
        "commonprompts",
        "CommonPrompt",
        json!({"prompt": "a\nb\r\nc"}),
    )
    .await
    .body;
    assert_eq!(stored["properties"]["prompt"], "a\r\nb\r\nc");
}

#[tokio::test]
async fn deleting_a_tool_removes_it_from_subagents() {
    let client = Client::with_agent(Profile::default()).await;
    put(
        &client,
        "tools",
        "ExtendedAgentTool",
        json!({"type": "PythonTool"}),
    )
    .await
    .expect(StatusCode::CREATED);
    put(
        &client,
        "agents",
        "ExtendedAgent",
        json!({"instructions": LONG, "tools": ["one", "two"]}),
    )
    .await
    .expect(StatusCode::ACCEPTED);
    let tool = client.data_plane("/api/v2/extendedAgent/tools/one").await;
    assert_eq!(
        client.get(&tool).await.body["properties"]["timeoutSeconds"],
        120
    );
    client.delete(&tool).await.expect(StatusCode::NO_CONTENT);
    let agent = client.data_plane("/api/v2/extendedAgent/agents/one").await;
    assert_eq!(
        client.get(&agent).await.body["properties"]["tools"],
        json!(["two"])
    );
}

fn filter(extra: Value) -> Value {
    let mut filter = json!({"incidentPlatform": "AzMonitor", "priorities": ["Sev0"]});
    filter
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    filter
}

#[tokio::test]
async fn filters_need_their_platform_and_are_deleted_with_it() {
    let client = Client::with_agent(Profile {
        platform_polls: 1,
        ..Profile::default()
    })
    .await;
    let filters = client
        .data_plane("/api/v2/extendedAgent/incidentFilters")
        .await;
    let platform = client
        .data_plane("/api/v1/incidentPlayground/incidentPlatformType")
        .await;
    assert_eq!(
        put(
            &client,
            "incidentFilters",
            "IncidentFilter",
            filter(json!({}))
        )
        .await
        .status,
        400
    );

    client
        .patch(
            AGENT,
            json!({"properties": {"incidentManagementConfiguration": {"type": "AzMonitor"}}}),
        )
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        client.get(&platform).await.body["incidentPlatformType"],
        "None"
    );
    assert_eq!(
        client.get(&platform).await.body["incidentPlatformType"],
        "AzMonitor"
    );
    let names = async || -> Vec<Value> {
        let list = client.get(&filters).await.body;
        list["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].clone())
            .collect()
    };
    assert_eq!(names().await, ["quickstart_handler"]);
    put(
        &client,
        "incidentFilters",
        "IncidentFilter",
        filter(json!({})),
    )
    .await
    .expect(StatusCode::CREATED);
    assert_eq!(names().await, ["one", "quickstart_handler"]);

    client
        .patch(AGENT, json!({"tags": {"a": "b"}}))
        .await
        .expect(StatusCode::OK);
    assert_eq!(names().await.len(), 2, "a patch leaves the platform alone");
    client
        .put(AGENT, json!({"location": "swedencentral"}))
        .await
        .expect(StatusCode::OK);
    assert!(
        names().await.is_empty(),
        "a put without the platform removes its filters"
    );
}

#[rstest]
#[case::no_platform(json!({"incidentPlatform": null}), 400, "Unable to determine incident filter type.")]
#[case::old_name(json!({"maxAttempts": 3}), 400, "maxAttempts")]
#[case::duplicate(json!({"titleContainsAny": ["a", "A"]}), 400, "duplicate entry (case-insensitive)")]
#[case::text_for_list(json!({"titleContainsAny": "a"}), 405, "array")]
#[case::late_member(json!({"alertId": "a"}), 400, "could not be mapped")]
#[tokio::test]
async fn bad_filters_are_refused(#[case] extra: Value, #[case] status: u16, #[case] message: &str) {
    let client = Client::with_agent(Profile {
        strict_filters: true,
        quickstart_plan: None,
        ..Profile::default()
    })
    .await;
    client
        .patch(
            AGENT,
            json!({"properties": {"incidentManagementConfiguration": {"type": "AzMonitor"}}}),
        )
        .await;
    let reply = put(&client, "incidentFilters", "IncidentFilter", filter(extra)).await;
    assert_eq!(reply.status, status, "{}", reply.body);
    assert!(
        reply.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains(message),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn filters_accept_put_but_not_post() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client
        .data_plane("/api/v2/extendedAgent/incidentFilters/one")
        .await;
    assert_eq!(client.post(&url, filter(json!({}))).await.status, 405);
}

#[tokio::test]
async fn subagent_without_handoffs_is_refused_if_configured() {
    let client = Client::with_agent(Profile {
        require_handoffs: true,
        ..Profile::default()
    })
    .await;
    let without = json!({"instructions": LONG});
    let reply = put(&client, "agents", "ExtendedAgent", without).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.body["error"]["message"], "Handoffs cannot be null");
    let with = json!({"instructions": LONG, "handoffs": []});
    put(&client, "agents", "ExtendedAgent", with)
        .await
        .expect(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn strict_build_omits_the_members_that_it_refuses() {
    let client = Client::with_agent(Profile {
        strict_filters: true,
        ..Profile::default()
    })
    .await;
    client
        .patch(
            AGENT,
            json!({"properties": {"incidentManagementConfiguration": {"type": "PagerDuty"}}}),
        )
        .await;
    let url = client
        .data_plane("/api/v2/extendedAgent/incidentFilters/quickstart_handler")
        .await;
    let read = client.get(&url).await.expect(StatusCode::OK);
    assert_eq!(read["properties"]["priorities"], json!(["P1"]));
    client.put(&url, read).await.expect(StatusCode::OK);
}
