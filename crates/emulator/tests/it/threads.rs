//! Conversations with the agent.

use emulator::Profile;
use emulator::profile::{Role, UnknownThread};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client};

const RESTART: &str = "Checkout is slow. Please restart orders-api.";

/// A client with an agent, and a few words for its threads.
struct Talk {
    client: Client,
    base: String,
}

impl Talk {
    async fn new(profile: Profile) -> Self {
        let profile = Profile {
            unknown_thread: UnknownThread::Started,
            ..profile
        };
        let client = Client::with_agent(profile).await;
        let base = client.data_plane("/api").await;
        Self { client, base }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.client.get(&self.url(path)).await;
        reply.expect(StatusCode::OK)
    }

    async fn post(&self, path: &str, body: Value, status: StatusCode) -> Value {
        let reply = self.client.post(&self.url(path), body).await;
        reply.expect(status)
    }

    /// Says something in a thread.
    async fn say(&self, thread: &str, text: &str) {
        let path = format!("/v1/threads/{thread}/messages");
        let body = json!({"text": text, "userId": "u1", "displayName": "Ada"});
        let said = self.post(&path, body, StatusCode::CREATED).await;
        assert_eq!(
            (&said["text"], &said["author"]["displayName"]),
            (&json!(text), &json!("Ada"))
        );
    }

    async fn messages(&self, thread: &str) -> Vec<Value> {
        let messages = self.get(&format!("/v1/threads/{thread}/messages")).await;
        messages["value"].as_array().unwrap().clone()
    }

    /// What was said last.
    async fn last(&self, thread: &str) -> String {
        let messages = self.messages(thread).await;
        messages.last().unwrap()["text"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn pending(&self, thread: &str) -> Vec<Value> {
        let pending = self.get(&format!("/v1/approvals/{thread}")).await;
        pending["value"].as_array().unwrap().clone()
    }

    /// Writes an object.
    async fn put(&self, kind: &str, name: &str, object_type: &str, properties: Value) {
        let url = self.url(&format!("/v2/extendedAgent/{kind}/{name}"));
        let body = json!({"name": name, "type": object_type, "properties": properties});
        let reply = self.client.put(&url, body).await;
        assert!(reply.status < 300, "{reply:?}");
    }

    async fn hook(&self, activation: &str, fail_mode: &str) {
        let hook = json!({"type": "prompt", "prompt": "Is it safe?", "matcher": "RunAz.*Write.*", "failMode": fail_mode});
        let properties =
            json!({"eventType": "PreToolUse", "activationMode": activation, "hook": hook});
        self.put("hooks", "guard", "GlobalHook", properties).await;
    }

    async fn permit(&self, permissions: Value) {
        let url = self.url("/v2/agent/settings/global");
        let request = self.client.request(reqwest::Method::PUT, &url);
        let request = request.header("if-match", "*");
        let reply = request
            .json(&json!({"permissions": permissions}))
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), 200);
    }
}

#[tokio::test]
async fn a_message_to_an_unknown_thread_starts_one() {
    let talk = Talk::new(Profile::default()).await;
    assert_eq!(
        talk.client.get(&talk.url("/v1/threads/Mine")).await.status,
        404
    );
    talk.say("Mine", "What happened to the checkout?").await;
    let thread = talk.get("/v1/threads/Mine").await;
    assert_eq!(
        (&thread["id"], &thread["source"]),
        (&json!("Mine"), &json!("User"))
    );
    assert_eq!(thread["title"], "What happened to the checkout?");
    assert_eq!(thread["startMessage"]["author"]["role"], "User");
    assert_eq!(thread["lastMessage"]["author"]["role"], "SREAgent");
    assert_eq!(thread["lastMessage"]["isComplete"], true);
    assert_eq!(talk.messages("Mine").await.len(), 2);
    talk.say("Mine", "And today?").await;
    assert_eq!(talk.messages("Mine").await.len(), 4);
    let empty = json!({"text": ""});
    talk.post("/v1/threads/Mine/messages", empty, StatusCode::BAD_REQUEST)
        .await;

    assert_eq!(
        talk.client
            .delete(&talk.url("/v1/threads/Mine"))
            .await
            .status,
        204
    );
    assert_eq!(
        talk.client
            .delete(&talk.url("/v1/threads/Mine"))
            .await
            .status,
        404
    );
    assert_eq!(talk.get("/v1/threads").await, json!({"value": []}));
}

#[tokio::test]
async fn threads_are_listed_as_asked() {
    let talk = Talk::new(Profile::default()).await;
    for name in ["one", "two", "three"] {
        let body = json!({"startMessage": {"text": name, "userId": "u", "displayName": "U"}});
        let thread = talk.post("/v1/threads", body, StatusCode::CREATED).await;
        assert_eq!(thread["title"], name);
    }
    let titles = async |query: &str| {
        let list = talk.get(&format!("/v1/threads{query}")).await;
        let titles = list["value"].as_array().unwrap().iter();
        let titles: Vec<_> = titles
            .map(|thread| thread["title"].as_str().unwrap())
            .collect();
        titles.join(" ")
    };
    assert_eq!(titles("").await, "one two three");
    assert_eq!(
        titles("?$top=2&$orderby=createdTimestamp%20desc").await,
        "three two"
    );
    assert_eq!(
        titles("?$orderby=modifiedTimestamp%20asc").await,
        "one two three"
    );
    for query in [
        "?$top=x",
        "?$orderby=colour",
        "?$orderby=createdTimestamp%20up",
    ] {
        let reply = talk
            .client
            .get(&talk.url(&format!("/v1/threads{query}")))
            .await;
        assert_eq!(reply.status, 400, "{query}");
    }
    let insights = talk.get("/v1/threads/insights?skip=1&take=1").await;
    assert_eq!(insights["insights"].as_array().unwrap().len(), 1);
    assert_eq!(insights["insights"][0]["title"], "two");
}

#[tokio::test]
async fn the_answer_names_the_subagent_and_the_skills_that_fit() {
    let talk = Talk::new(Profile::default()).await;
    let content = "Compare the slow requests with those of an hour ago, service by service.";
    let skill = |about: &str| json!({"description": about, "skillContent": content});
    talk.put("skills", "triage-latency", "Skill", skill("Slow requests."))
        .await;
    talk.put("skills", "costs", "Skill", skill("What does it cost?"))
        .await;
    let subagent = json!({"instructions": content, "handoffs": [], "enableSkills": true, "allowedSkills": ["costs"]});
    talk.put("agents", "db", "ExtendedAgent", subagent).await;

    talk.say("a", "Why is latency up?").await;
    let text = talk.last("a").await;
    assert!(text.contains("Skills that fit: triage-latency."), "{text}");
    let ask = async |thread: &str, agent: &str| {
        let path = format!("/v1/threads/{thread}/messages");
        let body = json!({"text": "Why is latency up?", "agent": agent});
        talk.post(&path, body, StatusCode::CREATED).await;
        talk.messages(thread).await.pop().unwrap()
    };
    let answer = ask("b", "db").await;
    assert_eq!(answer["author"]["displayName"], "db");
    assert!(
        answer["text"].as_str().unwrap().contains("No skill fits."),
        "{answer}"
    );
    let answer = ask("c", "nobody").await;
    assert_eq!(answer["author"]["displayName"], "shop");
    assert!(
        answer["text"]
            .as_str()
            .unwrap()
            .contains("no subagent nobody"),
        "{answer}"
    );
}

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
async fn an_approval_is_given_by_its_id_alone_too() {
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
async fn an_answer_can_be_given_for_a_text() {
    let answers = [("the plan".to_owned(), "VERDICT: NONE".to_owned())];
    let talk = Talk::new(Profile {
        answers: answers.into(),
        ..Profile::default()
    })
    .await;
    talk.say("one", "Look at the plan, and restart orders-api.")
        .await;
    assert_eq!(talk.last("one").await, "VERDICT: NONE");
    assert!(talk.pending("one").await.is_empty());
    talk.say("one", "Hello there").await;
    assert!(talk.last("one").await.contains("I have read"));
}

#[tokio::test]
async fn leave_for_a_tool_can_come_before_there_is_a_command() {
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
async fn users_of_the_agent_may_talk_and_administrators_approve() {
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

#[tokio::test]
async fn an_answer_takes_as_many_looks_as_the_profile_says() {
    let talk = Talk::new(Profile {
        answer_polls: 2,
        ..Profile::default()
    })
    .await;
    talk.say("one", RESTART).await;
    for _ in 0..2 {
        let thread = talk.get("/v1/threads/one").await;
        let last = &thread["lastMessage"];
        assert_eq!(
            (&last["isComplete"], &last["text"], &last["approval"]),
            (&json!(false), &json!(""), &json!(null))
        );
    }
    assert_eq!(
        talk.get("/v1/threads/one").await["lastMessage"]["isComplete"],
        true
    );
    assert_eq!(talk.pending("one").await.len(), 1);
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
async fn the_run_mode_decides_last(#[case] mode: &str, #[case] said: &str) {
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
async fn hooks_that_fail_closed_block_before_permissions() {
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
async fn a_hook_on_demand_counts_in_the_threads_that_activated_it() {
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

#[tokio::test]
async fn triggers_and_tasks_start_threads() {
    let talk = Talk::new(Profile::default()).await;
    let trigger = json!({"name": "alarm", "agentPrompt": "Look at {payload.alert.name} {payload.count}.", "threadId": "alarms"});
    let trigger = talk
        .post("/v1/httptriggers/create", trigger, StatusCode::CREATED)
        .await;
    let run = format!(
        "/v1/httptriggers/trigger/{}",
        trigger["triggerId"].as_str().unwrap()
    );
    for count in 1..=2 {
        let payload = json!({"alert": {"name": "cpu"}, "count": count});
        let run = talk.post(&run, payload, StatusCode::ACCEPTED).await;
        assert_eq!(run["execution"]["threadId"], "alarms");
    }
    let messages = talk.messages("alarms").await;
    let said: Vec<_> = messages
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        (messages.len(), said[0], said[2]),
        (4, "Look at cpu 1.", "Look at cpu 2.")
    );
    assert_eq!(
        messages[0]["author"],
        json!({"role": "System", "userId": trigger["triggerId"], "displayName": "alarm"})
    );

    let task = json!({"name": "night", "cronExpression": "0 7 * * *", "agentPrompt": RESTART, "agentMode": "Autonomous"});
    let task = talk
        .post("/v1/scheduledtasks", task, StatusCode::CREATED)
        .await;
    let execute = format!(
        "/v1/scheduledtasks/{}/execute",
        task["id"].as_str().unwrap()
    );
    let run = talk.post(&execute, json!({}), StatusCode::OK).await;
    let thread = run["execution"]["threadId"].as_str().unwrap().to_owned();
    assert_eq!(
        talk.get(&format!("/v1/threads/{thread}")).await["source"],
        "ScheduledTask"
    );
    let last = talk.last(&thread).await;
    assert!(
        last.contains("I have run"),
        "its own mode counts, not the agent's: {last}"
    );
}

#[rstest]
#[case::whole(json!({"startMessage": {"text": "Is all well?", "userId": "u", "displayName": "U"}}), "Is all well?")]
#[case::titled(json!({"title": "Morning", "startMessage": {"text": "Is all well?"}}), "Morning")]
#[case::text_alone(json!({"StartMessage": "Is all well?"}), "Is all well?")]
#[tokio::test]
async fn a_thread_starts_in_every_form_that_was_recorded(#[case] sent: Value, #[case] title: &str) {
    let talk = Talk::new(Profile::default()).await;
    let thread = talk.post("/v1/threads", sent, StatusCode::CREATED).await;
    assert_eq!(thread["title"], title);
    assert_eq!(thread["startMessage"]["text"], "Is all well?");
    let created = thread["createdTimestamp"].as_str().unwrap();
    let (_, digits) = created.split_once('.').unwrap();
    assert_eq!(digits.len(), "1234567Z".len(), "{created}");
    for member in ["featureConfig", "type", "threadOrigin", "activatedHooks"] {
        assert!(!thread[member].is_null(), "{member}");
    }
}

#[tokio::test]
async fn a_subagent_is_addressed_by_a_text() {
    let talk = Talk::new(Profile::default()).await;
    let instructions = "Look at the database first, then at everything that calls it.";
    let properties = json!({"instructions": instructions});
    talk.put("agents", "db", "ExtendedAgent", properties).await;
    talk.say("one", "/agent db Look at the locks").await;
    let thread = talk.get("/v1/threads/one").await;
    assert_eq!(thread["lastMessage"]["author"]["displayName"], "db");
}

#[tokio::test]
async fn a_message_waits_for_the_answer_to_the_last_one() {
    let talk = Talk::new(Profile {
        answer_polls: 2,
        ..Profile::default()
    })
    .await;
    talk.say("one", "Is all well?").await;
    let listed = talk.get("/v1/threads/one/messages").await;
    assert_eq!(listed["state"], "Running");
    let body = json!({"text": "And now?"});
    let path = "/v1/threads/one/messages";
    let busy = talk
        .post(path, body.clone(), StatusCode::UNPROCESSABLE_ENTITY)
        .await;
    assert!(busy["title"].as_str().unwrap().contains("busy"));
    talk.post(path, body, StatusCode::CREATED).await;
    for _ in 0..2 {
        talk.get(path).await;
    }
    assert_eq!(talk.get(path).await["state"], "Idle");
}

#[tokio::test]
async fn messages_are_listed_as_asked() {
    let talk = Talk::new(Profile::default()).await;
    talk.say("one", "First").await;
    talk.say("one", "Second").await;
    let get = async |query: &str| talk.get(&format!("/v1/threads/one/messages{query}")).await;
    let last = get("?top=1&orderby=timestamp%20desc").await;
    assert_eq!(last["value"].as_array().unwrap().len(), 1);
    assert_eq!(last["value"][0]["author"]["role"], "SREAgent");
    let next = last["nextLink"].as_str().unwrap();
    let next = talk.client.get(next).await.expect(StatusCode::OK);
    assert_eq!(next["value"][0]["text"], "Second");
    let rest = get("?skip=2&top=5").await;
    assert_eq!(
        (&rest["value"][0]["text"], &rest["nextLink"]),
        (&json!("Second"), &Value::Null)
    );
}

#[rstest]
#[case("run", "Completed", "I have run")]
#[case("cancel", "Cancelled", "it was rejected")]
#[tokio::test]
async fn a_command_is_decided_about_as_an_execution(
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

#[tokio::test]
async fn a_message_to_a_thread_that_is_not_there_is_refused() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/api/v1/threads/one/messages").await;
    let refused = client.post(&url, json!({"text": "Hello"})).await;
    assert_eq!(
        (refused.status, &refused.body["title"]),
        (404, &json!("Not Found"))
    );
}
