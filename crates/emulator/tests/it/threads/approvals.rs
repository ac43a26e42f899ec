//! Actions of agents that need approval.

use emulator::Profile;
use emulator::profile::Role;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{RESTART, Talk};
use crate::client::AGENT;

#[tokio::test]
async fn a_write_action_waits_for_approval() {
    let talk = Talk::new(Profile::default()).await;
    for (thread, decision, said) in [
        (
            "yes",
            json!({"decision": "Approved"}),
            "I have run \"restart orders-api\"",
        ),
        (
            "no",
            json!({"decision": "Rejected", "reason": "it is Friday"}),
            "because it is Friday",
        ),
    ] {
        talk.say(thread, RESTART).await;
        let status = &talk.get(&format!("/v1/threads/{thread}")).await["status"];
        assert_eq!(status["actionsStatus"]["hasCriticalActions"], true);
        let pending = talk.pending(thread).await;
        let [approval] = pending.as_slice() else {
            panic!("{pending:?}");
        };
        assert_eq!(
            (&approval["status"], &approval["description"]),
            (&json!("Pending"), &json!("restart orders-api"))
        );
        assert_eq!(&talk.messages(thread).await[1]["approval"], approval);

        let path = format!(
            "/v1/approvals/{thread}/{}/decision",
            approval["id"].as_str().unwrap()
        );
        talk.post(
            &path,
            json!({"decision": "Perhaps"}),
            StatusCode::BAD_REQUEST,
        )
        .await;
        let decided = talk.post(&path, decision.clone(), StatusCode::OK).await;
        assert_eq!(decided["status"], decision["decision"]);
        let last = talk.last(thread).await;
        assert!(last.contains(said), "{last}");
        assert!(talk.pending(thread).await.is_empty());
        talk.post(&path, decision, StatusCode::CONFLICT).await;
    }
}

#[tokio::test]
async fn approval_can_be_given_by_its_id_alone() {
    let talk = Talk::new(Profile::default()).await;
    talk.say("other", "Hello there").await;
    talk.say("one", RESTART).await;
    let id = talk.pending("one").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"user": "ada@contoso.com"});
    let unknown = "/v1/approvals/00000000/approve";
    talk.post(unknown, body.clone(), StatusCode::NOT_FOUND)
        .await;
    talk.post(&format!("/v1/approvals/{id}/approve"), body, StatusCode::OK)
        .await;
    assert!(talk.last("one").await.contains("I have run"));
}

#[tokio::test]
async fn tool_can_be_approved_before_there_is_a_command() {
    let talk = Talk::new(Profile {
        approval_first: true,
        ..Profile::default()
    })
    .await;
    for (thread, decision, execution) in [
        ("yes", json!({"decision": "Approved"}), json!("Completed")),
        (
            "no",
            json!({"decision": "Rejected", "reason": "no"}),
            json!(null),
        ),
    ] {
        talk.say(thread, RESTART).await;
        let asked = &talk.messages(thread).await[1];
        assert_eq!(asked["azCliExecution"], json!(null));
        let id = asked["approval"]["id"].as_str().unwrap();
        let command = format!("/v1/azCliExecution/{thread}/{id}/action");
        let run = json!({"action": "run", "user": "ada", "ApproveScope": "none"});
        talk.post(&command, run, StatusCode::NOT_FOUND).await;
        let path = format!("/v1/approvals/{thread}/{id}/decision");
        talk.post(&path, decision, StatusCode::OK).await;
        let decided = &talk.messages(thread).await[1];
        assert_eq!(decided["azCliExecution"]["status"], execution);
    }
}

#[tokio::test]
async fn users_may_write_messages_and_administrators_approve() {
    let talk = Talk::new(Profile::default()).await;
    let role = |role| {
        talk.client
            .emulator
            .change_profile(|profile| profile.role = role)
    };
    role(Role::User);
    talk.say("one", RESTART).await;
    let id = talk.pending("one").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/approvals/one/{id}/decision");
    let approved = json!({"decision": "Approved"});
    talk.post(&path, approved.clone(), StatusCode::FORBIDDEN)
        .await;
    role(Role::Administrator);
    talk.post(&path, approved, StatusCode::OK).await;
}
#[rstest]
#[case::denied(json!({"deny": ["RunAzCliWriteCommands(restart *)"], "allow": ["*"]}), "the permissions deny")]
#[case::allowed(json!({"allow": ["RunAzCliWriteCommands"], "ask": ["*"]}), "I have run")]
#[case::asked(json!({"ask": ["*"]}), "ask for approval")]
#[case::something_else(json!({"deny": ["RunAzCliWriteCommands(delete *)"]}), "ask for approval")]
#[tokio::test]
async fn permissions_are_respected(#[case] permissions: Value, #[case] said: &str) {
    let talk = Talk::new(Profile::default()).await;
    talk.permit(permissions).await;
    talk.say("one", RESTART).await;
    let last = talk.last("one").await;
    assert!(last.contains(said), "{last}");
    assert_eq!(
        talk.pending("one").await.len(),
        usize::from(said.contains("approval"))
    );
}

#[rstest]
#[case("ReadOnly", "I may only read")]
#[case("Automatic", "I have run")]
#[case("Review", "ask for approval")]
#[tokio::test]
async fn run_mode_is_checked_last(#[case] mode: &str, #[case] said: &str) {
    let talk = Talk::new(Profile::default()).await;
    let change = json!({"properties": {"actionConfiguration": {"mode": mode}}});
    talk.client
        .patch(AGENT, change)
        .await
        .expect(StatusCode::OK);
    talk.say("one", RESTART).await;
    let last = talk.last("one").await;
    assert!(last.contains(said), "{last}");
    let off = json!({"overrides": [{"name": "RunAzCliWriteCommands", "enabled": false}]});
    talk.post("/v2/agent/tools/configure", off, StatusCode::OK)
        .await;
    talk.say("two", RESTART).await;
    assert!(talk.last("two").await.contains("is switched off"));
}

#[tokio::test]
async fn hooks_that_fail_closed_take_precedence_over_permissions() {
    let talk = Talk::new(Profile::default()).await;
    talk.permit(json!({"allow": ["*"]})).await;
    talk.hook("always", "Block").await;
    talk.say("one", RESTART).await;
    assert!(talk.last("one").await.contains("the hook guard blocks it"));
    talk.hook("always", "Allow").await;
    talk.say("two", RESTART).await;
    assert!(talk.last("two").await.contains("I have run"));
    let always = "/v1/threads/two/hooks/guard/deactivate";
    talk.post(always, json!({}), StatusCode::BAD_REQUEST).await;
}

#[tokio::test]
async fn on_demand_hook_only_applies_to_threads_that_activated_it() {
    let talk = Talk::new(Profile::default()).await;
    talk.hook("onDemand", "Block").await;
    talk.say("one", RESTART).await;
    assert!(talk.last("one").await.contains("ask for approval"));
    let hooks = talk.get("/v1/threads/one/hooks").await;
    let hook = &hooks["hooks"][0];
    assert_eq!(
        (&hook["name"], &hook["isActive"], &hook["canModify"]),
        (&json!("guard"), &json!(false), &json!(true))
    );

    let switch = |switch: &str| format!("/v1/threads/one/hooks/guard/{switch}");
    let hook = talk
        .post(&switch("activate"), json!({}), StatusCode::OK)
        .await;
    assert_eq!(hook["isActive"], true);
    talk.say("one", RESTART).await;
    assert!(talk.last("one").await.contains("the hook guard blocks it"));
    talk.say("two", RESTART).await;
    assert!(talk.last("two").await.contains("ask for approval"));
    talk.post(&switch("deactivate"), json!({}), StatusCode::OK)
        .await;
    assert_eq!(
        talk.get("/v1/threads/one/hooks").await["hooks"][0]["isActive"],
        false
    );
    let unknown = "/v1/threads/one/hooks/other/activate";
    talk.post(unknown, json!({}), StatusCode::NOT_FOUND).await;
}
#[rstest]
#[case("run", "Completed", "I have run")]
#[case("cancel", "Cancelled", "it was rejected")]
#[tokio::test]
async fn command_can_be_decided_as_an_execution(
    #[case] action: &str,
    #[case] status: &str,
    #[case] said: &str,
) {
    let talk = Talk::new(Profile::default()).await;
    talk.say("one", RESTART).await;
    let asked = talk.messages("one").await[1]["azCliExecution"].clone();
    assert_eq!(
        (&asked["status"], &asked["command"]),
        (&json!("Pending"), &json!("restart orders-api"))
    );
    let path = format!("/v1/azCliExecution/one/{}", asked["id"].as_str().unwrap());
    assert_eq!(talk.get(&format!("{path}/status")).await, asked);
    let body = json!({"action": action, "user": "ada", "ApproveScope": "none"});
    let decided = talk
        .post(&format!("{path}/action"), body.clone(), StatusCode::OK)
        .await;
    assert_eq!(
        (&decided["status"], &decided["executedBy"]["userId"]),
        (&json!(status), &json!("ada"))
    );
    assert_eq!(talk.get(&format!("{path}/status")).await, decided);
    assert!(talk.last("one").await.contains(said));
    talk.post(&format!("{path}/action"), body, StatusCode::CONFLICT)
        .await;
    let other = "/v1/azCliExecution/one/00000000-0000-0000-0000-000000000000/status";
    let missing = talk.client.get(&talk.url(other)).await;
    assert_eq!(
        (missing.status, &missing.body["title"]),
        (404, &json!("Not Found"))
    );
}
