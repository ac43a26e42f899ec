//! Messages to agents: sent once, and answered by the thread, with and without the hub.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use azure::wire::{Answer, Call, Opened, Wire, WireError};
use emulator::profile::{HubEvent, TurnEnd};
use emulator::{Fault, Profile};
use plugin_host::Invoked;
use plugin_host::{Diagnostic, Failure};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::run::{Run, wire};
use crate::world::World;

const MESSAGE: &str = "azuresre_message";
const QUESTION: &str = "Why is it slow?";
const ANSWER: &str = "I have read \"Why is it slow?\". No skill fits.";
/// In the default run mode of agents, this command needs approval.
const COMMAND: &str = "Please restart orders-api.";

fn no_hub() -> Fault {
    Fault::on("POST", "/agentHub/negotiate$")
        .answer(404, json!({}))
        .forever()
}

async fn config(world: &World, more: Json) -> Result<Json> {
    let config = json!({ "agent_id": world.shared_agent().await?, "text": QUESTION });
    Ok(crate::json::merged(&config, &more))
}

async fn ask(world: &World, more: Json) -> Result<Invoked> {
    let config = config(world, more).await?;
    world.take_requests();
    world.session.invoke(MESSAGE, config).await
}

/// Returns the error of a message that fails.
async fn refused(world: &World, more: Json) -> Result<Diagnostic> {
    let failure = Failure::of(ask(world, more).await)?;
    let error = failure.errors().next().context("no error")?;
    Ok(error.clone())
}

/// Returns how many times a message was sent.
fn sent(world: &World) -> usize {
    let requests = world.take_requests();
    let is_message = |request: &&String| request.starts_with("POST /api/v1/threads");
    requests.iter().filter(is_message).count()
}

/// Returns the thread that a progress line names.
fn thread(invoked: &Invoked) -> Result<String> {
    let named = invoked.progress[0].strip_prefix("the agent is working in thread ");
    Ok(named.context("no thread")?.to_owned())
}

/// Sends a request to the agent as another client.
async fn others(world: &World, path: &str, body: Json) -> Result<Json> {
    let agent = world.shared_agent().await?;
    let reply = world.data_plane(agent, Method::POST, path, body).await?;
    Ok(reply.success()?.body)
}

#[tokio::test(start_paused = true)]
async fn answer_is_shown_on_every_build() -> Result<()> {
    for hub_event in [HubEvent::MessageUpdate, HubEvent::LowerCase] {
        for turn_end in [TurnEnd::Signal, TurnEnd::EmptyText] {
            let profile = Profile {
                hub_event,
                turn_end,
                late_turn_end: true,
                answer_polls: 2,
                ..Profile::default()
            };
            let world = World::with(profile).await?;
            let first = ask(&world, json!({})).await?;
            let thread = thread(&first)?;
            ensure!(first.progress[1..] == [ANSWER], "{first:?}");
            ensure!(sent(&world) == 1, "sent more than once");
            let again = ask(
                &world,
                json!({ "thread_id": thread, "expect": "No skill fits" }),
            )
            .await?;
            ensure!(again.progress[1..] == [ANSWER], "{again:?}");
            ensure!(sent(&world) == 1, "sent more than once");
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn without_a_hub_the_thread_is_read() -> Result<()> {
    let profile = Profile {
        answer_polls: 40,
        ..Profile::default()
    };
    let world = World::with(profile).await?;
    world.emulator.fault(no_hub())?;
    let asked = ask(&world, json!({ "expect": "/No skill .its/" })).await?;
    let still = |line: &String| line.starts_with("still waiting, ");
    ensure!(asked.progress.iter().any(still), "{asked:?}");
    ensure!(
        asked.progress.last().map(String::as_str) == Some(ANSWER),
        "{asked:?}"
    );
    ensure!(sent(&world) == 1, "sent more than once");
    // Nobody reads the thread in the meantime, so the agent is still working.
    let body = json!({ "startMessage": { "text": "And now?" } });
    let busy = others(&world, "/api/v1/threads", body).await?;
    let asked = ask(&world, json!({ "thread_id": busy["id"] })).await?;
    ensure!(
        asked.progress[0] == "the agent is busy in this thread",
        "{asked:?}"
    );
    ensure!(
        asked.progress.last().map(String::as_str) == Some(ANSWER),
        "{asked:?}"
    );
    ensure!(sent(&world) == 1, "sent more than once");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn unavailable_hub_is_not_a_failure() -> Result<()> {
    for fault in [
        Fault::on("GET", "/agentHub$")
            .answer(403, json!({}))
            .forever(),
        Fault::on("GET", "/agentHub$").reset().forever(),
        Fault::on("POST", "/agentHub/negotiate$").reset().forever(),
        Fault::on("POST", "/agentHub/negotiate$").hold().forever(),
        Fault::on("POST", "/agentHub/negotiate$")
            .answer(
                200,
                json!({ "availableTransports": [{ "transport": "LongPolling" }] }),
            )
            .forever(),
    ] {
        let world = World::with(Profile::default()).await?;
        world.emulator.fault(fault)?;
        let asked = ask(&world, json!({ "expect": "No skill fits" })).await?;
        ensure!(asked.progress[1..] == [ANSWER], "{asked:?}");
        ensure!(sent(&world) == 1, "sent more than once");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn unexpected_answer_fails_with_its_text() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let error = refused(&world, json!({ "expect": "It is fast" })).await?;
    ensure!(error.summary == "Unexpected answer", "{error}");
    ensure!(error.detail.contains("No skill fits."), "{error}");
    ensure!(sent(&world) == 1, "sent more than once");
    for more in [
        json!({ "expect": "/(/" }),
        json!({ "expect": "x", "wait": false }),
        json!({ "on_approval": "approve", "wait": false }),
        json!({ "on_approval": "perhaps" }),
        json!({ "timeout": "soon" }),
        json!({ "text": "" }),
    ] {
        let config = config(&world, more.clone()).await?;
        let failed = world.session.plan_action(MESSAGE, config).await;
        ensure!(failed.is_err(), "{more} is planned");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn thread_that_appears_late_is_waited_for() -> Result<()> {
    for hub in [true, false] {
        let world = World::with(Profile::default()).await?;
        if !hub {
            world.emulator.fault(no_hub())?;
        }
        let late = Fault::on("GET", "/messages$").answer(404, json!({ "title": "Not Found" }));
        world.emulator.fault(late.clone().times(2))?;
        ask(&world, json!({ "expect": "No skill fits" })).await?;
        world.emulator.fault(late.forever())?;
        let error = refused(&world, json!({})).await?;
        ensure!(error.detail.contains("does not exist in "), "{error}");
        ensure!(sent(&world) == 1, "sent more than once");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn waiting_can_be_disabled() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let asked = ask(&world, json!({ "wait": false })).await?;
    ensure!(asked.progress.len() == 1, "{asked:?}");
    thread(&asked)?;
    let requests = world.take_requests();
    ensure!(
        !requests.iter().any(|one| one.contains("agentHub")),
        "{requests:?}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn message_with_an_unclear_outcome_is_looked_up_and_not_repeated() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let known = thread(&ask(&world, json!({})).await?)?;
    for (thread, path) in [(Json::Null, "/threads$"), (json!(known), "/messages$")] {
        let more = json!({ "thread_id": thread, "expect": "No skill fits" });
        // The message has arrived.
        let lost = Fault::on("POST", path).apply_then_reset();
        world.emulator.fault(lost)?;
        ask(&world, more.clone()).await?;
        ensure!(sent(&world) == 1, "{path}: sent more than once");
        let answered = Fault::on("POST", path).applied().answer(500, json!({}));
        world.emulator.fault(answered)?;
        ask(&world, more.clone()).await?;
        ensure!(sent(&world) == 1, "{path}: sent more than once");
        let silent = Fault::on("POST", path).applied().answer(202, Json::Null);
        world.emulator.fault(silent)?;
        ask(&world, more.clone()).await?;
        ensure!(sent(&world) == 1, "{path}: sent more than once");
        // The message has not arrived, although the thread contains an earlier one with the same
        // text.
        world.emulator.fault(Fault::on("POST", path).reset())?;
        let error = refused(&world, more).await?;
        ensure!(
            error.detail.contains("did not send the message again."),
            "{error}"
        );
        ensure!(sent(&world) == 1, "{path}: sent more than once");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn refused_message_reports_the_reason() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let error = refused(&world, json!({ "thread_id": "none" })).await?;
    ensure!(
        error.detail.contains("The thread none does not exist in "),
        "{error}"
    );
    ensure!(sent(&world) == 0, "it was sent");
    let unwanted = Fault::on("POST", "/threads$").error(400, "BadRequest", "Not allowed.");
    world.emulator.fault(unwanted)?;
    let error = refused(&world, json!({})).await?;
    ensure!(error.detail.contains("Not allowed."), "{error}");
    ensure!(sent(&world) == 1, "sent more than once");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn waiting_for_an_answer_has_a_timeout() -> Result<()> {
    let profile = Profile {
        answer_polls: u32::MAX,
        ..Profile::default()
    };
    let world = World::with(profile).await?;
    world.emulator.fault(no_hub())?;
    let start = tokio::time::Instant::now();
    let error = refused(&world, json!({ "timeout": "90s" })).await?;
    ensure!(
        error.detail.contains("did not answer within the `timeout`"),
        "{error}"
    );
    ensure!(error.detail.contains("continues in thread "), "{error}");
    let spent = start.elapsed();
    ensure!((90..95).contains(&spent.as_secs()), "{spent:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn pending_approval_fails_the_action_unless_it_is_allowed() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let error = refused(&world, json!({ "text": COMMAND })).await?;
    ensure!(error.detail.contains("restart orders-api"), "{error}");
    ensure!(error.detail.contains("azuresre_approval"), "{error}");
    let more = json!({ "text": COMMAND, "on_approval": "approve", "expect": "I have run" });
    for (hub, approval_first) in [(true, false), (true, true), (false, false), (false, true)] {
        let change = |profile: &mut Profile| profile.approval_first = approval_first;
        world.emulator.change_profile(change);
        if !hub && !approval_first {
            world.emulator.fault(no_hub())?;
        }
        let asked = ask(&world, more.clone()).await?;
        let approved = "approved: restart orders-api".to_owned();
        let told = asked.progress.join(" ");
        ensure!(told.contains(&approved), "{asked:?}");
        let last = asked.progress.last().context("no line")?;
        ensure!(
            last.contains("I have run \"restart orders-api\""),
            "{asked:?}"
        );
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn waiting_action_continues_after_a_decision() -> Result<()> {
    for hub in [true, false] {
        let world = World::with(Profile::default()).await?;
        if !hub {
            world.emulator.fault(no_hub())?;
        }
        let more = json!({ "text": COMMAND, "on_approval": "wait", "expect": "it was rejected" });
        let decides = async {
            let agent = world.shared_agent().await?.to_owned();
            let mut thread = Json::Null;
            while thread.is_null() {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let threads = world.data_plane(&agent, Method::GET, "/api/v1/threads", Json::Null);
                thread = threads.await?.body["value"][0]["id"].clone();
            }
            // Long enough for the action to report that it waits.
            tokio::time::sleep(Duration::from_secs(100)).await;
            let thread = thread.as_str().context("no id")?;
            let path = format!("/api/v1/approvals/{thread}");
            let asked = world
                .data_plane(&agent, Method::GET, &path, Json::Null)
                .await?
                .body;
            let id = asked["value"][0]["id"]
                .as_str()
                .context("nothing is asked")?;
            let path = format!("{path}/{id}/decision");
            let body = json!({ "decision": "Rejected", "reason": "it is Friday" });
            others(&world, &path, body).await
        };
        let (asked, decided) = tokio::join!(ask(&world, more), decides);
        decided?;
        let asked = asked?;
        let waits = |line: &String| line.contains("the agent waits for approval ");
        ensure!(asked.progress.iter().any(waits), "{asked:?}");
        let last = asked.progress.last().context("no line")?;
        ensure!(last.contains("because it is Friday"), "{asked:?}");
    }
    Ok(())
}

/// A wire whose connections break whenever the number changes.
#[derive(Debug)]
struct Breaking {
    inner: Arc<dyn Wire>,
    breaks: watch::Receiver<u32>,
}

#[async_trait]
impl Wire for Breaking {
    async fn send(&self, call: Call) -> Result<Answer, WireError> {
        self.inner.send(call).await
    }

    async fn open(&self, call: Call) -> Result<Opened, WireError> {
        let Opened::Switched(headers, mut there) = self.inner.open(call).await? else {
            panic!("the hub refuses");
        };
        let (here, mut inside) = tokio::io::duplex(1 << 16);
        let mut breaks = self.breaks.clone();
        breaks.mark_unchanged();
        tokio::spawn(async move {
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut inside, &mut there) => {}
                _ = breaks.changed() => {}
            }
        });
        Ok(Opened::Switched(headers, Box::new(here)))
    }
}

#[tokio::test(start_paused = true)]
async fn broken_hub_connection_is_reopened_without_duplicates() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let agent = world.shared_agent().await?.to_owned();
    let killed = CancellationToken::new();
    let (cut, breaks) = watch::channel(0);
    let breaking = Arc::new(Breaking {
        inner: wire(&world.emulator, killed.clone()),
        breaks,
    });
    let run = Run::over(&world.emulator, json!({}), breaking, killed).await?;
    let config = config(&world, json!({ "text": COMMAND, "on_approval": "wait" })).await?;
    world.take_requests();
    let happens = async {
        for number in 1..=3 {
            tokio::time::sleep(Duration::from_secs(60)).await;
            cut.send_replace(number);
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        let threads = world.data_plane(&agent, Method::GET, "/api/v1/threads", Json::Null);
        let thread = threads.await?.body["value"][0]["id"].clone();
        let thread = thread.as_str().context("no thread")?.to_owned();
        decide(&world, &thread, json!({ "decision": "approve" })).await
    };
    let (asked, decided) = tokio::join!(run.session.invoke(MESSAGE, config), happens);
    decided?;
    let asked = asked?;
    let last = asked.progress.last().context("no line")?;
    ensure!(last.contains("I have run"), "{asked:?}");
    let requests = world.take_requests();
    let sent = |what: &str| requests.iter().filter(|one| one.starts_with(what)).count();
    ensure!(sent("POST /api/v1/threads") == 1, "{requests:?}");
    let listened = requests
        .iter()
        .filter(|one| one.starts_with("GET") && one.ends_with("/agentHub"));
    ensure!(listened.count() == 4, "{requests:?}");
    Ok(())
}

const APPROVAL: &str = "azuresre_approval";

/// Returns a thread in which the agent waits for an approval, and the id of the approval.
async fn waiting(world: &World, approval_first: bool) -> Result<(String, String)> {
    let change = |profile: &mut Profile| profile.approval_first = approval_first;
    world.emulator.change_profile(change);
    let body = json!({ "startMessage": { "text": COMMAND } });
    let thread = others(world, "/api/v1/threads", body).await?;
    let thread = thread["id"].as_str().context("no id")?.to_owned();
    let path = format!("/api/v1/approvals/{thread}");
    let agent = world.shared_agent().await?;
    let asked = world
        .data_plane(agent, Method::GET, &path, Json::Null)
        .await?;
    let asked = asked.body["value"][0]["id"]
        .as_str()
        .context("nothing is asked")?
        .to_owned();
    world.take_requests();
    Ok((thread, asked))
}

async fn decide(world: &World, thread: &str, more: Json) -> Result<Invoked> {
    let config = json!({ "agent_id": world.shared_agent().await?, "thread_id": thread });
    let config = crate::json::merged(&config, &more);
    world.session.invoke(APPROVAL, config).await
}

/// Returns the last message of the agent.
async fn last(world: &World, thread: &str) -> Result<String> {
    let agent = world.shared_agent().await?;
    let path = format!("/api/v1/threads/{thread}/messages");
    let messages = world
        .data_plane(agent, Method::GET, &path, Json::Null)
        .await?
        .body;
    let messages = messages["value"].as_array().context("no list")?;
    let last = messages.last().context("no message")?;
    Ok(last["text"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn approval_is_decided_once() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let yes = (json!({ "decision": "approve" }), "approved: ", "I have run");
    let no = json!({ "decision": "reject", "reason": "No." });
    let no = (no, "rejected: ", "it was rejected");
    for ((more, line, said), approval_first) in [
        (yes.clone(), false),
        (yes, true),
        (no.clone(), false),
        (no, true),
    ] {
        let (thread, id) = waiting(&world, approval_first).await?;
        let lost = Fault::on("POST", "/(action|decision)$").apply_then_reset();
        world.emulator.fault(lost)?;
        let more = crate::json::merged(&more, &json!({ "approval_id": id }));
        let decided = decide(&world, &thread, more.clone()).await?;
        ensure!(
            decided.progress == [format!("{line}restart orders-api")],
            "{decided:?}"
        );
        let requests = world.take_requests();
        let sent = requests
            .iter()
            .filter(|one| one.starts_with("POST"))
            .count();
        ensure!(sent == 1, "{requests:?}");
        let text = last(&world, &thread).await?;
        ensure!(text.contains(said), "{text}");

        let failure = Failure::of(decide(&world, &thread, more).await)?;
        ensure!(
            failure.to_string().contains("No approval is pending"),
            "{failure}"
        );
    }
    // If the documented route does not exist, another one approves.
    let (thread, _) = waiting(&world, true).await?;
    let unknown = Fault::on("POST", "/decision$").html(404, "<!DOCTYPE html>");
    world.emulator.fault(unknown)?;
    decide(&world, &thread, json!({ "decision": "approve" })).await?;
    let text = last(&world, &thread).await?;
    ensure!(text.contains("I have run"), "{text}");

    let (thread, _) = waiting(&world, false).await?;
    world
        .emulator
        .fault(Fault::on("POST", "/action$").reset())?;
    let failure = Failure::of(decide(&world, &thread, json!({ "decision": "approve" })).await)?;
    ensure!(
        failure
            .to_string()
            .contains("did not send the decision again"),
        "{failure}"
    );
    for more in [
        json!({ "decision": "reject" }),
        json!({ "decision": "approve", "reason": "Yes." }),
        json!({ "decision": "later" }),
    ] {
        let refused = decide(&world, &thread, more.clone()).await;
        ensure!(refused.is_err(), "{more} is taken");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn conversations_are_read_newest_first() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let agent = world.shared_agent().await?.to_owned();
    let read = |name: &'static str, more: Json| {
        let config = crate::json::merged(&json!({ "agent_id": agent }), &more);
        world.session.read_data_source(name, config)
    };
    let none = read("azuresre_threads", json!({})).await?;
    ensure!(none["threads"] == json!([]), "{none}");
    for text in ["one", "two"] {
        let body = json!({ "startMessage": { "text": text } });
        others(&world, "/api/v1/threads", body).await?;
    }
    let (thread, asked) = waiting(&world, true).await?;
    let all = read("azuresre_threads", json!({})).await?;
    let titles: Vec<&Json> = all["threads"]
        .as_array()
        .context("no list")?
        .iter()
        .map(|one| &one["title"])
        .collect();
    ensure!(
        titles == ["Please restart orders-api.", "two", "one"],
        "{all}"
    );
    ensure!(all["threads"][0]["waits_for_approval"] == true, "{all}");
    let last = read("azuresre_threads", json!({ "limit": 1 })).await?;
    ensure!(
        last["threads"].as_array().map(Vec::len) == Some(1),
        "{last}"
    );
    ensure!(last["threads"][0]["id"] == thread.as_str(), "{last}");

    let read_thread = |more: Json| {
        let config = crate::json::merged(&json!({ "thread_id": thread }), &more);
        read("azuresre_thread", config)
    };
    let whole = read_thread(json!({})).await?;
    ensure!(
        whole["title"] == "Please restart orders-api." && whole["state"] == "Idle",
        "{whole}"
    );
    let roles: Vec<&Json> = whole["messages"]
        .as_array()
        .context("no list")?
        .iter()
        .map(|one| &one["role"])
        .collect();
    ensure!(roles == ["SREAgent", "User"], "{whole}");
    let last = read_thread(json!({ "limit": 1 })).await?;
    ensure!(
        last["messages"].as_array().map(Vec::len) == Some(1),
        "{last}"
    );
    ensure!(last["messages"][0]["role"] == "SREAgent", "{last}");

    let pending = read("azuresre_approvals", json!({ "thread_id": thread })).await?;
    let expected = json!([{ "id": asked, "type": "approval", "title": "restart orders-api" }]);
    ensure!(pending["approvals"] == expected, "{pending}");
    let (thread, asked) = waiting(&world, false).await?;
    let pending = read("azuresre_approvals", json!({ "thread_id": thread })).await?;
    let expected = json!([{ "id": asked, "type": "command", "title": "restart orders-api" }]);
    ensure!(pending["approvals"] == expected, "{pending}");
    decide(&world, &thread, json!({ "decision": "approve" })).await?;
    let decided = read("azuresre_approvals", json!({ "thread_id": thread })).await?;
    ensure!(decided["approvals"] == json!([]), "{decided}");

    let missing = read("azuresre_thread", json!({ "thread_id": "none" })).await;
    ensure!(missing.is_err(), "{missing:?}");
    let too_many = read("azuresre_threads", json!({ "limit": 0 })).await;
    ensure!(too_many.is_err(), "{too_many:?}");
    Ok(())
}
