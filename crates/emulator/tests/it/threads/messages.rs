//! Messages in threads.

use emulator::Profile;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{RESTART, Talk};
use crate::client::Client;

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
async fn threads_are_listed_as_requested() {
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
async fn answer_names_the_subagent_and_the_matching_skills() {
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
async fn answers_can_be_configured_by_text() {
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
async fn answer_takes_the_configured_number_of_reads() {
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
async fn thread_starts_with_every_recorded_form(#[case] sent: Value, #[case] title: &str) {
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
async fn subagent_is_addressed_by_the_text() {
    let talk = Talk::new(Profile::default()).await;
    let instructions = "Look at the database first, then at everything that calls it.";
    let properties = json!({"instructions": instructions});
    talk.put("agents", "db", "ExtendedAgent", properties).await;
    talk.say("one", "/agent db Look at the locks").await;
    let thread = talk.get("/v1/threads/one").await;
    assert_eq!(thread["lastMessage"]["author"]["displayName"], "db");
}

#[tokio::test]
async fn message_is_refused_until_the_last_one_is_answered() {
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
async fn messages_are_listed_as_requested() {
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
#[tokio::test]
async fn message_to_a_missing_thread_is_refused() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client.data_plane("/api/v1/threads/one/messages").await;
    let refused = client.post(&url, json!({"text": "Hello"})).await;
    assert_eq!(
        (refused.status, &refused.body["title"]),
        (404, &json!("Not Found"))
    );
}
